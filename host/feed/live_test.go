package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
)

const (
	liveStart  = int64(1_790_000_000_000_000_000)
	liveLength = int64(time.Second)
	testKey    = "secret-of-the-test"
)

// priceServer is a venue's market data on loopback, as docs/VENUE.md has it.
type priceServer struct {
	*httptest.Server
	mu      sync.Mutex
	bars    map[string][]priceBar
	streams map[*websocket.Conn]bool
	dialled chan struct{}
	silent  bool // no heartbeats
	refuse  int  // status of every answer
	noBars  bool // GET /api/bars is not there
	page    int

	barsFail bool // GET /api/bars answers 503
	between  func()
}

type priceBar struct {
	at   int64
	text string
}

func newPriceServer(tb testing.TB) *priceServer {
	p := &priceServer{bars: map[string][]priceBar{}, streams: map[*websocket.Conn]bool{}, dialled: make(chan struct{}, 100), page: 1000}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/bars", p.serveBars)
	mux.HandleFunc("GET /api/stream", p.serveStream)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		switch {
		case refuse != 0:
			w.WriteHeader(refuse)
		case r.Header.Get("Authorization") != "Bearer "+testKey:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	tb.Cleanup(func() { p.drop(); p.Close() })
	return p
}

func (p *priceServer) serveBars(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.noBars {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if p.barsFail {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.FormValue("symbol") == "B" && p.between != nil {
		p.between()
	}
	all := p.bars[r.FormValue("symbol")]
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	limit = min(limit, p.page)
	complete := true
	if r.FormValue("after") == "" {
		all = all[max(0, len(all)-limit):]
	} else {
		after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
		for len(all) > 0 && all[0].at <= after {
			all = all[1:]
		}
		if len(all) > limit {
			all, complete = all[:limit], false
		}
	}
	var texts []string
	for _, b := range all {
		texts = append(texts, b.text)
	}
	fmt.Fprintf(w, `{"bars":[%s],"complete":%v}`, strings.Join(texts, ","), complete)
}

func (p *priceServer) serveStream(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.streams[c] = true
	p.mu.Unlock()
	p.dialled <- struct{}{}
	ctx := c.CloseRead(context.Background())
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.mu.Lock()
			if !p.silent {
				p.sendLocked(`{"type":"heartbeat","sequence":1,"time":1}`)
			}
			p.mu.Unlock()
		}
	}
}

func (p *priceServer) sendLocked(text string) {
	for c := range p.streams {
		if c.Write(context.Background(), websocket.MessageText, []byte(text)) != nil {
			delete(p.streams, c)
		}
	}
}

func (p *priceServer) send(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sendLocked(text)
}

// drop breaks every stream without a word.
func (p *priceServer) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.streams {
		_ = c.CloseNow() // the point of it
	}
	clear(p.streams)
}

