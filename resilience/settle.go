package resilience

import "fmt"

// SettleConfig says when an Unknown order is believed to be absent. It is only read.
type SettleConfig struct {
	// Absences that must be seen, at least 2, each asked for Spacing nanoseconds after the one before.
	Absences uint32
	Spacing  int64
	// Window is how long a request may still be under way to the venue: first and last absence lie more
	// than this apart, and all of them after the last sending.
	Window int64
}

// DefaultSettle is three absences, 5 s apart, over more than 30 s.
func DefaultSettle() SettleConfig {
	return SettleConfig{Absences: 3, Spacing: 5e9, Window: 30e9}
}

// Validate says what cannot work, naming the values.
func (c *SettleConfig) Validate() error {
	if c.Absences < 2 || c.Spacing <= 0 || c.Window <= 0 {
		return fmt.Errorf("settle with %d absences every %d ns over %d ns; at least 2, spacing and window above zero", c.Absences, c.Spacing, c.Window)
	}
	return nil
}

// Lookup is what a lookup by client id that did not find an order is worth.
type Lookup struct {
	// Asked is when the question was sent: the answer is no younger than that.
	Asked int64
	// Answered: status and body are those configured for "no such order". An error of the query is not
	// an answer.
	Answered bool
	// Open and Past: both were searched.
	Open, Past bool
	// Proven: this lookup has found a real order of ours before, so a mistyped path cannot prove absence.
	Proven bool
}

// Absent makes the event of an absence that counts, to be journaled and applied; Proves is set on the one
// that completes the proof. An absence that is worth nothing gives an event of kind 0 and the reason.
func (c *SettleConfig) Absent(l *Life, q Lookup) (e LifeEvent, why string) {
	switch {
	case !q.Answered:
		return e, "the query failed; an error is not an answer"
	case !q.Open || !q.Past:
		return e, "not all orders were searched; it may have filled or ended"
	case !q.Proven:
		return e, "this lookup has never found an order; it may be looking in the wrong place"
	case l.State != StateUnknown && l.State != StateDeadLetter:
		return e, "its fate is not unknown"
	case l.Acknowledged || l.Filled > 0:
		return e, "the venue has known the order; that it is not found is the venue's fault"
	case q.Asked <= l.SentLast:
		return e, "asked before the last attempt went out"
	case l.Absences > 0 && q.Asked < addSaturated(l.AbsentLast, c.Spacing):
		return e, "too soon after the absence before"
	}
	e = LifeEvent{Kind: LifeAbsent, Time: q.Asked}
	e.Proves = l.AbsenceProved || l.Absences > 0 && l.Absences+1 >= c.Absences && q.Asked-l.AbsentFirst > c.Window
	return e, ""
}

// Dedupe is how far a venue refuses a client order id that it has seen.
type Dedupe uint8

const (
	DedupeNone    Dedupe = iota // It never does.
	DedupeOpen                  // While the order is open: once filled, the same id is a new order.
	DedupeWindow                // For a time.
	DedupeForever               // Always.
)

var dedupeNames = [...]string{"none", "open", "window", "forever"}

func (d Dedupe) String() string { return nameOf(dedupeNames[:], int(d)) }

// ResendConfig is what a venue lets us dare. It is only read.
type ResendConfig struct {
	Dedupe Dedupe
	// Window is how long it remembers an id, in nanoseconds, for DedupeWindow.
	Window int64
	// Margin is taken off the window and added to an expiry: the longest that a request may be under way,
	// and the clocks' difference.
	Margin int64
}

// MayResend says whether an Unknown order may go out again under its id, and if not, why. True is not yet
// permission: the attempt passes all checks of the first.
func (c *ResendConfig) MayResend(l *Life, now int64) (ok bool, why string) {
	switch {
	case l.State != StateUnknown:
		return false, "its fate is not unknown"
	case l.CancelWished:
		return false, "a cancel is wished: found, it is cancelled; absent, it is never sent again"
	case l.Acknowledged || l.Filled > 0:
		return false, "the venue has known it"
	case l.ValidUntil > 0 && now >= l.ValidUntil:
		return false, "its time to live is over"
	case c.Dedupe == DedupeForever:
		return true, "the venue refuses the id for ever"
	case c.Dedupe == DedupeWindow && addSaturated(now, c.Margin) < addSaturated(l.SentFirst, c.Window):
		return true, "the venue refuses the id within its window"
	case !l.AbsenceProved:
		return false, "absence is not proved, and the venue might take it for a new order"
	case l.Expiry != Never && now > addSaturated(l.Expiry, c.Margin) && l.AbsentLast > addSaturated(l.Expiry, c.Margin):
		return true, "every attempt has expired at the venue, and was absent after that"
	}
	return false, "the venue might still execute an earlier attempt: a person decides"
}
