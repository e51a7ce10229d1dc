package chaos

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

var _ Remote = (*remote)(nil)

func TestFaultsAreOnlyPutInWhereSomebodyHasLooked(t *testing.T) {
	if _, err := New(Config{}); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("%v, want ErrNotAllowed", err)
	}
	for name, x := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"a rate above one":    {func(c *Config) { c.Venue.Split = event.One + 1 }, "split is 1.00000001"},
		"a rate below zero":   {func(c *Config) { c.Feed.Gap = -1 }, "gap"},
		"more than all calls": {func(c *Config) { c.Venue.FailRate, c.Venue.Delay = event.One, 1 }, "come to 1.00000001"},
		"more than all bars":  {func(c *Config) { c.Feed.NaN, c.Feed.Stale = event.One, 1 }, "nan, stale and gap"},
		"no codes":            {func(c *Config) { c.Venue.FailRate, c.Venue.Codes = 1, nil }, "no codes"},
		"a code of success":   {func(c *Config) { c.Venue.Codes = []int{200} }, "200"},
		"a latency below 0":   {func(c *Config) { c.Venue.Latency = -1 }, "below zero"},
	} {
		c := Config{Allowed: true}
		c.Venue.Codes = []int{500}
		x.change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", name, err, x.says)
		}
	}
}

// proofOf is what a reply proves: a call without a happening did what it should.
func proofOf(r event.Reply) resilience.Proof {
	if r.Happening.Cause == resilience.CauseNone {
		return resilience.ProofAccepted
	}
	return resilience.Classify(r.Happening, nil).Proof
}

// TestEachFaultDoesWhatItSaysAndClaimsNoMore holds the table of the package's documentation.
func TestEachFaultDoesWhatItSaysAndClaimsNoMore(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*VenueFaults)
		seen   int // by the venue, when the reply is there
		later  int // and when all is quiet
		proofs []resilience.Proof
	}{
		"no fault":                   {func(*VenueFaults) {}, 1, 1, []resilience.Proof{resilience.ProofAccepted}},
		"a 500":                      {func(f *VenueFaults) { f.FailRate, f.Codes = event.One, []int{500} }, 0, 0, []resilience.Proof{resilience.ProofUnknown}},
		"a 503 nobody speaks of":     {func(f *VenueFaults) { f.FailRate, f.Codes = event.One, []int{503} }, 0, 0, []resilience.Proof{resilience.ProofUnknown}},
		"a 503 declared as not done": {func(f *VenueFaults) { f.FailRate, f.Codes, f.NotProcessed = event.One, []int{503}, []int{503} }, 0, 0, []resilience.Proof{resilience.ProofNotSent}},
		"a 402":                      {func(f *VenueFaults) { f.FailRate, f.Codes = event.One, []int{402} }, 0, 0, []resilience.Proof{resilience.ProofRejected}},
		"lost before":                {func(f *VenueFaults) { f.DropBefore = event.One }, 0, 0, []resilience.Proof{resilience.ProofNotSent, resilience.ProofUnknown}},
		"lost after":                 {func(f *VenueFaults) { f.DropAfter = event.One }, 1, 1, []resilience.Proof{resilience.ProofUnknown}},
		"twice":                      {func(f *VenueFaults) { f.Duplicate = event.One }, 2, 2, []resilience.Proof{resilience.ProofAccepted}},
		"delayed":                    {func(f *VenueFaults) { f.Delay, f.DelayBy = event.One, time.Hour }, 0, 1, []resilience.Proof{resilience.ProofUnknown}},
	} {
		release := make(chan struct{})
		m := &market{capabilities: event.DedupeForever}
		c := faulty(t, func(c *Config) {
			x.change(&c.Venue)
			c.Sleep = func(ctx context.Context, _ time.Duration) error { <-release; return ctx.Err() }
		})
		v := c.Remote("x", m)
		met := map[resilience.Proof]bool{}
		const calls = 40
		for id := uint64(1); id <= calls; id++ {
			r := v.Do(context.Background(), submit(id))
			met[proofOf(r)] = true
			if r.Call != id || r.Kind != event.CallSubmit || m.times(id) != x.seen {
				t.Fatalf("%s: call %d seen %d times: %+v", name, id, m.times(id), r)
			}
		}
		close(release)
		if err := c.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		want := map[resilience.Proof]bool{}
		for _, p := range x.proofs {
			want[p] = true
		}
		if !reflect.DeepEqual(met, want) {
			t.Errorf("%s: proves %v, want %v", name, met, want)
		}
		for id := uint64(1); id <= calls; id++ {
			if m.times(id) != x.later {
				t.Errorf("%s: in the end call %d was seen %d times, want %d", name, id, m.times(id), x.later)
			}
		}
	}
}

