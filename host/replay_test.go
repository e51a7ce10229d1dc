package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// recording is a run that is over: its journal, its modules, its results.
type recording struct {
	*world
	path    string
	modules *host.Modules
	results []host.Result
}

// record runs a configuration to its end; stops are the bars before which it is stopped and then resumed.
func record(tb testing.TB, hcl string, stops ...int64) *recording {
	tb.Helper()
	r := &recording{world: newWorld(tb, hcl)}
	dir := tb.TempDir()
	r.path, r.modules = filepath.Join(dir, "journal.db"), host.NewModules(filepath.Join(dir, "modules"), r.runtime)
	for i := range len(stops) + 1 {
		stop := int64(0)
		if i < len(stops) {
			stop = stops[i]
		}
		r.part(i > 0, stop)
	}
	return r
}

func (r *recording) part(resume bool, stop int64) {
	r.Helper()
	j := r.open(r.path)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	run, err := host.NewRun(ctx, r.plan, host.Options{Journal: j, Owner: "test", Resume: resume, Modules: r.modules})
	if err != nil {
		r.Fatal(err)
	}
	if stop > 0 {
		host.StopAtBar(run, stop, func() { cancel(errors.New("test")) })
	}
	if err := run.Do(ctx); err != nil {
		r.Fatal(err)
	}
	r.results = run.Results()
	closeAll(r, run, j)
}

func (r *recording) reader() *journal.Journal { return readOnly(r, r.path) }

func readOnly(tb testing.TB, path string) *journal.Journal {
	tb.Helper()
	d, err := journal.OpenSQLite(path, journal.SQLiteOptions{ReadOnly: true})
	if err != nil {
		tb.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := j.Close(); err != nil {
			tb.Error(err)
		}
	})
	return j
}

// replay takes an agent's turns again.
func (r *recording) replay(o host.ReplayOptions) (host.ReplaySummary, *host.PluginSummary, error) {
	r.Helper()
	if o.Journal == nil {
		o.Journal = r.reader()
	}
	if o.Modules == nil {
		o.Modules = r.modules
	}
	p, err := host.OpenReplay(context.Background(), o)
	if err != nil {
		return host.ReplaySummary{}, nil, err
	}
	err = p.Do(context.Background())
	s, plugin := p.Summary(), p.Plugin()
	if err := p.Close(); err != nil {
		r.Error(err)
	}
	return s, plugin, err
}

// mustEqual replays every agent and holds its state against the run's.
func (r *recording) mustEqual() {
	r.Helper()
	for _, want := range r.results {
		got, _, err := r.replay(host.ReplayOptions{Agent: want.Summary.Name})
		if err != nil {
			r.Errorf("agent %s: %v", want.Summary.Name, err)
		} else if got.StateHash != want.Summary.StateHash {
			r.Errorf("agent %s: the replay ends in %s, the run ended in %s", want.Summary.Name, got.StateHash, want.Summary.StateHash)
		}
	}
}

// fourLanguages are four strategies in one host, on accounts of their own.
func fourLanguages(data string) string {
	hcl := strings.Replace(flatConfig(data), `agent "sma"`, `agent "c"`, 1)
	for name, module := range map[string]string{
		"as": "sma-cross-as/sma-cross-as.wasm", "go": "sma-cross-go/sma-cross-go.wasm", "wat": "sma-cross-wat/sma-cross-wat.wasm",
	} {
		hcl += strings.NewReplacer("NAME", name, "MODULE", module).Replace(`
agent "NAME" {
  strategy    = "../plugins/examples/MODULE"
  feed        = "bars"
  venue       = "exchange"
  account     = "NAME"
  instruments = ["X"]
}
`)
	}
	return hcl
}

func bars(tb testing.TB, n int) string {
	path := filepath.Join(tb.TempDir(), "bars.csv")
	writeBars(tb, path, n)
	return path
}

