package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/admin"
)

// Reload reads the configuration anew and says what is other than what runs. What concerns agents comes
// into force between two of their ticks, all of it or nothing: everything is made ready before anything is
// put to work. What concerns accounts and the host needs a restart, and then nothing is changed.
func (c *Control) Reload(ctx context.Context, o admin.ReloadOrder) (report admin.ReloadReport, err error) {
	defer func() { c.keepReload(ctx, &o, &report, err) }()
	if c.options.Replan == nil {
		return report, admin.Refuse("not_available", "this host cannot read its configuration anew: restart it")
	}
	workers, err := c.workers()
	if err != nil {
		return report, err
	}
	plan, err := c.options.Replan(ctx)
	if err != nil {
		return report, admin.Refuse("configuration", "what runs goes on: %s", err)
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
	c.service.reload(plan)
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
	running := c.service.configured()
	list := reloadList{report: report, how: map[string]string{}}
	for _, g := range plan.Groups {
		w := workerOf(workers, g.Plan.Venue, g.Plan.Account)
		if w == nil {
			list.restart("", "account "+g.Plan.Venue+"/"+g.Plan.Account, "", "new")
			continue
		}
		compareGroups(w, g, list.restart)
		for _, p := range g.Plan.Agents {
			ch := &change{group: w, log: c.service.options.Log, stage: c.swapStage, agent: p.Name, by: identity(o.Act), why: o.Reason, act: o.Act, settings: p.Swap, plan: p}
			if err := ch.look(ctx); err != nil {
				list.restart(p.Name, "agent", "", "new")
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
			list.agent(&ch.now, &asked, p.Name)
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
			if plan.agent(a.Name) == nil {
				list.restart(a.Name, "agent", "runs", "taken out")
			}
		}
	}
	list.inTheFilesWords(running.Config, plan.Config)
	return changes, end, nil
}

// reloadList collects what a reload changes, and how.
type reloadList struct {
	report *admin.ReloadReport
	how    map[string]string // of an agent whose turns will be made otherwise
	plain  []admin.ReloadChange
}

func (r *reloadList) restart(agent, what, from, to string) {
	r.plain = append(r.plain, admin.ReloadChange{Agent: agent, What: what, From: from, To: to, How: admin.ReloadRestart})
	r.how[agent] = admin.ReloadRestart
}

// agent takes the settings of an agent that makes other turns.
func (r *reloadList) agent(now, asked *moduleEntry, name string) {
	names, _, err := now.changes(asked)
	r.how[name] = admin.ReloadLive
	if err != nil {
		r.how[name] = admin.ReloadRestart
	}
	for _, what := range names {
		c := admin.ReloadChange{Agent: name, What: what, How: r.how[name]}
		if what == "module" {
			c.From, c.To = now.ModuleSHA256[:12], asked.ModuleSHA256[:12]
		}
		r.plain = append(r.plain, c)
	}
}

// inTheFilesWords tells the changes as a person wrote them. What the file does not show is added: a module
// under the same path, and settings that somebody had changed by hand.
func (r *reloadList) inTheFilesWords(old, now *config.Config) {
	var shown map[string]bool
	if old != nil && now != nil {
		shown = r.settings(config.Changes(old, now))
	}
	for _, c := range r.plain {
		if !shown[c.Agent] || c.What == "module" {
			r.report.Changes = append(r.report.Changes, c)
		}
	}
}

// settings lists what is written differently and returns whose rows there are.
func (r *reloadList) settings(changes []config.Change) (shown map[string]bool) {
	shown = map[string]bool{}
	for _, c := range changes {
		row := admin.ReloadChange{What: c.Setting, From: c.From, To: c.To, How: admin.ReloadRestart}
		name, isAgent := strings.CutPrefix(c.Block, "agent ")
		switch {
		case isAgent:
			row.Agent, row.What = name, cmp.Or(c.Setting, "agent")
			if row.How = r.how[name]; row.How == "" { // it makes no other turns by it
				row.How = admin.ReloadLive
			}
		default:
			row.What = strings.TrimSpace(c.Block + " " + c.Setting)
			if row.What == "host order_notional_max" { // it is every agent's
				row.How = admin.ReloadLive
			}
		}
		shown[row.Agent] = true
		r.report.Changes = append(r.report.Changes, row)
	}
	if shown[""] { // what a setting of the host's changes for an agent is shown as the host's
		for name := range r.how {
			shown[name] = true
		}
	}
	return shown
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
func compareGroups(w *worker, g *ServiceGroup, restart func(agent, what, from, to string)) {
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
