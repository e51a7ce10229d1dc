package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// Remote is a venue behind a network, as the host declares it.
type Remote interface {
	Capabilities() event.Capabilities
	Facilities() event.Facilities
	// Do carries out one call and always returns a reply.
	Do(ctx context.Context, c *event.Call) event.Reply
	// Stream hands what the venue tells unasked to deliver until ctx ends or it breaks.
	Stream(ctx context.Context, deliver func(event.Reply)) error
}

// remote is a Remote with faults before and behind it.
type remote struct {
	chaos *Chaos
	name  string
	inner Remote
	calls *seam
	told  *seam
	order order
}

// Remote wraps a venue of that name.
func (c *Chaos) Remote(name string, inner Remote) Remote {
	return &remote{chaos: c, name: name, inner: inner, calls: c.seam("venue", name), told: c.seam("stream", name)}
}

func (v *remote) Capabilities() event.Capabilities { return v.inner.Capabilities() }
func (v *remote) Facilities() event.Facilities     { return v.inner.Facilities() }

// The fates that exclude one another, in the order in which they are drawn.
const (
	fateFail = iota
	fateDropBefore
	fateDropAfter
	fateDelay
)

// Do carries out one call, unless a fault comes between.
func (v *remote) Do(ctx context.Context, c *event.Call) event.Reply {
	defer v.order.pass()
	v.calls.next()
	f, started := &v.chaos.config.Venue, v.chaos.config.Now()
	d := roll(v.chaos.config.Seed, v.name, uint64(c.Kind), c.ID, uint64(c.Attempt))
	before, after := d.around(saltLatencyBefore, f.Latency/2), d.around(saltLatencyAfter, f.Latency/2)
	if before+after > 0 {
		v.calls.count(FaultLatency) // once a call, as it is written
	}
	if err := v.wait(ctx, before); err != nil {
		v.calls.count(FaultGivenUp)
		return v.broken(c, started, ended(err), resilience.PhaseBefore, "gave up before the request was written")
	}
	switch d.one(saltFate, f.FailRate, f.DropBefore, f.DropAfter, f.Delay) {
	case fateFail:
		return v.refuse(c, started, d)
	case fateDropBefore:
		return v.dropBefore(c, started, d)
	case fateDropAfter:
		v.perform(ctx, c, d)
		v.calls.count(FaultDropAfter)
		return v.broken(c, started, resilience.CauseReset, resilience.PhaseWritten, "the reply was lost")
	case fateDelay:
		return v.delay(c, started)
	}
	r := v.bend(c, v.perform(ctx, c, d), d)
	if f.Reorder > 0 && d.happens(saltReorder, f.Reorder) {
		v.calls.count(FaultReorder)
		v.order.wait(ctx, f.ReorderMax)
	}
	if err := v.wait(ctx, after); err != nil {
		v.calls.count(FaultLate)
		return v.broken(c, started, ended(err), resilience.PhaseWritten, "the reply came too late")
	}
	return r
}

// wait lets the latency pass.
func (v *remote) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return v.chaos.config.Sleep(ctx, d)
}

// perform makes the call, once or twice.
func (v *remote) perform(ctx context.Context, c *event.Call, d dice) event.Reply {
	r := v.inner.Do(ctx, c)
	if !d.happens(saltDuplicate, v.chaos.config.Venue.Duplicate) {
		return r
	}
	if !v.harmlessTwice(c) {
		v.calls.count(FaultDuplicateWithheld)
		return r
	}
	v.calls.count(FaultDuplicate)
	v.inner.Do(ctx, c) // the network made two of one: nobody waits for the second answer
	return r
}

// harmlessTwice reports whether the venue makes one of two: a submit or a replace where it remembers ids,
// and everything else.
func (v *remote) harmlessTwice(c *event.Call) bool {
	if c.Kind != event.CallSubmit && c.Kind != event.CallReplace {
		return true
	}
	return v.inner.Capabilities()&(event.DedupeOpen|event.DedupeWindow|event.DedupeForever) != 0
}

// refuse answers for the venue, which never sees the call.
func (v *remote) refuse(c *event.Call, started int64, d dice) event.Reply {
	f := &v.chaos.config.Venue
	code := f.Codes[d.draw(saltCode)%uint64(len(f.Codes))]
	v.calls.count(FaultFail)
	r := v.broken(c, started, resilience.CauseStatus, resilience.PhaseAnswered, fmt.Sprintf("answered %d", code))
	r.Happening.Number = code
	for _, declared := range f.NotProcessed {
		r.Happening.NotProcessed = r.Happening.NotProcessed || declared == code
	}
	if code == 429 || code == 503 {
		r.RetryAfter = int64(f.RetryAfter)
	}
	return r
}

// dropBefore loses the call on its way: half of the time so that this can be seen.
func (v *remote) dropBefore(c *event.Call, started int64, d dice) event.Reply {
	if d.draw(saltProved)&1 == 0 {
		v.calls.count(FaultDropBeforeProved)
		return v.broken(c, started, resilience.CauseRefused, resilience.PhaseBefore, "connection refused")
	}
	v.calls.count(FaultDropBeforeUnproved)
	return v.broken(c, started, resilience.CauseReset, resilience.PhaseWritten, "the connection ended before an answer")
}

// delayTimeout bounds a delayed call once it is made.
const delayTimeout = 30 * time.Second

// delay makes the call later, when its caller has long been told that the connection ended. A call that
// changes nothing is only lost.
func (v *remote) delay(c *event.Call, started int64) event.Reply {
	v.calls.count(FaultDelay)
	if c.Kind.Changes() {
		later := *c
		v.chaos.late.add()
		go func() {
			defer v.chaos.late.end()
			v.deliverLate(&later)
		}()
	}
	return v.broken(c, started, resilience.CauseReset, resilience.PhaseWritten, "the connection ended before an answer")
}

func (v *remote) deliverLate(c *event.Call) {
	if v.chaos.config.Sleep(v.chaos.alive, v.chaos.config.Venue.DelayBy) != nil {
		v.calls.count(FaultDelayAbandoned)
		return
	}
	ctx, cancel := context.WithTimeout(v.chaos.alive, delayTimeout)
	defer cancel()
	v.inner.Do(ctx, c) // its caller is gone
	v.calls.count(FaultDelayMade)
}

// broken is the reply to a call that got no answer of the venue's.
func (v *remote) broken(c *event.Call, started int64, cause resilience.Cause, phase resilience.Phase, detail string) event.Reply {
	now := v.chaos.config.Now()
	r := event.Reply{
		Call: c.ID, Kind: c.Kind, Detail: "chaos: " + detail, Started: started, Received: now,
		Happening: resilience.Happening{Cause: cause, Request: c.Kind.Request(), Phase: phase, Resent: c.Resent},
	}
	if phase >= resilience.PhaseWritten {
		r.Written = now
	}
	return r
}

// ended says why a context ended.
func ended(err error) resilience.Cause {
	if errors.Is(err, context.DeadlineExceeded) {
		return resilience.CauseTimeout
	}
	return resilience.CauseAborted
}

// order lets a reply wait for the next one.
type order struct {
	mu   sync.Mutex
	next chan struct{}
}

// pass says that a reply is handed out.
func (o *order) pass() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next != nil {
		close(o.next)
		o.next = nil
	}
}

// wait returns when another reply was handed out, at the latest after limit or when ctx ends.
func (o *order) wait(ctx context.Context, limit time.Duration) {
	o.mu.Lock()
	if o.next == nil {
		o.next = make(chan struct{})
	}
	next := o.next
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-next:
	case <-ctx.Done():
	}
}
