package host

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// LiveOptions are how a live group is run.
type LiveOptions struct {
	Journal *journal.Journal
	// Owner holds the leases for Lease at a time; it renews them before.
	Owner string
	Lease time.Duration
	// Now is event time at opening; Run makes the 8 bytes from which a new agent's order ids are made.
	Now int64
	Run func() [8]byte
	Log hclog.Logger
	// OnTick is as in Options. Modules keeps the bytes of every strategy, for recovery takes turns of older
	// ones again; nil keeps none, and nothing can be swapped.
	OnTick  func(agent string, input []byte, now, used int64)
	Modules ModuleSource
	// Failure is what ended the host before this one, if its journal could not take it down; it is now.
	Failure string
	// Quiet is as in ServiceOptions.
	Quiet bool
	// Checkpoints is where checkpoints are found and kept; nil for nowhere: recovery then takes everything
	// from the journal. CheckpointRule says when one is made.
	Checkpoints    Checkpoints
	CheckpointRule CheckpointRule
	// Recovered, if set, is told what opening found, step by step.
	Recovered func(RecoveryStep)
}

// OpenLive makes a live group from its journal, or anew where there is none. It is one path, whether the
// host starts, was stopped or was killed:
//
//  1. leases: whoever held these streams before is fenced from here on;
//  2. the newest checkpoint that can be trusted, by stream (recovery.go); what follows is of the journal behind it,
//     or of all of it;
//  3. the lane's stream is folded: facts, no decisions; each agent's turns are taken again and compared with its
//     stream, its strategy with them;
//  4. what one stream had for the other, and the other has not, is set aside for the first round.
//
// Orders that were in flight are settled, and the account compared with the venue, from the first round
// on; until that is done, nothing that adds goes out. The error is a *Diverged where a turn done again is
// not what the journal holds.
func OpenLive(ctx context.Context, p *LivePlan, o LiveOptions) (l *Live, err error) {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	l = &Live{
		plan: p, modules: o.Modules, saves: o.Checkpoints, quiet: o.Quiet, log: o.Log, journal: o.Journal, machine: HostHealth{DiskFree: -1},
		group:   &group{plan: &GroupPlan{Venue: p.Venue, Account: p.Account, Instruments: p.Instruments, Agents: p.Agents}},
		granted: make([]event.Permission, len(p.Agents)), told: make([]uint64, len(p.Agents)),
	}
	for i := range l.granted {
		l.granted[i] = ^event.Permission(0) // nothing told yet
	}
	var r *recovery
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("venue %s, account %s: %w", p.Venue, p.Account, r.explain(err)), l.close())
		}
	}()
	if err := l.acquireLane(&o); err != nil {
		return l, err
	}
	name := p.Venue + "/" + p.Account
	r = openRecovery(&o, name)
	if err := l.keepOrder(p, r); err != nil {
		return l, err
	}
	ledgers, err := l.acquireAgents(p, &o)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, closeLedgers(ledgers)) }()
	r.tell("leases", uint64(len(l.streams)), fmt.Sprintf("%d streams", len(l.streams)))
	if err := r.readLane(l, l.laneConfig()); err != nil {
		return l, err
	}
	if err := l.beginStreams(p, ledgers, &o); err != nil {
		return l, err
	}
	for i, a := range p.Agents {
		if err := l.revive(ctx, uint32(i), a, &ledgers[i], r); err != nil {
			return l, err
		}
	}
	agents := "agents"
	if len(l.agents) == 1 {
		agents = "agent"
	}
	r.tell("agents", r.replayed, fmt.Sprintf("%d %s from %s; %d turns taken again", len(l.agents), agents, r.sources(len(l.streams)), r.replayed))
	l.index()
	if err := l.confess(o.Failure); err != nil {
		return l, err
	}
	told, err := l.catchUp()
	if err != nil {
		return l, err
	}
	if err := l.keepMembers(o.Now); err != nil {
		return l, err
	}
	r.tell("outcomes", told, fmt.Sprintf("%d that the agents have not been told, %d requests that the lane has not taken", told, len(l.resent)))
	l.saver = r.saver(l, name)
	return l, nil
}

// acquireLane takes the lease of the lane's stream, first of all: of two hosts one is told at once.
func (l *Live) acquireLane(o *LiveOptions) error {
	led, err := l.lease([]string{"lane/" + l.plan.Venue + "/" + l.plan.Account}, o)
	if err != nil {
		return err
	}
	l.group.lane, l.stream = led[0], led[0].stream
	return nil
}

// lease takes all of the streams or none.
func (l *Live) lease(names []string, o *LiveOptions) ([]*ledger, error) {
	streams, err := o.Journal.AcquireAll(names, o.Owner, o.Now, o.Lease)
	if err != nil {
		return nil, err
	}
	ledgers := make([]*ledger, len(streams))
	for i, s := range streams {
		s.Together()
		l.streams = append(l.streams, s)
		ledgers[i] = &ledger{stream: s, name: names[i]}
	}
	return ledgers, nil
}

