package alert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

const (
	// mattersMax bounds what lasts at once: a host that has more has one problem, not many.
	mattersMax = 4096
	lettersMax = 1024
	textMax    = 4096 // bytes of an alert's text, and errorMax of an error's
	errorMax   = 512
	// lettersPatience is how long Close waits for OnUndelivered.
	lettersPatience = 5 * time.Second

	never = time.Duration(math.MaxInt64)
)

// KeyUndelivered is the matter that some sink cannot tell alerts, told through the others.
const KeyUndelivered = "alert_undelivered"

// Dispatcher tells alerts. It may be used from any goroutine.
type Dispatcher struct {
	config     Config
	now        func() int64
	log        hclog.Logger
	sinks      []Sink
	escalating [][]int // by sink: those that name it in EscalateTo
	started    time.Time

	wake, stopping, abort, ended chan struct{}
	results                      chan result
	letters                      chan event.Letter
	lettersEnded                 chan struct{}
	ctx                          context.Context
	cancel                       context.CancelFunc
	closing                      sync.Once

	mu          sync.Mutex
	queue       []event.Alert
	overflow    []event.Alert // a sample of those that did not fit, to make letters of
	closed      bool
	health      Health
	active      map[key]Lasting
	undelivered []Undelivered

	// The rest belongs to the goroutine of loop.
	matters  map[key]*matter
	outboxes []outbox
	wakeAt   time.Duration
	letterID int64
	stopped  bool
}

// Health is how telling goes.
type Health struct {
	// Lasting counts matters that are not over. Waiting counts alerts and tellings on their way.
	Lasting, Waiting int
	// Overflowed counts alerts that were raised and did not fit, or came after Close; Undelivered, tellings
	// that were given up, those of them included.
	Overflowed, Undelivered uint64
	// Failing names the sinks whose last telling was given up.
	Failing []string
}

// New checks a configuration and begins. now is the host's clock in nanoseconds, for stamps; nil is the
// machine's. Waiting is done by the machine's. A nil log is none. Close ends it.
func New(c Config, now func() int64, log hclog.Logger) (*Dispatcher, error) {
	c, err := c.settle()
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = func() int64 { return time.Now().UnixNano() }
	}
	if log == nil {
		log = hclog.NewNullLogger()
	}
	d := &Dispatcher{
		config: c, now: now, log: log, started: time.Now(),
		wake: make(chan struct{}, 1), stopping: make(chan struct{}), abort: make(chan struct{}), ended: make(chan struct{}),
		results: make(chan result), letters: make(chan event.Letter, lettersMax), lettersEnded: make(chan struct{}),
		active: map[key]Lasting{}, matters: map[key]*matter{}, outboxes: make([]outbox, len(c.Sinks)), wakeAt: never,
		escalating: make([][]int, len(c.Sinks)),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	for i := range c.Sinks {
		d.sinks = append(d.sinks, newSink(&c.Sinks[i], now, log))
		for k := range c.Sinks {
			if slices.Contains(c.Sinks[k].EscalateTo, c.Sinks[i].Name) {
				d.escalating[i] = append(d.escalating[i], k)
			}
		}
	}
	go d.loop()
	go d.deliverLetters()
	return d, nil
}

