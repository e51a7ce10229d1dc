package resilience_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// ev is an event of a kind; do applies events that must be legal, and returns the last change.
func ev(k resilience.LifeEventKind) resilience.LifeEvent { return resilience.LifeEvent{Kind: k} }

func qty(k resilience.LifeEventKind, n int64) resilience.LifeEvent {
	return resilience.LifeEvent{Kind: k, Quantity: n}
}

func end(s resilience.OrderState, cumulative int64) resilience.LifeEvent {
	return resilience.LifeEvent{Kind: resilience.LifeEnd, Ending: s, Quantity: cumulative}
}

func do(t testing.TB, l *resilience.Life, events ...resilience.LifeEvent) (c resilience.Change) {
	t.Helper()
	var err error
	for _, e := range events {
		if c, err = l.Apply(e); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return c
}

// sent is an order of 10 units of which one attempt is out.
func sent(t testing.TB) *resilience.Life {
	l := new(resilience.Life)
	do(t, l, qty(resilience.LifeAdmit, 10), resilience.LifeEvent{Kind: resilience.LifeSend, Time: 100})
	return l
}

func in(t testing.TB, l *resilience.Life, want resilience.OrderState) {
	t.Helper()
	if l.State != want {
		t.Fatalf("the order is %s, want %s (%+v)", l.State, want, *l)
	}
}

func TestLife(t *testing.T) {
	t.Run("a fill before the acknowledgement is booked, and the acknowledgement after it changes nothing", func(t *testing.T) {
		l := sent(t)
		do(t, l, qty(resilience.LifeFill, 4))
		in(t, l, resilience.StatePartial)
		do(t, l, ev(resilience.LifeAccept), ev(resilience.LifeLose), ev(resilience.LifeLapse))
		in(t, l, resilience.StatePartial)
		do(t, l, qty(resilience.LifeFill, 6))
		in(t, l, resilience.StateFilled)
	})
	t.Run("a terminal state waits for the venue's cumulative quantity", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeAccept), end(resilience.StateCancelled, 7))
		in(t, l, resilience.StatePartial)
		if units, _ := l.Outstanding(); units != 7 || l.Missing() != 7 {
			t.Fatalf("outstanding %d, missing %d", units, l.Missing())
		}
		do(t, l, qty(resilience.LifeFill, 3), ev(resilience.LifeWishCancel), ev(resilience.LifeAccept))
		in(t, l, resilience.StatePartial)
		do(t, l, qty(resilience.LifeFill, 4))
		in(t, l, resilience.StateCancelled)
	})
	t.Run("a fill after a cancel is still booked and said to be late", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeAccept), ev(resilience.LifeWishCancel), end(resilience.StateCancelled, 0))
		in(t, l, resilience.StateCancelled)
		if c := do(t, l, qty(resilience.LifeFill, 2)); !c.Late || c.Contradiction || l.Filled != 2 {
			t.Fatalf("%+v", c)
		}
		in(t, l, resilience.StateCancelled)
	})
	t.Run("cancelling what was not sent drops it, and it can never be sent", func(t *testing.T) {
		l := new(resilience.Life)
		do(t, l, qty(resilience.LifeAdmit, 10), ev(resilience.LifeWishCancel))
		in(t, l, resilience.StateCancelled)
		if _, err := l.Apply(ev(resilience.LifeSend)); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal(err)
		}
	})
	t.Run("a wish to cancel outlives Unknown: found, it is cancelled", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeWishCancel), ev(resilience.LifeLose))
		in(t, l, resilience.StateUnknown)
		do(t, l, ev(resilience.LifeFound))
		in(t, l, resilience.StateCancelPending)
	})
	t.Run("a wish to cancel outlives Unknown: absent, it is never sent again", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeLose), ev(resilience.LifeWishCancel))
		if _, err := l.Apply(ev(resilience.LifeSend)); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal("sent again although a cancel is wished")
		}
		do(t, l, resilience.LifeEvent{Kind: resilience.LifeAbsent, Time: 1000, Proves: true})
		in(t, l, resilience.StateCancelled)
	})
	t.Run("no such order, in reply to a cancel, proves nothing: it is asked about and its fills are booked", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeAccept), ev(resilience.LifeWishCancel), ev(resilience.LifeCancelMissing))
		in(t, l, resilience.StateUnknown)
		if units, _ := l.Outstanding(); units != 10 {
			t.Fatalf("outstanding %d: its worst case must count", units)
		}
		settle := resilience.DefaultSettle()
		if e, why := settle.Absent(l, resilience.Lookup{Asked: 1 << 40, Answered: true, Open: true, Past: true, Proven: true}); e.Kind != 0 {
			t.Fatal("an order that the venue has known was counted absent", why)
		}
		do(t, l, end(resilience.StateFilled, 10), qty(resilience.LifeFill, 10))
		in(t, l, resilience.StateFilled)
	})
	t.Run("a rejection of a second attempt does not hide the first, which may have arrived", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeLose), resilience.LifeEvent{Kind: resilience.LifeSend, Time: 200}, ev(resilience.LifeReject))
		in(t, l, resilience.StateUnknown)
		do(t, l, resilience.LifeEvent{Kind: resilience.LifeReject, Attempt: 1})
		in(t, l, resilience.StateRejected)
	})
	t.Run("one attempt's answer given twice is counted once", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeLose), resilience.LifeEvent{Kind: resilience.LifeSend, Time: 200},
			resilience.LifeEvent{Kind: resilience.LifeNotSent, Attempt: 2}, resilience.LifeEvent{Kind: resilience.LifeNotSent, Attempt: 2})
		in(t, l, resilience.StateUnknown)
	})
	t.Run("the acceptance comes between an attempt and its retry: the retry is not sent", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeNotSent))
		in(t, l, resilience.StatePending)
		if c := do(t, l, ev(resilience.LifeAccept)); !c.Contradiction {
			t.Fatal("not sent, and accepted: nobody is told")
		}
		if _, err := l.Apply(ev(resilience.LifeSend)); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal("the retry went out")
		}
	})
	t.Run("after a restart what was in flight is unknown, and what rests still rests", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeRestart))
		in(t, l, resilience.StateUnknown)
		do(t, l, ev(resilience.LifeFound), ev(resilience.LifeRestart))
		in(t, l, resilience.StateOpen)
		do(t, l, qty(resilience.LifeWishReplace, 12), ev(resilience.LifeRestart))
		in(t, l, resilience.StateUnknown)
		if units, _ := l.Outstanding(); units != 12 {
			t.Fatalf("outstanding %d; the larger of old and new counts", units)
		}
		do(t, l, resilience.LifeEvent{Kind: resilience.LifeFound, Ordered: 12})
		in(t, l, resilience.StateOpen)
	})
	t.Run("what was over for us and lives at the venue is booked, cancelled and alerted", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeReject))
		if c := do(t, l, qty(resilience.LifeFill, 3)); !c.Contradiction || !c.Late {
			t.Fatalf("%+v", c)
		}
		in(t, l, resilience.StateCancelPending)
		if l.Filled != 3 {
			t.Fatal("the fill was swallowed")
		}
	})
	t.Run("more filled than ordered is booked and contradicts", func(t *testing.T) {
		l := sent(t)
		if c := do(t, l, ev(resilience.LifeAccept), qty(resilience.LifeFill, 11)); !c.Contradiction || l.Filled != 11 {
			t.Fatalf("%+v", c)
		}
	})
	t.Run("a venue that sizes at the fill ends the order by saying so", func(t *testing.T) {
		l := new(resilience.Life)
		do(t, l, ev(resilience.LifeAdmit), ev(resilience.LifeSend), ev(resilience.LifeAccept), qty(resilience.LifeFill, 3))
		in(t, l, resilience.StatePartial)
		if _, sized := l.Outstanding(); sized {
			t.Fatal("nobody knows its size")
		}
		do(t, l, end(resilience.StateFilled, 3))
		in(t, l, resilience.StateFilled)
	})
	t.Run("a cancel that the venue refuses gives the order back as it stands", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeAccept), qty(resilience.LifeFill, 1), ev(resilience.LifeWishCancel), ev(resilience.LifeCancelRefuse))
		in(t, l, resilience.StatePartial)
	})
	t.Run("a contingent order waits, is armed, or goes with its parent", func(t *testing.T) {
		for event, want := range map[resilience.LifeEventKind]resilience.OrderState{
			resilience.LifeArm: resilience.StatePending, resilience.LifeDisarm: resilience.StateCancelled,
			resilience.LifeLapse: resilience.StateExpired, resilience.LifeWishCancel: resilience.StateCancelled,
		} {
			l := new(resilience.Life)
			do(t, l, qty(resilience.LifeHold, 1), ev(event))
			in(t, l, want)
		}
	})
	t.Run("a dead letter is redriven under its id only where that cannot double it", func(t *testing.T) {
		l := sent(t)
		do(t, l, ev(resilience.LifeLose), ev(resilience.LifeGiveUp))
		in(t, l, resilience.StateDeadLetter)
		if _, err := l.Apply(ev(resilience.LifeRedrive)); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal(err)
		}
		do(t, l, resilience.LifeEvent{Kind: resilience.LifeRedrive, Dedupes: true, ValidUntil: 500})
		in(t, l, resilience.StateUnknown)
		unsent := new(resilience.Life)
		do(t, unsent, qty(resilience.LifeAdmit, 1), ev(resilience.LifeLapse), ev(resilience.LifeRedrive))
		in(t, unsent, resilience.StatePending)
		rejected := sent(t)
		do(t, rejected, ev(resilience.LifeReject))
		if _, err := rejected.Apply(resilience.LifeEvent{Kind: resilience.LifeRedrive, Dedupes: true}); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal("a rejected order went out again under its id")
		}
	})
	t.Run("a dead letter may still be found, fill, or be resolved by a person", func(t *testing.T) {
		for _, c := range []struct {
			e    resilience.LifeEvent
			want resilience.OrderState
		}{
			{ev(resilience.LifeFound), resilience.StateOpen},
			{qty(resilience.LifeFill, 10), resilience.StateFilled},
			{resilience.LifeEvent{Kind: resilience.LifeResolve, Ending: resilience.StateCancelled}, resilience.StateCancelled},
		} {
			l := sent(t)
			do(t, l, ev(resilience.LifeLose), ev(resilience.LifeGiveUp), c.e)
			in(t, l, c.want)
		}
	})
	t.Run("an illegal transition names state and event and changes nothing", func(t *testing.T) {
		l := sent(t)
		before := *l
		_, err := l.Apply(ev(resilience.LifeAdmit))
		var illegal *resilience.IllegalError
		if !errors.As(err, &illegal) || !strings.Contains(err.Error(), "in_flight") || !strings.Contains(err.Error(), "admit") || *l != before {
			t.Fatal(err)
		}
	})
	t.Run("events that are not well formed are refused", func(t *testing.T) {
		for _, e := range []resilience.LifeEvent{
			{},
			{Kind: 99},
			qty(resilience.LifeFill, 0), qty(resilience.LifeFill, -1), ev(resilience.LifeEnd),
			end(resilience.StateDenied, 0),
			{Kind: resilience.LifeAccept, Time: -1},
		} {
			if _, err := sent(t).Apply(e); err == nil || errors.Is(err, resilience.ErrIllegal) {
				t.Errorf("%+v: %v", e, err)
			}
		}
	})
	t.Run("a venue's word about an order that was never sent is illegal", func(t *testing.T) {
		for _, k := range []resilience.LifeEventKind{resilience.LifeAccept, resilience.LifeFill, resilience.LifeFound, resilience.LifeReject} {
			l := new(resilience.Life)
			do(t, l, qty(resilience.LifeAdmit, 1))
			if _, err := l.Apply(qty(k, 1)); !errors.Is(err, resilience.ErrIllegal) {
				t.Errorf("%s: %v", k, err)
			}
		}
	})
	t.Run("an order has 64 attempts and no more", func(t *testing.T) {
		l := sent(t)
		for range resilience.AttemptsLimit - 1 {
			do(t, l, ev(resilience.LifeNotSent), ev(resilience.LifeSend))
		}
		do(t, l, ev(resilience.LifeNotSent))
		if _, err := l.Apply(ev(resilience.LifeSend)); !errors.Is(err, resilience.ErrIllegal) {
			t.Fatal(err)
		}
		do(t, l, ev(resilience.LifeDeny))
	})
}

