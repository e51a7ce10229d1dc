package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// heartbeat is how often a stream shows that it is there; streamWriteMax is how long a reader may leave
// what is written unread.
const (
	heartbeat      = 15 * time.Second
	streamWriteMax = 10 * time.Second
)

// stream is an answer without an end: a line of JSON for each thing, or an event of text/event-stream. An
// empty line, or a comment, is a heartbeat.
type stream struct {
	w      http.ResponseWriter
	c      *http.ResponseController
	events bool

	mu    sync.Mutex
	begun bool
}

// streaming serves a route that streams. An error before the first line has its status; a later one is
// told as a line of its own.
func (s *Server) streaming(route *Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := &stream{w: w, c: http.NewResponseController(w), events: wantsEvents(r)}
		if err := f.c.SetReadDeadline(time.Time{}); err != nil { // or the reader would seem gone after it
			s.config.Log.Debug("a stream cannot be kept open", "error", err)
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.closing, cancel)()
		beating := sync.WaitGroup{}
		beating.Go(func() { f.beat(ctx, s.config.Heartbeat) })
		req := &request{Request: r.WithContext(ctx), route: route}
		err := route.follow(s, req, f)
		cancel()
		beating.Wait()
		f.finish(err, func(err error) reply { return s.failed(req, err) }, r.Context().Err() != nil || s.closing.Err() != nil)
	}
}

// wantsEvents: a browser's EventSource asks for text/event-stream.
func wantsEvents(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if kind, _, err := mime.ParseMediaType(strings.TrimSpace(part)); err == nil && kind == "text/event-stream" {
			return true
		}
	}
	return false
}

// begin sends the head, once.
func (f *stream) begin() {
	if f.begun {
		return
	}
	f.begun = true
	kind := "application/x-ndjson"
	if f.events {
		kind = "text/event-stream"
	}
	f.w.Header().Set("Content-Type", kind)
	f.w.Header().Set("Cache-Control", "no-store")
	f.w.Header().Set("X-Accel-Buffering", "no")
	f.w.WriteHeader(http.StatusOK)
}

// send writes one thing; id is what a reader goes on after.
func (f *stream) send(id uint64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if f.events {
		return f.put("id: " + strconv.FormatUint(id, 10) + "\ndata: " + string(b) + "\n\n")
	}
	return f.put(string(b) + "\n")
}

func (f *stream) put(text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	if err := f.c.SetWriteDeadline(time.Now().Add(streamWriteMax)); err != nil {
		return err
	}
	if _, err := f.w.Write([]byte(text)); err != nil {
		return err
	}
	return f.c.Flush()
}

// beat writes heartbeats until ctx ends.
func (f *stream) beat(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		text := "\n"
		if f.events {
			text = ":\n\n"
		}
		if f.put(text) != nil {
			return // who sends the next thing learns it too
		}
	}
}

// finish ends the answer; left says that the reader or the host ended it.
func (f *stream) finish(err error, failed func(error) reply, left bool) {
	if left && (err == nil || errors.Is(err, context.Canceled)) {
		return
	}
	f.mu.Lock()
	begun := f.begun
	f.mu.Unlock()
	switch {
	case err == nil && !begun:
		_ = f.put("") // the head of an empty stream; if the reader is gone there is nobody to tell
	case err == nil:
	case !begun:
		a := failed(err)
		f.w.Header().Set("Content-Type", "application/json")
		f.w.WriteHeader(a.status)
		_, _ = f.w.Write(a.body)
	case f.events:
		_ = f.put("event: error\ndata: " + string(failed(err).body) + "\n")
	default:
		_ = f.put(string(failed(err).body))
	}
}

// lastEvent is where a browser that comes back goes on after, 0 for nowhere.
func lastEvent(r *request) uint64 {
	n, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
