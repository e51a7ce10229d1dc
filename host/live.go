package host

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// Live is one group of agents that share a venue account behind a network, with the lane that carries
// their orders there. It is a deterministic machine: rounds of inputs go in, calls to the venue come out,
// and nothing comes out that is not durable. One goroutine; whoever drives it brings the clock, makes the
// calls and gives their replies back.
//
// Each agent has a journal stream and so has the lane. Requests go from agent to lane and outcomes from
// lane to agent, both numbered, so that what a crash left between two streams is handed over again, once.
type Live struct {
	plan *LivePlan
	log  hclog.Logger
	*group
	lane    *execution.Lane
	journal *journal.Journal
	modules ModuleSource
	stream  *journal.Stream // the lane's
	streams []*journal.Stream
	watches []*watch // by agent
	saver   *saver   // nil makes no checkpoints
	saves   Checkpoints
	// laneAnchor is where the lane's checkpoint was made, position 0 where there is none.
	laneAnchor checkpoint.Anchor
	granted    []event.Permission
	told       []uint64 // by agent: the last outcome that its journal holds
	resent     []taken  // requests of the agents' streams that the lane may not have
	step       uint64   // of the lane's stream
	fresh      bool     // no history: the first start
	grown      bool     // there are agents or instruments that the lane's stream does not know
	// restored, if not nil, is the restore that the lane has not been told of.
	restored *event.Restored
	started  bool
	quiet    bool // no strategy is called
	machine  HostHealth
	effects  Effects
	done     []func(error)
	failed   error
	seen     *observation // nil tells nobody
}

// taken is a request at its place in an agent's stream.
type taken struct {
	agent    uint32
	sequence uint64
	place    uint32
	request  event.Request
}

// LiveInput is one thing that happened; one field is set.
type LiveInput struct {
	// Market is a step of the market; its bars' instruments are the group's.
	Market *event.Market
	// Reply is what came of a call, or what the venue's stream told.
	Reply *event.Reply
	// Command is a person's act.
	Command *Command
	// Health is what the machine measures.
	Health *HostHealth
}

// HostHealth is what the machine measures, and nobody journals.
type HostHealth struct {
	// DiskFree is bytes where the journal is, below zero if it is not known.
	DiskFree int64
	// Lag is how far the host is behind its inputs, in nanoseconds.
	Lag int64
}

// Effects are what a round lets out, valid until the next.
type Effects struct {
	Calls  []event.Call
	Alerts []event.Alert
}

// Round takes inputs in their order, and what they cause, until nothing is left to do at now. It returns
// when all of it is durable. After an error the group is lost: it is closed and opened again from its
// journal.
func (l *Live) Round(ctx context.Context, inputs []LiveInput, now int64) (*Effects, error) {
	if l.failed != nil {
		return nil, l.failed
	}
	l.now = max(l.now, now)
	if l.started { // what opening had to say goes out with the first round
		l.effects.Calls, l.effects.Alerts = l.effects.Calls[:0], l.effects.Alerts[:0]
	}
	l.done = l.done[:0]
	err := l.round(ctx, inputs)
	if err == nil {
		l.seen.turnsEnd()
		err = l.release()
	}
	for _, done := range l.done {
		done(err)
	}
	if err != nil {
		l.failed = fmt.Errorf("venue %s, account %s: %w", l.plan.Venue, l.plan.Account, err)
		return nil, l.failed
	}
	l.checkpoint()
	return &l.effects, nil
}

func (l *Live) round(ctx context.Context, inputs []LiveInput) error {
	if !l.started {
		if err := l.begin(ctx); err != nil {
			return err
		}
	}
	for i := range inputs {
		if err := l.take(ctx, &inputs[i]); err != nil {
			return err
		}
		if err := l.settle(ctx); err != nil {
			return err
		}
	}
	if err := l.judge(); err != nil {
		return err
	}
	return l.settle(ctx)
}

// begin is the first round after opening: the lane learns that what was in flight is lost, what one
// stream had and the other had not is handed over, and the agents learn that they run.
func (l *Live) begin(ctx context.Context) error {
	l.started = true
	if err := l.tellRestored(); err != nil {
		return err
	}
	for i, a := range l.agents {
		if err := l.grant(uint32(i), a); err != nil {
			return err
		}
	}
	if err := l.pass(execution.Input{Kind: execution.InputStart}); err != nil {
		return err
	}
	for _, t := range l.resent {
		if err := l.request(t); err != nil {
			return err
		}
	}
	l.resent = nil
	for _, a := range l.agents {
		if err := l.beginSwap(a); err != nil {
			return err
		}
		if l.quiet {
			e := a.inbox.push(event.KindStop, l.now)
			e.Mode, e.Reason = event.ModeObservation, "opened to settle: the strategy is not called"
			continue
		}
		a.inbox.push(event.KindStart, l.now)
	}
	return l.settle(ctx)
}