// set changes the server's manners.
func (p *priceServer) set(change func(*priceServer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func liveAt(n int) int64 { return liveStart + int64(n)*liveLength }

// barText is a bar that closes n seconds after the start, at a price of n or as given.
func barText(symbol string, n int, price string) priceBar {
	if price == "" {
		price = strconv.Quote(strconv.Itoa(100 + n))
	}
	return priceBar{liveAt(n), fmt.Sprintf(`{"symbol":%q,"open_time":%d,"close_time":%d,"interval":%d,"open":%[5]s,"high":%[5]s,"low":%[5]s,"close":%[5]s,"volume":"1"}`,
		symbol, liveAt(n)-liveLength, liveAt(n), liveLength, price)}
}

// close lets a bar come about: it is kept for those who ask later and told to those who listen.
func (p *priceServer) close(symbol string, n int, price string) {
	b := barText(symbol, n, price)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bars[symbol] = append(p.bars[symbol], b)
	p.sendLocked(`{"type":"bar","sequence":1,"time":1,"bar":` + b.text + `}`)
}

// missed is close while nobody hears it.
func (p *priceServer) missed(symbol string, n int, price string) {
	p.set(func(p *priceServer) { p.bars[symbol] = append(p.bars[symbol], barText(symbol, n, price)) })
}

func (p *priceServer) awaitDial(t *testing.T) {
	t.Helper()
	select {
	case <-p.dialled:
	case <-time.After(5 * time.Second):
		t.Fatal("nobody dialled")
	}
}

// liveRun is a feed that runs.
type liveRun struct {
	*Live
	t       *testing.T
	config  LiveConfig
	markets chan *event.Market
	log     *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// liveConfig is a feed of one-second bars whose waits are short.
func liveConfig(t *testing.T, p *priceServer, names ...string) LiveConfig {
	t.Helper()
	t.Setenv("FEED_TEST_KEY", testKey)
	c := LiveConfig{
		Name: "prices", URL: p.URL, Interval: time.Duration(liveLength), StaleAfter: time.Minute, SilentAfter: 10 * time.Second,
		Grace: 200 * time.Millisecond, PollEvery: 5 * time.Millisecond, KeyEnv: "FEED_TEST_KEY",
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
	for _, name := range names {
		c.Instruments = append(c.Instruments, instrument(name, 2, 0))
	}
	return c
}

func runLive(t *testing.T, c LiveConfig, prepare func(*Live)) *liveRun {
	t.Helper()
	r := &liveRun{t: t, config: c, markets: make(chan *event.Market, 10_000), log: &lockedBuffer{}}
	l, err := OpenLive(c, hclog.New(&hclog.LoggerOptions{Output: r.log, Level: hclog.Debug}))
	if err != nil {
		t.Fatal(err)
	}
	r.Live = l
	if prepare != nil {
		prepare(l)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, func(m *event.Market) { r.markets <- m }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if strings.Contains(r.log.String(), testKey) {
			t.Errorf("the key is in the log:\n%s", r.log)
		}
		if t.Failed() {
			t.Log(r.log)
		}
	})
	return r
}

// ready waits until the source in use has been connected and listened to.
func (r *liveRun) ready(p *priceServer) {
	r.t.Helper()
	p.awaitDial(r.t)
	r.until("connected", func(h LiveHealth) bool { return h.Connected })
}

func (r *liveRun) until(what string, holds func(LiveHealth) bool) {
	r.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if holds(r.Health()) {
			return
		}
	}
	r.t.Fatalf("not %s: %+v", what, r.Health())
}

func (r *liveRun) next() *event.Market {
	r.t.Helper()
	select {
	case m := <-r.markets:
		return m
	case <-time.After(5 * time.Second):
		r.t.Fatalf("no market came: %+v", r.Health())
	}
	return nil
}

// expect compares the next markets: their times in seconds after the start, bars and notes.
func (r *liveRun) expect(want ...string) {
	r.t.Helper()
	for _, w := range want {
		if got := r.show(r.next()); got != w {
			r.t.Fatalf("got  %q\nwant %q", got, w)
		}
	}
}

func (r *liveRun) show(m *event.Market) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", (m.Time-liveStart)/liveLength)
	for _, bar := range m.Bars {
		in := r.config.Instruments[bar.Instrument]
		fmt.Fprintf(&b, " %s=%s", in.Name, event.FormatDecimal(bar.Close, in.PriceDecimals))
		if bar.Flags&event.BarAfterGap != 0 {
			b.WriteString("*")
		}
	}
	for _, n := range m.Notes {
		fmt.Fprintf(&b, " (%s %d w%d m%d %v)", r.config.Instruments[n.Instrument].Name, n.Flags, n.Withheld, n.Missing, n.Defect)
	}
	return b.String()
}

func TestLiveBarsThatCloseTogetherAreOneStep(t *testing.T) {
	p := newPriceServer(t)
	p.missed("A", 0, "")
	c := liveConfig(t, p, "A", "B")
	c.Now = func() int64 { return liveAt(77) }
	r := runLive(t, c, nil)
	r.ready(p)
	p.close("A", 1, "")
	p.close("B", 1, `"7.25"`)
	p.close("B", 2, "8.5")
	p.close("A", 2, "")
	m := r.next()
	if got := r.show(m); got != "1: A=101 B=7.25" {
		t.Fatal(got)
	}
	if m.Received != liveAt(77) || m.Cursor != 1 || m.Bars[0].OpenTime != liveAt(0) || m.Bars[0].Volume != 1 {
		t.Errorf("got %+v", m)
	}
	if got := r.Age(liveAt(80)); got != 3*time.Second {
		t.Errorf("age %v", got)
	}
	r.expect("2: A=102 B=8.5")
}

func TestLiveStepGoesWithoutTheBarThatDoesNotCome(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A", "B")
	c.Grace = 30 * time.Millisecond
	r := runLive(t, c, nil)
	r.ready(p)
	p.close("A", 1, "")
	r.expect("1: A=101")
	p.close("B", 1, "") // its step is gone
	p.close("A", 2, "")
	p.close("B", 2, "")
	r.expect(fmt.Sprintf("2: A=102 B=102 (B %d w1 m0 time_back)", event.FeedQuarantined))
}

func TestLiveOutOfOrderBarsAreSorted(t *testing.T) {
	p := newPriceServer(t)
	r := runLive(t, liveConfig(t, p, "A"), nil)
	r.ready(p)
	p.close("A", 1, "")
	r.expect("1: A=101")
	p.close("A", 3, "")
	p.close("A", 2, "")
	r.expect("2: A=102", "3: A=103")
}

func TestLiveBadPricesAreSkipped(t *testing.T) {
	for _, price := range []string{`"NaN"`, "null", "1e999", "NaN", "-Infinity", `"Inf"`, `""`, "true", `{"a":1}`, "0", `"-5"`, "99999999999999999999"} {
		t.Run(price, func(t *testing.T) {
			p := newPriceServer(t)
			r := runLive(t, liveConfig(t, p, "A"), nil)
			r.ready(p)
			p.close("A", 1, "")
			p.close("A", 2, price)
			p.close("A", 3, "")
			defect := event.DefectNotANumber
			if price == "0" || price == `"-5"` {
				defect = event.DefectNotPositive
			}
			r.expect("1: A=101", fmt.Sprintf("3: A=103 (A %d w1 m0 %v)", event.FeedQuarantined, defect))
			if h := r.Health(); h.Withheld != 1 {
				t.Errorf("got %+v", h)
			}
		})
	}
}

func TestLiveDuplicatesAndTimeBackAreWithheld(t *testing.T) {
	p := newPriceServer(t)
	r := runLive(t, liveConfig(t, p, "A"), nil)
	r.ready(p)
	p.close("A", 1, "")
	p.close("A", 2, "")
	r.expect("1: A=101", "2: A=102")
	p.close("A", 2, "")
	p.close("A", 1, "")
	p.send(`{"type":"bar"`)
	p.send(`{"type":"bar","bar":` + barText("C", 2, "").text + `}`)
	p.send(`{"type":"news","bar":5}`)
	p.close("A", 3, "")
	r.expect(fmt.Sprintf("3: A=103 (A %d w2 m0 time_back)", event.FeedQuarantined))
	r.until("counted", func(h LiveHealth) bool { return h.Withheld == 3 })
}

func TestLiveContradictionByQuality(t *testing.T) {
	const bad = `{"symbol":"A","close_time":1790000001000000000,"open":"5","high":"1","low":"9","close":"5","volume":"1"}`
	for _, ohlc := range []OHLC{Quarantine, Flag} {
		p := newPriceServer(t)
		c := liveConfig(t, p, "A")
		c.Quality.OHLC = ohlc
		r := runLive(t, c, nil)
		r.ready(p)
		p.send(`{"type":"bar","bar":` + bad + `}`)
		p.close("A", 2, "")
		if ohlc == Flag {
			if m := r.next(); m.Bars[0].Flags&event.BarFlagged == 0 {
				t.Errorf("got %s", r.show(m))
			}
			r.expect("2: A=102")
		} else {
			r.expect(fmt.Sprintf("2: A=102 (A %d w1 m0 contradiction)", event.FeedQuarantined))
		}
	}
}

func TestLiveFarLeapMustBeBorneOut(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.Now = func() int64 { return liveAt(5) }
	r := runLive(t, c, nil)
	r.ready(p)
	p.close("A", 1, "")
	r.expect("1: A=101")
	p.send(`{"type":"bar","bar":` + barText("A", 50_000, "").text + `}`)
	p.close("A", 2, "")
	r.expect(fmt.Sprintf("2: A=102 (A %d w1 m0 time_back)", event.FeedQuarantined))
	p.send(`{"type":"bar","bar":` + barText("A", 60_000, "").text + `}`)
	p.send(`{"type":"bar","bar":` + barText("A", 60_001, "").text + `}`)
	r.expect(fmt.Sprintf("60000: A=60100* (A %d w0 m59997 gap)", event.FeedGap), "60001: A=60101")
}

func TestLiveReconnectFetchesWhatWasMissed(t *testing.T) {
	p := newPriceServer(t)
	p.page = 2
	r := runLive(t, liveConfig(t, p, "A", "B"), nil)
	r.ready(p)
	p.close("A", 1, "")
	p.close("B", 1, "")
	r.expect("1: A=101 B=101")
	p.drop()
	for n := 2; n <= 6; n++ {
		p.missed("A", n, "")
		p.missed("B", n, "")
	}
	p.awaitDial(t)
	for n := 2; n <= 6; n++ {
		r.expect(fmt.Sprintf("%d: A=%d B=%[2]d", n, 100+n))
	}
	p.close("A", 7, "")
	p.close("B", 7, "")
	r.expect("7: A=107 B=107")
	if h := r.Health(); h.Reconnects < 1 || h.Withheld != 0 {
		t.Errorf("got %+v", h)
	}
}

// The bars of one second close between the questions for one instrument and the other.
func TestLiveBarsThatCloseBetweenTwoQuestionsAreOneStep(t *testing.T) {
	p := newPriceServer(t)
	p.missed("A", 0, "")
	p.missed("B", 0, "")
	n := 0
	p.between = func() { // under the server's lock, after A and before B
		if n < 50 {
			n++
			p.bars["A"] = append(p.bars["A"], barText("A", n, ""))
			p.bars["B"] = append(p.bars["B"], barText("B", n, ""))
		}
	}
	c := liveConfig(t, p, "A", "B")
	c.Transport, c.Grace, c.PollEvery = TransportHTTP, time.Millisecond, 10*time.Millisecond
	r := runLive(t, c, func(l *Live) {
		if err := l.Resume(0, []int64{liveAt(0), liveAt(0)}); err != nil {
			t.Fatal(err)
		}
	})
	for i := 1; i <= 50; i++ {
		m := r.next()
		if len(m.Bars) != 2 || len(m.Notes) != 0 {
			t.Fatalf("got %s", r.show(m))
		}
	}
}

// Whatever breaks and whenever: every bar comes once, in order, and nothing is withheld.
func TestLiveDropsAtAnyTimeLoseNothing(t *testing.T) {
	for _, transport := range []string{TransportWebSocket, TransportHTTP} {
		t.Run(transport, func(t *testing.T) {
			p := newPriceServer(t)
			p.missed("A", 0, "")
			p.missed("B", 0, "")
			c := liveConfig(t, p, "A", "B")
			c.Transport, c.PollEvery, c.Grace = transport, time.Millisecond, 5*time.Second
			r := runLive(t, c, func(l *Live) {
				if err := l.Resume(9, []int64{liveAt(0), liveAt(0)}); err != nil {
					t.Fatal(err)
				}
			})
			const bars = 300
			for n := 1; n <= bars; n++ {
				p.close("A", n, "")
				if n%7 == 0 {
					p.drop()
				}
				if n%50 == 0 {
					p.set(func(p *priceServer) { p.refuse = http.StatusServiceUnavailable })
				} else if n%50 == 10 {
					p.set(func(p *priceServer) { p.refuse = 0 })
				}
				p.close("B", n, "")
			}
			p.set(func(p *priceServer) { p.refuse = 0 })
			p.drop()
			for n := 1; n <= bars; n++ {
				m := r.next()
				if got, want := r.show(m), fmt.Sprintf("%d: A=%d B=%[2]d", n, 100+n); got != want || m.Cursor != uint64(9+n) {
					t.Fatalf("got %q at %d, want %q", got, m.Cursor, want)
				}
			}
			if h := r.Health(); h.Withheld != 0 {
				t.Errorf("got %+v", h)
			}
		})
	}
}

func TestLiveWhatCannotBeFetchedIsAGap(t *testing.T) {
	for _, test := range []struct {
		calendar Calendar
		want     string
	}{
		{Always, fmt.Sprintf("5: A=105* (A %d w0 m3 gap)", event.FeedGap)},
		{GapsExpected, fmt.Sprintf("5: A=105 (A %d w0 m0 gap)", event.FeedGap)},
	} {
		p := newPriceServer(t)
		p.noBars = true
		c := liveConfig(t, p, "A")
		c.Quality.Calendar = test.calendar
		r := runLive(t, c, nil)
		r.ready(p)
		p.close("A", 1, "")
		r.expect("1: A=101")
		p.drop()
		p.awaitDial(t)
		p.close("A", 5, "")
		r.expect(test.want)
	}
}

func TestLiveServerThatCannotFetchForLongIsAGap(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.StaleAfter = time.Second
	r := runLive(t, c, nil)
	r.ready(p)
	p.close("A", 1, "")
	r.expect("1: A=101")
	p.set(func(p *priceServer) { p.barsFail = true })
	p.missed("A", 2, "")
	p.drop()
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(r.log.String(), "cannot be fetched"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never gives up fetching")
		}
	}
	r.until("listening", func(h LiveHealth) bool { return h.Connected })
	p.close("A", 3, "")
	if m := r.next(); m.Time != liveAt(3) || m.Notes[0].Missing != 1 {
		t.Fatal(r.show(m))
	}
}

