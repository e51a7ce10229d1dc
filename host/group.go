package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/journal"
)

// GroupPlan is the agents of one venue account, and what they are fed.
type GroupPlan struct {
	Venue, Account string
	// New makes the account as it is before the first bar.
	New func() (Simulated, error)
	// Instruments is the union of the agents' lists: what venue and feeds count by.
	Instruments []event.Instrument
	Feeds       []feed.Config
	Pace        feed.Pace
	Agents      []*AgentPlan
	// StartTime is the virtual clock's first reading.
	StartTime int64
}

// group runs the agents of one account: one goroutine, one order of events, by (time, venue before
// feed, source, ordinal).
type group struct {
	plan   *GroupPlan
	venue  Simulated
	market *merged
	agents []*Agent
	// local[agent][instrument] is the agent's index of a group instrument, or -1; global the reverse.
	local  [][]int32
	global [][]uint32
	lane   *ledger
	sent   uint64 // sequence of the lane's outcomes

	now      int64
	bars     uint64
	paced    int64 // market time of the last bar that was waited for
	outcomes []event.Outcome
	answers  []event.Outcome
	scratch  event.Turn // of the past, decoded
	progress *Progress
	sleep    func(ctx context.Context, d time.Duration)
}

// Progress is how far a group has come. It may be read by any goroutine.
type Progress struct {
	Done, Total atomic.Int64 // bytes of the feeds' files
	Ticks       atomic.Int64
	Now         atomic.Int64 // event time
}

// run takes the group from its first bar to the end of its feeds, or to ctx's end, which is a stop and
// no error. Each round of the loop is one point of time: a market step with the timers due by then, or
// the timers due between two steps. So a stop has one place, named by the group's time.
func (g *group) run(ctx context.Context) error {
	if err := g.begin(ctx); err != nil {
		return err
	}
	for {
		if err := g.stopAgain(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return g.interrupted(ctx)
		}
		m, err := g.market.peek()
		if errors.Is(err, io.EOF) {
			return g.finalize(ctx)
		}
		if err != nil {
			return err
		}
		if a := g.timerBefore(m.Time); a != nil {
			if err := g.fireTimers(ctx, max(g.now, a.deadline())); err != nil {
				return err
			}
			continue
		}
		g.pace(ctx, m.Time)
		if ctx.Err() != nil {
			continue
		}
		if err := g.bar(ctx, m); err != nil {
			return err
		}
		if err := g.fireTimers(ctx, g.now); err != nil {
			return err
		}
	}
}

// begin gives each agent the first event of its life.
func (g *group) begin(ctx context.Context) error {
	g.now = g.plan.StartTime
	return g.startAgents(ctx)
}

// startAgents gives those whose data begins now the first event of their life. An agent's life is the
// same whoever trades the account beside it, so it does not begin with its neighbours' data.
func (g *group) startAgents(ctx context.Context) error {
	for _, a := range g.agents {
		if !a.started && a.start <= g.now {
			a.started = true
			a.inbox.push(event.KindStart, a.start)
		}
	}
	return g.drain(ctx)
}

