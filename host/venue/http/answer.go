package http

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

var errBodyTooLarge = errors.New("the answer is longer than body_max")

// readBody reads at most limit bytes, unpacked: gzip is not asked for, but somebody on the way may use it.
func readBody(resp *nethttp.Response, limit int64) ([]byte, error) {
	var from io.Reader = io.LimitReader(resp.Body, limit+1)
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		from = io.LimitReader(unpacked, limit+1)
	default:
		return nil, unreadable("content encoding %.40q was not asked for", encoding)
	}
	body, err := io.ReadAll(from)
	if err == nil && int64(len(body)) > limit {
		err = errBodyTooLarge
	}
	return body, err
}

// bodyError is an answer that came and cannot be read.
type bodyError string

func (e bodyError) Error() string { return string(e) }

func unreadable(format string, args ...any) error { return bodyError(fmt.Sprintf(format, args...)) }

// errorBody is what an answer says of a failure.
type errorBody struct {
	code, message string
	present       bool // the body speaks of an error
	processed     bool // false: it declares that nothing was done
}

func (d *decoder) errorBody(doc any) errorBody {
	e := &d.config.Errors
	b := errorBody{code: text(doc, e.Code), message: text(doc, e.Message), processed: true}
	if slices.Contains(e.None, b.code) {
		b.code = ""
	}
	parent, _, nested := strings.Cut(e.Code, ".")
	if root, found := field(doc, parent); found && nested {
		b.present = root != false && root != ""
		if word, ok := root.(string); ok && b.code == "" && b.message == "" {
			b.message = word
		}
	}
	b.present = b.present || b.code != "" || text(doc, e.Message) != "" && nested
	if said, found := field(doc, e.Processed); found && said == false {
		b.processed = false
	}
	return b
}

// answer turns status and body into the reply. The phase is PhaseAnswered.
func (v *Venue) answer(r *event.Reply, c *event.Call, status int, body []byte) {
	d := v.decoder
	doc, notJSON := parse(body)
	said := d.errorBody(doc)
	h := &r.Happening
	if c.Kind == event.CallLookup {
		r.SearchedOpen, r.SearchedPast = true, v.config.LookupPast
	}
	success := status >= 200 && status <= 299 && !said.present
	switch {
	case c.Kind == event.CallLookup && v.config.NotFound.matches(status, said.code, body) && !v.contradicts(doc, c):
		h.Cause, r.NotFound = resilience.CauseNone, true
	case success && !adopts(c.Kind, status):
		h.Cause, h.Number = resilience.CauseStatus, status
		r.Detail = fmt.Sprintf("HTTP %d is no answer to a %s", status, c.Kind)
	case success && len(body) == 0 && c.Kind == event.CallCancel:
	case success:
		if err := v.taken(r, c, doc, notJSON); err != nil {
			h.Cause, r.Detail = resilience.CauseBody, fmt.Sprintf("HTTP %d: %s", status, err)
		}
	default:
		v.failed(r, c, status, said, doc, body)
	}
}

// adopts reports whether a success of this status is one for the call. A submit that was only taken in, a part
// of a list, or no content where a list should be, is none.
func adopts(k event.CallKind, status int) bool {
	switch k {
	case event.CallSubmit, event.CallReplace:
		return status == 200 || status == 201
	case event.CallCancel:
		return status != 206
	}
	return status == 200
}

// taken reads what a success tells.
func (v *Venue) taken(r *event.Reply, c *event.Call, doc any, notJSON error) error {
	if notJSON != nil {
		return notJSON
	}
	if c.Kind > event.CallLookup {
		err := v.decoder.list(doc, r)
		if err == nil && c.Kind == event.CallFills && r.Cursor == "" {
			r.Cursor = c.Cursor // an empty page without a cursor is no way back to the beginning
		}
		return err
	}
	order, found, err := v.decoder.find(doc, v.config.Answer.Order, c.Order.ID)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("no order at %q", v.config.Answer.Order)
	}
	return v.tell(r, c, order)
}

