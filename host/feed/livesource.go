package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

const (
	messageBytesMax = 1 << 20
	// settledAfter is how long a connection must last for the next failure to count as the first.
	settledAfter = 10 * time.Second
)

var (
	errInterval = errors.New("bars are of another length")
	errStream   = errors.New("the stream told no bars, but the server has newer ones")
)

// liveSource is one server and the goroutine that listens to it. The goroutine owns all but the atomics.
type liveSource struct {
	index   int
	name    string
	config  *LiveConfig
	server  *url.URL
	client  *http.Client
	log     hclog.Logger
	live    *Live
	symbols map[string]uint32
	// told is the latest time told by instrument, where known: fetching goes on after it.
	told  []int64
	known []bool
	// caughtUp is how far the last fetch came by instrument, until the stream is beyond it: what it says
	// until then is told already.
	caughtUp []int64
	line     int64
	failedAt int64 // elapsed time since which fetching fails, 0 if it does not
	barAt    int64 // elapsed time of the last good bar, or of the connection

	connected            atomic.Bool
	lastMessage          atomic.Int64
	connections, ignored atomic.Int64

	// The rest belongs to the goroutine of Run.
	gate   *source // what gate.go wants to know of a source
	stop   context.CancelFunc
	ended  chan struct{} // closed when the goroutine last begun is over
	fresh  int64         // elapsed time of the last good new bar, or of the start
	latest int64         // close time of the newest good bar it told
	// suspect is a bar whose time is not believed before the next; refuted the time of the last that was not.
	suspect *row
	refuted int64
}

// arrival is what a source hands to Run.
type arrival struct {
	source *liveSource
	rows   []row
	lost   bool // what was missed cannot be fetched
	// at is the elapsed time and received the host's at which it came.
	at, received int64
}

func newLiveSource(l *Live, index int, c *LiveConfig) (*liveSource, error) {
	server, err := parseServer(c.URL)
	if err != nil {
		return nil, err
	}
	n := len(c.Instruments)
	s := &liveSource{
		index: index, name: c.Name, config: c, server: server, client: newClient(), log: l.log, live: l,
		symbols: make(map[string]uint32, n), told: make([]int64, n), known: make([]bool, n), caughtUp: make([]int64, n),
	}
	if s.name == "" {
		s.name = c.display()
	}
	for i, symbol := range c.Symbols {
		s.symbols[symbol] = uint32(i)
	}
	s.gate = &source{
		index: index, config: &Source{Path: c.display()}, gate: &l.gate,
		calendar: newCalendar(c.Quality.Calendar, int64(c.Interval), nil, false),
	}
	return s, nil
}

// run connects again and again until ctx ends. What it told before it was stopped may not have been used.
func (s *liveSource) run(ctx context.Context) {
	clear(s.told)
	clear(s.known)
	clear(s.caughtUp)
	defer s.client.CloseIdleConnections()
	for attempt := 1; ; attempt++ {
		began := time.Now()
		err := s.session(ctx)
		s.connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= settledAfter {
			attempt = 1
		}
		pause := s.config.Backoff(attempt)
		var status *statusError
		if errors.As(err, &status) {
			pause = max(pause, status.retryAfter)
		}
		if logsAt(uint64(attempt)) {
			s.log.Warn("feed is not connected", "source", s.name, "error", err, "attempt", attempt, "again_in", pause)
		}
		if wait(ctx, pause) != nil {
			return
		}
	}
}

// logsAt thins out what repeats: the first, second, fourth, eighth, and so on.
func logsAt(n uint64) bool { return n&(n-1) == 0 }

func (s *liveSource) session(ctx context.Context) error {
	if s.config.Transport == TransportHTTP {
		return s.poll(ctx)
	}
	return s.stream(ctx)
}

// poll asks for new bars until that fails.
func (s *liveSource) poll(ctx context.Context) error {
	for {
		if _, err := s.catchUp(ctx); err != nil {
			return err
		}
		if err := wait(ctx, s.config.PollEvery); err != nil {
			return err
		}
	}
}

// heard notes a sign of life; the first makes a connection.
func (s *liveSource) heard() {
	s.lastMessage.Store(s.config.Now())
	if s.connected.Swap(true) {
		return
	}
	s.connections.Add(1)
	s.barAt = s.live.elapsed()
	s.log.Info("feed is connected", "source", s.name, "address", s.config.display())
}

