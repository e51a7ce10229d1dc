package host

import (
	"context"
	"errors"
	"fmt"
	"io"
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
// no error.
func (g *group) run(ctx context.Context) error {
	g.now = g.plan.StartTime
	for _, a := range g.agents {
		a.inbox.push(event.KindStart, g.now)
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	for {
		if err := g.stopAgain(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			if err := g.stop(context.WithoutCancel(ctx), context.Cause(ctx).Error()); err != nil {
				return err
			}
			return g.finish()
		}
		m, err := g.market.peek()
		if errors.Is(err, io.EOF) {
			return g.finalize(ctx)
		}
		if err != nil {
			return err
		}
		if a := g.timerBefore(m.Time); a != nil {
			a.inbox.push(event.KindTimer, a.timers.next())
			if err := g.drain(ctx); err != nil {
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
	}
}

// bar is one step of the market: the venue sees it first, what that did precedes the bar in the inboxes,
// then every agent that trades one of its instruments gets it.
func (g *group) bar(ctx context.Context, m *event.Market) error {
	g.now = m.Time
	g.outcomes = g.venue.Market(m, g.outcomes[:0])
	if err := g.deliver(g.outcomes); err != nil {
		return err
	}
	bankrupt := g.venue.Bankrupt()
	for i, a := range g.agents {
		a.health.bankrupt = bankrupt
		g.hand(i, a, m)
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	g.market.take()
	g.report()
	return nil
}

// report brings the group's progress up to date every few bars.
func (g *group) report() {
	if g.bars++; g.bars%256 != 0 {
		return
	}
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
	}
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
		at := a.timers.next()
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

// stop carries out each agent's on_stop. Orders that close positions fill on the next bar, as every
// market order does, so venue and agents are shown one more, without calling the strategies.
func (g *group) stop(ctx context.Context, reason string) error {
	for _, a := range g.agents {
		a.inbox.push(event.KindStop, max(g.now, a.now)).Reason = reason
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	if !g.flattening() {
		return nil
	}
	m, err := g.market.peek()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, a := range g.agents {
		a.stopping = true
		defer func() { a.stopping = false }()
	}
	return g.bar(ctx, m)
}

// stopAgain repeats, in a resumed run, a stop that the journal holds at this place.
func (g *group) stopAgain(ctx context.Context) error {
	for _, a := range g.agents {
		e := a.ledger.past()
		if e == nil || e.Kind != journal.KindTurn {
			continue
		}
		var t event.Turn
		if err := event.ReadTurn(e.Body, &t); err != nil {
			return fmt.Errorf("agent %s: journal position %d: %w", a.plan.Name, e.Position, err)
		}
		if t.Event.Kind == event.KindStop {
			return g.stop(ctx, t.Event.Reason)
		}
	}
	return nil
}

func (g *group) flattening() bool {
	for _, a := range g.agents {
		for i := range a.orders.All() {
			if a.orders.All()[i].Flags&event.Closing != 0 {
				return true
			}
		}
	}
	return false
}

// finish closes the books of the report and makes the streams durable.
func (g *group) finish() error {
	for _, a := range g.agents {
		a.record.End(a.account.Equity())
		if err := a.ledger.finish(); err != nil {
			return err
		}
	}
	return g.lane.finish()
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