// Raise takes an alert. It does not wait and does not fail: what does not fit is counted in
// Health.Overflowed and becomes a dead letter. An alert without a time has the host's now.
func (d *Dispatcher) Raise(a event.Alert) {
	if a.Time == 0 {
		a.Time = d.now()
	}
	if a.Level == 0 {
		a.Level = event.AlertWarning
	}
	a.Text = cut(a.Text, textMax)
	d.mu.Lock()
	// There is room left for what is over: each is the end of something that was let in.
	room := d.config.QueueMax
	if a.Over {
		room *= 2
	}
	switch {
	case d.closed:
		d.health.Overflowed++
	case len(d.queue) >= room:
		d.health.Overflowed++
		if len(d.overflow) < d.config.QueueMax {
			d.overflow = append(d.overflow, a)
		}
	default:
		d.queue = append(d.queue, a)
	}
	closed := d.closed
	d.mu.Unlock()
	if closed {
		d.log.Error("alert raised after alerts were closed", "key", a.Key, "level", a.Level, "text", a.Text)
		return
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// elapsed is the time by which matters last: it does not step when the host's clock is set.
func (d *Dispatcher) elapsed() time.Duration { return time.Since(d.started) }

// loop is the only one to touch matters and outboxes.
func (d *Dispatcher) loop() {
	defer close(d.ended)
	stopping := d.stopping
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		d.takeRaised()
		d.lookAll()
		d.pump()
		if d.stopped && d.idle() {
			return
		}
		timer.Reset(d.wait())
		select {
		case <-d.wake:
		case <-timer.C:
		case r := <-d.results:
			d.take(r)
		case <-stopping:
			d.stopped, stopping = true, nil
		case <-d.abort:
			d.giveUp()
			return
		}
	}
}

// takeRaised takes what was raised, and makes letters of what did not fit.
func (d *Dispatcher) takeRaised() {
	d.mu.Lock()
	queue, overflow := d.queue, d.overflow
	d.queue, d.overflow = nil, nil
	d.mu.Unlock()
	for i := range queue {
		d.handle(queue[i])
	}
	for i := range overflow {
		d.lose(overflow[i], "", nil, errQueueFull)
	}
}

var (
	errQueueFull = errors.New("too many alerts at once: the queue is full")
	errMatters   = fmt.Errorf("more than %d matters last at once", mattersMax)
	errClosing   = errors.New("the host closed before it was told")
)

// handle begins, changes or ends a matter.
func (d *Dispatcher) handle(a event.Alert) {
	k, now := keyOf(&a), d.elapsed()
	m, known := d.matters[k]
	switch {
	case a.Over && !known:
	case a.Over:
		d.end(k, m, a)
	case known:
		worse := a.Level > m.alert.Level
		m.alert, m.heard = a, now
		d.note(k, &a)
		if worse {
			d.logUnlessSink(a)
		}
		d.look(m, now)
	case len(d.matters) >= mattersMax:
		d.mu.Lock()
		d.health.Overflowed++
		d.mu.Unlock()
		d.lose(a, "", nil, errMatters)
	default:
		m = &matter{alert: a, began: now, heard: now, tellings: make([]telling, len(d.sinks))}
		d.matters[k] = m
		d.note(k, &a)
		d.logUnlessSink(a)
		d.look(m, now)
	}
}

// end tells those who were told that a matter is over.
func (d *Dispatcher) end(k key, m *matter, a event.Alert) {
	delete(d.matters, k)
	d.note(k, nil)
	a.Level = max(a.Level, m.alert.Level)
	d.logUnlessSink(a)
	for i := range m.tellings {
		t, o := &m.tellings[i], &d.outboxes[i]
		if t.waiting != nil && t.waiting != o.current {
			o.remove(t.waiting)
			t.waiting = nil
		}
		if t.told || t.waiting != nil {
			over := a
			over.Level = max(a.Level, t.level)
			d.enqueue(i, &item{matter: m, alert: over})
		}
	}
}

// note keeps what Active tells; nil takes it away.
func (d *Dispatcher) note(k key, a *event.Alert) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a == nil {
		delete(d.active, k)
		return
	}
	l, known := d.active[k]
	if !known {
		l.Since = a.Time
	}
	l.Alert, l.Times = *a, l.Times+1
	d.active[k] = l
}

// logUnlessSink: every alert is in the host's log, once.
func (d *Dispatcher) logUnlessSink(a event.Alert) {
	for i := range d.config.Sinks {
		if s := &d.config.Sinks[i]; s.Type == TypeLog && s.Sink == nil && a.Level >= s.LevelMin {
			return
		}
	}
	write(d.log, a)
}

// look tells the sinks that are due.
func (d *Dispatcher) look(m *matter, now time.Duration) {
	if d.stopped && m.heard != now {
		return // nothing is repeated or escalated on the way out
	}
	for i := range m.tellings {
		level, due := d.due(m, i, now)
		if !due || keyOf(&m.alert).key == KeyUndelivered && d.outboxes[i].failing {
			continue
		}
		told := m.alert
		told.Level = level
		t := &m.tellings[i]
		t.waiting = &item{matter: m, alert: told}
		d.enqueue(i, t.waiting)
	}
	d.wakeAt = min(d.wakeAt, d.next(m, now))
}

// lookAll looks at every matter when time alone makes something due.
func (d *Dispatcher) lookAll() {
	now := d.elapsed()
	if now < d.wakeAt {
		return
	}
	d.wakeAt = never
	for k, m := range d.matters {
		if m.alert.Level == event.AlertInfo && now-m.heard >= infoKept {
			delete(d.matters, k)
			d.note(k, nil)
			continue
		}
		d.look(m, now)
	}
}

// wait is how long nothing happens by itself.
func (d *Dispatcher) wait() time.Duration {
	next := d.wakeAt
	for i := range d.outboxes {
		if o := &d.outboxes[i]; o.current != nil && !o.under {
			next = min(next, o.again)
		}
	}
	if next == never {
		return time.Hour
	}
	return max(next-d.elapsed(), 0)
}

// Lasting is a matter that is not over: the last alert of it, when the first one was raised, and how many there were.
type Lasting struct {
	event.Alert
	Since int64
	Times int
}

// Active is what lasts, in no order.
func (d *Dispatcher) Active() []Lasting {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Lasting, 0, len(d.active))
	for _, a := range d.active {
		all = append(all, a)
	}
	return all
}

// Health tells how telling goes.
func (d *Dispatcher) Health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.health
	h.Lasting = len(d.active)
	h.Waiting += len(d.queue)
	h.Failing = slices.Clone(h.Failing)
	return h
}

// Close takes no more alerts, tells what waits, and returns when it is told. When ctx ends first, what is
// left becomes dead letters and the error says how many. A second Close only waits.
func (d *Dispatcher) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	before := d.health.Undelivered
	d.mu.Unlock()
	d.closing.Do(func() { close(d.stopping); go d.finish(ctx) })
	<-d.lettersEnded
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.health.Undelivered - before; n > 0 {
		return fmt.Errorf("%d alerts could not be told while closing; they are dead letters", n)
	}
	return nil
}

// finish ends the loop, then the letters.
func (d *Dispatcher) finish(ctx context.Context) {
	select {
	case <-d.ended:
	case <-ctx.Done():
		d.cancel()
		close(d.abort)
		<-d.ended
	}
	d.cancel()
	close(d.letters)
}