// tell adds an order and its fills.
func (v *Venue) tell(r *event.Reply, c *event.Call, doc any) error {
	if c.Kind == event.CallCancel && text(doc, v.config.Answer.Status) == "" {
		return v.bare(doc, c)
	}
	order, fills, err := v.decoder.order(doc, c)
	if err != nil {
		return err
	}
	r.Orders, r.Fills = append(r.Orders, order), append(r.Fills, fills...)
	if n := text(doc, v.config.Answer.Duplicates); n != "" && n != "0" {
		v.log.Error("the venue has several orders of one client order id", "venue", v.config.Name, "order", c.Order.ID.String(), "more", v.clean(n, 20))
		r.Detail = "the venue has " + n + " more orders of this id"
	}
	return nil
}

// bare takes the answer to a cancel that does not say where the order stands, as {"success":true} does: the
// cancel was taken, and no state is made up. It must not be about another order.
func (v *Venue) bare(doc any, c *event.Call) error {
	a := &v.config.Answer
	if text(doc, a.OrderID) == "" && text(doc, a.ClientOrderID) == "" {
		return nil
	}
	return v.decoder.identity(doc, c, &event.OrderReport{})
}

// contradicts reports whether an answer of "no such order" speaks of another order, or shows one all the same.
func (v *Venue) contradicts(doc any, c *event.Call) bool {
	a := &v.config.Answer
	client := text(doc, a.ClientOrderID)
	shown, _ := at(doc, a.Order)
	return client != "" && orderID(client) != c.Order.ID || text(shown, a.ClientOrderID) != "" && text(shown, a.Status) != ""
}

// failed says what went wrong, and tells the order where the error's body has it.
func (v *Venue) failed(r *event.Reply, c *event.Call, status int, said errorBody, doc any, body []byte) {
	e, h := &v.config.Errors, &r.Happening
	h.Cause, h.Number, h.Code = resilience.CauseStatus, status, v.clean(said.code, codeBytesMax)
	h.ErrorBody = said.present
	h.NotProcessed = !said.processed || e.declares(status, said.code)
	switch {
	case said.code != "" && slices.Contains(e.KeyReused, said.code):
		h.Cause, h.Number = resilience.CauseKeyReused, 0
	case said.code != "" && slices.Contains(e.KeyInProgress, said.code):
		h.Cause, h.Number = resilience.CauseKeyInProgress, 0
	}
	r.Detail = failure(status, said, body)
	if order, found := field(doc, e.Order); found && c.Kind.Changes() {
		if err := v.tell(r, c, order); err != nil {
			r.Detail += " (its order is not readable: " + err.Error() + ")"
		}
	}
}

func failure(status int, said errorBody, body []byte) string {
	s := fmt.Sprintf("HTTP %d", status)
	for _, part := range []string{said.code, said.message} {
		if part != "" {
			s += ": " + part
		}
	}
	if !said.present && len(body) > 0 {
		s += ": " + string(body[:min(len(body), 160)])
	}
	return s
}

// retryAfter reads how long the venue wants to be left alone: Retry-After in seconds or as a date, or
// Retry-After-Ms. What is nonsense is 0, what is above a week is a week.
func retryAfter(h nethttp.Header, now int64) int64 {
	const most = 7 * 24 * 3600 * int64(1e9)
	bound := func(ns int64) int64 { return max(0, min(ns, most)) }
	if ms, err := event.ParseDecimalRounded(strings.TrimSpace(h.Get("Retry-After-Ms")), 6); err == nil {
		return bound(ms)
	}
	s := strings.TrimSpace(h.Get("Retry-After"))
	if s == "" {
		return 0
	}
	if ns, err := event.ParseDecimalRounded(s, 9); err == nil {
		return bound(ns)
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && n > 0 {
		return most
	}
	if t, err := nethttp.ParseTime(s); err == nil {
		return bound(t.UnixNano() - now)
	}
	return 0
}

// venueTime reads the venue's clock. The Date header is cut to seconds, so its middle is the best guess.
func (v *Venue) venueTime(h nethttp.Header) int64 {
	if s := h.Get(v.config.TimeHeader); v.config.TimeHeader != "" && s != "" {
		if ns, err := parseTime(s, v.config.TimeUnit); err == nil {
			return ns
		}
	}
	if t, err := nethttp.ParseTime(h.Get("Date")); err == nil {
		return t.UnixNano() + 5e8
	}
	return 0
}
