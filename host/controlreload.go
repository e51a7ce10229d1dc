package host

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/admin"
)

// Reload reads the configuration anew and says what is other than what runs. What concerns agents comes
// into force between two of their ticks, all of it or nothing: everything is made ready before anything is
// put to work. What concerns accounts and the host needs a restart, and then nothing is changed.
func (c *Control) Reload(ctx context.Context, o admin.ReloadOrder) (report admin.ReloadReport, err error) {
	if c.options.Replan == nil {
		return report, admin.Refuse("not_available", "this host cannot read its configuration anew: restart it")
	}
	workers, err := c.workers()
	if err != nil {
		return report, err
	}
	plan, err := c.options.Replan(ctx)
	if err != nil {
		return report, admin.Refuse("configuration", "%s; what runs goes on", strings.TrimSuffix(err.Error(), "."))
	}
	report.Changes = []admin.ReloadChange{}
	changes, end, err := c.planReload(ctx, workers, plan, &o, &report)
	defer end()
	if err != nil {
		return report, err
	}
	restart := slices.ContainsFunc(report.Changes, func(r admin.ReloadChange) bool { return r.How == admin.ReloadRestart })
	switch {
	case len(report.Changes) == 0:
		report.Message = "nothing has changed"
		return report, nil
	case o.DryRun:
		report.Message = "a dry run: nothing is changed"
		return report, nil
	case restart:
		report.Message = "nothing is changed: some of it needs a restart of the host, which applies all of it"
		return report, nil
	}
	for i, ch := range changes {
		if err := ch.prepare(ctx); err != nil {
			for _, ready := range changes[:i] {
				err = errors.Join(err, ready.drop(ctx))
			}
			return report, admin.Refuse("swap_refused", "agent %s: %s; nothing is changed", ch.agent, err)
		}
	}
	for _, ch := range changes {
		if ch.ready == nil {
			continue
		}
		if _, err := ch.takeOver(ctx, ch.ready); err != nil {
			return report, fmt.Errorf("agent %s: %w; agents before it in the list run the new settings, it and those after it the old", ch.agent, err)
		}
	}
	report.Applied = true
	return report, nil
}

// planReload compares what runs with a plan. The changes are not made ready yet; end lets go of the
// agents.
func (c *Control) planReload(ctx context.Context, workers []*worker, plan *ServicePlan, o *admin.ReloadOrder, report *admin.ReloadReport) (changes []*change, end func(), err error) {
	var ends []func()
	end = func() {
		for _, e := range ends {
			e()
		}
	}
	restart := func(agent, what, from, to string) {
		report.Changes = append(report.Changes, admin.ReloadChange{Agent: agent, What: what, From: from, To: to, How: admin.ReloadRestart})
	}
	for _, g := range plan.Groups {
		w := workerOf(workers, g.Plan.Venue, g.Plan.Account)
		if w == nil {
			restart("", "account "+g.Plan.Venue+"/"+g.Plan.Account, "", "new")
			continue
		}
		c.compareGroups(w, g, restart)
		for _, p := range g.Plan.Agents {
			ch := &change{group: w, log: c.service.options.Log, stage: c.swapStage, agent: p.Name, by: identity(o.Act), why: o.Reason, act: o.Act, settings: c.options.Swaps[p.Name], plan: p}
			if err := ch.look(ctx); err != nil {
				restart(p.Name, "agent", "", "new")
				continue
			}
			asked, err := madeBy(p)
			if err != nil {
				return nil, end, err
			}
			asked.Index = ch.index
			if asked.Configured == ch.now.Configured {
				continue
			}
			names, _, err := ch.now.changes(&asked)
			how := admin.ReloadLive
			if err != nil {
				how = admin.ReloadRestart
			}
			for _, name := range names {
				from, to := settingOf(&ch.now, name), settingOf(&asked, name)
				report.Changes = append(report.Changes, admin.ReloadChange{Agent: p.Name, What: name, From: from, To: to, How: how})
			}
			free, err := c.beginSwap(p.Name)
			if err != nil {
				return nil, end, err
			}
			ends = append(ends, free)
			ch.configured = asked.Configured
			if err := ch.modules.Keep(p.Wasm); err != nil {
				return nil, end, err
			}
			changes = append(changes, ch)
		}
	}
	for _, w := range workers {
		for _, a := range w.group.Plan.Agents {
			if !planned(plan, a.Name) {
				restart(a.Name, "agent", "runs", "taken out")
			}
		}
	}
	return changes, end, nil
}

func planned(p *ServicePlan, agent string) bool {
	return slices.ContainsFunc(p.Groups, func(g *ServiceGroup) bool {
		return slices.ContainsFunc(g.Plan.Agents, func(a *AgentPlan) bool { return a.Name == agent })
	})
}

func workerOf(workers []*worker, venue, account string) *worker {
	for _, w := range workers {
		if w.group.Plan.Venue == venue && w.group.Plan.Account == account {
			return w
		}
	}
	return nil
}

// compareGroups names what of an account's order path is other than what runs.
func (c *Control) compareGroups(w *worker, g *ServiceGroup, restart func(agent, what, from, to string)) {
	old, now := w.group.Plan, g.Plan
	account := "account " + now.Venue + "/" + now.Account + ": "
	a, b := reflect.ValueOf(old.Lane), reflect.ValueOf(now.Lane)
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		switch name {
		case "Agents", "Instruments", "Owners", "Venue", "Account": // filled in at opening
			continue
		}
		if x, y := fmt.Sprintf("%+v", a.Field(i)), fmt.Sprintf("%+v", b.Field(i)); x != y {
			restart("", account+name, x, y)
		}
	}
	for i := range now.Instruments {
		at := indexOf(old.Instruments, now.Instruments[i].Name)
		if at < 0 {
			restart("", account+"instrument "+now.Instruments[i].Name, "", "new")
		} else if old.Instruments[at] != now.Instruments[i] {
			restart("", account+"instrument "+now.Instruments[i].Name, fmt.Sprintf("%+v", old.Instruments[at]), fmt.Sprintf("%+v", now.Instruments[i]))
		}
	}
	if g.Way != w.group.Way {
		restart("", account+"address, keys or feeds", "as they are", "others")
	}
}