// tellRestored has the account held after a restore from a backup, until a person releases it.
func (l *Live) tellRestored() error {
	r := l.restored
	if r == nil {
		return nil
	}
	l.restored = nil
	made := time.Unix(0, r.Made).UTC().Format("2006-01-02 15:04:05 MST")
	act := execution.Act{Kind: execution.ActRestored, Who: r.By, Why: fmt.Sprintf("%s (made %s)", r.Reason, made)}
	return l.pass(execution.Input{Kind: execution.InputOperator, Act: act})
}

// take puts one input where it belongs.
func (l *Live) take(ctx context.Context, in *LiveInput) error {
	switch {
	case in.Market != nil:
		for i, a := range l.agents {
			l.hand(i, a, in.Market)
			l.watches[i].bars(a, in.Market, l.local[i])
		}
	case in.Reply != nil:
		return l.pass(execution.Input{Kind: execution.InputReply, Reply: *in.Reply})
	case in.Command != nil:
		return l.command(ctx, in.Command)
	case in.Health != nil:
		l.machine = *in.Health
	}
	return nil
}

// settle takes turns until every inbox is empty and nothing is due at this time.
func (l *Live) settle(ctx context.Context) error {
	for {
		if err := l.drain(ctx); err != nil {
			return err
		}
		if next := l.lane.Next(); next != 0 && next <= l.now {
			if err := l.pass(execution.Input{Kind: execution.InputTime}); err != nil {
				return err
			}
			continue
		}
		due := l.timerBefore(l.now + 1)
		if due == nil {
			return nil
		}
		due.inbox.push(event.KindTimer, l.now)
	}
}

