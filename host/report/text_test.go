package report

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// handmade is a summary whose every number is set by hand, so that no machine's floats show in it.
func handmade() Summary {
	good := AgentSummary{
		Name: "sma-go", Ticks: 2148, Orders: 187, Fills: 187, Trades: 93,
		Currency: "USD", Capital: 10_000 * event.One, FinalEquity: 5_626_351_934_000, Fees: 412_055_120_000,
		ReturnPct: 462.635193, MaxDrawdownPct: -33.931592, Sharpe: 0.600740, SQN: 1.584392, WinRatePct: 53.763, ProfitFactor: 2.1374,
		Fuel: FuelSummary{P50: 412, P99: 988, Max: 1204, Limit: 2_000_000}, Mode: "full",
		ElapsedSeconds: 0.0123, TicksPerSecond: 174_634,
		Statistics: Statistics{Rows: 2148, Start: 1_092_873_600e9, End: 1_362_096_000e9, BuyHoldReturnPct: 703.458},
		Feeds: []FeedQuality{{Feed: "shares", Instrument: "GOOG", Bars: 2148, Withheld: 3, Gaps: 1, Missing: 2, Defects: []DefectCount{
			{Defect: "contradiction", Count: 2, First: "../shared/data/GOOG.csv:118"}, {Defect: "duplicate", Count: 1, First: "../shared/data/GOOG.csv:240"},
		}}},
	}
	for i := range 120 {
		good.Equity = append(good.Equity, float64(10_000+i*i*4-(i%20)*300))
	}
	idle := good
	idle.Name, idle.Trades, idle.Fills, idle.Orders, idle.Fees = "does-nothing", 0, 0, 0, 0
	nan := Figure(math.NaN())
	idle.FinalEquity, idle.ReturnPct, idle.MaxDrawdownPct = 10_000*event.One, 0, 0
	idle.Sharpe, idle.SQN, idle.WinRatePct, idle.ProfitFactor = nan, nan, nan, nan
	idle.Equity = []float64{10_000, 10_000, 10_000}
	bad := good
	bad.Name, bad.Mode, bad.DeadLetters, bad.Traps, bad.Denied, bad.Rejected = "poisoned-by-its-author\x1b[31m", "read_only", 3, 3, 1214, 2
	bad.TrapKinds = map[string]int64{"fuel": 1, "trapped": 2}
	bad.Denials = map[string]int64{"margin": 1200, "price_tick": 14}
	bad.ReturnPct, bad.Fuel.Max = -12.5, 1_999_999
	bad.Warnings = []string{"7 series values name a series that the module did not declare"}
	return Summary{FormatVersion: FormatVersion, Agents: []AgentSummary{good, idle, bad}, Run: &Run{
		ID: "01JD8Z", Config: "config/demo.hcl", Journal: "runs/01JD8Z/journal.db", Report: "demo.html", Stopped: "SIGINT",
	}}
}

func TestTextLooksAsItDid(t *testing.T) {
	one := handmade()
	one.Agents = one.Agents[:1]
	for name, c := range map[string]struct {
		summary  Summary
		terminal Terminal
	}{
		"80-columns":       {handmade(), Terminal{}},
		"80-columns-ascii": {handmade(), Terminal{ASCII: true}},
		"60-columns":       {handmade(), Terminal{Width: 60}},
		"140-columns":      {handmade(), Terminal{Width: 140}},
		"color":            {handmade(), Terminal{Color: true}},
		"one-agent":        {one, Terminal{}},
		"one-agent-ascii":  {one, Terminal{ASCII: true}},
		"nothing":          {Summary{}, Terminal{}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteText(&b, c.summary, c.terminal); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "text", name+".txt"), b.String())
			checkText(t, b.String(), c.terminal)
		})
	}
}