func TestReplayEndsInTheRunsState(t *testing.T) {
	t.Run("four languages", func(t *testing.T) {
		r := record(t, fourLanguages(bars(t, 1500)))
		r.mustEqual()
		s, _, err := r.replay(host.ReplayOptions{Agent: "c"})
		if err != nil || s.Turns < 1500 || s.Ticks != 1500 || s.From != 1 || s.To != s.Turns || s.Failed != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
	for _, policy := range []string{"keep", "cancel", "flatten"} {
		t.Run("stopped and resumed, on_stop = "+policy, func(t *testing.T) {
			hcl := strings.Replace(flatConfig(bars(t, 600)), `feed        = "bars"`, "feed        = \"bars\"\n  ticks_on    = [\"market\", \"order\", \"start\"]\n  on_stop     = \""+policy+`"`, 1)
			record(t, hcl, 100, 222, 223, 400).mustEqual()
		})
	}
	t.Run("one of an account stops flat, the other keeps", func(t *testing.T) {
		hcl := strings.Replace(flatConfig(bars(t, 600)), `feed        = "bars"`, "feed        = \"bars\"\n  shared      = true\n  on_stop     = \"flatten\"", 1)
		second := strings.Replace(strings.Replace(hcl[strings.Index(hcl, "agent"):], `"sma"`, `"second"`, 1), "fast = 5", "fast = 3", 1)
		for _, policy := range []string{"flatten", "keep", "cancel"} {
			record(t, hcl+strings.Replace(second, `"flatten"`, `"`+policy+`"`, 1), 100, 222, 400).mustEqual()
		}
	})
	t.Run("a bankrupt account", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "fall.csv")
		text := "Date,Open,High,Low,Close,Volume\n"
		at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 60 {
			price := 100 - i
			if i > 20 {
				price = 21 + 3*i // up, so that it buys
			}
			if i > 50 {
				price = 10
			}
			p := string(event.FormatDecimal(int64(price), 0))
			text += at.AddDate(0, 0, i).Format(time.DateOnly) + "," + p + "," + p + "," + p + "," + p + ",1000\n"
		}
		if err := os.WriteFile(data, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		hcl := strings.Replace(flatConfig(data), "exclusive_orders = true", "exclusive_orders = true\n  margin = \"0.2\"", 1)
		r := record(t, hcl)
		if r.results[0].Summary.FinalEquity != 0 {
			t.Fatalf("the account has %v left: the test shows nothing: %+v", r.results[0].Summary.FinalEquity, r.results[0].Summary)
		}
		r.mustEqual()
	})
}

func TestReplayRange(t *testing.T) {
	r := record(t, flatConfig(bars(t, 300)))
	all, _, err := r.replay(host.ReplayOptions{Agent: "sma"})
	if err != nil {
		t.Fatal(err)
	}
	part, _, err := r.replay(host.ReplayOptions{Agent: "sma", From: 100, To: 199})
	if err != nil || part.From != 100 || part.To != 199 || part.Turns != 100 || part.Taken != 199 {
		t.Errorf("%+v, %v", part, err)
	}
	end, _, err := r.replay(host.ReplayOptions{Agent: "sma", From: 100})
	if err != nil || end.StateHash != all.StateHash || end.TurnsSHA256 == all.TurnsSHA256 {
		t.Errorf("%+v, %v", end, err)
	}
	if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", From: 100_000}); err == nil || !strings.Contains(err.Error(), "before --from 100000") {
		t.Errorf("from beyond the end: %v", err)
	}
	if _, _, err := r.replay(host.ReplayOptions{Agent: "other"}); err == nil || !strings.Contains(err.Error(), "it has sma") {
		t.Errorf("an agent that is not there: %v", err)
	}
}

// doctored copies a journal with one entry's body changed; the copy's chain is sound.
func (r *recording) doctored(stream string, change func(e *journal.Entry) (body []byte, keep bool)) *journal.Journal {
	r.Helper()
	path := filepath.Join(r.TempDir(), "doctored.db")
	j := r.open(path)
	s, err := j.Acquire(stream, "test", 1, time.Hour)
	if err != nil {
		r.Fatal(err)
	}
	for e, err := range r.reader().Read(stream, 1) {
		if err != nil {
			r.Fatal(err)
		}
		if body, keep := change(&e); keep && s.Append(e.Kind, e.Sequence, e.Time, body) == 0 {
			r.Fatal(s.Failed())
		}
	}
	position, _ := s.Head()
	if err := errors.Join(s.Wait(position), s.Close(), j.Close()); err != nil {
		r.Fatal(err)
	}
	return readOnly(r, path)
}

