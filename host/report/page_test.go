package report

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

var keepPage = flag.String("page", "", "write the sample page to this file, to look at it")

func writePage(t *testing.T, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := WriteHTML(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageIsWellFormedAndRefersToNothingOutside(t *testing.T) {
	page := writePage(t, samplePage(500))
	if *keepPage != "" {
		if err := os.WriteFile(*keepPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	scripts := regexp.MustCompile(`(?s)(<script[^>]*>)(.*?)(</script>)`)
	if n := len(scripts.FindAllString(page, -1)); n != 3 {
		t.Errorf("%d scripts, want 3: a name may have closed one", n)
	}
	checkWellFormed(t, scripts.ReplaceAllString(page, "$1$3"))
	for _, outside := range []string{`(src|href|action)="?[^#d"][^"]*`, `(?i)@import`, `url\(`, `\bfetch\(`, `XMLHttpRequest`, `WebSocket`, `sendBeacon`, `\bimport\(`, `new Worker`} {
		if found := regexp.MustCompile(outside).FindString(page); found != "" {
			t.Errorf("the page refers to something outside itself: %q", found)
		}
	}
	if strings.Contains(page, "{{") {
		t.Error("a place was not filled in")
	}
	if !strings.Contains(page, "Permission is hereby granted") || !strings.Contains(page, "Leon Sorokin") {
		t.Error("uPlot's licence is not in the page")
	}
}

// checkWellFormed reads the page as XML that allows what HTML does: elements without an end tag.
func checkWellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
	}
}

func TestThePageHoldsWhatItShows(t *testing.T) {
	p := samplePage(500)
	d := dataOf(t, writePage(t, p))
	if len(d.Agents) != 5 || len(d.Summary.Agents) != 5 {
		t.Fatalf("%d agents, %d summaries; want 5", len(d.Agents), len(d.Summary.Agents))
	}
	if d.Summary.Agents[4].Name != p.Summary.Agents[4].Name {
		t.Errorf("a name comes out as %q", d.Summary.Agents[4].Name)
	}
	for i, a := range d.Agents {
		if len(a.Trades) != int(p.Summary.Agents[i].Trades) || len(a.Trades) == 0 {
			t.Errorf("agent %d: %d trades, want %d", i, len(a.Trades), p.Summary.Agents[i].Trades)
		}
		for _, place := range []int{a.Time, a.Equity, a.EquityLow, a.EquityHigh, a.Drawdown, a.Fuel, a.Instruments[0].Close, a.Series[0].Values} {
			if n := len(d.column(t, place)); n != 500 {
				t.Errorf("agent %d: a column has %d points, want 500", i, n)
			}
		}
	}
	if d.Agents[0].Instruments[0].Close != d.Agents[3].Instruments[0].Close {
		t.Error("the prices of one share are in the page twice")
	}
	if got := d.column(t, d.Agents[0].Instruments[0].Close)[7]; got == nil || *got != float64(p.Recorders[0].picture.candles[0][7].close)/100 {
		t.Errorf("close 7 is %v", got)
	}
	if !strings.Contains(strings.Join(d.Agents[4].Alerts, "; "), "3 ticks failed") {
		t.Errorf("alerts are %q", d.Agents[4].Alerts)
	}
}

func TestALongRunIsASmallPage(t *testing.T) {
	s := newSample(3, 60_000)
	r := s.trade(RecorderConfig{Agent: "long", Instruments: oneShare(), Capital: 1e18, SeriesNames: []string{"fast", "slow"}}, 2, 4, [][]event.Bar{s.walk(0, 50, 0.0003)})
	page := writePage(t, Page{Recorders: []*Recorder{r}, Summary: Summary{Agents: []AgentSummary{r.Summary(End{})}}})
	d := dataOf(t, page)
	if n := len(d.column(t, d.Agents[0].Equity)); n > picturePoints {
		t.Errorf("%d points, want at most %d", n, picturePoints)
	}
	trades := len(r.Trades())
	if trades <= pageTradesMax {
		t.Fatalf("the sample makes %d trades, too few for this test", trades)
	}
	if a := d.Agents[0]; len(a.Trades) != pageTradesMax || int(a.TradesCut) != trades-pageTradesMax {
		t.Errorf("%d trades shown and %d cut, of %d", len(a.Trades), a.TradesCut, trades)
	}
	if len(page) > 2<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

func TestMonthsAddUpToTheWholeReturn(t *testing.T) {
	r := samplePage(900).Recorders[0]
	whole := 1.0
	for _, m := range months(r.curve) {
		whole *= 1 + float64(m.Return)/100
	}
	if want := float64(r.Summary(End{}).ReturnPct); !(whole*100-100 < want+0.05 && whole*100-100 > want-0.05) { // months are rounded
		t.Errorf("months multiply to %.4f %%, the return is %.4f %%", whole*100-100, want)
	}
}

func TestAPageNeedsARecorderForEachAgent(t *testing.T) {
	err := WriteHTML(io.Discard, Page{Summary: Summary{Agents: make([]AgentSummary, 2)}, Recorders: make([]*Recorder, 1)})
	if err == nil || !strings.Contains(err.Error(), "2 agents in the summary, 1 recorders") {
		t.Errorf("got %v", err)
	}
}

// readPageData is pageData as a reader of the page sees it.
type readPageData struct {
	Summary Summary
	Agents  []pageAgent
	Columns [][]*float64
}

func (d *readPageData) column(t *testing.T, place int) []*float64 {
	t.Helper()
	if place < 0 || place >= len(d.Columns) {
		t.Fatalf("column %d of %d", place, len(d.Columns))
	}
	return d.Columns[place]
}

func dataOf(t *testing.T, page string) (d readPageData) {
	t.Helper()
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The page's own script runs in a real browser, where there is one: an error in it, or a request to
// anywhere, fails the test.
func TestThePageDrawsItselfInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds; not with -short")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium here")
	}
	empty := NewRecorder(RecorderConfig{Agent: "idle"})
	for name, p := range map[string]Page{
		"five agents":    samplePage(3000),
		"nothing at all": {Recorders: []*Recorder{empty}, Summary: Summary{Agents: []AgentSummary{empty.Summary(End{})}}},
		"no agents":      {},
	} {
		t.Run(name, func(t *testing.T) {
			dom, log := browse(t, browser, writePage(t, p))
			for line := range strings.Lines(log) {
				if strings.Contains(line, "CONSOLE") {
					t.Errorf("the console says: %s", line)
				}
			}
			if !strings.Contains(dom, "<h1>") {
				t.Fatal("the page did not draw its head")
			}
			if n := strings.Count(dom, "<canvas"); len(p.Recorders) == 5 && n != 5 {
				t.Errorf("%d charts, want 5: all agents' return, and price, equity, drawdown and fuel of the first", n)
			}
			if strings.Contains(dom, "NaN") || strings.Contains(dom, ">undefined<") {
				t.Error("a number that is none shows")
			}
		})
	}
}

func browse(t *testing.T, browser, page string) (dom, log string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000", "--window-size=1400,1000", "--dump-dom", "file://"+path)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, errs.String())
	}
	return out.String(), errs.String()
}

func TestPricesAreShownWithTheDecimalsTheyHave(t *testing.T) {
	i := event.Instrument{PriceDecimals: 8}
	full := func(close int64) candle { return candle{1e8, 2e8, 1e8, close, 0, true} }
	for name, c := range map[string]struct {
		candles []candle
		want    uint8
	}{
		"whole prices keep two":    {[]candle{full(1e8)}, 2},
		"cents":                    {[]candle{full(1e8), full(1_25000000)}, 2},
		"one price in thousandths": {[]candle{full(1e8), full(1_25100000)}, 3},
		"down to the last":         {[]candle{full(1_00000001)}, 8},
		"no prices":                {nil, 2},
	} {
		if got := decimalsOf(&i, c.candles); got != c.want {
			t.Errorf("%s: %d decimals, want %d", name, got, c.want)
		}
	}
	if got := decimalsOf(&event.Instrument{PriceDecimals: 0}, nil); got != 0 {
		t.Errorf("an instrument without decimals is shown with %d", got)
	}
}
