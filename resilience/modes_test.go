package resilience_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

func modes(t testing.TB, rules ...resilience.ModeRule) *resilience.Modes {
	t.Helper()
	m, err := resilience.NewModes(rules)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(v, at int64) resilience.Measure {
	return resilience.Measure{Known: true, Value: v, Time: at}
}

func mode(t testing.TB, m *resilience.Modes, now int64, want resilience.Mode) {
	t.Helper()
	if d := m.Decide(now); d.Mode != want || d.Permissions != want.Permissions() {
		t.Fatalf("at %d: %s, want %s; %+v", now, d.Mode, want, m.Reasons(now, nil))
	}
}

var (
	drawdown = resilience.ModeRule{Name: "drawdown", Mode: resilience.ModeShutdown, Enter: 20, Leave: 15, FreshFor: 100}
	feed     = resilience.ModeRule{Name: "feed", Mode: resilience.ModeObservation, Enter: 60, Leave: 30, EnterAfter: 5, LeaveAfter: 10}
	lag      = resilience.ModeRule{Name: "lag", Mode: resilience.ModeReadOnly, Enter: 5, Leave: 1}
)

func TestModes(t *testing.T) {
	t.Run("two fresh readings of different times shut down; it latches until a person resets it", func(t *testing.T) {
		m := modes(t, drawdown)
		m.Observe(0, read(10, 1), 1)
		mode(t, m, 1, resilience.ModeFull)
		m.Observe(0, read(25, 2), 2)
		mode(t, m, 2, resilience.ModeReadOnly)
		m.Observe(0, read(25, 2), 3)
		mode(t, m, 3, resilience.ModeReadOnly)
		m.Observe(0, read(26, 4), 4)
		mode(t, m, 4, resilience.ModeShutdown)
		if err := m.Reset("drawdown", 4); !errors.Is(err, resilience.ErrStillBad) {
			t.Fatal(err)
		}
		m.Observe(0, read(14, 5), 5)
		mode(t, m, 5, resilience.ModeShutdown)
		if err := m.Reset("drawdown", 5); err != nil {
			t.Fatal(err)
		}
		mode(t, m, 5, resilience.ModeFull)
	})
	t.Run("one bad print between good ones, estimates and stale marks never shut down", func(t *testing.T) {
		m := modes(t, drawdown)
		for i := int64(0); i < 40; i += 2 {
			m.Observe(0, read(99, i), i)
			m.Observe(0, read(5, i+1), i+1)
			mode(t, m, i+1, resilience.ModeFull)
		}
		for i := int64(100); i < 120; i++ {
			m.Observe(0, resilience.Measure{Known: true, Value: 99, Time: i, Estimated: true}, i)
			mode(t, m, i, resilience.ModeReadOnly)
		}
		for i := int64(300); i < 320; i++ {
			m.Observe(0, read(99, i-200), i)
			mode(t, m, i, resilience.ModeReadOnly)
		}
	})
	t.Run("unknown stops adding, and becomes so by age alone", func(t *testing.T) {
		m := modes(t, drawdown)
		mode(t, m, 0, resilience.ModeReadOnly)
		m.Observe(0, read(0, 0), 0)
		mode(t, m, 100, resilience.ModeFull)
		mode(t, m, 101, resilience.ModeReadOnly)
	})
	t.Run("conditions intersect and every reason is kept", func(t *testing.T) {
		m := modes(t, drawdown, feed, lag)
		m.Observe(0, read(0, 0), 0)
		for _, now := range []int64{0, 5} {
			m.Observe(1, read(70, now), now)
		}
		m.Observe(2, read(9, 5), 5)
		mode(t, m, 5, resilience.ModeObservation)
		reasons := m.Reasons(5, nil)
		if len(reasons) != 2 || reasons[0].Name != "feed" || reasons[1].Name != "lag" || reasons[1].Value != 9 || reasons[1].Limit != 5 {
			t.Fatalf("%+v", reasons)
		}
	})
	t.Run("it must last to begin, and last to end, and between the thresholds nothing changes", func(t *testing.T) {
		m := modes(t, feed)
		m.Observe(0, read(61, 0), 0)
		mode(t, m, 0, resilience.ModeReadOnly)
		m.Observe(0, read(61, 5), 5)
		mode(t, m, 5, resilience.ModeObservation)
		for i := int64(6); i < 100; i++ {
			m.Observe(0, read(31+i%29, i), i)
		}
		mode(t, m, 99, resilience.ModeObservation)
		m.Observe(0, read(30, 100), 100)
		m.Observe(0, read(30, 109), 109)
		mode(t, m, 109, resilience.ModeObservation)
		m.Observe(0, read(30, 110), 110)
		mode(t, m, 110, resilience.ModeFull)
	})
	t.Run("a floor is crossed downwards", func(t *testing.T) {
		m := modes(t, resilience.ModeRule{Name: "disk", Mode: resilience.ModeReadOnly, Enter: 10, Leave: 20, Below: true})
		for v, want := range map[int64]resilience.Mode{10: resilience.ModeFull, 9: resilience.ModeReadOnly} {
			m.Observe(0, read(50, v), 0)
			m.Observe(0, read(v, v+1), 0)
			mode(t, m, 0, want)
			m.Observe(0, read(20, v+2), 0)
			mode(t, m, 0, resilience.ModeFull)
		}
	})
	t.Run("what a person orders only a person takes away", func(t *testing.T) {
		m := modes(t, lag)
		m.Observe(0, read(0, 0), 0)
		m.Order(resilience.ModeShutdown, "ada", "leaving", 1)
		mode(t, m, 1<<60, resilience.ModeShutdown)
		if r := m.Reasons(2, nil); len(r) != 1 || r[0].Who != "ada" || r[0].Why != "leaving" || r[0].Kind != resilience.ReasonOrdered {
			t.Fatalf("%+v", r)
		}
		m.Order(resilience.ModeFull, "ada", "back", 3)
		mode(t, m, 3, resilience.ModeFull)
	})
	t.Run("a latch survives a restart and the removal of its rule; after it nothing is known", func(t *testing.T) {
		m := modes(t, drawdown, lag)
		m.Observe(1, read(0, 1), 1)
		m.Observe(0, read(25, 1), 1)
		m.Observe(0, read(25, 2), 2)
		n := modes(t, lag)
		if rest, err := n.ReadState(m.AppendState(nil)); err != nil || len(rest) != 0 {
			t.Fatal(err)
		}
		mode(t, n, 3, resilience.ModeShutdown)
		if err := n.Reset("drawdown", 3); err != nil {
			t.Fatal(err)
		}
		mode(t, n, 3, resilience.ModeFull)
		n.Forget()
		mode(t, n, 3, resilience.ModeReadOnly)
	})
	t.Run("states read back decide the same at every step", func(t *testing.T) {
		r := rand.New(rand.NewPCG(14, 14))
		rules := resilience.DefaultModeRules()
		m := modes(t, rules...)
		now := int64(0)
		for range 2000 {
			now += r.Int64N(20 * second)
			n := modes(t, rules...)
			if rest, err := n.ReadState(m.AppendState(nil)); err != nil || len(rest) != 0 || !bytes.Equal(m.AppendState(nil), n.AppendState(nil)) || m.Decide(now) != n.Decide(now) {
				t.Fatal(err)
			}
			i := r.IntN(len(rules))
			v := resilience.Measure{Known: r.IntN(9) > 0, Value: rules[i].Enter + r.Int64N(5) - 2, Time: now, Estimated: r.IntN(9) == 0}
			m.Observe(i, v, now)
			n.Observe(i, v, now)
			if m.Decide(now) != n.Decide(now) {
				t.Fatal("another decision")
			}
			if r.IntN(50) == 0 {
				if err := m.Reset(rules[i].Name, now); err != nil && !errors.Is(err, resilience.ErrStillBad) {
					t.Fatal(err)
				}
			}
		}
	})
	t.Run("mistakes are named", func(t *testing.T) {
		for _, r := range []resilience.ModeRule{
			{},
			{Name: "x"},
			{Name: "x", Mode: resilience.ModeFull},
			{Name: "x", Mode: resilience.ModeReadOnly, Enter: 1, Leave: 2},
			{Name: "x", Mode: resilience.ModeShutdown, FreshFor: 1, Confirm: 1},
			{Name: "x", Mode: resilience.ModeShutdown},
			{Name: "x", Mode: resilience.ModeReadOnly, LeaveAfter: -1},
		} {
			if _, err := resilience.NewModes([]resilience.ModeRule{r}); err == nil {
				t.Errorf("%+v was taken", r)
			}
		}
		if _, err := resilience.NewModes([]resilience.ModeRule{lag, lag}); err == nil {
			t.Error("one name twice")
		}
		if _, err := resilience.NewModes(resilience.DefaultModeRules()); err != nil {
			t.Error(err)
		}
	})
}

func TestModePermissionsAreNested(t *testing.T) {
	for m := resilience.ModeReadOnly; m <= resilience.ModeShutdown; m++ {
		if m.Permissions()&^(m-1).Permissions() != 0 {
			t.Errorf("%s allows what %s does not", m, m-1)
		}
	}
	for m := resilience.ModeFull; m <= resilience.ModeShutdown; m++ {
		for act, p := range map[resilience.Act]resilience.Permission{
			resilience.ActAdd: resilience.PermitAdd, resilience.ActReduce: resilience.PermitReduce,
			resilience.ActCancel: resilience.PermitCancel, resilience.ActTick: resilience.PermitTick,
		} {
			if m.Can(act) != (m.Permissions()&p != 0) {
				t.Errorf("%s: matrix and permissions disagree about %q", m, act)
			}
		}
		if !m.Can(resilience.ActHostExit) || !m.Can(resilience.ActRead) {
			t.Errorf("%s: exits and looking must always be possible", m)
		}
	}
}

func TestMeasureFloat(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300} {
		if resilience.MeasureFloat(v, 100, 1).Known {
			t.Errorf("%v is known", v)
		}
	}
	for v, want := range map[float64]int64{0.201: 21, -0.201: -21, 0: 0, 3: 300} {
		if m := resilience.MeasureFloat(v, 100, 1); !m.Known || m.Value != want {
			t.Errorf("%v: %+v", v, m)
		}
	}
}
