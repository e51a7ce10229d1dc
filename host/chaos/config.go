package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Config says which faults there are. Rates are fractions (event.One is always); zero is never.
type Config struct {
	// Allowed says that everything behind the faults is a test, with nobody's money. The caller has looked.
	Allowed bool
	// Seed decides where the faults fall.
	Seed  uint64
	Venue VenueFaults
	Feed  FeedFaults
	Store StoreFaults
	// Now is the host's clock, in nanoseconds since the Unix epoch. Nil: the system's.
	Now func() int64
	// Sleep waits, and returns ctx's error if that ends first. Nil: the system's clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// VenueFaults lie between the host and its venues. FailRate, DropBefore, DropAfter and Delay exclude one
// another and come to event.One at most.
type VenueFaults struct {
	// FailRate of the calls are answered with one of Codes, HTTP statuses, and not carried out.
	FailRate int64
	Codes    []int
	// NotProcessed are those of Codes of which the venue declares that it did nothing.
	NotProcessed []int
	// RetryAfter comes with 429 and 503.
	RetryAfter time.Duration
	// Latency is added to a call, from half to one and a half of it: one part before the venue, one after.
	Latency time.Duration
	// DropBefore of the calls are lost on their way to the venue, half of them provably; DropAfter of the
	// replies on their way back.
	DropBefore, DropAfter int64
	// Duplicate of the calls reach the venue twice. Submits and replaces only where the venue refuses an
	// id that it has seen: elsewhere two orders would be made, and no host could help it.
	Duplicate int64
	// Delay of the calls that change something reach the venue DelayBy later.
	Delay   int64
	DelayBy time.Duration
	// Reorder of the replies come after the next one, or after ReorderMax (0: one second).
	Reorder    int64
	ReorderMax time.Duration
	// Split of the fills come as two; Cut of the lists lose their second half.
	Split, Cut int64
}

// FeedFaults are of bars that have passed the feed's gate. A price that is no number never does: what comes
// through is what the gate makes of it, a bar withheld and a note that says so.
type FeedFaults struct {
	// NaN of the bars are withheld as not a number.
	NaN int64
	// Stale of the bars have the prices of the bar before under their own time: nobody can tell.
	Stale int64
	// Gap of the bars are missing; the next one says that it comes after a gap.
	Gap int64
}

// StoreFaults are of the journal's appends.
type StoreFaults struct {
	// FailRate of the appends fail and store nothing. Indeterminate of them are stored or not, by a coin,
	// and say that this is not known.
	FailRate, Indeterminate int64
	// FullAfter is how many bytes fit before the disk is full; 0 is never. FullFor is how long it stays so
	// from the first append that did not fit; 0 is for ever. Then as many bytes fit again.
	FullAfter int64
	FullFor   time.Duration
	// Latency is added to an append, from half to one and a half of it.
	Latency time.Duration
}

// ErrNotAllowed says that nobody has confirmed that the venues are a test.
var ErrNotAllowed = errors.New("faults are put in only where every venue is a test: a paper venue, or one with test = true")

// Validate checks the rates.
func (c *Config) Validate() error {
	v, s := &c.Venue, &c.Store
	for _, r := range []struct {
		name string
		rate int64
	}{
		{"fail_rate", v.FailRate},
		{"drop_before", v.DropBefore},
		{"drop_after", v.DropAfter},
		{"delay", v.Delay},
		{"duplicate", v.Duplicate},
		{"reorder", v.Reorder},
		{"split", v.Split},
		{"cut", v.Cut},
		{"nan", c.Feed.NaN},
		{"stale", c.Feed.Stale},
		{"gap", c.Feed.Gap},
		{"store fail_rate", s.FailRate},
		{"indeterminate", s.Indeterminate},
	} {
		if r.rate < 0 || r.rate > event.One {
			return fmt.Errorf("%s is %s; a rate is between 0 and 1", r.name, fraction(r.rate))
		}
	}
	for _, sum := range []struct {
		names string
		rate  int64
	}{
		{"fail_rate, drop_before, drop_after and delay", v.FailRate + v.DropBefore + v.DropAfter + v.Delay},
		{"nan, stale and gap", c.Feed.NaN + c.Feed.Stale + c.Feed.Gap},
		{"store fail_rate and indeterminate", s.FailRate + s.Indeterminate},
	} {
		if sum.rate > event.One {
			return fmt.Errorf("%s come to %s; they exclude one another and come to 1 at most", sum.names, fraction(sum.rate))
		}
	}
	switch {
	case v.FailRate > 0 && len(v.Codes) == 0:
		return fmt.Errorf("fail_rate is %s and there are no codes to answer with", fraction(v.FailRate))
	case v.Latency < 0 || v.DelayBy < 0 || v.ReorderMax < 0 || v.RetryAfter < 0 || s.FullFor < 0 || s.Latency < 0 || s.FullAfter < 0:
		return errors.New("a duration or a size is below zero")
	}
	for _, code := range v.Codes {
		if code < 400 || code > 599 {
			return fmt.Errorf("code %d is no status of an error: write 400 to 599", code)
		}
	}
	return nil
}

func fraction(v int64) string { return event.FormatDecimal(v, event.FractionDecimals) }

func systemNow() int64 { return time.Now().UnixNano() }

func systemSleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
