package http

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
	"github.com/coder/websocket"
)

const pingInterval = 15 * time.Second

// StreamError is why a stream ended.
type StreamError struct {
	Happening resilience.Happening
	// RetryAfter is how long the venue asks to be left alone, in nanoseconds, 0 if it does not.
	RetryAfter int64
	// Detail is for people, at most 256 bytes, without keys.
	Detail string
}

func (e *StreamError) Error() string { return "stream: " + e.Detail }

// StreamIgnored counts the messages of streams that were of no known type.
func (v *Venue) StreamIgnored() uint64 { return v.ignored.Load() }

// Stream hands what the venue tells unasked to deliver, one reply at a time, until ctx ends (its error) or the
// stream breaks (a *StreamError). Connecting again is the caller's, and after that polling: what happened in
// between is not told. A message of an order or fill that cannot be read is delivered as CauseBody, so that the
// loss is seen. A venue without a stream gives errors.ErrUnsupported at once.
func (v *Venue) Stream(ctx context.Context, deliver func(event.Reply)) error {
	if v.config.Endpoints.Stream.Path == "" {
		return errors.ErrUnsupported
	}
	ws, err := v.dialStream(ctx)
	if err != nil {
		return err
	}
	defer ws.CloseNow()
	ws.SetReadLimit(v.config.BodyMax)
	live, stop := context.WithCancelCause(ctx)
	pings := make(chan struct{})
	go func() {
		defer close(pings)
		ping(live, ws, v.pingEvery, stop)
	}()
	err = v.readStream(live, ws, deliver)
	stop(err)
	ws.CloseNow()
	<-pings
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cause := context.Cause(live); cause != nil {
		err = cause
	}
	return v.streamError(err, nil)
}

func (v *Venue) dialStream(ctx context.Context) (*websocket.Conn, error) {
	dialing, cancel := context.WithTimeout(ctx, v.config.Timeout)
	defer cancel()
	r, err := v.build(dialing, &v.config.Endpoints.Stream, nil, nil)
	if err != nil {
		return nil, v.streamError(err, nil)
	}
	ws, resp, err := websocket.Dial(dialing, r.URL.String(), &websocket.DialOptions{
		HTTPHeader: r.Header, CompressionMode: websocket.CompressionDisabled,
		HTTPClient: &nethttp.Client{
			Transport:     v.transport,
			CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse },
		},
	})
	if err == nil {
		return ws, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if resp != nil && resp.StatusCode == nethttp.StatusUnauthorized {
		v.rereadKey()
	}
	return nil, v.streamError(err, resp)
}

// ping ends the stream when the other side does not answer until the next is due.
func ping(ctx context.Context, ws *websocket.Conn, every time.Duration, stop context.CancelCauseFunc) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, every)
		err := ws.Ping(wait)
		cancel()
		if err != nil {
			stop(fmt.Errorf("no answer to a ping in %s: %w", every, err))
			return
		}
	}
}

func (v *Venue) readStream(ctx context.Context, ws *websocket.Conn, deliver func(event.Reply)) error {
	var order sequence
	for {
		body, err := v.readMessage(ctx, ws)
		if err != nil {
			return err
		}
		r, kind := v.message(body)
		switch kind {
		case messageIgnored:
			v.ignored.Add(1)
		case messageReport:
			deliver(r)
		}
		if err := v.inSequence(&order, body, kind); err != nil {
			return err
		}
	}
}

func (v *Venue) readMessage(ctx context.Context, ws *websocket.Conn) ([]byte, error) {
	if s := v.config.Stream.Silence; s > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s, fmt.Errorf("no message for %s", s))
		defer cancel()
	}
	_, body, err := ws.Read(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(context.Cause(ctx), context.DeadlineExceeded)
	}
	return body, err
}

type messageKind uint8

const (
	messageIgnored messageKind = iota
	messageReport
	messageHeartbeat
)

// message reads one message of the stream.
func (v *Venue) message(body []byte) (r event.Reply, kind messageKind) {
	s := &v.config.Stream
	now := v.now()
	r = event.Reply{Started: now, Received: now}
	r.Happening = resilience.Happening{Request: resilience.RequestRead, Phase: resilience.PhaseAnswered}
	doc, err := parse(body)
	if err != nil {
		return v.lost(r, event.CallFills, err), messageReport
	}
	is := func(word string) bool { return word != "" && strings.EqualFold(text(doc, s.Type), word) }
	if ns, err := v.decoder.at(doc, s.Time); err == nil {
		r.VenueTime = ns
	}
	switch {
	case is(s.HeartbeatWord):
		return r, messageHeartbeat
	case is(s.FillWord):
		r.Kind = event.CallFills
		one, _ := at(doc, s.Fill)
		fill, err := v.decoder.fill(one, nil)
		if err != nil {
			return v.lost(r, r.Kind, err), messageReport
		}
		r.Fills = []event.FillReport{fill}
	case is(s.OrderWord):
		r.Kind = event.CallOpenOrders
		one, _ := at(doc, s.Order)
		order, fills, err := v.decoder.order(one, nil)
		if err != nil {
			return v.lost(r, r.Kind, err), messageReport
		}
		r.Orders, r.Fills = []event.OrderReport{order}, fills
	default:
		return r, messageIgnored
	}
	v.tidy(&r)
	return r, messageReport
}

// lost makes a message that cannot be read visible.
func (v *Venue) lost(r event.Reply, k event.CallKind, err error) event.Reply {
	r.Kind, r.Happening.Cause = k, resilience.CauseBody
	r.Detail = "stream: " + err.Error()
	v.tidy(&r)
	return r
}

func (v *Venue) inSequence(order *sequence, body []byte, kind messageKind) error {
	if v.config.Stream.Sequence == "" {
		return nil
	}
	doc, err := parse(body)
	if err != nil {
		return nil // told as lost already; its number will be missing
	}
	n, found, err := decimal(doc, v.config.Stream.Sequence, 0)
	if err != nil || !found {
		return fmt.Errorf("a message without %s", v.config.Stream.Sequence)
	}
	if kind == messageHeartbeat {
		return order.heartbeat(n)
	}
	return order.take(n)
}

// streamError says in the words of the taxonomy why a stream ended. resp is the answer to the handshake.
func (v *Venue) streamError(err error, resp *nethttp.Response) error {
	e := &StreamError{Happening: resilience.Happening{Request: resilience.RequestRead, Phase: resilience.PhaseAnswered}}
	var closed websocket.CloseError
	switch {
	case resp != nil && resp.StatusCode != nethttp.StatusSwitchingProtocols:
		e.Happening.Cause, e.Happening.Number = resilience.CauseStatus, resp.StatusCode
		e.RetryAfter = retryAfter(resp.Header, v.now())
	case errors.Is(err, errGap), errors.Is(err, websocket.ErrMessageTooBig):
		e.Happening.Cause = resilience.CauseBody
	case errors.As(err, &closed):
		e.Happening.Cause = resilience.CauseReset
	default:
		e.Happening.Cause = causeOf(err, nil, nil, false)
	}
	e.Detail = v.clean(err.Error(), detailBytesMax)
	return e
}