// drain takes turns until every inbox is empty. What a turn releases is the lane's at once: neither
// leaves the host before both are durable.
func (l *Live) drain(ctx context.Context) error {
	for busy := true; busy; {
		busy = false
		for i, a := range l.agents {
			for e := a.inbox.pop(); e != nil; e = a.inbox.pop() {
				busy = true
				l.seen.turnBegins()
				before := a.mode
				requests, err := a.takeTurn(ctx, e)
				if err != nil {
					return err
				}
				l.tellMode(a, before)
				l.seen.turnEnds(a)
				l.saver.saw(&a.turn)
				if err := l.grant(uint32(i), a); err != nil {
					return err
				}
				l.letter(a)
				if err := l.swapBack(a); err != nil {
					return err
				}
				for place := range requests {
					t := taken{uint32(i), a.sequence, uint32(place), requests[place]}
					if err := l.request(t); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// letter alerts of a tick that has just become a dead letter.
func (l *Live) letter(a *Agent) {
	if a.trap == nil {
		return
	}
	level := event.AlertWarning
	text := fmt.Sprintf("tick %d failed (%s) and was rolled back: %s", a.trap.Turn, a.trap.Verdict, a.trap.Message)
	if a.health.quarantined {
		level = event.AlertCritical
		text += "; the strategy is quarantined: it is not called any more until agenthost mode " + a.plan.Name + " full"
	}
	l.alert(event.Alert{Key: "tick_failed", Level: level, Agent: a.plan.Name, Text: text})
}

func (l *Live) alert(a event.Alert) {
	a.Venue, a.Account, a.Time = l.plan.Venue, l.plan.Account, l.now
	l.effects.Alerts = append(l.effects.Alerts, a)
}

// grant tells the lane what an agent's mode allows, where that has changed.
func (l *Live) grant(i uint32, a *Agent) error {
	p := permissions(a.mode)
	if l.granted[i] == p {
		return nil
	}
	l.granted[i] = p
	return l.pass(execution.Input{Kind: execution.InputPermissions, Agent: i, Permission: p})
}

// request hands one released request to the lane.
func (l *Live) request(t taken) error {
	t.request.Order.Instrument = l.global[t.agent][t.request.Order.Instrument]
	t.request.Order.Agent = t.agent
	return l.pass(execution.Input{Kind: execution.InputRequest, Agent: t.agent, Sequence: t.sequence, Place: t.place, Request: t.request})
}

// pass takes the lane one step and keeps what it did: the entry in the journal, the outcomes for the
// agents, the calls for when all of it is durable.
func (l *Live) pass(in execution.Input) error {
	in.Time = l.now
	l.seen.stepBegins()
	e := l.lane.Step(&in)
	var refused error
	if e.Refusal != "" {
		refused = &RefusedError{e.Refusal}
	}
	if e.Empty() {
		return refused
	}
	l.step++
	if l.stream.Commit(execution.AppendEntry(l.stream.Begin(journal.KindLane, l.step, l.now), e)) == 0 {
		return l.stream.Failed()
	}
	l.seen.stepEnds(l, e)
	for i := range e.Letters {
		if err := l.keepLetter(&e.Letters[i]); err != nil {
			return err
		}
	}
	for i := range e.Outcomes {
		if err := l.tell(&e.Outcomes[i]); err != nil {
			return err
		}
	}
	l.effects.Calls = append(l.effects.Calls, e.Calls...)
	l.effects.Alerts = append(l.effects.Alerts, e.Alerts...)
	return refused // what else the lane did stands
}

// keepLetter writes an order's dead letter behind the lane's entry, in the same transaction.
func (l *Live) keepLetter(letter *event.Letter) error {
	if a := l.agentNamed(letter.Agent); a != nil {
		letter.Module = fmt.Sprintf("%x", a.plan.Module.SHA256())
		letter.Config = fmt.Sprintf("%x", a.plan.ConfigSHA256)
	}
	body, err := json.Marshal(letter)
	if err != nil {
		return fmt.Errorf("encode dead letter %s: %w", letter.ID, err)
	}
	if l.stream.Append(journal.KindDeadLetter, l.step, l.now, body) == 0 {
		return l.stream.Failed()
	}
	return nil
}

// tell puts an outcome into its agent's inbox, unless the agent's journal holds it already.
func (l *Live) tell(o *execution.AgentOutcome) error {
	agent := o.Outcome.Agent
	if int(agent) >= len(l.agents) {
		return fmt.Errorf("outcome for agent %d of %d", agent, len(l.agents))
	}
	if o.Number <= l.told[agent] {
		return nil
	}
	l.told[agent] = o.Number
	at := int32(-1)
	if int(o.Outcome.Instrument) < len(l.plan.Instruments) {
		at = l.local[agent][o.Outcome.Instrument]
	}
	account := o.Outcome.Instrument == event.EveryInstrument
	if at < 0 && !account {
		return fmt.Errorf("outcome %d for agent %s is on instrument %d, which it does not trade", o.Number, l.agents[agent].plan.Name, o.Outcome.Instrument)
	}
	e := l.agents[agent].inbox.push(event.KindOutcome, l.now)
	e.Outcome, e.Cursor = o.Outcome, o.Number
	if !account {
		e.Outcome.Instrument = uint32(at)
	}
	return nil
}

func (l *Live) agentNamed(name string) *Agent {
	i := slices.IndexFunc(l.agents, func(a *Agent) bool { return a.plan.Name == name })
	if i < 0 {
		return nil
	}
	return l.agents[i]
}

// release makes the round durable, if something waits for it. What nobody waits for is on its way to the
// disk, and the next round need not wait for it either.
func (l *Live) release() error {
	if len(l.effects.Calls) > 0 || len(l.effects.Alerts) > 0 || len(l.done) > 0 {
		return l.journal.Flush(l.streams...)
	}
	return l.journal.Hand(l.streams...)
}

// Next is when a round is wanted although nothing comes in, 0 for never.
func (l *Live) Next() int64 {
	next := l.lane.Next()
	for _, a := range l.agents {
		if at := a.deadline(); at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	return next
}

// Flat reports whether every agent that leaves has left: nothing is held but dust, and no order is out.
func (l *Live) Flat() bool {
	for _, a := range l.agents {
		if a.leaving() && (!a.flat() || a.orders.Len() > 0) {
			return false
		}
	}
	return true
}

// Close ends the instances and gives the leases back. The journal stays open. Of a round that has failed nothing is kept:
// its entries would become durable stream by stream, the lane's word without the agent's turn.
func (l *Live) Close() error {
	if l.saver != nil {
		l.saver.abandon(errStopped)
	}
	if l.failed != nil {
		l.abandon()
	}
	return l.close()
}

// abandon lets go of all streams; closing the journal gives their leases back.
func (l *Live) abandon() {
	for _, s := range l.streams {
		s.Abandon(l.failed)
	}
	l.group.lane.stream = nil
	for _, a := range l.agents {
		a.ledger.stream = nil
	}
}

// newest is the close of a group instrument's newest bar that an agent has seen, 0 before the first.
func (l *Live) newest(instrument uint32) int64 {
	newest := int64(0)
	for i, w := range l.watches {
		if at := l.local[i][instrument]; at >= 0 {
			newest = max(newest, w.newest[at])
		}
	}
	return newest
}