// stream listens to a WebSocket until it breaks. It dials before it fetches, so that nothing lies
// between what is fetched and what is told.
func (s *liveSource) stream(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.CloseNow() // it is broken or not wanted any more
	conn.SetReadLimit(messageBytesMax)
	s.heard()
	if err := s.catchUpOr(ctx); err != nil {
		return err
	}
	for {
		text, err := s.read(ctx, conn)
		if err != nil {
			return err
		}
		if err := s.message(ctx, text); err != nil {
			return err
		}
		if err := s.doubt(ctx); err != nil {
			return err
		}
	}
}

func (s *liveSource) dial(ctx context.Context) (*websocket.Conn, error) {
	header, err := s.header()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, s.streamAddress(), &websocket.DialOptions{HTTPClient: s.client, HTTPHeader: header})
	if err == nil {
		return conn, nil
	}
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("dial: %w", newStatusError(response))
	}
	return nil, fmt.Errorf("dial: %w", bare(err))
}

func (s *liveSource) read(ctx context.Context, conn *websocket.Conn) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, s.config.SilentAfter)
	defer cancel()
	_, text, err := conn.Read(within)
	if err != nil {
		if within.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("not even a heartbeat came for %v", s.config.SilentAfter)
		}
		return nil, fmt.Errorf("read: %w", err)
	}
	s.heard()
	return text, nil
}

// message takes a bar, and lets all else be a sign of life.
func (s *liveSource) message(ctx context.Context, text []byte) error {
	var m wireMessage
	if err := decode(text, &m); err != nil || m.Type == "bar" && m.Bar == nil {
		s.line++
		return s.tell(ctx, arrival{rows: []row{{instrument: instrumentNone, line: s.line}}})
	}
	if m.Type != "bar" {
		return nil
	}
	rows, err := s.rows([]wireBar{*m.Bar})
	if err != nil || len(rows) == 0 {
		return err
	}
	if r := &rows[0]; r.timed {
		if r.time <= s.caughtUp[r.instrument] {
			return nil
		}
		s.caughtUp[r.instrument] = 0
	}
	return s.tell(ctx, arrival{rows: rows})
}

// doubt asks over HTTP when a stream lives but tells no bars: a lost subscription looks like that.
func (s *liveSource) doubt(ctx context.Context) error {
	now := s.live.elapsed()
	if now-s.barAt < int64(s.config.StaleAfter) {
		return nil
	}
	s.barAt = now
	n, err := s.catchUp(ctx)
	if err != nil {
		s.log.Debug("stale feed cannot be asked", "source", s.name, "error", err)
		return ctx.Err()
	}
	if n > 0 {
		return errStream
	}
	return nil
}

// tell hands over what came, and remembers how far it went.
func (s *liveSource) tell(ctx context.Context, a arrival) error {
	a.source, a.at, a.received = s, s.live.elapsed(), s.config.Now()
	for i := range a.rows {
		r := &a.rows[i]
		if !r.timed || s.isWild(r.time, s.told[r.instrument], a.received) {
			continue
		}
		s.told[r.instrument], s.known[r.instrument] = max(s.told[r.instrument], r.time), true
		if r.defect == event.DefectNone {
			s.barAt = a.at
		}
	}
	select {
	case s.live.arrivals <- a:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isWild says that a time lies so far ahead of the bar before, and of the host's clock, that the next bar
// must bear it out. Servers of recorded data have clocks of their own, so the host's is no judge alone.
func (s *liveSource) isWild(at, before, now int64) bool {
	far := patience * int64(s.config.Interval)
	return at-now > far && at-before > far
}

func sortRows(rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int {
		switch {
		case a.time < b.time:
			return -1
		case a.time > b.time:
			return 1
		}
		return int(a.instrument) - int(b.instrument)
	})
}

// describe names a bar in logs.
func (s *liveSource) describe(r *row) string {
	name := "unknown"
	if r.instrument != instrumentNone {
		name = s.config.Instruments[r.instrument].Name
	}
	if !r.timed {
		return name
	}
	return name + " " + time.Unix(0, r.time).UTC().Format(time.RFC3339Nano) + " #" + strconv.FormatInt(r.line, 10)
}