func TestReplayFindsTheFirstDifference(t *testing.T) {
	r := record(t, flatConfig(bars(t, 300)))
	j := r.doctored("agent/sma", func(e *journal.Entry) ([]byte, bool) {
		if e.Kind != journal.KindTurn || e.Sequence != 120 && e.Sequence != 150 {
			return e.Body, true
		}
		var turn event.Turn
		if err := event.ReadTurn(e.Body, &turn); err != nil {
			t.Fatal(err)
		}
		turn.Fuel++
		return event.AppendTurn(nil, &turn), true
	})
	_, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j})
	var d *host.Diverged
	if !errors.As(err, &d) || d.Sequence != 120 || d.Kind != journal.KindTurn || d.Position != 122 {
		t.Fatalf("%v", err)
	}
	var want, got event.Turn
	if err := errors.Join(event.ReadTurn(d.Want, &want), event.ReadTurn(d.Got, &got)); err != nil || want.Fuel != got.Fuel+1 {
		t.Errorf("fuel %d in the journal, %d made, %v", want.Fuel, got.Fuel, err)
	}
	if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j, From: 121, To: 149}); err != nil {
		t.Errorf("between the differences: %v", err)
	}
	if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j, From: 121}); !errors.As(err, &d) || d.Sequence != 150 {
		t.Errorf("from after the first difference: %v", err)
	}
}

// trapping is a strategy that traps at a market tick it can be told by: a hostile module.
func trapping(t *testing.T) *recording {
	hcl := strings.Replace(plain(bars(t, 30)), "../plugins/examples/sma-cross-c/sma-cross-c.wasm", trapModule(t), 1)
	return record(t, strings.Replace(hcl, `feed        = "bars"`, "feed        = \"bars\"\n  traps_max   = 1000", 1))
}

func trapModule(t *testing.T) string {
	path, err := filepath.Abs("../testdata/hostile/trap-unreachable.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func plugin(r *recording, path string, values map[string]string) *host.Plugin {
	return &host.Plugin{Values: values, Load: func(ctx context.Context, l sandbox.Limits) (*sandbox.Module, error) {
		wasm, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return r.runtime.Load(ctx, path, wasm, l)
	}}
}

func TestReplayOfAFailedTick(t *testing.T) {
	r := trapping(t)
	r.mustEqual()
	if r.results[0].Summary.Traps < 3 {
		t.Fatalf("%d traps: the test shows nothing", r.results[0].Summary.Traps)
	}
	const id = "sma-3"
	l, err := host.ReplayLetter(context.Background(), host.ReplayOptions{Journal: r.reader(), Modules: r.modules}, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !l.Reproduced || len(l.Differs) != 0 || l.Letter.ID != id || l.Made.Tick.Trap != "unreachable" || len(l.Before) == 0 {
		t.Errorf("%+v", l)
	}
	t.Run("with a repaired module", func(t *testing.T) {
		p := plugin(r, "../plugins/examples/sma-cross-c/sma-cross-c.wasm", map[string]string{"fast": "1", "slow": "2"})
		l, err := host.ReplayLetter(context.Background(), host.ReplayOptions{Journal: r.reader(), Modules: r.modules, Plugin: p}, id, nil)
		if err != nil || !l.Reproduced || l.Tried == nil || l.Tried.Trap != nil || !l.Tried.OldFailed || l.Tried.Sequence != 3 {
			t.Errorf("%+v, %v", l, err)
		}
	})
	t.Run("a letter that says something else", func(t *testing.T) {
		j := r.doctored("agent/sma", func(e *journal.Entry) ([]byte, bool) {
			if e.Kind != journal.KindDeadLetter || e.Sequence != 3 {
				return e.Body, true
			}
			return bytes.Replace(e.Body, []byte(`"trap":"unreachable"`), []byte(`"trap":"divide"`), 1), true
		})
		l, err := host.ReplayLetter(context.Background(), host.ReplayOptions{Journal: j, Modules: r.modules}, id, nil)
		if err != nil || l.Reproduced || len(l.Differs) != 1 || l.Differs[0] != "trap" {
			t.Errorf("%+v, %v", l, err)
		}
		var d *host.Diverged
		if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j}); !errors.As(err, &d) || d.Kind != journal.KindDeadLetter || d.Sequence != 3 {
			t.Errorf("replay of all: %v", err)
		}
	})
	t.Run("a letter that is missing", func(t *testing.T) {
		j := r.doctored("agent/sma", func(e *journal.Entry) ([]byte, bool) {
			return e.Body, e.Kind != journal.KindDeadLetter || e.Sequence != 3
		})
		var d *host.Diverged
		if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j}); !errors.As(err, &d) || d.Want != nil || d.Got == nil {
			t.Errorf("%v", err)
		}
		if _, err := host.ReplayLetter(context.Background(), host.ReplayOptions{Journal: j, Modules: r.modules}, id, nil); err == nil || !strings.Contains(err.Error(), "holds no dead letter sma-3") {
			t.Errorf("%v", err)
		}
	})
	for _, id := range []string{"", "sma", "-3", "sma-x", "a6e75d0c93be4f2f00000000000000a1"} {
		if _, err := host.ReplayLetter(context.Background(), host.ReplayOptions{Journal: r.reader(), Modules: r.modules}, id, nil); err == nil || !strings.Contains(err.Error(), "not of a failed tick") {
			t.Errorf("dead letter %q: %v", id, err)
		}
	}
}

