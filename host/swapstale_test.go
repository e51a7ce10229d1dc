package host_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// TestASwapThatIsOutOfDateIsRefused: what was made ready for the place of something else, or has missed ticks because
// another was made ready, does not take over.
func TestASwapThatIsOutOfDateIsRefused(t *testing.T) {
	for _, warmup := range []string{host.WarmupLoad, host.WarmupReplay} {
		s := swappable(t, keepsWasm)
		s.order(buy, 3)
		prepare := func(name string) host.LiveInput {
			in, err := s.prepare(named(keepsWasm, name), host.SwapRequest{Warmup: warmup, SwapSettings: host.SwapSettings{Probation: 5}})
			if err != nil {
				t.Fatal(err)
			}
			return in
		}
		first := prepare("first")
		s.order(buy, 1)
		second := prepare("second")
		s.order(sell, 1)
		var refused *host.RefusedError
		if err := s.give(first); !errors.As(err, &refused) {
			t.Errorf("%s: the first of two, which has missed ticks: %v", warmup, err)
		}
		if err := s.give(second); err != nil {
			t.Errorf("%s: the second: %v", warmup, err)
		}
		third := prepare("third")
		if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); err != nil {
			t.Fatal(err)
		}
		if err := s.give(third); !errors.As(err, &refused) {
			t.Errorf("%s: one made ready in a probation that is over: %v", warmup, err)
		}
		fourth := prepare("fourth")
		if err := s.live.DropSwap(fourth); err != nil {
			t.Fatal(err)
		}
		s.order(buy, 2)
		s.holds(5)
		before := s.live.StateHash(s.name)
		s.restart()
		if after := s.live.StateHash(s.name); after != before {
			t.Errorf("%s: recovered to %s, was %s", warmup, after, before)
		}
	}
}

// TestALaterModuleIsToldWhatTheReserveWasTold: the tick that a new module fails in, and the old one takes over, is a
// tick of the past like any other: a module that is shown the past later sees its fills.
func TestALaterModuleIsToldWhatTheReserveWasTold(t *testing.T) {
	s := swappable(t, puppetWasm)
	s.order(buy, 3)
	if err := s.swap(failsWasm, host.SwapRequest{Warmup: host.WarmupFresh, SwapSettings: host.SwapSettings{Probation: 100}}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 2) // tells of the first fill
	s.order(sell, 1)
	if err := s.swap(named(puppetWasm, "later"), host.SwapRequest{Warmup: host.WarmupReplay}); err != nil {
		t.Fatal(err)
	}
	s.order(sell, 1)
	s.again()
	s.order(buy, 1)
	if books, lane := host.LivePosition(s.live, 0); books != 4 || lane != 4 {
		t.Errorf("the agent holds %d, the lane %d, want 4", books, lane)
	}
	failed := 0
	s.turns(func(t *event.Turn) {
		if t.Verdict > event.VerdictOK {
			failed++
		}
	})
	if failed != 1 {
		t.Errorf("%d ticks failed, want the new module's one", failed)
	}
}

// TestARollbackGoesBackByTheJournal: what an agent ran before its last swap is known as long as the journal is, with or
// without a probation, after a rollback and after a restart.
func TestARollbackGoesBackByTheJournal(t *testing.T) {
	s := swappable(t, keepsWasm)
	before := func(want []byte, when string) {
		t.Helper()
		for range 2 {
			sha := [32]byte{}
			if want != nil {
				sha = sha256.Sum256(want)
			}
			if got, err := host.ModuleBefore(s.live, s.name); err != nil || got != sha {
				t.Errorf("%s: module %.6x was before, want %.6x: %v", when, got, sha, err)
			}
			s.restart()
		}
	}
	before(nil, "never swapped")
	s.order(buy, 1)
	for _, n := range []string{"second", "third"} {
		if err := s.swap(named(keepsWasm, n), host.SwapRequest{}); err != nil {
			t.Fatal(err)
		}
		s.order(buy, 1)
	}
	before(named(keepsWasm, "second"), "swapped twice")
	if err := s.swap(named(keepsWasm, "fourth"), host.SwapRequest{SwapSettings: host.SwapSettings{Probation: 50}}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	before(named(keepsWasm, "third"), "on probation")
	if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	for range 2 {
		var refused *admin.Refusal
		if _, err := host.ModuleBefore(s.live, s.name); !errors.As(err, &refused) || !strings.Contains(err.Error(), "rolled back already") {
			t.Errorf("rolled back: what was taken back is offered again: %v", err)
		}
		s.restart()
	}
}
