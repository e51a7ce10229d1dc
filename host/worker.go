package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// worker drives one live group: one goroutine takes its rounds, others make calls, listen to the venue
// and read feeds, and everything they learn comes back through one channel.
type worker struct {
	service *Service
	group   *ServiceGroup
	live    *Live
	remote  Remote
	feeds   []ServiceFeed
	inbox   chan arrival
	queries chan func(*Live)
	machine HostHealth // measured once a second
	seen    *observation
	others  sync.WaitGroup
	out     atomic.Int64 // calls without a reply
	stopped chan struct{}
}

// arrival is an input and when it came in.
type arrival struct {
	input LiveInput
	at    int64
}

// roundMax bounds the inputs of one round, so that nothing waits long for the disk.
const roundMax = 256

func newWorker(s *Service, g *ServiceGroup, live *Live) *worker {
	live.seen = observe(s.options.Metrics, s.options.Tracer, live)
	return &worker{
		service: s, group: g, live: live, inbox: make(chan arrival, 4*roundMax), queries: make(chan func(*Live)),
		stopped: make(chan struct{}), seen: live.seen,
	}
}

// run takes rounds until ctx ends and the group has stopped, or inner ends, which is a crash by choice.
func (w *worker) run(ctx, inner context.Context) (err error) {
	outside, cancel := context.WithCancel(inner)
	defer func() {
		cancel()
		close(w.stopped)
		w.drain()
	}()
	if err := w.begin(outside); err != nil {
		return err
	}
	w.machine.DiskFree = w.service.options.DiskFree()
	measure := time.NewTicker(time.Second)
	defer measure.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var stop stopping
	inputs := make([]LiveInput, 0, roundMax+1)
	for {
		inputs = inputs[:0]
		stopSignal := ctx.Done()
		if stop.began != 0 {
			stopSignal = nil
		}
		select {
		case <-inner.Done():
			return context.Cause(inner)
		case <-stopSignal:
			stop.began = w.service.options.Now()
			inputs = append(inputs, LiveInput{Command: &Command{Stop: true, Why: context.Cause(ctx).Error()}})
		case a := <-w.inbox:
			inputs = w.gather(append(inputs, a.input), a.at)
		case q := <-w.queries:
			q(w.live)
			continue
		case <-measure.C:
			w.machine = HostHealth{DiskFree: w.service.options.DiskFree()}
			inputs = append(inputs, LiveInput{Health: &w.machine})
		case <-timer.C:
		}
		w.seen.roundBegins()
		began := time.Now()
		effects, err := w.live.Round(inner, inputs, w.service.options.Now())
		for i := range inputs {
			if c := inputs[i].Command; c != nil && c.swap != nil {
				c.swap.pause = time.Since(began)
			}
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errAppend, err)
		}
		w.seen.roundEnds()
		w.release(outside, effects)
		if stop.began != 0 && w.hasStopped(&stop) {
			return nil
		}
		w.arm(timer)
	}
}

// stopping is a stop on its way.
type stopping struct{ began int64 }

// hasStopped: whoever must be flat is, and no reply is missing; or it took too long, which is told.
func (w *worker) hasStopped(s *stopping) bool {
	if w.live.Flat() && w.out.Load() == 0 {
		return true
	}
	if w.service.options.Now()-s.began < int64(w.service.options.StopMax) {
		return false
	}
	w.service.options.Alert(event.Alert{
		Key: "stop_incomplete", Level: event.AlertCritical, Venue: w.group.Plan.Venue, Account: w.group.Plan.Account,
		Time: w.service.options.Now(),
		Text: fmt.Sprintf("stopped after %s with %d calls unanswered, flat: %v; what is open is settled at the next start", w.service.options.StopMax, w.out.Load(), w.live.Flat()),
	})
	return true
}

// gather takes what else has come in, within a round's bounds, and says how far behind the host is.
func (w *worker) gather(inputs []LiveInput, oldest int64) []LiveInput {
	for more := true; more && len(inputs) < roundMax; {
		select {
		case a := <-w.inbox:
			inputs = append(inputs, a.input)
		default:
			more = false
		}
	}
	w.machine.Lag = w.service.options.Now() - oldest
	w.seen.waited(w.machine.Lag)
	return append(inputs, LiveInput{Health: &w.machine})
}

// arm sets the timer to when the group wants its next round.
func (w *worker) arm(t *time.Timer) {
	next := w.live.Next()
	if next == 0 {
		t.Stop()
		return
	}
	t.Reset(max(0, time.Duration(next-w.service.options.Now())))
}

// begin starts the goroutines that bring inputs.
func (w *worker) begin(ctx context.Context) error {
	for _, f := range w.feeds {
		if w.service.options.Quiet {
			break
		}
		last := make([]int64, len(f.Instruments))
		for i, global := range f.Instruments {
			last[i] = w.live.newest(global)
		}
		feeder, err := f.Open(last)
		if err != nil {
			return fmt.Errorf("feed %s: %w", f.Name, err)
		}
		w.others.Add(1)
		go func() {
			defer w.others.Done()
			w.feed(ctx, f, feeder)
		}()
	}
	w.others.Add(1)
	go func() {
		defer w.others.Done()
		w.listen(ctx)
	}()
	return nil
}