func TestLiveSilentSocketIsDialledAnew(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.SilentAfter = 60 * time.Millisecond
	r := runLive(t, c, nil)
	r.ready(p)
	p.set(func(p *priceServer) { p.silent = true })
	p.awaitDial(t)
	p.set(func(p *priceServer) { p.silent = false })
	r.until("reconnected", func(h LiveHealth) bool { return h.Connected && h.Reconnects > 0 })
}

func TestLiveHeartbeatsWithoutBarsAreStale(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.Interval, c.StaleAfter = 10*time.Millisecond, 80*time.Millisecond
	r := runLive(t, c, nil)
	r.ready(p)
	r.until("stale", func(h LiveHealth) bool { return h.Stale })
	if h := r.Health(); !h.Connected || h.Reconnects != 0 || h.LastMessage == 0 || h.LastBar != 0 {
		t.Errorf("got %+v", h)
	}
	if r.Age(liveAt(1)) < time.Hour*24*365 {
		t.Error("a feed without a bar has an age")
	}
}

// A subscription that is lost looks like a quiet market; the server itself knows better.
func TestLiveStreamThatForgetsBarsIsDialledAnew(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.StaleAfter = time.Second
	r := runLive(t, c, nil)
	r.ready(p)
	p.close("A", 1, "")
	r.expect("1: A=101")
	p.missed("A", 2, "")
	if m := r.next(); m.Time != liveAt(2) {
		t.Fatal(r.show(m))
	}
	p.awaitDial(t)
}