func TestEveryTransitionIsReachedAndKeepsTheBooks(t *testing.T) {
	reached := map[string]bool{}
	for seed := range uint64(12000) {
		r := rand.New(rand.NewPCG(seed, 12))
		var l resilience.Life
		var fills, now int64
		wished := false
		c := do(t, &l, qty([]resilience.LifeEventKind{resilience.LifeAdmit, resilience.LifeAdmit, resilience.LifeAdmit, resilience.LifeHold, resilience.LifeDeny}[r.IntN(5)], r.Int64N(9)))
		reached["none admit "+c.For] = true
		for range 60 {
			e := resilience.LifeEvent{
				Kind: resilience.LifeEventKind(1 + r.IntN(26)), Time: now, Quantity: r.Int64N(6), Attempt: r.Uint32N(4),
				Ending: resilience.StateFilled + resilience.OrderState(r.IntN(4)), Proves: r.IntN(2) == 0, Dedupes: r.IntN(2) == 0,
			}
			now++
			before := l
			c, err := l.Apply(e)
			if err != nil {
				if l != before {
					t.Fatalf("seed %d: a refused %s changed the order", seed, e.Kind)
				}
				continue
			}
			reached[before.State.String()+" "+e.Kind.String()+" "+l.State.String()+" "+c.For] = true
			fills += e.Quantity * int64(count(e.Kind == resilience.LifeFill))
			if l.Filled != fills {
				t.Fatalf("seed %d: booked %d of %d", seed, l.Filled, fills)
			}
			wished = (wished || e.Kind == resilience.LifeWishCancel) && e.Kind != resilience.LifeCancelRefuse && e.Kind != resilience.LifeRedrive
			if e.Kind == resilience.LifeSend && (wished || before.Acknowledged) {
				t.Fatalf("seed %d: sent although a cancel is wished or the venue knows it: %+v", seed, before)
			}
			if l.State.Final() && !before.State.Final() && l.Missing() > 0 && e.Kind != resilience.LifeResolve {
				t.Fatalf("seed %d: %s ends with %d fills missing", seed, e.Kind, l.Missing())
			}
			if before.State.Final() && !l.State.Final() && e.Kind != resilience.LifeRedrive && !c.Contradiction {
				t.Fatalf("seed %d: %s woke a %s order, and nobody is alerted", seed, e.Kind, before.State)
			}
			var again resilience.Life
			if rest, err := again.ReadState(l.AppendState(nil)); err != nil || len(rest) != 0 || again != l {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
	for _, tr := range resilience.Transitions() {
		for s := resilience.OrderState(0); s < 22; s++ {
			if tr.From&(1<<s) == 0 {
				continue
			}
			hit := false
			for key := range reached {
				hit = hit || strings.HasPrefix(key, s.String()+" ") && strings.HasSuffix(key, " "+tr.For)
			}
			if !hit && !unreachable[s.String()+": "+tr.For] {
				t.Errorf("from %s: %q was never reached", s, tr.For)
			}
		}
	}
}

// unreachable are pairs that a row names for the sake of the whole set of states.
var unreachable = map[string]bool{
	// Where a cancel is wished, these states are cancel_pending (or the order is dropped).
	"pending: it is there, and a wish to cancel outlives everything before":         true,
	"open: it is there, and a wish to cancel outlives everything before":            true,
	"partial: it is there, and a wish to cancel outlives everything before":         true,
	"replace_pending: it is there, and a wish to cancel outlives everything before": true,
	// Where a replace is on its way, these states are replace_pending.
	"pending: it is there, and a replace is on its way":   true,
	"in_flight: it is there, and a replace is on its way": true,
	"open: it is there, and a replace is on its way":      true,
	"partial: it is there, and a replace is on its way":   true,
	// What is partly filled does not become unfilled.
	"partial: it is there and rests": true,
}

func TestSettle(t *testing.T) {
	c := resilience.SettleConfig{Absences: 3, Spacing: 5 * second, Window: 30 * second}
	asked := func(at int64) resilience.Lookup {
		return resilience.Lookup{Asked: at, Answered: true, Open: true, Past: true, Proven: true}
	}
	unknown := func(t *testing.T) *resilience.Life {
		l := sent(t)
		do(t, l, ev(resilience.LifeLose))
		return l
	}
	absent := func(t *testing.T, l *resilience.Life, q resilience.Lookup) bool {
		t.Helper()
		e, why := c.Absent(l, q)
		if (e.Kind == 0) == (why == "") {
			t.Fatalf("event %+v, reason %q", e, why)
		}
		if e.Kind != 0 {
			do(t, l, e)
		}
		return e.Kind != 0
	}
	t.Run("enough absences, spaced over more than the window, prove it; fewer or closer do not", func(t *testing.T) {
		l := unknown(t)
		for _, at := range []int64{10, 20, 30, 40} {
			if !absent(t, l, asked(at*second)) || l.AbsenceProved {
				t.Fatalf("at %d: %+v", at, *l)
			}
		}
		if absent(t, l, asked(42*second)) {
			t.Fatal("counted too soon")
		}
		if !absent(t, l, asked(45*second)) || !l.AbsenceProved {
			t.Fatalf("not proved: %+v", *l)
		}
	})
	for name, q := range map[string]resilience.Lookup{
		"an error of the query is not an answer":                     {Asked: second, Open: true, Past: true, Proven: true},
		"not in the open orders is not absent":                       {Asked: second, Answered: true, Open: true, Proven: true},
		"a lookup that never found anything proves nothing":          {Asked: second, Answered: true, Open: true, Past: true},
		"an answer asked for before the last sending proves nothing": asked(100),
	} {
		t.Run(name, func(t *testing.T) {
			if absent(t, unknown(t), q) {
				t.Fatal("counted")
			}
		})
	}
	t.Run("a new attempt starts the proof anew", func(t *testing.T) {
		l := unknown(t)
		for _, at := range []int64{10, 25, 45} {
			absent(t, l, asked(at*second))
		}
		if !l.AbsenceProved {
			t.Fatal("not proved")
		}
		do(t, l, resilience.LifeEvent{Kind: resilience.LifeSend, Time: 50 * second})
		if l.AbsenceProved || l.Absences != 0 {
			t.Fatalf("%+v", *l)
		}
	})
	t.Run("resend depends on how far the venue dedupes", func(t *testing.T) {
		margin := 2 * second
		for _, k := range []struct {
			dedupe resilience.Dedupe
			now    int64
			proved bool
			want   bool
		}{
			{resilience.DedupeNone, second, false, false},
			{resilience.DedupeNone, second, true, false},
			{resilience.DedupeOpen, second, true, false},
			{resilience.DedupeWindow, 7*second + 99, false, true},
			{resilience.DedupeWindow, 8*second + 100, false, false},
			{resilience.DedupeForever, 1 << 50, false, true},
		} {
			l := unknown(t)
			l.AbsenceProved = k.proved
			rc := resilience.ResendConfig{Dedupe: k.dedupe, Window: 10 * second, Margin: margin}
			if ok, why := rc.MayResend(l, k.now); ok != k.want {
				t.Errorf("%s at %d, proved %v: %v, %s", k.dedupe, k.now, k.proved, ok, why)
			}
		}
	})
	t.Run("every attempt expired at the venue, and absent after that: it may go out again", func(t *testing.T) {
		rc := resilience.ResendConfig{Dedupe: resilience.DedupeNone, Margin: 10 * second}
		for _, k := range []struct {
			expiry, absent int64
			want           bool
		}{{20 * second, 31 * second, true}, {20 * second, 30 * second, false}, {0, 31 * second, false}} {
			l := new(resilience.Life)
			do(t, l, qty(resilience.LifeAdmit, 10), resilience.LifeEvent{Kind: resilience.LifeSend, Time: 100, Expiry: k.expiry}, ev(resilience.LifeLose),
				resilience.LifeEvent{Kind: resilience.LifeAbsent, Time: second}, resilience.LifeEvent{Kind: resilience.LifeAbsent, Time: k.absent, Proves: true})
			if ok, why := rc.MayResend(l, 60*second); ok != k.want {
				t.Errorf("%+v: %v, %s", k, ok, why)
			}
		}
	})
	t.Run("never once a cancel is wished, its time is over, or the venue has known it", func(t *testing.T) {
		rc := resilience.ResendConfig{Dedupe: resilience.DedupeForever}
		wished, over, known := unknown(t), unknown(t), unknown(t)
		do(t, wished, ev(resilience.LifeWishCancel))
		over.ValidUntil = 5
		do(t, known, ev(resilience.LifeFound), ev(resilience.LifeCancelMissing))
		for _, l := range []*resilience.Life{wished, over, known, sent(t)} {
			if ok, _ := rc.MayResend(l, 5); ok {
				t.Errorf("%+v", *l)
			}
		}
	})
	t.Run("mistakes are named", func(t *testing.T) {
		for _, c := range []resilience.SettleConfig{{}, {Absences: 1, Spacing: 1, Window: 1}, {Absences: 2, Spacing: 1}} {
			if c.Validate() == nil {
				t.Errorf("%+v was taken", c)
			}
		}
	})
}

func TestLifeStateRoundTrip(t *testing.T) {
	l := sent(t)
	b := l.AppendState([]byte("x"))
	var n resilience.Life
	rest, err := n.ReadState(append(b[1:], 7))
	if err != nil || !bytes.Equal(rest, []byte{7}) || n != *l {
		t.Fatal(rest, err)
	}
}