// feed hands steps of the market over, with the group's own instrument numbers.
func (w *worker) feed(ctx context.Context, f ServiceFeed, feeder Feeder) {
	err := feeder.Run(ctx, func(m *event.Market) {
		step := &event.Market{Time: m.Time, Received: m.Received, Cursor: m.Cursor}
		step.Bars = append(step.Bars, m.Bars...)
		step.Notes = append(step.Notes, m.Notes...)
		for i := range step.Bars {
			step.Bars[i].Instrument = f.Instruments[step.Bars[i].Instrument]
		}
		for i := range step.Notes {
			step.Notes[i].Instrument = f.Instruments[step.Notes[i].Instrument]
		}
		w.put(ctx, LiveInput{Market: step})
	})
	if err != nil && ctx.Err() == nil {
		w.service.options.Log.Error("feed ended", "feed", f.Name, "error", err)
		w.service.options.Alert(event.Alert{
			Key: "feed_ended", Level: event.AlertCritical, Venue: w.group.Plan.Venue, Account: w.group.Plan.Account,
			Time: w.service.options.Now(), Text: fmt.Sprintf("feed %s ended: %v", f.Name, err),
		})
	}
}

// listen hears the venue's own stream, where it has one, and takes it up again when it breaks.
func (w *worker) listen(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		began := time.Now()
		err := w.remote.Stream(ctx, func(r event.Reply) { w.put(ctx, LiveInput{Reply: &r}) })
		if errors.Is(err, errors.ErrUnsupported) {
			return
		}
		if time.Since(began) > time.Minute {
			attempt = 0
		}
		if ctx.Err() == nil {
			w.service.options.Log.Warn("venue's stream broke; open orders and fills are polled meanwhile", "venue", w.group.Plan.Venue, "error", err)
			wait(ctx, backoff(attempt))
		}
	}
}

func (w *worker) put(ctx context.Context, in LiveInput) {
	select {
	case w.inbox <- arrival{in, w.service.options.Now()}:
	case <-ctx.Done():
	}
}

// release makes the calls and raises the alerts of a round.
func (w *worker) release(ctx context.Context, e *Effects) {
	for i := range e.Calls {
		call := e.Calls[i]
		w.out.Add(1)
		w.others.Add(1)
		go func() {
			defer w.others.Done()
			defer w.out.Add(-1)
			if !w.mayLeave(&call) {
				return
			}
			deadline, cancel := context.WithTimeout(ctx, time.Duration(call.Deadline-w.service.options.Now()))
			defer cancel()
			began := time.Now()
			reply := w.remote.Do(deadline, &call)
			w.seen.called(&call, &reply, time.Since(began))
			w.put(ctx, LiveInput{Reply: &reply})
		}()
	}
	for i := range e.Alerts { // last: nobody who is told holds up an order
		w.service.options.Alert(e.Alerts[i])
	}
}

// mayLeave is the last look before a call that changes something leaves. Its entry is durable; but a host that was paused since,
// longer than its lease, is not the account's any more, and another one has taken the order for Unknown. What does not
// leave is Unknown here as well: at its deadline, or to whoever opens the journal next.
func (w *worker) mayLeave(c *event.Call) bool {
	if !c.Kind.Changes() {
		return true
	}
	err := w.live.stream.Held()
	if err != nil {
		w.service.options.Log.Error("request is not sent: it is not known that the account is still this host's", "order", c.Order.ID.String(), "kind", c.Kind.String(), "error", err)
	}
	return err == nil
}

// drain lets the goroutines end: their inputs are not taken any more.
func (w *worker) drain() {
	ended := make(chan struct{})
	go func() { w.others.Wait(); close(ended) }()
	for {
		select {
		case <-w.inbox:
		case <-ended:
			return
		}
	}
}

// ask runs a question on the group's own goroutine. False: the group is not at work any more.
func (w *worker) ask(ctx context.Context, question func(*Live)) error {
	answered := make(chan struct{})
	select {
	case w.queries <- func(l *Live) { question(l); close(answered) }:
		<-answered
		return nil
	case <-w.stopped:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errStopped says that a group is not at work: the host stops, or is being rebuilt from its journal.
var errStopped = errors.New("the group is not at work: the host is stopping, or being rebuilt from its journal")

// order gives a person's act to the group and waits until it is durable.
func (w *worker) order(ctx context.Context, c Command) error {
	result := make(chan error, 1)
	c.Done = func(err error) { result <- err }
	select {
	case w.inbox <- arrival{LiveInput{Command: &c}, w.service.options.Now()}:
	case <-w.stopped:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-result:
		return err
	case <-w.stopped:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}