func TestLiveFallbackAndReturn(t *testing.T) {
	first, second := newPriceServer(t), newPriceServer(t)
	c := liveConfig(t, first, "A")
	c.StaleAfter = time.Second
	c.Fallback = []LiveConfig{{Name: "second", URL: second.URL, Transport: TransportHTTP, PollEvery: 5 * time.Millisecond, Symbols: []string{"XA"}, KeyEnv: "FEED_TEST_KEY"}}
	r := runLive(t, c, nil)
	r.ready(first)
	first.close("A", 1, "")
	r.expect("1: A=101")
	second.missed("XA", 1, "")
	first.set(func(p *priceServer) { p.refuse = http.StatusBadGateway })
	first.drop()
	second.missed("XA", 2, "")
	second.missed("XA", 3, "")
	r.expect(fmt.Sprintf("2: A=102 (A %d w0 m0 none)", feedFallback), fmt.Sprintf("3: A=103 (A %d w0 m0 none)", feedFallback))
	if h := r.Health(); h.Source != "second" || !h.Fallback || !h.Connected || h.Stale {
		t.Errorf("got %+v", h)
	}
	first.missed("A", 2, "")
	first.set(func(p *priceServer) { p.refuse = 0 })
	first.awaitDial(t)
	first.missed("A", 3, "")
	first.close("A", 4, "")
	r.expect("4: A=104")
	if h := r.Health(); h.Source != "prices" || h.Fallback || h.Withheld != 0 {
		t.Errorf("got %+v", h)
	}
	second.missed("XA", 4, "")
	second.missed("XA", 5, `"9"`)
	first.close("A", 5, "")
	r.expect("5: A=105")
}