func (l *Live) acquireAgents(p *LivePlan, o *LiveOptions) ([]*ledger, error) {
	names := make([]string, len(p.Agents))
	for i, a := range p.Agents {
		names[i] = "agent/" + a.Name
	}
	return l.lease(names, o)
}

// members is what the lane's numbers stand for, as JSON: the body of its entries of kind config. Numbers
// are never given twice, whatever order the configuration has.
type members struct {
	Agents      []string `json:"agents"`
	Instruments []string `json:"instruments"`
}

// keepOrder puts agents and instruments into the order in which the lane's stream knows them. New ones come
// last. Nobody who has a history here may be missing.
func (l *Live) keepOrder(p *LivePlan, r *recovery) error {
	o := r.options
	position, step := l.stream.Head()
	l.step, l.fresh = step, position == 0
	anchor, memory := r.lanePart(l.stream.Name())
	l.laneAnchor = anchor
	known := memory.members
	if l.fresh {
		body, err := json.Marshal(genesis{Venue: p.Venue, Account: p.Account, Run: "0000000000000000"})
		if err != nil {
			return err
		}
		l.stream.Append(journal.KindGenesis, 0, o.Now, body)
	}
	for e, err := range l.laneTail() {
		if l.fresh {
			break
		}
		if err != nil {
			return err
		}
		if e.Kind != journal.KindConfig {
			continue
		}
		known = members{}
		if err := json.Unmarshal(e.Body, &known); err != nil {
			return fmt.Errorf("stream %q, position %d: %w", l.stream.Name(), e.Position, err)
		}
	}
	agents, err := ordered("agent", p.Agents, known.Agents, func(a *AgentPlan) string { return a.Name })
	if err != nil {
		return err
	}
	instruments, err := ordered("instrument", p.Instruments, known.Instruments, func(in event.Instrument) string { return in.Name })
	if err != nil {
		return err
	}
	p.Agents, p.Instruments = agents, instruments
	l.group.plan.Agents, l.group.plan.Instruments = agents, instruments
	l.grown = len(agents) != len(known.Agents) || len(instruments) != len(known.Instruments)
	return nil
}

// keepMembers gives new agents and instruments their numbers for good. It comes last: a configuration with which the
// group cannot be opened, for a name that is wrong or a module that is missing, can be put back.
func (l *Live) keepMembers(now int64) error {
	if !l.grown {
		return nil
	}
	body, err := json.Marshal(membersOf(l.plan))
	if err != nil {
		return err
	}
	l.stream.Append(journal.KindConfig, l.step, now, body)
	return l.stream.Submit()
}

// ordered puts items into the known order, new ones last.
func ordered[T any](what string, items []T, known []string, name func(T) string) ([]T, error) {
	out := make([]T, 0, len(items))
	rest := make(map[string]T, len(items))
	for _, item := range items {
		rest[name(item)] = item
	}
	for _, k := range known {
		item, there := rest[k]
		if !there {
			return nil, fmt.Errorf("%s %q has a history on this account and is not in the configuration any more: put it back; one that is not to trade has agenthost flatten", what, k)
		}
		out = append(out, item)
		delete(rest, k)
	}
	for _, item := range items {
		if _, fresh := rest[name(item)]; fresh {
			out = append(out, item)
		}
	}
	return out, nil
}

// membersOf is the plan's agents and instruments, by number.
func membersOf(p *LivePlan) (m members) {
	for _, a := range p.Agents {
		m.Agents = append(m.Agents, a.Name)
	}
	for i := range p.Instruments {
		m.Instruments = append(m.Instruments, p.Instruments[i].Name)
	}
	return m
}

// laneTail is the lane's stream behind its anchor.
func (l *Live) laneTail() iter.Seq2[journal.Entry, error] {
	return l.journal.ReadAfter(l.stream.Name(), l.laneAnchor.Position, l.laneAnchor.Hash)
}

// laneConfig is the lane's configuration, filled in.
func (l *Live) laneConfig() execution.Config {
	p := l.plan
	c := p.Lane
	c.Venue, c.Account, c.Instruments, c.Owners = p.Venue, p.Account, p.Instruments, p.owners()
	c.Agents = c.Agents[:0:0]
	for _, a := range p.Agents {
		c.Agents = append(c.Agents, execution.AgentConfig{Name: a.Name, Shared: a.Shared})
	}
	return c
}

// revive makes an agent from its stream: every turn again, compared. What the configuration asks for now,
// and did not when the stream's last turn was taken, comes in with the first round.
func (l *Live) revive(ctx context.Context, i uint32, p *AgentPlan, led **ledger, r *recovery) error {
	n, err := l.lineage(p, *led, r.options)
	if err != nil {
		return fmt.Errorf("agent %s: %w", p.Name, err)
	}
	a, w, err := r.agent(ctx, l, i, p, &n, *led)
	if a != nil {
		a.onTick = r.options.OnTick
		l.agents = append(l.agents, a)
		*led = nil // the agent closes it
	}
	if err != nil {
		return err
	}
	l.watches = append(l.watches, w)
	if err := l.replay(ctx, i, a, w); err != nil {
		return err
	}
	a.ledger.module = n.last.position // it may have no turn yet
	r.replayed += a.ledger.compared
	l.now = max(l.now, a.now)
	if err := l.planChange(ctx, a, p, &n); err != nil {
		return fmt.Errorf("agent %s: %w", p.Name, err)
	}
	return w.restore(a)
}

