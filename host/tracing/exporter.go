package tracing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Config sets up an Exporter.
type Config struct {
	// Endpoint is the receiver's base address, such as http://127.0.0.1:4318; /v1/traces is added.
	Endpoint string
	// Headers are sent with each request.
	Headers map[string]string
	// Sample is the part of traces that is told, as a fraction of 1.
	Sample float64
	// Version is the host's own, Instance names it among others.
	Version, Instance string
	// Counted is told what became of spans; nil is nobody.
	Counted func(exported, dropped int)
	// Log is told when the receiver begins to fail, and when it takes spans again; nil is nobody.
	Log hclog.Logger
	// Every is how long spans gather, at most. 0 means two seconds.
	Every time.Duration
}

const (
	// queueMax bounds the spans that wait, batchMax those of one request.
	queueMax = 8192
	batchMax = 512
	// attemptsMax is how often one request is made, in all.
	attemptsMax    = 3
	requestTimeout = 5 * time.Second
	answerMax      = 64 << 10
)

// Exporter tells spans to a receiver, from a goroutine of its own. Add never waits: what does not fit, and what
// the receiver does not take, is counted and given up. Any goroutine may use it; a nil one samples nothing.
type Exporter struct {
	config Config
	url    string
	least  uint64 // hashes from here on are not sampled
	client *http.Client
	queue  chan Span
	closed chan struct{}
	ended  chan struct{}
	once   sync.Once
	ctx    context.Context // ends requests under way
	cancel context.CancelFunc
	failed bool
}

// New begins to export. Close ends it.
func New(c Config) (*Exporter, error) {
	if c.Sample < 0 || c.Sample > 1 {
		return nil, fmt.Errorf("tracing: sample %v is not between 0 and 1", c.Sample)
	}
	if c.Every <= 0 {
		c.Every = 2 * time.Second
	}
	if c.Counted == nil {
		c.Counted = func(int, int) {}
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	e := &Exporter{
		config: c, url: strings.TrimSuffix(c.Endpoint, "/") + "/v1/traces", client: &http.Client{Timeout: requestTimeout},
		queue: make(chan Span, queueMax), closed: make(chan struct{}), ended: make(chan struct{}),
	}
	if _, err := http.NewRequest(http.MethodPost, e.url, nil); err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	e.least = uint64(c.Sample * (1 << 63))
	e.ctx, e.cancel = context.WithCancel(context.Background())
	go e.run()
	return e, nil
}

// Sampled reports whether the trace of this id is told: always the same for an id.
func (e *Exporter) Sampled(id TraceID) bool {
	if e == nil || e.least == 0 {
		return false
	}
	sum := sha256.Sum256(id[:])
	return binary.LittleEndian.Uint64(sum[:])>>1 < e.least
}

// Lucky draws whether a trace without an id of its own is told.
func (e *Exporter) Lucky() bool {
	return e != nil && e.least != 0 && rand.Uint64()>>1 < e.least
}

// Add hands a span over. It does not wait, and keeps the span's slices.
func (e *Exporter) Add(s Span) {
	select {
	case <-e.closed:
		e.config.Counted(0, 1)
		return
	default:
	}
	select {
	case e.queue <- s:
	default:
		e.config.Counted(0, 1)
	}
}

// Close tells what waits, until ctx ends, and gives up the rest.
func (e *Exporter) Close(ctx context.Context) error {
	if e == nil {
		return nil
	}
	e.once.Do(func() { close(e.closed) })
	defer e.cancel()
	select {
	case <-e.ended:
		return nil
	case <-ctx.Done():
		e.cancel()
		<-e.ended
		return fmt.Errorf("close tracing: %w", context.Cause(ctx))
	}
}

// run gathers spans and sends them.
func (e *Exporter) run() {
	defer close(e.ended)
	every := time.NewTicker(e.config.Every)
	defer every.Stop()
	var batch []Span
	for {
		select {
		case s := <-e.queue:
			if batch = append(batch, s); len(batch) < batchMax {
				continue
			}
		case <-every.C:
		case <-e.closed:
			e.rest(batch)
			return
		}
		e.send(batch)
		batch = batch[:0]
	}
}

// rest sends what waits at the end.
func (e *Exporter) rest(batch []Span) {
	for {
		select {
		case s := <-e.queue:
			if batch = append(batch, s); len(batch) == batchMax {
				e.send(batch)
				batch = batch[:0]
			}
			continue
		default:
		}
		e.send(batch)
		return
	}
}

// send tells one batch, again where OTLP says that this may help, and counts.
func (e *Exporter) send(batch []Span) {
	if len(batch) == 0 {
		return
	}
	body, err := json.Marshal(e.request(batch))
	rejected := 0
	for attempt := 1; err == nil; attempt++ {
		var again bool
		var wait time.Duration
		if rejected, again, wait, err = e.post(body); err == nil || !again || attempt == attemptsMax {
			break
		}
		if !e.pause(max(wait, time.Duration(rand.Int64N(int64(time.Second)<<attempt)))) {
			break
		}
		err = nil
	}
	e.tell(err)
	if err != nil {
		rejected = len(batch)
	}
	e.config.Counted(len(batch)-rejected, rejected)
}

// tell logs when it begins to fail and when that is over.
func (e *Exporter) tell(err error) {
	if err != nil && !e.failed {
		e.config.Log.Warn("the trace receiver does not take spans; they are given up until it does", "endpoint", e.config.Endpoint, "error", err)
	}
	if err == nil && e.failed {
		e.config.Log.Info("the trace receiver takes spans again", "endpoint", e.config.Endpoint)
	}
	e.failed = err != nil
}

// pause waits, but not when everything ends.
func (e *Exporter) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-e.closed:
		return false
	case <-e.ctx.Done():
		return false
	}
}

// waitMax bounds how long a receiver may ask to be left alone: spans of trades are not worth more memory.
const waitMax = 10 * time.Second

// post makes one request. rejected are the spans that the receiver took the request without; again says
// that another request may help, after wait.
func (e *Exporter) post(body []byte) (rejected int, again bool, wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return 0, false, 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	for k, v := range e.config.Headers {
		r.Header.Set(k, v)
	}
	answer, err := e.client.Do(r)
	if err != nil {
		return 0, true, 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err != nil {
		return 0, true, 0, fmt.Errorf("read answer: %w", err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return rejectedSpans(text), false, 0, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date is not waited for
		return 0, true, min(waitMax, time.Duration(max(0, min(seconds, 1000)))*time.Second), errors.New(answer.Status)
	}
	return 0, false, 0, errors.New(answer.Status)
}

// rejectedSpans reads a partial success. An answer that cannot be read took everything: its status says so.
func rejectedSpans(text []byte) int {
	var a struct {
		PartialSuccess struct {
			RejectedSpans json.RawMessage `json:"rejectedSpans"` // a number, which OTLP's JSON writes as text
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(text, &a) != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.Trim(string(a.PartialSuccess.RejectedSpans), `"`))
	if err != nil {
		return 0
	}
	return max(0, n)
}