func TestLiveFallbackCanBeNeededTwice(t *testing.T) {
	first, second := newPriceServer(t), newPriceServer(t)
	c := liveConfig(t, first, "A")
	c.Interval, c.StaleAfter = 100*time.Millisecond, 100*time.Millisecond
	c.Quality.Calendar = GapsExpected
	c.Fallback = []LiveConfig{{Name: "second", URL: second.URL, KeyEnv: "FEED_TEST_KEY"}}
	strip := func(p *priceServer, n int) {
		text := strings.Replace(barText("A", n, "").text, fmt.Sprintf(`"interval":%d,`, liveLength), "", 1)
		p.set(func(p *priceServer) { p.bars["A"] = append(p.bars["A"], priceBar{liveAt(n), text}) })
		p.send(`{"type":"bar","bar":` + text + `}`)
	}
	r := runLive(t, c, nil)
	r.ready(first)
	for round := range 3 {
		n := round * 10
		second.awaitDial(t)
		r.until("on the fallback", func(h LiveHealth) bool { return h.Source == "second" && h.Connected })
		strip(second, n+1)
		r.until("delivered", func(h LiveHealth) bool { return h.LastClose == liveAt(n+1) })
		strip(first, n+2)
		r.until("back", func(h LiveHealth) bool { return h.Source == "prices" })
	}
}