// mixed has every fault of a venue at once.
func mixed(c *Config) {
	c.Venue = VenueFaults{
		FailRate: event.One / 5, Codes: []int{400, 402, 429, 500, 503}, NotProcessed: []int{429},
		DropBefore: event.One / 10, DropAfter: event.One / 10, Delay: event.One / 10, DelayBy: time.Second,
		Duplicate: event.One / 10, Latency: time.Millisecond, Split: event.One / 2, Cut: event.One / 4,
	}
}

func TestNoReplyClaimsThatACallWasNotMadeThatWasOrWillBe(t *testing.T) {
	const calls = 20_000
	m := &market{capabilities: event.DedupeForever}
	c := faulty(t, mixed)
	v := c.Remote("x", m)
	proofs := make([]resilience.Proof, calls+1)
	for id := uint64(1); id <= calls; id++ {
		proofs[id] = proofOf(v.Do(context.Background(), submit(id)))
	}
	if err := c.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	met := map[resilience.Proof]int{}
	for id := uint64(1); id <= calls; id++ {
		seen := m.times(id)
		met[proofs[id]]++
		switch proofs[id] {
		case resilience.ProofNotSent, resilience.ProofRejected:
			if seen != 0 {
				t.Errorf("call %d: %v, and the venue saw it %d times", id, proofs[id], seen)
			}
		case resilience.ProofAccepted:
			if seen == 0 {
				t.Errorf("call %d is accepted, and the venue never saw it", id)
			}
		case resilience.ProofUnknown:
		default:
			t.Errorf("call %d: %v", id, proofs[id])
		}
	}
	if len(met) != 4 {
		t.Errorf("only %v were met", met)
	}
	if made, abandoned, delayed := count(c, FaultDelayMade), count(c, FaultDelayAbandoned), count(c, FaultDelay); made != delayed || abandoned != 0 {
		t.Errorf("%d delayed, %d made, %d abandoned", delayed, made, abandoned)
	}
}

func TestRatesAreMetAndASeedRepeatsItsFaults(t *testing.T) {
	const calls = 20_000
	run := func(seed uint64, backwards bool) ([]string, *Chaos) {
		c := faulty(t, func(c *Config) { mixed(c); c.Seed = seed; c.Now = func() int64 { return 7 } })
		v := c.Remote("x", &market{})
		got := make([]string, calls)
		for i := range calls {
			if backwards {
				i = calls - 1 - i
			}
			got[i] = fmt.Sprintf("%+v", v.Do(context.Background(), submit(uint64(i+1))))
		}
		return got, c
	}
	first, c := run(1, false)
	if again, _ := run(1, true); !reflect.DeepEqual(first, again) {
		t.Error("one seed gave other faults when the calls came in another order")
	}
	if other, _ := run(2, false); reflect.DeepEqual(first, other) {
		t.Error("two seeds gave the same faults")
	}
	for fault, rate := range map[Fault]float64{
		FaultFail: 0.2, FaultDropBeforeProved: 0.05, FaultDropBeforeUnproved: 0.05, FaultDropAfter: 0.1, FaultDelay: 0.1, FaultDuplicateWithheld: 0.06,
	} {
		if got := float64(count(c, fault)) / calls; got < 0.9*rate || got > 1.1*rate {
			t.Errorf("%s: %.4f of the calls, want %.2f", fault, got, rate)
		}
	}
}

func TestAnAttemptIsDrawnAnew(t *testing.T) {
	c := faulty(t, func(c *Config) { c.Venue.FailRate = event.One / 2 })
	v := c.Remote("x", &market{})
	for attempt := uint32(1); ; attempt++ {
		if v.Do(context.Background(), &event.Call{ID: 1, Kind: event.CallSubmit, Attempt: attempt}).Happening.Cause == resilience.CauseNone {
			return
		}
		if attempt == 64 {
			t.Fatal("one call failed 64 times at a rate of one half")
		}
	}
}

func TestASubmitIsNotMadeTwoWhereNoHostCouldHelpIt(t *testing.T) {
	m := &market{}
	c := faulty(t, func(c *Config) { c.Venue.Duplicate = event.One })
	v := c.Remote("x", m)
	v.Do(context.Background(), submit(1))
	v.Do(context.Background(), &event.Call{ID: 2, Kind: event.CallCancel, Attempt: 1})
	if m.times(1) != 1 || m.times(2) != 2 || count(c, FaultDuplicateWithheld) != 1 || count(c, FaultDuplicate) != 1 {
		t.Errorf("submit %d times, cancel %d times: %+v", m.times(1), m.times(2), c.Report())
	}
}