// beginTogether is how many streams are begun in one transaction: some megabytes of settings.
const beginTogether = 1000

// beginStreams begins those streams that have no turn yet.
func (l *Live) beginStreams(p *LivePlan, ledgers []*ledger, o *LiveOptions) error {
	var begun []*journal.Stream
	kept := map[*sandbox.Module]bool{}
	for i, a := range p.Agents {
		if _, turns := ledgers[i].stream.Head(); turns == 0 { // nothing was made by what was there before
			wasm := a.Wasm
			if kept[a.Module] {
				wasm = nil
			}
			if err := ledgers[i].beginStream(uint32(i), a, wasm, o); err != nil {
				return fmt.Errorf("agent %s: %w", a.Name, err)
			}
			kept[a.Module] = true
			begun = append(begun, ledgers[i].stream)
		}
		if len(begun) == beginTogether || i == len(p.Agents)-1 {
			if err := l.journal.Flush(begun...); err != nil {
				return err
			}
			begun = begun[:0]
		}
	}
	return nil
}

// beginStream writes the entries before an agent's first turn.
func (l *ledger) beginStream(i uint32, p *AgentPlan, wasm []byte, o *LiveOptions) error {
	if head, _ := l.stream.Head(); head == 0 {
		run := o.Run()
		body, err := json.Marshal(genesis{Run: hex.EncodeToString(run[:]), Agent: p.Name, Seed: p.Seed, Start: o.Now})
		if err != nil {
			return err
		}
		l.stream.Append(journal.KindGenesis, 0, o.Now, body)
	}
	made, err := madeBy(p)
	if err != nil {
		return err
	}
	made.Index = i
	return l.putModule(&made, wasm, o.Modules, 0, o.Now)
}

// lineage reads what an agent's stream began with.
func (l *Live) lineage(p *AgentPlan, led *ledger, o *LiveOptions) (n lineage, err error) {
	head, _ := led.stream.Head()
	if n, err = readLineage(o.Journal, led.name, head); err != nil {
		return n, err
	}
	if n.genesis.Agent != p.Name {
		return n, fmt.Errorf("stream %q was begun with %+v: not this agent's", led.name, n.genesis)
	}
	if n.genesis.Seed != p.Seed {
		return n, fmt.Errorf("stream %q was begun with seed %d, the configuration says %d: put it back", led.name, n.genesis.Seed, p.Seed)
	}
	led.module = n.last.position
	return n, nil
}

// replay takes every turn of the past again. Requests that the lane may not have are kept.
func (l *Live) replay(ctx context.Context, i uint32, a *Agent, w *watch) error {
	sequence, place, some := l.lane.Taken(i)
	var turn event.Turn
	for a.ledger.past() != nil {
		requests, err := a.retake(ctx, &turn)
		if err != nil {
			return err
		}
		e := &turn.Event
		if e.Kind == event.KindOutcome {
			l.told[i] = e.Cursor
		}
		w.saw(e)
		for k := range requests {
			if !some || a.sequence > sequence || a.sequence == sequence && uint32(k) > place {
				l.resent = append(l.resent, taken{i, a.sequence, uint32(k), requests[k]})
			}
		}
	}
	return nil
}

// confess keeps what the journal could not be told while it failed.
func (l *Live) confess(failure string) error {
	if failure == "" {
		return nil
	}
	body, err := json.Marshal(map[string]string{"subject": "host", "act": "rebuilt", "reason": failure})
	if err != nil {
		return err
	}
	if l.stream.Append(journal.KindAudit, l.step, l.now, body) == 0 {
		return l.stream.Failed()
	}
	return nil
}

// catchUp finds the outcomes that the lane told and an agent's stream has not. Those before the lane's anchor
// were durable together with the turns that took them.
func (l *Live) catchUp() (found uint64, err error) {
	for i := range l.agents {
		found += l.lane.Told(uint32(i)) - min(l.told[i], l.lane.Told(uint32(i)))
	}
	if found == 0 {
		return 0, nil
	}
	var entry execution.Entry
	for e, err := range l.laneTail() {
		if err != nil {
			return found, err
		}
		if e.Kind != journal.KindLane {
			continue
		}
		if err := execution.ReadEntry(e.Body, &entry); err != nil {
			return found, fmt.Errorf("stream %q, position %d: %w", l.stream.Name(), e.Position, err)
		}
		for k := range entry.Outcomes {
			if err := l.tell(&entry.Outcomes[k]); err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// Renew holds on to the leases. Lost ones are those that another host has taken; the group is over then.
func (o *LiveOptions) Renew(now int64) error {
	lost, err := o.Journal.Renew(now, o.Lease)
	if err != nil {
		return fmt.Errorf("renew leases: %w", err)
	}
	if len(lost) > 0 {
		return fmt.Errorf("leases lost to another host: %q: %w", lost, journal.ErrFenced)
	}
	return nil
}