func TestLiveResumeDeliversWhatCameMeanwhile(t *testing.T) {
	p := newPriceServer(t)
	for n := range 6 {
		p.missed("A", n, "")
	}
	r := runLive(t, liveConfig(t, p, "A"), func(l *Live) {
		if err := l.Resume(41, []int64{liveAt(2)}); err != nil {
			t.Fatal(err)
		}
	})
	m := r.next()
	if r.show(m) != "3: A=103" || m.Cursor != 42 {
		t.Fatalf("got %s, cursor %d", r.show(m), m.Cursor)
	}
	r.expect("4: A=104", "5: A=105")
}

func TestLiveRefusesBarsOfAnotherLength(t *testing.T) {
	p := newPriceServer(t)
	p.missed("A", 0, "")
	c := liveConfig(t, p, "A")
	c.Interval = time.Minute
	r := runLive(t, c, nil)
	p.awaitDial(t)
	p.awaitDial(t)
	if !strings.Contains(r.log.String(), "the feed's interval is 1m0s") {
		t.Errorf("the log does not say why:\n%s", r.log)
	}
}

func TestLiveKeyIsReadAnew(t *testing.T) {
	p := newPriceServer(t)
	c := liveConfig(t, p, "A")
	c.KeyEnv, c.KeyFile = "", filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(c.KeyFile, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runLive(t, c, nil)
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(r.log.String(), "401"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not say why:\n%s", r.log)
		}
	}
	if err := os.WriteFile(c.KeyFile, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.ready(p)
}

func TestLiveConfigurationsThatCannotWork(t *testing.T) {
	good := LiveConfig{Name: "prices", URL: "http://127.0.0.1:1", Interval: time.Second, Instruments: []event.Instrument{instrument("A", 2, 0)}}
	if _, err := OpenLive(good, nil); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*LiveConfig){
		"no instruments":              func(c *LiveConfig) { c.Instruments = nil },
		"2 symbols for 1 instruments": func(c *LiveConfig) { c.Symbols = []string{"a", "b"} },
		`transport is "udp"`:          func(c *LiveConfig) { c.Transport = "udp" },
		"interval is 0s":              func(c *LiveConfig) { c.Interval = 0 },
		"stale_after is 1ms":          func(c *LiveConfig) { c.StaleAfter = time.Millisecond },
		`scheme "ftp"`:                func(c *LiveConfig) { c.URL = "ftp://x" },
		"keys come from":              func(c *LiveConfig) { c.URL = "https://me:pass@x" },
		"both set":                    func(c *LiveConfig) { c.KeyEnv, c.KeyFile = "A", "b" },
		"fallback 1: interval is 2s":  func(c *LiveConfig) { c.Fallback = []LiveConfig{{URL: "http://x", Interval: 2 * time.Second}} },
		"fallbacks of its own":        func(c *LiveConfig) { c.Fallback = []LiveConfig{{URL: "http://x", Fallback: []LiveConfig{{}}}} },
	} {
		c := good
		spoil(&c)
		_, err := OpenLive(c, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pass") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestFullJitterStaysBelowItsBound(t *testing.T) {
	longest := fullJitter(func() uint64 { return uint64(backoffFirst) - 1 })
	if got := longest(1); got != backoffFirst-1 {
		t.Errorf("got %v", got)
	}
	for attempt := range 1000 {
		if got := fullJitter(func() uint64 { return 1<<64 - 1 })(attempt); got < 0 || got >= backoffMax {
			t.Errorf("attempt %d waits %v", attempt, got)
		}
	}
}

func TestFallbackFlagIsTheContracts(t *testing.T) {
	if feedFallback != abi.FeedFallback {
		t.Errorf("%d is not %d", feedFallback, abi.FeedFallback)
	}
}

func FuzzLiveBar(f *testing.F) {
	f.Add([]byte(barText("A", 1, "").text))
	f.Add([]byte(barText("A", 1, "NaN").text))
	f.Add([]byte(`{"symbol":"A","close_time":"2026-01-01T00:00:00Z","open":1e999,"high":null,"low":"\u0031","close":-Infinity}`))
	l, err := OpenLive(LiveConfig{Name: "p", URL: "http://127.0.0.1:1", Interval: time.Second, Instruments: []event.Instrument{instrument("A", 2, 0)}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var w wireBar
		if decode(text, &w) != nil {
			return
		}
		r, ok, err := l.sources[0].row(&w)
		if !ok || err != nil || r.defect != event.DefectNone {
			return
		}
		bar := event.Bar{Open: r.prices[roleOpen], High: r.prices[roleHigh], Low: r.prices[roleLow], Close: r.prices[roleClose]}
		if !r.timed || !bar.Coherent() || r.volume < 0 || r.instrument != 0 {
			t.Fatalf("%s passes as %+v", text, r)
		}
		if !json.Valid(bareToNull(text)) {
			t.Fatalf("%s is taken for JSON", text)
		}
	})
}