// fireTimers sets the group's time and lets every timer go off that is due by then, the earliest first.
func (g *group) fireTimers(ctx context.Context, now int64) error {
	g.now = now
	for a := g.timerBefore(now + 1); a != nil; a = g.timerBefore(now + 1) {
		a.inbox.push(event.KindTimer, now)
		if err := g.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bar is one step of the market: the venue sees it first, what that did precedes the bar in the inboxes,
// then every agent that trades one of its instruments gets it.
func (g *group) bar(ctx context.Context, m *event.Market) error {
	g.now = m.Time
	if err := g.startAgents(ctx); err != nil {
		return err
	}
	g.outcomes = g.venue.Market(m, g.outcomes[:0])
	if err := g.deliver(g.outcomes); err != nil {
		return err
	}
	g.tellBankrupt()
	for i, a := range g.agents {
		g.hand(i, a, m)
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	g.market.take()
	if g.bars++; g.bars%256 == 0 {
		g.report()
	}
	return nil
}

// tellBankrupt tells each agent once that the venue has closed the account. It is an event, as all is that
// decides an agent's turns: they can be taken again from its stream alone.
func (g *group) tellBankrupt() {
	if !g.venue.Bankrupt() {
		return
	}
	for _, a := range g.agents {
		if a.started && !a.health.bankrupt {
			e := a.inbox.push(event.KindMode, g.now)
			e.Mode, e.Reason = event.ModeShutdown, bankruptReason
		}
	}
}

// report brings the group's progress up to date.
func (g *group) report() {
	done, total := g.market.progress()
	g.progress.Done.Store(done)
	g.progress.Total.Store(total)
	g.progress.Now.Store(g.now)
	var ticks int64
	for _, a := range g.agents {
		ticks += a.record.Ticks()
	}
	g.progress.Ticks.Store(ticks)
}

// hand puts an agent's part of a market step into its inbox.
func (g *group) hand(i int, a *Agent, m *event.Market) {
	e := a.inbox.push(event.KindMarket, m.Time)
	e.Received, e.Cursor = m.Received, m.Cursor
	for k := range m.Bars {
		if at := g.local[i][m.Bars[k].Instrument]; at >= 0 {
			e.Bars = append(e.Bars, m.Bars[k])
			e.Bars[len(e.Bars)-1].Instrument = uint32(at)
		}
	}
	for k := range m.Notes {
		if at := g.local[i][m.Notes[k].Instrument]; at >= 0 {
			e.Notes = append(e.Notes, m.Notes[k])
			e.Notes[len(e.Notes)-1].Instrument = uint32(at)
		}
	}
	if len(e.Bars) == 0 && len(e.Notes) == 0 {
		a.inbox.unpush() // nothing of this step is this agent's
		return
	}
	// The agent's own order is what the ABI promises, whatever order files and feeds have.
	slices.SortStableFunc(e.Bars, func(x, y event.Bar) int { return cmp.Compare(x.Instrument, y.Instrument) })
	slices.SortStableFunc(e.Notes, func(x, y event.FeedNote) int { return cmp.Compare(x.Instrument, y.Instrument) })
}

// deliver journals outcomes in the lane's stream and puts each into the inbox of its agent.
func (g *group) deliver(outcomes []event.Outcome) error {
	for k := range outcomes {
		o := &outcomes[k]
		if int(o.Agent) >= len(g.agents) {
			return fmt.Errorf("venue %s: outcome for agent %d of %d", g.plan.Venue, o.Agent, len(g.agents))
		}
		g.sent++
		b := event.AppendOutcome(g.lane.begin(journal.KindOutcome, g.sent, o.Time), o)
		if err := g.lane.commit(b); err != nil {
			return fmt.Errorf("venue %s: %w", g.plan.Venue, err)
		}
		e := g.agents[o.Agent].inbox.push(event.KindOutcome, max(o.Time, g.now))
		e.Outcome = *o
		if int(o.Instrument) < len(g.plan.Instruments) {
			at := g.local[o.Agent][o.Instrument]
			if at < 0 {
				return fmt.Errorf("venue %s: outcome on %s for agent %s, which does not trade it",
					g.plan.Venue, g.plan.Instruments[o.Instrument].Name, g.agents[o.Agent].plan.Name)
			}
			e.Outcome.Instrument = uint32(at)
		}
	}
	return nil
}

// drain takes turns until every inbox is empty. Requests that a turn releases reach the venue before
// the next turn, and its answers join the inboxes.
func (g *group) drain(ctx context.Context) error {
	for busy := true; busy; {
		busy = false
		for _, a := range g.agents {
			for e := a.inbox.pop(); e != nil; e = a.inbox.pop() {
				busy = true
				requests, err := a.takeTurn(ctx, e)
				if err != nil {
					return err
				}
				if err := g.send(ctx, a, requests); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// send carries released requests to the venue. Each is an attempt in the lane's stream before it goes.
func (g *group) send(ctx context.Context, a *Agent, requests []event.Request) error {
	for i := range requests {
		q := requests[i]
		q.Order.Instrument = g.global[a.index][q.Order.Instrument]
		b := append(g.lane.begin(journal.KindAttempt, g.sent, a.now), byte(q.Kind))
		if err := g.lane.commit(event.AppendOrder(b, &q.Order)); err != nil {
			return fmt.Errorf("venue %s: %w", g.plan.Venue, err)
		}
		var err error
		if g.answers, err = g.venue.Send(ctx, &q, a.now, g.answers[:0]); err != nil {
			return fmt.Errorf("venue %s: %s order %s: %w", g.plan.Venue, q.Kind, q.Order.ID, err)
		}
		if err := g.deliver(g.answers); err != nil {
			return err
		}
	}
	return nil
}

// timerBefore returns the agent whose timer goes off first, if that is before the bar at next.
func (g *group) timerBefore(next int64) *Agent {
	var first *Agent
	for _, a := range g.agents {
		at := a.deadline()
		if at != 0 && at < next && (first == nil || at < first.timers.next()) {
			first = a
		}
	}
	return first
}

// finalize ends the data: what the venue's rules close at the end is closed and folded.
func (g *group) finalize(ctx context.Context) error {
	g.outcomes = g.venue.Finalize(g.now, g.outcomes[:0])
	if err := g.deliver(g.outcomes); err != nil {
		return err
	}
	g.tellBankrupt()
	if err := g.drain(ctx); err != nil {
		return err
	}
	g.countPending()
	return g.finish()
}

// countPending counts what the feeds' gates withheld after the last bar that was delivered. No strategy
// is told any more, but the summary must know.
func (g *group) countPending() {
	var notes []event.FeedNote
	for _, f := range g.market.feeds {
		notes = f.Pending(notes[:0])
		for k := range notes {
			for i, a := range g.agents {
				if g.local[i][notes[k].Instrument] >= 0 {
					a.record.Note(&notes[k])
				}
			}
		}
	}
}

// interrupted ends the run early. A resumed run that has not yet come to where it was has nothing to
// stop: its streams hold what they held, and what was done again is not done a third time.
func (g *group) interrupted(ctx context.Context) error {
	if g.replaying() {
		g.closeBooks()
		return g.settle()
	}
	if err := g.stop(context.WithoutCancel(ctx), context.Cause(ctx).Error()); err != nil {
		return err
	}
	return g.finish()
}

// replaying: some stream of the group holds more than was done again so far.
func (g *group) replaying() bool {
	for _, a := range g.agents {
		if a.ledger.past() != nil {
			return true
		}
	}
	return g.lane.past() != nil
}

// stop carries out each agent's on_stop. Where that changes nothing there is no event: a run that is
// continued is the run that was never stopped. Orders that close positions fill on later bars, as every
// market order does, so the market goes on until they have. Strategies whose on_stop is keep go on with
// it, for those bars do not come again; the others are told, and not called until the run is continued.
func (g *group) stop(ctx context.Context, reason string) error {
	if !g.flattening() && !slices.ContainsFunc(g.agents, (*Agent).exits) {
		return nil
	}
	for _, a := range g.agents {
		if a.plan.OnStop != "keep" {
			a.inbox.push(event.KindStop, g.now).Reason = reason
		}
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	for g.flattening() {
		m, err := g.market.peek()
		if errors.Is(err, io.EOF) {
			return nil // the data ends with the closes still waiting
		}
		if err != nil {
			return err
		}
		if err := g.bar(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// goOn ends a stop for those who were told of it: the run is continued.
func (g *group) goOn(ctx context.Context) error {
	for _, a := range g.agents {
		if a.stopping {
			a.inbox.push(event.KindStart, g.now)
		}
	}
	return g.drain(ctx)
}

// stopAgain repeats, in a resumed run, every stop that the journal holds at this place.
func (g *group) stopAgain(ctx context.Context) error {
	for {
		reason, found, err := g.pastStop()
		if err != nil || !found {
			return err
		}
		if err := g.stop(ctx, reason); err != nil {
			return err
		}
		if err := g.goOn(ctx); err != nil {
			return err
		}
	}
}

// pastStop finds a stop at the group's time that is next in some agent's history. An agent that has
// little to do may hold the same stop next long before; its time tells.
func (g *group) pastStop() (reason string, found bool, err error) {
	for _, a := range g.agents {
		e := a.ledger.past()
		if e == nil || e.Kind != journal.KindTurn || e.Time != g.now {
			continue
		}
		if err := event.ReadTurn(e.Body, &g.scratch); err != nil {
			return "", false, fmt.Errorf("agent %s: journal position %d: %w", a.plan.Name, e.Position, err)
		}
		if g.scratch.Event.Kind == event.KindStop {
			return g.scratch.Event.Reason, true, nil
		}
	}
	return "", false, nil
}

// flattening: an agent that must be flat at a stop still holds something, or has orders out.
func (g *group) flattening() bool {
	for _, a := range g.agents {
		if a.exit.flat && (!a.flat() || a.orders.Len() > 0) && !a.health.bankrupt {
			return true
		}
	}
	return false
}

// finish closes the books of the report and makes the streams durable.
func (g *group) finish() error {
	g.closeBooks()
	for _, a := range g.agents {
		if err := a.ledger.finish(); err != nil {
			return err
		}
	}
	return g.lane.finish()
}

func (g *group) closeBooks() {
	for _, a := range g.agents {
		a.record.End(a.account.Equity())
	}
	g.report()
}

// settle makes what was appended durable and leaves the rest of the past alone.
func (g *group) settle() error {
	for _, a := range g.agents {
		if err := a.ledger.wait(); err != nil {
			return err
		}
	}
	return g.lane.wait()
}

// pace waits until it is time for the bar at next, at the feed's speed.
func (g *group) pace(ctx context.Context, next int64) {
	if g.paced != 0 && g.agents[0].ledger.past() == nil {
		if d := g.plan.Pace.Wait(g.paced, next); d > 0 {
			g.sleep(ctx, d)
		}
	}
	g.paced = next
}
