package http

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
	"github.com/hashicorp/go-hclog"
)

const (
	detailBytesMax = 256
	codeBytesMax   = 64
)

// Venue is a venue behind HTTP. This type is concurrency safe.
type Venue struct {
	config    Config
	keys      *keyring
	decoder   *decoder
	transport *nethttp.Transport
	log       hclog.Logger
	now       func() int64
	pingEvery time.Duration

	epochMu sync.Mutex
	epoch   string
	ignored atomic.Uint64
}

// New makes a venue of a configuration, which is then not to be changed. It reads the key and talks to nobody.
// log may be nil; now is the host's clock in nanoseconds, nil for the system's.
func New(c Config, log hclog.Logger, now func() int64) (*Venue, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = hclog.NewNullLogger()
	}
	if now == nil {
		now = func() int64 { return time.Now().UnixNano() }
	}
	keys, err := openKeyring(c.KeyEnv, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("venue %s: %w", c.Name, err)
	}
	transport, err := newTransport(&c)
	if err != nil {
		return nil, fmt.Errorf("venue %s: %w", c.Name, err)
	}
	v := &Venue{config: c, keys: keys, transport: transport, log: log, now: now, pingEvery: pingInterval}
	v.decoder = newDecoder(&v.config, keys.holds)
	return v, nil
}

// Capabilities are what the venue can do by itself.
func (v *Venue) Capabilities() event.Capabilities { return v.config.Capabilities() }

// Facilities are what the venue can be asked.
func (v *Venue) Facilities() event.Facilities { return v.config.Facilities() }

// Close ends the idle connections. Calls under way go on until their context ends.
func (v *Venue) Close() error {
	v.transport.CloseIdleConnections()
	return nil
}

// Epoch is the last value of the epoch header, empty before the first. Trade ids of two epochs have nothing to
// do with each other.
func (v *Venue) Epoch() string {
	v.epochMu.Lock()
	defer v.epochMu.Unlock()
	return v.epoch
}

// Do carries out one call: at most one request, written to one connection. It always returns a reply, by the
// end of ctx or of the configured timeout at the latest. A call that cannot be put into the venue's words comes
// back as CauseVenueCode with CodeMisbuilt, and nothing was sent.
func (v *Venue) Do(ctx context.Context, c *event.Call) event.Reply {
	r := event.Reply{Call: c.ID, Kind: c.Kind, Started: v.now()}
	r.Happening = resilience.Happening{Request: c.Kind.Request(), Resent: c.Resent}
	ctx, cancel := context.WithTimeout(ctx, v.config.Timeout)
	defer cancel()
	ex := &exchange{now: v.now}
	req, err := v.request(ex.trace(ctx), c)
	if err != nil {
		r.Happening.Cause, r.Happening.Code, r.Detail = resilience.CauseVenueCode, CodeMisbuilt, err.Error()
	} else {
		v.exchange(ctx, &r, c, req, ex)
	}
	r.Received = v.now()
	v.tidy(&r)
	return r
}

// exchange sends the request and reads the answer.
func (v *Venue) exchange(ctx context.Context, r *event.Reply, c *event.Call, req *nethttp.Request, ex *exchange) {
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		r.Happening.Phase, r.Written = ex.end()
		r.Happening.Cause = causeOf(err, ctx.Err(), ex.handshake(), v.config.Proxy != "" && r.Happening.Phase == resilience.PhaseBefore)
		r.Detail = fmt.Sprintf("%s: %s", r.Happening.Cause, err)
		return
	}
	defer resp.Body.Close()
	body, err := readBody(resp, v.config.BodyMax)
	_, r.Written = ex.end()
	r.Happening.Phase = resilience.PhaseAnswered
	r.RetryAfter, r.VenueTime = retryAfter(resp.Header, v.now()), v.venueTime(resp.Header)
	v.noteEpoch(resp.Header)
	if resp.StatusCode == nethttp.StatusUnauthorized {
		v.rereadKey()
	}
	if err != nil {
		v.halfAnswered(ctx, r, resp.StatusCode, err)
		return
	}
	v.answer(r, c, resp.StatusCode, body)
}

// halfAnswered is a status whose body did not come whole, or is not fit to be read. Its code is unknown then, so
// the status proves nothing; but a refused key is one whatever the body says.
func (v *Venue) halfAnswered(ctx context.Context, r *event.Reply, status int, err error) {
	h := &r.Happening
	r.Detail = fmt.Sprintf("HTTP %d, then: %s", status, err)
	var unfit bodyError
	switch {
	case status == 401 || status == 403 || status == 418:
		h.Cause, h.Number = resilience.CauseStatus, status
	case errors.Is(err, errBodyTooLarge), errors.As(err, &unfit), strings.HasPrefix(err.Error(), "gzip"):
		h.Cause = resilience.CauseBody
	default:
		h.Cause = causeOf(err, ctx.Err(), nil, false)
	}
}

// noteEpoch remembers in which epoch the venue's books are, and says so when they began anew.
func (v *Venue) noteEpoch(h nethttp.Header) {
	now := h.Get(v.config.EpochHeader)
	if v.config.EpochHeader == "" || now == "" || len(now) > opaqueBytesMax || v.keys.holds(now) {
		return
	}
	v.epochMu.Lock()
	before := v.epoch
	v.epoch = now
	v.epochMu.Unlock()
	if before != "" && before != now {
		v.log.Error("the venue's books began anew: its trade ids and cursors are others now", "venue", v.config.Name, "before", before, "now", now)
	}
}

// rereadKey looks for another key, so that keys can be changed while running. The call is not repeated here.
func (v *Venue) rereadKey() {
	changed, err := v.keys.reread()
	switch {
	case err != nil:
		v.log.Warn("the venue refused the key, and another cannot be read", "venue", v.config.Name, "error", v.clean(err.Error(), detailBytesMax))
	case changed:
		v.log.Info("the venue refused the key; another was found and is used from now on", "venue", v.config.Name)
	}
}

// tidy keeps keys, control characters and length out of every text for people.
func (v *Venue) tidy(r *event.Reply) {
	r.Detail = v.clean(r.Detail, detailBytesMax)
	for i := range r.Orders {
		r.Orders[i].Reason = v.clean(r.Orders[i].Reason, detailBytesMax)
	}
}

// clean is s as one line of at most limit bytes, without keys.
func (v *Venue) clean(s string, limit int) string {
	s = strings.ToValidUTF8(v.keys.redact(s), "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
}
