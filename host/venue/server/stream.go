package server

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	queueMax     = 1024 // messages that a client may be behind
	writeTimeout = 10 * time.Second
	beatInterval = time.Second
)

// hub knows who listens. The server's mutex guards it and every subscriber's fields but queue and gone.
type hub struct {
	server      *Server
	dice        dice
	subscribers []*subscriber // in the order they came, so that the dice fall the same
}

// subscriber is one stream.
type subscriber struct {
	account  *account
	channels []string
	symbols  []string // nil for all
	queue    chan []byte
	gone     chan struct{} // closed when the server ends the stream
	// status and reason go with the close; status 0 breaks the connection without a word.
	status   websocket.StatusCode
	reason   string
	sequence uint64
	held     []byte // a message that comes after the next
}

// message is what a stream says.
type message struct {
	Type     string `json:"type"`
	Sequence uint64 `json:"sequence"`
	Time     int64  `json:"time"`
	Bar      any    `json:"bar,omitempty"`
	Order    any    `json:"order,omitempty"`
	Fill     any    `json:"fill,omitempty"`
}

var channels = []string{"bars", "orders", "fills"}

func (h *hub) bar(now int64, b barView) {
	payload := json.RawMessage(encode(b))
	for _, u := range slices.Clone(h.subscribers) {
		if u.wants("bars") && (u.symbols == nil || slices.Contains(u.symbols, b.Symbol)) {
			h.send(u, message{Type: "bar", Time: now, Bar: payload})
		}
	}
}

func (h *hub) order(a *account, now int64, v *orderView) {
	payload := json.RawMessage(encode(v))
	for _, u := range slices.Clone(h.subscribers) {
		if u.wants("orders") && u.account == a {
			h.send(u, message{Type: "order", Time: now, Order: payload})
		}
	}
}

func (h *hub) fill(a *account, now int64, f *fill) {
	payload := json.RawMessage(encode(f))
	for _, u := range slices.Clone(h.subscribers) {
		if u.wants("fills") && u.account == a {
			h.send(u, message{Type: "fill", Time: now, Fill: payload})
		}
	}
}

func (u *subscriber) wants(channel string) bool { return slices.Contains(u.channels, channel) }

// send numbers a message and puts it into the queue, twice or after the next one if the dice say so.
func (h *hub) send(u *subscriber, m message) {
	u.sequence++
	m.Sequence = u.sequence
	s, text := h.server, encode(m)
	if m.Type != "bar" && u.held == nil && h.dice.hits(s.faults.ReorderRate) {
		s.counts.Reordered++
		u.held = text
		return
	}
	h.put(u, text)
	if m.Type == "fill" && h.dice.hits(s.faults.DuplicateRate) {
		s.counts.Duplicated++
		h.put(u, text)
	}
	if held := u.held; held != nil {
		u.held = nil
		h.put(u, held)
	}
}

func (h *hub) put(u *subscriber, text []byte) {
	select {
	case u.queue <- text:
	default:
		h.end(u, websocket.StatusTryAgainLater, "too many messages behind")
	}
}

// end takes a subscriber off the list and tells its goroutine to close.
func (h *hub) end(u *subscriber, status websocket.StatusCode, reason string) {
	at := slices.Index(h.subscribers, u)
	if at < 0 {
		return
	}
	h.subscribers = slices.Delete(h.subscribers, at, at+1)
	u.status, u.reason = status, reason
	close(u.gone)
}

func (h *hub) endAll(status websocket.StatusCode, reason string) (n int) {
	for n = 0; len(h.subscribers) > 0; n++ {
		h.end(h.subscribers[0], status, reason)
	}
	return n
}

// stream is GET /api/stream.
func (s *Server) stream(w http.ResponseWriter, q *http.Request) {
	u := &subscriber{account: s.authorize(q), channels: channels, queue: make(chan []byte, queueMax), gone: make(chan struct{})}
	if u.account == nil {
		s.write(w, failure(http.StatusUnauthorized, "unauthorized", "send Authorization: Bearer KEY with the key of an account"))
		return
	}
	if text := q.URL.Query().Get("channels"); text != "" {
		u.channels = strings.Split(text, ",")
	}
	if text := q.URL.Query().Get("symbols"); text != "" {
		u.symbols = strings.Split(text, ",")
	}
	for _, c := range u.channels {
		if !slices.Contains(channels, c) {
			s.write(w, failure(http.StatusBadRequest, "malformed", "there is no channel %.20q; write %s", c, strings.Join(channels, ",")))
			return
		}
	}
	if !s.subscribe(u) {
		s.write(w, closingAnswer())
		return
	}
	defer s.running.Done()
	defer s.unsubscribe(u)
	s.stamp(w.Header())
	conn, err := websocket.Accept(w, q, nil)
	if err != nil {
		s.log.Debug("no stream", "error", err) // Accept has answered
		return
	}
	s.speak(conn.CloseRead(q.Context()), conn, u)
}

// subscribe is done before the handshake ends, so that a client misses nothing once it is connected.
func (s *Server) subscribe(u *subscriber) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.running.Add(1)
	s.streams.subscribers = append(s.streams.subscribers, u)
	return true
}

func (s *Server) unsubscribe(u *subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams.end(u, 0, "")
}

// speak writes what the queue holds, and a heartbeat each second, until one side ends it.
func (s *Server) speak(ctx context.Context, conn *websocket.Conn, u *subscriber) {
	defer conn.CloseNow() //nolint:errcheck // it is over either way
	beat := s.config.After(beatInterval)
	for {
		var texts [][]byte
		select {
		case <-ctx.Done():
			return
		case <-u.gone:
			if u.status != 0 {
				s.logClose(conn.Close(u.status, u.reason))
			}
			return
		case text := <-u.queue:
			texts = [][]byte{text}
		case <-beat:
			beat = s.config.After(beatInterval)
			texts = s.heartbeat(u)
		}
		for _, text := range texts {
			if err := writeText(ctx, conn, text); err != nil {
				s.logClose(err)
				return
			}
		}
	}
}

// heartbeat is everything that waits, what was held back too, and the beat.
func (s *Server) heartbeat(u *subscriber) (texts [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick()
	for len(u.queue) > 0 {
		texts = append(texts, <-u.queue)
	}
	if u.held != nil {
		texts = append(texts, u.held)
		u.held = nil
	}
	return append(texts, encode(message{Type: "heartbeat", Sequence: u.sequence, Time: s.now}))
}

func writeText(ctx context.Context, conn *websocket.Conn, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}

func (s *Server) logClose(err error) {
	if err != nil {
		s.log.Debug("stream ended", "error", err)
	}
}