func TestReplayWithAnotherModule(t *testing.T) {
	r := record(t, flatConfig(bars(t, 600)))
	t.Run("the same strategy in another language, recorded parameters", func(t *testing.T) {
		_, p, err := r.replay(host.ReplayOptions{Agent: "sma", Plugin: plugin(r, "../plugins/examples/sma-cross-go/sma-cross-go.wasm", nil)})
		if err != nil || p.Differing != 0 || p.Ticks != 600 || p.Equal != 600 || p.Old == 0 || p.Old != p.New || p.Failed != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		if p.Parameters[0] != (host.ParameterValue{Name: "fast", Value: "5", From: "recorded"}) {
			t.Errorf("%+v", p.Parameters)
		}
	})
	t.Run("another parameter", func(t *testing.T) {
		x := plugin(r, "../plugins/examples/sma-cross-c/sma-cross-c.wasm", map[string]string{"slow": "20"})
		var rows []host.Difference
		x.Told = func(t *host.PluginTick) error { rows = append(rows, t.Differences...); return nil }
		_, p, err := r.replay(host.ReplayOptions{Agent: "sma", Plugin: x})
		if err != nil || p.Differing == 0 || p.Differing+p.Equal != 600 || len(rows) < int(p.Differing) {
			t.Fatalf("%+v, %v", p, err)
		}
		if rows[0].Hypothetical || rows[0].Sequence != p.First || rows[0].Instrument != "X" || !rows[len(rows)-1].Hypothetical {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("one that fails", func(t *testing.T) {
		_, p, err := r.replay(host.ReplayOptions{Agent: "sma", Plugin: plugin(r, trapModule(t), nil)})
		if err != nil || p.Failed != 600 || p.New != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("a parameter that there is not", func(t *testing.T) {
		_, _, err := r.replay(host.ReplayOptions{Agent: "sma", Plugin: plugin(r, "../plugins/examples/sma-cross-c/sma-cross-c.wasm", map[string]string{"slaw": "1"})})
		if err == nil || !strings.Contains(err.Error(), `did you mean "slow"`) {
			t.Errorf("%v", err)
		}
	})
}

func TestReplayWithoutItsModule(t *testing.T) {
	r := record(t, flatConfig(bars(t, 5)))
	_, _, err := r.replay(host.ReplayOptions{Agent: "sma", Modules: host.NewModules(t.TempDir(), r.runtime)})
	if err == nil || !strings.Contains(err.Error(), "is not kept in") {
		t.Errorf("%v", err)
	}
	j := r.doctored("agent/sma", func(e *journal.Entry) ([]byte, bool) {
		if e.Kind != journal.KindModule {
			return e.Body, true
		}
		var m map[string]any
		if err := json.Unmarshal(e.Body, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "settings")
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b, true
	})
	if _, _, err := r.replay(host.ReplayOptions{Agent: "sma", Journal: j}); err == nil || !strings.Contains(err.Error(), "before it kept settings") {
		t.Errorf("%v", err)
	}
}

// BenchmarkReplay is a run of a small strategy in C, from a journal on disk, its chain verified.
func BenchmarkReplay(b *testing.B) {
	r := record(b, flatConfig(bars(b, 15_000)))
	var ticks uint64
	b.ReportAllocs()
	for b.Loop() {
		s, _, err := r.replay(host.ReplayOptions{Agent: "sma"})
		if err != nil {
			b.Fatal(err)
		}
		ticks += s.Ticks
	}
	b.ReportMetric(float64(ticks)/b.Elapsed().Seconds(), "ticks/s")
}
