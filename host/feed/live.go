package feed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

// arrivalsMax is how many messages wait for a host that is busy; then servers have to.
const arrivalsMax = 256

// feedFallback says that the data comes from a fallback. It is abi.FeedFallback.
const feedFallback event.FeedFlags = 1 << 5

// Live is a feed of bars as they close, from one server and its fallbacks, opened by OpenLive. Run owns
// it; Age and Health may be called from any goroutine at any time.
//
// Goroutines: Run's, and one for each source in use, which Run waits for.
type Live struct {
	config  LiveConfig
	log     hclog.Logger
	opened  time.Time
	sources []*liveSource
	// newest is the close time of the last bar delivered, by instrument: a source that begins fetches
	// what came after it.
	newest   []atomic.Int64
	arrivals chan arrival
	running  atomic.Bool

	active    atomic.Int32
	lastBar   atomic.Int64
	lastClose atomic.Int64
	withheld  atomic.Int64
	lateness  atomic.Bool

	// The rest belongs to the goroutine of Run.
	ctx     context.Context
	group   sync.WaitGroup
	gate    gate
	steps   []*step
	by      []int // the source that told an instrument's last bar
	reached int64 // close time of the last step delivered
	began   bool  // there was one
	cursor  uint64
	deliver func(*event.Market)
}

// LiveHealth is how a live feed is. Times are the host's, in nanoseconds, 0 for never.
type LiveHealth struct {
	// Source is the name of the one in use; Fallback says that it is not the first.
	Source   string
	Fallback bool
	// LastBar is when the last good bar was delivered, LastClose when that bar closed by its own time.
	LastBar, LastClose int64
	// LastMessage is when the source in use last said anything, heartbeats included.
	LastMessage int64
	// Connected says that the source in use is; Stale, that none of the sources tells good bars.
	Connected, Stale bool
	// Reconnects counts connections of all sources after the first of each.
	Reconnects int
	// Withheld counts bars that the gate kept back.
	Withheld int
}

// OpenLive checks the configuration. Nothing is connected before Run. A nil log is none.
func OpenLive(c LiveConfig, log hclog.Logger) (*Live, error) {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	name := c.Name
	c, err := c.settle()
	if err != nil {
		return nil, fmt.Errorf("feed %s: %w", name, err)
	}
	n := len(c.Instruments)
	l := &Live{
		config: c, opened: time.Now(), log: log.With("feed", name), newest: make([]atomic.Int64, n),
		arrivals: make(chan arrival, arrivalsMax), by: make([]int, n), reached: math.MinInt64,
	}
	l.gate = newGate(c.Instruments, c.Quality.OHLC, int64(c.Interval))
	for i := range len(c.Fallback) + 1 {
		from := &l.config
		if i > 0 {
			from = &l.config.Fallback[i-1]
		}
		s, err := newLiveSource(l, i, from)
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", name, err)
		}
		l.sources = append(l.sources, s)
	}
	return l, nil
}

func newGate(instruments []event.Instrument, ohlc OHLC, interval int64) gate {
	g := gate{ohlc: ohlc, interval: interval, instruments: make([]passage, len(instruments))}
	for i := range instruments {
		in := &instruments[i]
		g.instruments[i].priceDecimals, g.instruments[i].quantityDecimals = in.PriceDecimals, in.QuantityDecimals
		g.instruments[i].count.Instrument = in.Name
	}
	return g
}

// Resume makes the feed go on after what the journal has: the cursor of its last step, and the close
// time of the last bar by instrument, 0 for none. Bars that closed since are fetched and delivered
// first; without Resume a feed begins with what closes after it connected. Call it before Run.
func (l *Live) Resume(cursor uint64, last []int64) error {
	if len(last) != len(l.newest) {
		return fmt.Errorf("feed %s: %d times for %d instruments", l.config.Name, len(last), len(l.newest))
	}
	if l.running.Load() {
		return fmt.Errorf("feed %s: it runs already", l.config.Name)
	}
	l.cursor = cursor
	for i, at := range last {
		if at == 0 {
			continue
		}
		l.newest[i].Store(at)
		l.gate.instruments[i].last, l.gate.instruments[i].seen = at, true
		l.reached, l.began = max(l.reached, at), true
	}
	return nil
}

// Run connects and calls deliver, always from this goroutine, with one step after another until ctx ends;
// then it returns nil. Bars that close at one time are one step; one that comes when its step is gone is
// withheld, with a note. A step is the receiver's to keep. What deliver does not come back from holds up
// the feed, never the other way round. Run can be called once.
func (l *Live) Run(ctx context.Context, deliver func(*event.Market)) error {
	if l.running.Swap(true) {
		return errors.New("feed " + l.config.Name + ": it was run already; open it anew")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer l.group.Wait()
	defer cancel()
	l.ctx, l.deliver = ctx, deliver
	l.start(0)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case a := <-l.arrivals:
			l.take(&a)
		case <-timer.C:
		}
		// What lies there already may be the bar that is missed.
		if l.drain() {
			l.judge(l.elapsed())
		}
		l.release(ctx)
		timer.Reset(l.patience(l.elapsed()))
	}
}

// drain takes what lies there, and says whether that was all.
func (l *Live) drain() bool {
	for range arrivalsMax {
		select {
		case a := <-l.arrivals:
			l.take(&a)
		default:
			return true
		}
	}
	return false
}

// elapsed is the time by which the feed waits: it does not step when the host's clock is set.
func (l *Live) elapsed() int64 { return int64(time.Since(l.opened)) }

// patience is how long Run may wait with nothing coming.
func (l *Live) patience(now int64) time.Duration {
	s := l.sources[l.active.Load()]
	next := s.fresh + int64(s.config.StaleAfter)
	if next <= now {
		next = now + int64(s.config.StaleAfter) // stale already; nothing changes by itself
	}
	if len(l.steps) > 0 {
		next = min(next, l.steps[0].until)
	}
	return max(time.Duration(next-now), time.Millisecond)
}

// Age is how long ago the last good bar was delivered, by the host's clock (nanoseconds). Before the
// first it is the longest Duration: what is unknown is not fresh.
func (l *Live) Age(now int64) time.Duration {
	last := l.lastBar.Load()
	if last == 0 {
		return math.MaxInt64
	}
	return time.Duration(max(0, now-last))
}

// Health tells how the feed is.
func (l *Live) Health() LiveHealth {
	active := int(l.active.Load())
	s := l.sources[active]
	h := LiveHealth{
		Source: s.name, Fallback: active > 0, LastBar: l.lastBar.Load(), LastClose: l.lastClose.Load(),
		LastMessage: s.lastMessage.Load(), Connected: s.connected.Load(), Stale: l.lateness.Load(),
		Withheld: int(l.withheld.Load()),
	}
	for _, s := range l.sources {
		h.Reconnects += int(max(0, s.connections.Load()-1))
	}
	return h
}

// Counts tells what the gate did, as Recorded.Counts does. Call it when Run has returned.
func (l *Live) Counts() []Count {
	counts := make([]Count, 0, len(l.gate.instruments)+1)
	for i := range l.gate.instruments {
		counts = append(counts, l.gate.instruments[i].count)
	}
	var ignored int64
	for _, s := range l.sources {
		ignored += s.ignored.Load()
	}
	if ignored > 0 || l.gate.unassigned.Withheld() > 0 {
		rest := l.gate.unassigned
		rest.Ignored = uint64(ignored)
		counts = append(counts, rest)
	}
	return counts
}