func TestAResumedRunSaysSo(t *testing.T) {
	s := handmade()
	s.Run.Resumed = true
	var b strings.Builder
	if err := WriteText(&b, s, Terminal{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "run 01JD8Z of config/demo.hcl, resumed\n") {
		t.Errorf("got:\n%s", b.String())
	}
}

func TestWhyIsACommandThatAShellReads(t *testing.T) {
	s := Summary{Agents: []AgentSummary{{Name: "fine"}, {Name: "it's", DeadLetters: 2}}, Run: &Run{Journal: "my runs/a/journal.db"}}
	if got, want := s.why(), `agenthost journal show 'my runs/a' --stream 'agent/it'\''s' | grep dead_letter`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s.Run.Journal = ""
	if got := s.why(); got != "" {
		t.Errorf("without a journal: %s", got)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", path, got)
	}
}

// checkText holds the promises that a golden file alone would let slip.
func checkText(t *testing.T, text string, terminal Terminal) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		isText := strings.Contains(line, ": ") || strings.HasPrefix(line, "  why ") // not cut, so that it can be copied
		if w := wide(line); !terminal.Color && w > terminal.width() && !isText {
			t.Errorf("a line of a table is %d columns wide: %q", w, line)
		}
	}
	if !terminal.Color && strings.Contains(text, "\x1b") {
		t.Error("an escape sequence without colours")
	}
	if terminal.ASCII {
		for _, r := range text {
			if r > 0x7e {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	}
}

func TestATerminalIsAskedForNoMoreThanItCan(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, c := range map[string]struct {
		env   map[string]string
		ascii bool
	}{
		"UTF-8 by LANG":                    {map[string]string{"LANG": "en_GB.UTF-8"}, false},
		"LC_ALL wins over LANG":            {map[string]string{"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, true},
		"LC_CTYPE wins over LANG":          {map[string]string{"LC_CTYPE": "de_DE.utf8", "LANG": "C"}, false},
		"an environment that says nothing": {nil, true},
	} {
		got := DetectTerminal(f, func(k string) string { return c.env[k] })
		if want := (Terminal{Width: 80, ASCII: c.ascii}); got != want {
			t.Errorf("%s: a file is %+v, want %+v", name, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{grouped(0), "0"},
		{grouped(999), "999"},
		{grouped(-1000), "-1,000"},
		{grouped(1_234_567), "1,234,567"},
		{Money(-123_456_789_012_345).fixed(2), "-1,234,567.89"},
		{Money(5).fixed(8), "0.00000005"},
		{compact(0), "0"},
		{compact(7), "7"},
		{compact(1.5), "1.50"},
		{compact(999), "999"},
		{compact(1000), "1.00 k"},
		{compact(174_634), "175 k"},
		{compact(81_240), "81.2 k"},
		{compact(3.2e6), "3.20 M"},
		{compact(5e12), "5000 G"},
		{span(0), "under 1 ms"},
		{span(0.0123), "12 ms"},
		{span(2.34), "2.3 s"},
		{span(125), "2 min 05 s"},
		{span(7384), "2 h 03 min"},
		{plural(1, "bar"), "1 bar"},
		{plural(2000, "bar"), "2,000 bars"},
		{Terminal{}.figure(Figure(math.Inf(1)), 2), "–"},
		{Terminal{ASCII: true}.figure(Figure(math.NaN()), 2), "-"},
		{Terminal{}.percent(12.345, true), "+12.35%"},
		{Terminal{}.percent(-1234.5, true), "-1,234.50%"},
		{Terminal{}.percent(0, true), "0.00%"},
		{Terminal{}.percent(-0.001, true), "0.00%"},
		{Terminal{}.shorten("assemblyscript", 8), "assembl…"},
		{Terminal{ASCII: true}.shorten("assemblyscript", 8), "assembl~"},
		{Terminal{}.shorten("日本語の名前", 6), "日本…"},
		{Terminal{}.shortenInside("sma-cross-of-monday-2", 13), "sma-cros…ay-2"},
		{Terminal{}.shortenInside("sma-cross", 9), "sma-cross"},
		{Terminal{}.shortenInside("日本語の名前", 7), "日本…前"},
		{Terminal{}.clean("a\x1b[31m\nb\u202ec"), "a [31m b c"},
		{Terminal{ASCII: true}.clean("é"), "?"},
		{sparkline(nil, 8, false), ""},
		{sparkline([]float64{1, 1, 1}, 8, false), "▁▁▁"},
		{sparkline([]float64{0, 1, 2, 3, 4, 5, 6, 7}, 4, false), "▁▃▅█"},
		{sparkline([]float64{0, 7}, 4, true), "_#"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestProgressIsSilentWhereNobodyWatches(t *testing.T) {
	var b strings.Builder
	p := NewProgress(&b, ProgressConfig{})
	for i := range int64(100) {
		if err := p.Update(i, 100, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Finish(); err != nil || b.Len() > 0 {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
}

func TestProgressWritesALineNowAndThenWhereAsked(t *testing.T) {
	var b strings.Builder
	now := time.Unix(0, 0)
	p := NewProgress(&b, ProgressConfig{LineEvery: 5 * time.Second, Now: func() time.Time { return now }})
	for second := range int64(21) {
		now = time.Unix(second, 0)
		if err := p.Update(second*10, 400, second*81_200); err != nil {
			t.Fatal(err)
		}
	}
	want := "12 %  406,000 ticks, 81.2 k/s, 35.0 s left\n" +
		"25 %  812,000 ticks, 81.2 k/s, 30.0 s left\n" +
		"37 %  1,218,000 ticks, 81.2 k/s, 25.0 s left\n" +
		"50 %  1,624,000 ticks, 81.2 k/s, 20.0 s left\n"
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
}

func TestProgressDrawsABarOnATerminalAndClearsIt(t *testing.T) {
	var b strings.Builder
	now := time.Unix(0, 0)
	p := NewProgress(&b, ProgressConfig{Terminal: Terminal{Live: true, ASCII: true}, Now: func() time.Time { return now }})
	now = time.Unix(10, 0)
	if err := p.Update(50, 100, 1000); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "50%") || !strings.Contains(b.String(), "1,000 ticks, 100/s, 10.0 s left") {
		t.Errorf("drew %q", b.String())
	}
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "\r") {
		t.Errorf("the line is not cleared: %q", b.String())
	}
}

func TestAFeedIsToldOnceUnlessAgentsSawItDifferently(t *testing.T) {
	agent := func(name string, feeds ...FeedQuality) AgentSummary { return AgentSummary{Name: name, Feeds: feeds} }
	a, b := FeedQuality{Feed: "f", Instrument: "A", Bars: 5}, FeedQuality{Feed: "f", Instrument: "B", Bars: 7}
	var out strings.Builder
	s := Summary{Agents: []AgentSummary{agent("x", a), agent("y", a, b), agent("z", FeedQuality{Feed: "f", Bars: 9})}}
	if err := WriteText(&out, s, Terminal{}); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(out.String(), "data\n")
	want := "  f A: 5 bars, nothing withheld\n  f B: 7 bars, nothing withheld\n  f for z: 9 bars, nothing withheld\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
