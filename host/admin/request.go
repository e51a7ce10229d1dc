package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is one request, with what its route needs to read from it.
type request struct {
	*http.Request
	route *Route
	// key is its Idempotency-Key, empty for none; sum is the hash of what is asked for.
	key, sum string
}

func (r *request) Context() context.Context { return r.Request.Context() }

// answer serves a route: its value as JSON, or its error.
func (s *Server) answer(route *Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req := &request{Request: r, route: route}
		if !route.Changes {
			s.write(w, r, s.reply(req))
			return
		}
		if err := s.readBody(w, req); err != nil {
			s.write(w, r, s.failed(req, err))
			return
		}
		answer, again := s.once(req)
		if again {
			w.Header().Set("Idempotency-Replayed", "true")
		}
		s.write(w, r, answer)
	}
}

// reply is an answer before it is sent.
type reply struct {
	status int
	body   []byte
}

// reply carries a request out.
func (s *Server) reply(r *request) reply {
	v, err := r.route.serve(s, r)
	if r.route.Changes {
		s.logChange(r, err)
	}
	if err != nil {
		return s.failed(r, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return s.failed(r, fmt.Errorf("encode answer: %w", err))
	}
	return reply{http.StatusOK, append(b, '\n')}
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, a reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil {
		s.config.Log.Debug("an answer did not reach its reader", "path", r.URL.Path, "error", err)
	}
}

// readBody takes the whole body in, before its route does anything: what is asked for must be whole. From
// then on the connection is read without a deadline, or a change that takes long would seem given up.
func (s *Server) readBody(w http.ResponseWriter, r *request) error {
	c := http.NewResponseController(w)
	if r.route.bodyMax > 0 {
		if err := c.SetReadDeadline(time.Now().Add(uploadTimeout)); err != nil {
			return err
		}
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return badBody(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return errors.Join(r.identify(b), c.SetReadDeadline(time.Time{}))
}

func (s *Server) logChange(r *request, err error) {
	c := callerFrom(r.Context())
	if err == nil {
		s.config.Log.Info("a person changed something", "path", r.URL.Path, "user", c.who, "from", c.from)
		return
	}
	s.config.Log.Info("a person's wish was not carried out", "path", r.URL.Path, "user", c.who, "from", c.from, "error", err)
}

// failed is an error's answer. It logs one that is the host's own.
func (s *Server) failed(r *request, err error) reply {
	e := errorAnswer(err)
	if errors.Is(err, context.DeadlineExceeded) && e.Status == http.StatusInternalServerError {
		e = &Error{http.StatusGatewayTimeout, "timeout", fmt.Sprintf("the host took longer than %v; a change may still be made: look before asking again", s.most(r.route))}
	}
	if e.Status >= http.StatusInternalServerError {
		s.config.Log.Error("a request to the control socket failed", "path", r.URL.Path, "error", err)
	}
	return reply{e.Status, errorBytes(e)}
}

// errorAnswer gives an error its status and code.
func errorAnswer(err error) *Error {
	var refusal *Refusal
	var missing *NotFound
	var wrong *Invalid
	var other *Error
	switch {
	case errors.As(err, &refusal):
		return &Error{http.StatusConflict, refusal.Code, refusal.Message}
	case errors.As(err, &missing):
		return &Error{http.StatusNotFound, "not_found", missing.Message}
	case errors.As(err, &wrong):
		return &Error{http.StatusBadRequest, "invalid", wrong.Message}
	case errors.As(err, &other):
		return other
	}
	return &Error{http.StatusInternalServerError, "internal", err.Error()}
}

// errorBody is an error's form in JSON.
type errorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func errorBytes(e *Error) []byte {
	var body errorBody
	body.Error.Code, body.Error.Message = e.Code, e.Message
	b, _ := json.Marshal(body) // two strings: it cannot fail
	return append(b, '\n')
}

func writeError(w http.ResponseWriter, err error) {
	e := errorAnswer(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_, _ = w.Write(errorBytes(e)) // the reader is gone; there is nobody to tell
}

// decode reads the body into v, one JSON object with known fields only, and completes its act, which is
// within v.
func (r *request) decode(v any, a *Act) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Error{http.StatusUnsupportedMediaType, "media_type", fmt.Sprintf("send the body as application/json; found %q", r.Header.Get("Content-Type"))}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badBody(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("the body is one JSON object; there is more behind it")
	}
	return r.complete(a)
}

func badBody(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &Error{http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body is larger than %d bytes", large.Limit)}
	}
	if errors.Is(err, io.EOF) {
		return invalid("the body is empty; send a JSON object such as {\"reason\":\"…\"}")
	}
	return invalid("the body cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// complete fills in who asks, and refuses an act without a reason.
func (r *request) complete(a *Act) error {
	c := callerFrom(r.Context())
	a.Peer, a.From, a.Key, a.Request = c.who, c.from, r.key, r.sum
	a.By, a.Reason = strings.TrimSpace(a.By), strings.TrimSpace(a.Reason)
	if a.By == "" {
		a.By = c.name
	}
	switch {
	case a.By == "":
		return invalid("by is missing: say who asks; this system does not tell")
	case a.Reason == "":
		return invalid("reason is missing: say why; it is kept in the journal")
	case len(a.By) > identityBytesMax || len(a.Reason) > reasonBytesMax:
		return invalid("by has at most %d bytes and reason %d; found %d and %d", identityBytesMax, reasonBytesMax, len(a.By), len(a.Reason))
	}
	return nil
}

// values are a query's, read with the first mistake kept.
type values struct {
	url.Values
	err error
}

// values refuses a name that the route does not know: a mistyped filter would match everything.
func (r *request) values() *values {
	v, known := &values{}, r.route.names()
	v.Values, v.err = url.ParseQuery(r.URL.RawQuery)
	if v.err != nil {
		v.err = invalid("the query cannot be read: %v", v.err)
		return v
	}
	for name, all := range v.Values {
		if len(known) == 0 {
			v.err = invalid("there is no parameter %q; %s has none", name, r.URL.Path)
		} else if !slices.Contains(known, name) {
			v.err = invalid("there is no filter %q; there is %s", name, strings.Join(known, ", "))
		} else if len(all) > 1 {
			v.err = invalid("filter %s is given %d times", name, len(all))
		}
	}
	return v
}

func (v *values) text(name string) string { return v.Get(name) }

func (v *values) whole(name string) int64 {
	if !v.Has(name) {
		return 0
	}
	n, err := strconv.ParseInt(v.Get(name), 10, 64)
	if err != nil {
		v.err = invalid("%s %q is no whole number", name, v.Get(name))
	}
	return n
}

func (v *values) boolean(name string) bool {
	switch v.Get(name) {
	case "true":
		return true
	case "", "false":
	default:
		v.err = invalid("%s %q: write true or false", name, v.Get(name))
	}
	return false
}

// count is a whole number that is not below 0.
func (v *values) count(name string) uint64 {
	n := v.whole(name)
	if v.err == nil && n < 0 {
		v.err = invalid("%s %d: write 0 or above", name, n)
	}
	return uint64(max(n, 0))
}

func (v *values) limit() int {
	n := v.whole("limit")
	if v.err == nil && v.Has("limit") && (n < 1 || n > OrdersMax) {
		v.err = invalid("limit %d: write 1 to %d", n, OrdersMax)
	}
	return int(n)
}
