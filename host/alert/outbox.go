package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// outbox is what waits to be told by one sink. One telling is under way at a time.
type outbox struct {
	waiting []*item
	current *item
	under   bool          // an attempt of current is under way
	again   time.Duration // else: when the next is made
	hung    <-chan struct{}
	failing bool // the last telling was given up
}

// item is one telling.
type item struct {
	matter   *matter
	alert    event.Alert
	attempts []event.LetterAttempt
}

// result is what came of an attempt.
type result struct {
	sink int
	err  error
	hung <-chan struct{}
	sent int64
}

// remove takes an item out that was not begun.
func (o *outbox) remove(it *item) {
	if i := slices.Index(o.waiting, it); i >= 0 {
		o.waiting = slices.Delete(o.waiting, i, i+1)
	}
}

// pop takes the worst, of equals the oldest. Of one matter the oldest goes first in any case: that it is over
// must not come after that it began anew.
func (o *outbox) pop() *item {
	worst := o.waiting[0]
	for _, it := range o.waiting {
		if it.alert.Level > worst.alert.Level {
			worst = it
		}
	}
	best := slices.IndexFunc(o.waiting, func(it *item) bool { return keyOf(&it.alert) == keyOf(&worst.alert) })
	it := o.waiting[best]
	o.waiting = slices.Delete(o.waiting, best, best+1)
	return it
}

func (d *Dispatcher) enqueue(i int, it *item) {
	o := &d.outboxes[i]
	if len(o.waiting) >= d.config.QueueMax {
		d.abandon(i, it, fmt.Errorf("%d alerts wait for this sink already", len(o.waiting)))
		return
	}
	o.waiting = append(o.waiting, it)
}

// pump begins what can be begun.
func (d *Dispatcher) pump() {
	now, waiting := d.elapsed(), 0
	for i := range d.outboxes {
		o := &d.outboxes[i]
		for o.current == nil && len(o.waiting) > 0 {
			it := o.pop()
			if t := &it.matter.tellings[i]; it.alert.Over && !t.told {
				continue // who was never told that it began is not told that it is over
			}
			o.current, o.again = it, now
		}
		if o.current != nil && !o.under && now >= o.again {
			d.begin(i, o)
		}
		waiting += len(o.waiting)
		if o.current != nil {
			waiting++
		}
	}
	d.mu.Lock()
	d.health.Waiting = waiting
	d.mu.Unlock()
}

// begin makes an attempt aside.
func (d *Dispatcher) begin(i int, o *outbox) {
	o.under = true
	sink, a, timeout, busy, sent := d.sinks[i], o.current.alert, d.config.Sinks[i].Timeout, o.hung, d.now()
	go func() {
		r := result{sink: i, sent: sent, hung: busy}
		if isOver(busy) {
			r.hung, r.err = attempt(d.ctx, sink, a, timeout)
		} else {
			r.err = errBusy
		}
		d.results <- r
	}()
}

var errBusy = errors.New("the sink has not come back from an earlier alert")

// isOver: nil is.
func isOver(hung <-chan struct{}) bool {
	if hung == nil {
		return true
	}
	select {
	case <-hung:
		return true
	default:
		return false
	}
}

// take says what an attempt's end means.
func (d *Dispatcher) take(r result) {
	o := &d.outboxes[r.sink]
	it := o.current
	o.under, o.hung = false, r.hung
	if r.err == nil {
		d.told(r.sink, it)
		return
	}
	it.attempts = append(it.attempts, event.LetterAttempt{
		Number: uint32(len(it.attempts) + 1), Call: "tell", Sent: r.sent, Answered: d.now(), Detail: cut(r.err.Error(), errorMax),
	})
	var lasting permanent
	if n := len(it.attempts); n < d.config.AttemptsMax && !errors.As(r.err, &lasting) {
		pause := d.config.Backoff(n)
		o.again = d.elapsed() + pause
		d.log.Warn("alert not told yet", "sink", d.sinks[r.sink].Name(), "key", it.alert.Key, "attempt", n, "error", r.err, "again_in", pause)
		return
	}
	o.current = nil
	d.abandon(r.sink, it, r.err)
}

// told notes that a telling went well.
func (d *Dispatcher) told(i int, it *item) {
	o := &d.outboxes[i]
	o.current = nil
	d.settle(i, it, true)
	if o.failing {
		o.failing = false
		d.noteFailing()
		d.handleSinksWell()
	}
}

// settle notes the end of a telling, and looks whether the matter moved on meanwhile.
func (d *Dispatcher) settle(i int, it *item, well bool) {
	if it.alert.Over {
		return
	}
	t, now := &it.matter.tellings[i], d.elapsed()
	if !t.tried {
		t.first = now
	}
	t.tried, t.told, t.at, t.level, t.waiting = true, t.told || well, now, it.alert.Level, nil
	if d.matters[keyOf(&it.alert)] == it.matter {
		d.look(it.matter, now)
	}
}

// handleSinksWell ends the matter of sinks that do not tell, when all do.
func (d *Dispatcher) handleSinksWell() {
	for i := range d.outboxes {
		if d.outboxes[i].failing {
			return
		}
	}
	d.handle(event.Alert{Key: KeyUndelivered, Level: event.AlertWarning, Text: "alerts are told again", Time: d.now(), Over: true})
}

// idle says that nothing waits to be told.
func (d *Dispatcher) idle() bool {
	d.mu.Lock()
	raised := len(d.queue) + len(d.overflow)
	d.mu.Unlock()
	for i := range d.outboxes {
		if o := &d.outboxes[i]; o.current != nil || len(o.waiting) > 0 {
			return false
		}
	}
	return raised == 0
}

// giveUp makes dead letters of all that waits. What is under way is ended, and may still say that it
// went well.
func (d *Dispatcher) giveUp() {
	d.stopped = true
	d.takeRaised()
	for i := range d.outboxes {
		o := &d.outboxes[i]
		waiting := o.waiting
		o.waiting = nil
		if o.current != nil && !o.under {
			waiting = append(waiting, o.current)
			o.current = nil
		}
		for _, it := range waiting {
			d.lose(it.alert, d.sinks[i].Name(), it.attempts, errClosing)
		}
	}
	for d.underWay() {
		r := <-d.results
		o := &d.outboxes[r.sink]
		it := o.current
		o.current, o.under = nil, false
		if r.err != nil {
			d.lose(it.alert, d.sinks[r.sink].Name(), it.attempts, errors.Join(errClosing, r.err))
		}
	}
}

func (d *Dispatcher) underWay() bool {
	return slices.ContainsFunc(d.outboxes, func(o outbox) bool { return o.under })
}

// Result is what came of a test alert at one sink.
type Result struct {
	Sink string
	// Err is nil if the sink says that it was told.
	Err  error
	Took time.Duration
}

// Test sends a test alert to every sink, once and at once, past all queues, and reports each in the order
// of the configuration. The sinks' own timeouts and ctx bound it.
func (d *Dispatcher) Test(ctx context.Context) []Result {
	results := make([]Result, len(d.sinks))
	done := make(chan struct{})
	for i, s := range d.sinks {
		go func() {
			defer func() { done <- struct{}{} }()
			a := event.Alert{Key: "test", Level: event.AlertInfo, Text: "This is a test alert of agenthost through " + s.Name() + ". Nothing is wrong.", Time: d.now()}
			began := time.Now()
			_, err := attempt(ctx, s, a, d.config.Sinks[i].Timeout)
			results[i] = Result{Sink: s.Name(), Err: err, Took: time.Since(began)}
		}()
	}
	for range d.sinks {
		<-done
	}
	return results
}