func TestACallerThatGivesUpIsToldTheTruth(t *testing.T) {
	for name, x := range map[string]struct {
		sleeps int // that succeed before the deadline
		seen   int
		proof  resilience.Proof
		fault  Fault
	}{
		"before the venue": {0, 0, resilience.ProofNotSent, FaultGivenUp},
		"after the venue":  {1, 1, resilience.ProofUnknown, FaultLate},
	} {
		m, slept := &market{}, 0
		c := faulty(t, func(c *Config) {
			c.Venue.Latency = time.Second
			c.Sleep = func(context.Context, time.Duration) error {
				if slept++; slept > x.sleeps {
					return context.DeadlineExceeded
				}
				return nil
			}
		})
		r := c.Remote("x", m).Do(context.Background(), submit(1))
		if p := proofOf(r); p != x.proof || r.Happening.Cause != resilience.CauseTimeout || m.times(1) != x.seen || count(c, x.fault) != 1 || count(c, FaultLatency) != 1 {
			t.Errorf("%s: %v, seen %d times: %+v", name, p, m.times(1), r)
		}
	}
}

func TestAReplyComesAfterTheNext(t *testing.T) {
	c := faulty(t, func(c *Config) { c.Venue.Reorder, c.Venue.ReorderMax, c.Seed = event.One/2, time.Hour, 3 })
	v := c.Remote("x", &market{})
	var held, straight uint64
	for id := uint64(1); held == 0 || straight == 0; id++ { // two calls of which the first is held and the second is not
		d := roll(3, "x", uint64(event.CallSubmit), id, 1)
		if d.happens(saltReorder, event.One/2) {
			held = id
		} else {
			straight = id
		}
	}
	came := make(chan uint64, 1)
	go func() { v.Do(context.Background(), submit(held)); came <- held }()
	for waiting := false; !waiting; runtime.Gosched() {
		o := &v.(*remote).order
		o.mu.Lock()
		waiting = o.next != nil
		o.mu.Unlock()
	}
	if len(came) != 0 {
		t.Error("the held reply did not wait")
	}
	v.Do(context.Background(), submit(straight))
	if id := <-came; id != held || count(c, FaultReorder) != 1 {
		t.Errorf("call %d came: %+v", id, c.Report())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := v.Do(ctx, submit(held)); r.Happening.Cause != resilience.CauseNone {
		t.Errorf("a held reply whose caller gave up: %+v", r)
	}
}

func TestAbandonedCallsAreNeverMade(t *testing.T) {
	m := &market{}
	c := faulty(t, func(c *Config) { c.Venue.Delay, c.Venue.DelayBy, c.Sleep = event.One, time.Hour, systemSleep })
	v := c.Remote("x", m)
	v.Do(context.Background(), submit(1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want to be told that one is still on its way", err)
	}
	c.Close()
	if m.times(1) != 0 || count(c, FaultDelayAbandoned) != 1 {
		t.Errorf("seen %d times: %+v", m.times(1), c.Report())
	}
	if err := c.Wait(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestACutListNeverCallsItselfCompleteAndLosesNothing(t *testing.T) {
	m := &market{reply: func(c *event.Call) event.Reply {
		return event.Reply{
			Call: c.ID, Kind: c.Kind, Complete: true, Cursor: "after 3",
			Fills: []event.FillReport{{Fill: event.Fill{TradeID: 1}}, {Fill: event.Fill{TradeID: 2}}, {Fill: event.Fill{TradeID: 3}}},
		}
	}}
	c := faulty(t, func(c *Config) { c.Venue.Cut = event.One })
	r := c.Remote("x", m).Do(context.Background(), &event.Call{ID: 1, Kind: event.CallFills, Cursor: "start"})
	if r.Complete || r.Cursor != "start" || len(r.Fills) != 1 || r.Happening.Cause != resilience.CauseNone {
		t.Errorf("%+v", r)
	}
	if r := c.Remote("x", m).Do(context.Background(), submit(2)); len(r.Fills) != 3 || !r.Complete {
		t.Errorf("a submit's answer is no list: %+v", r)
	}
}

func TestASplitFillIsTheSameInSumWhoeverTellsOfIt(t *testing.T) {
	fills := []event.FillReport{
		{VenueOrder: "o", Fill: event.Fill{TradeID: 9, VenueTrade: "t9", Quantity: 7, Price: 5, Fee: -3, Flags: event.FillLast}},
		{VenueOrder: "o", Fill: event.Fill{TradeID: 10, Quantity: 1, Price: 5}},
		{VenueOrder: "o", Fill: event.Fill{Quantity: 8, Price: 5}},
	}
	m := &market{
		reply: func(c *event.Call) event.Reply {
			return event.Reply{Call: c.ID, Kind: c.Kind, Fills: fills, Complete: true}
		},
		tells: []event.Reply{{Kind: event.CallFills, Fills: fills}},
	}
	c := faulty(t, func(c *Config) { c.Venue.Split = event.One })
	v := c.Remote("x", m)
	polled := v.Do(context.Background(), &event.Call{ID: 1, Kind: event.CallFills}).Fills
	var told []event.FillReport
	messages := 0
	if err := v.Stream(context.Background(), func(r event.Reply) { told = append(told, r.Fills...); messages++ }); err == nil {
		t.Error("the venue's own end was swallowed")
	}
	if !reflect.DeepEqual(polled, told) || messages != 4 {
		t.Errorf("polled %+v\ntold in %d messages %+v", polled, messages, told)
	}
	if len(polled) != 4 {
		t.Fatalf("%+v", polled)
	}
	a, b := polled[0].Fill, polled[1].Fill
	if a.Quantity+b.Quantity != 7 || a.Fee+b.Fee != -3 || a.TradeID == b.TradeID || a.VenueTrade == b.VenueTrade || a.TradeID == 9 || a.Flags != 0 || b.Flags != event.FillLast {
		t.Errorf("%+v and %+v", a, b)
	}
	if polled[2].Fill.TradeID != 10 || polled[3].Fill.Quantity != 8 {
		t.Errorf("one unit, or a fill without a name, cannot be split: %+v", polled[2:])
	}
}

func TestAStreamLosesDoublesTurnsRoundAndEnds(t *testing.T) {
	var tells []event.Reply
	for i := range 2000 {
		tells = append(tells, event.Reply{Kind: event.CallOpenOrders, VenueTime: int64(i)})
	}
	stream := func(change func(*VenueFaults)) (got []int64, c *Chaos, err error) {
		c = faulty(t, func(c *Config) { change(&c.Venue) })
		err = c.Remote("x", &market{tells: tells}).Stream(context.Background(), func(r event.Reply) { got = append(got, r.VenueTime) })
		return got, c, err
	}
	got, c, _ := stream(func(f *VenueFaults) { f.DropAfter = event.One / 4 })
	if lost := len(tells) - len(got); lost < 400 || lost > 600 || uint64(lost) != count(c, FaultDropAfter) {
		t.Errorf("%d lost", lost)
	}
	if got, _, _ = stream(func(f *VenueFaults) { f.Duplicate = event.One }); len(got) != 2*len(tells) {
		t.Errorf("%d messages, want each twice", len(got))
	}
	got, c, _ = stream(func(f *VenueFaults) { f.Reorder = event.One / 4 })
	back := 0
	for i := 1; i < len(got); i++ {
		if got[i] < got[i-1] {
			back++
		}
	}
	if len(got) != len(tells) || back == 0 || uint64(back) > count(c, FaultReorder) {
		t.Errorf("%d messages, %d came after the next, %d counted", len(got), back, count(c, FaultReorder))
	}
	if got, _, err := stream(func(f *VenueFaults) { f.FailRate = event.One / 100 }); !errors.Is(err, ErrStreamEnds) || len(got) >= 1000 {
		t.Errorf("%d messages, then %v", len(got), err)
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	m := &market{capabilities: event.DedupeForever, tells: []event.Reply{{}, {}, {}}}
	c := faulty(t, func(c *Config) { mixed(c); c.Venue.Reorder, c.Venue.ReorderMax = event.One/10, time.Millisecond })
	v := c.Remote("x", m)
	var all sync.WaitGroup
	for worker := range uint64(8) {
		all.Go(func() {
			for i := range uint64(200) {
				v.Do(context.Background(), submit(worker*1000+i+1))
			}
			_ = v.Stream(context.Background(), func(event.Reply) {}) // how it ends is drawn
			c.Report()
		})
	}
	all.Wait()
	if err := c.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r := c.Report(); r.Seams[0].Things != 1600 || r.Count(FaultDelay) != r.Count(FaultDelayMade) {
		t.Errorf("%+v", r)
	}
}
