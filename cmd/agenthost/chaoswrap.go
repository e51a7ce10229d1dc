package main

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/chaos"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// faults are the faults of a live host, at all of its seams, and a switch that ends them.
type faults struct {
	chaos *chaos.Chaos
	calm  atomic.Bool
}

// newFaults makes the faults that a chaos block asks for. The error is chaos.ErrNotAllowed where one of the
// venues is not marked as a test.
func newFaults(c *config.Chaos, venues []config.Venue) (*faults, error) {
	x, err := chaos.New(faultsOf(c, allTests(venues)))
	if err != nil {
		return nil, err
	}
	return &faults{chaos: x}, nil
}

func allTests(venues []config.Venue) bool {
	for i := range venues {
		if !venues[i].Test {
			return false
		}
	}
	return true
}

func faultsOf(c *config.Chaos, allowed bool) chaos.Config {
	v, f, s := &c.Venue, &c.Feed, &c.Store
	return chaos.Config{
		Allowed: allowed, Seed: c.Seed,
		Venue: chaos.VenueFaults{
			FailRate: v.FailRate, Codes: v.Codes, NotProcessed: []int{429}, Latency: v.Latency,
			DropBefore: v.DropBefore, DropAfter: v.DropAfter, Duplicate: v.Duplicate,
			Delay: v.Delay, DelayBy: v.DelayBy, Reorder: v.Reorder, Split: v.Partial,
		},
		Feed:  chaos.FeedFaults{NaN: f.NaNRate, Stale: f.StaleRate, Gap: f.GapRate},
		Store: chaos.StoreFaults{FailRate: s.FailRate, FullAfter: s.FullAfter, FullFor: s.FullFor},
	}
}

// end switches the faults off: from here on everything comes through as it is.
func (x *faults) end() { x.calm.Store(true) }

// wrap puts the faults between a plan's groups and their venues and feeds.
func (x *faults) wrap(plan *host.ServicePlan) {
	for _, g := range plan.Groups {
		name, connect := g.Plan.Venue+"/"+g.Plan.Account, g.Connect
		g.Connect = func(instruments []event.Instrument) (host.Remote, []host.ServiceFeed, error) {
			remote, feeds, err := connect(instruments)
			if err != nil {
				return nil, nil, err
			}
			for i := range feeds {
				feeds[i].Open = x.feed(feeds[i].Name, feeds[i].Open)
			}
			return &faultyRemote{Remote: remote, faults: x, wild: x.chaos.Remote(name, remote)}, feeds, nil
		}
	}
}

// faultyRemote is a venue with faults before it, as long as there are any.
type faultyRemote struct {
	host.Remote
	faults *faults
	wild   chaos.Remote
}

func (r *faultyRemote) Do(ctx context.Context, c *event.Call) event.Reply {
	if r.faults.calm.Load() {
		return r.Remote.Do(ctx, c)
	}
	return r.wild.Do(ctx, c)
}

func (r *faultyRemote) Stream(ctx context.Context, deliver func(event.Reply)) error {
	if r.faults.calm.Load() {
		return r.Remote.Stream(ctx, deliver)
	}
	return r.wild.Stream(ctx, deliver)
}

// Close closes the venue's adapter behind the faults.
func (r *faultyRemote) Close() error {
	if c, ok := r.Remote.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (x *faults) feed(name string, open func([]int64) (host.Feeder, error)) func([]int64) (host.Feeder, error) {
	return func(last []int64) (host.Feeder, error) {
		f, err := open(last)
		if err != nil {
			return nil, err
		}
		return &faultyFeed{Feeder: f, faults: x, name: name}, nil
	}
}

// faultyFeed is a feed whose bars are bent, as long as there are faults.
type faultyFeed struct {
	host.Feeder
	faults *faults
	name   string
}

func (f *faultyFeed) Run(ctx context.Context, deliver func(*event.Market)) error {
	wild := f.faults.chaos.Feed(f.name, deliver)
	return f.Feeder.Run(ctx, func(m *event.Market) {
		if f.faults.calm.Load() {
			deliver(m)
			return
		}
		wild(m)
	})
}

// device puts the faults before a journal's disk.
func (x *faults) device(inner journal.Device) journal.Device {
	return &faultyDevice{Device: inner, faults: x, wild: x.chaos.Device(inner)}
}

// faultyDevice is a journal's device with faults, as long as there are any.
type faultyDevice struct {
	journal.Device
	faults *faults
	wild   journal.Device
}

func (d *faultyDevice) Append(batches []journal.Batch) error {
	if d.faults.calm.Load() {
		return d.Device.Append(batches)
	}
	return d.wild.Append(batches)
}

// killSelf ends this process by SIGKILL, without a word, after a time that is every on average. It returns
// when ctx ends first.
func killSelf(ctx context.Context, every time.Duration) {
	t := time.NewTimer(time.Duration(rand.ExpFloat64() * float64(every)))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill() // nobody is left to be told
		}
	}
}
