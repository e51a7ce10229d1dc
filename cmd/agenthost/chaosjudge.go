package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// chaosJudge asks the venues themselves what became of a run's orders: by adapters of its own, without faults
// and without the host.
type chaosJudge struct {
	prepared *prepared
	accounts []*judgedAccount
	began    int64
	calls    uint64
}

type judgedAccount struct {
	plan   *host.LivePlan
	remote host.Remote
	// over are orders that are over at the venue: they stay as they are.
	over map[string]venueOrder
}

func newChaosJudge(p *prepared, began time.Time) (*chaosJudge, error) {
	plan, err := host.NewServicePlan(p.config, p.strategies, p.log)
	if err != nil {
		return nil, err
	}
	j := &chaosJudge{prepared: p, began: began.UnixNano()}
	for _, g := range plan.Groups {
		remote, _, err := g.Connect(g.Plan.Instruments)
		if err != nil {
			return nil, errors.Join(err, j.close())
		}
		j.accounts = append(j.accounts, &judgedAccount{plan: g.Plan, remote: remote, over: map[string]venueOrder{}})
		if remote.Facilities()&(event.FacilityLookup|event.FacilityLookupPast|event.FacilityPositions) != event.FacilityLookup|event.FacilityLookupPast|event.FacilityPositions {
			return nil, errors.Join(fmt.Errorf("venue %s cannot be asked for past orders and for positions, so that nobody could say what was lost", g.Plan.Venue), j.close())
		}
	}
	return j, nil
}

func (j *chaosJudge) close() (err error) {
	for _, a := range j.accounts {
		if c, ok := a.remote.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// compare holds the journal against the venues.
func (j *chaosJudge) compare(ctx context.Context) (*audit, error) {
	s, err := openJournalSource(&place{journal: j.prepared.config.Host.DataDir, config: j.prepared.config})
	if err != nil {
		return nil, err
	}
	orders, lettered, err := s.journaled()
	if err = errors.Join(err, s.journal.Close()); err != nil {
		return nil, err
	}
	out := &audit{atVenue: map[string]int{}}
	for _, a := range j.accounts {
		mine, err := j.account(ctx, a, orders, lettered)
		if err != nil {
			return nil, fmt.Errorf("venue %s, account %s: %w", a.plan.Venue, a.plan.Account, err)
		}
		out.add(mine)
	}
	return out, nil
}

func (j *chaosJudge) account(ctx context.Context, a *judgedAccount, all []admin.Order, lettered map[string]bool) (*audit, error) {
	var mine, young []admin.Order
	var books []venueOrder
	for i := range all {
		o := &all[i]
		if o.Venue != a.plan.Venue || o.Account != a.plan.Account {
			continue
		}
		mine = append(mine, *o)
		if o.Created < j.began {
			continue
		}
		young = append(young, *o)
		for _, id := range append([]string{o.ID}, o.SentAs...) {
			sent := *o
			sent.ID = id
			v, found, err := j.lookUp(ctx, a, &sent)
			if err != nil {
				return nil, err
			}
			if found {
				books = append(books, v)
			}
		}
	}
	reply, err := j.ask(ctx, a, &event.Call{Kind: event.CallPositions})
	if err != nil {
		return nil, err
	}
	var positions []venuePosition
	for _, p := range reply.Positions {
		if p.Instrument != event.NoInstrument {
			in := &a.plan.Instruments[p.Instrument]
			positions = append(positions, venuePosition{in.Name, event.FormatDecimal(p.Quantity, in.QuantityDecimals)})
		}
	}
	audit := newAudit(young, lettered, books)
	return audit, audit.holdings(mine, positions)
}

func (j *chaosJudge) lookUp(ctx context.Context, a *judgedAccount, o *admin.Order) (v venueOrder, found bool, err error) {
	if v, found = a.over[o.ID]; found {
		return v, true, nil
	}
	id, err := hex.DecodeString(o.ID)
	if err != nil {
		return v, false, fmt.Errorf("order %q: %w", o.ID, err)
	}
	at := slices.IndexFunc(a.plan.Instruments, func(in event.Instrument) bool { return in.Name == o.Instrument })
	if at < 0 {
		return v, false, fmt.Errorf("order %s is of %q, which is not configured", o.ID, o.Instrument)
	}
	reply, err := j.ask(ctx, a, &event.Call{Kind: event.CallLookup, Order: event.Order{ID: event.OrderID(id), Instrument: uint32(at)}})
	if err != nil || reply.NotFound {
		return v, false, err
	}
	for i := range reply.Orders {
		r := &reply.Orders[i]
		if r.ID.String() != o.ID || r.Instrument == event.NoInstrument {
			continue
		}
		in := &a.plan.Instruments[r.Instrument]
		v = venueOrder{ClientOrderID: o.ID, Symbol: in.Name, Status: r.State.String(), Filled: event.FormatDecimal(r.Filled, in.QuantityDecimals)}
		if r.State != event.ReportOpen {
			a.over[o.ID] = v
		}
		return v, true, nil
	}
	return v, false, fmt.Errorf("order %s was looked up, and the venue told of another", o.ID)
}

// ask makes a call, again where it fails: nobody puts faults in any more, but a network may have some.
func (j *chaosJudge) ask(ctx context.Context, a *judgedAccount, c *event.Call) (r event.Reply, err error) {
	for range 3 {
		j.calls++
		c.ID, c.Attempt, c.Deadline = j.calls, 1, time.Now().Add(10*time.Second).UnixNano()
		timed, cancel := context.WithTimeout(ctx, 10*time.Second)
		r = a.remote.Do(timed, c)
		cancel()
		if r.NotFound || r.Happening.Cause == 0 {
			return r, nil
		}
	}
	return r, fmt.Errorf("%s: %s: %s", c.Kind, r.Happening.Cause, r.Detail)
}
