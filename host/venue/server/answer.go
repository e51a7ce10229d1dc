package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// answer is what goes out for a request.
type answer struct {
	status   int
	body     []byte
	replayed bool
	retry    time.Duration
}

// problem is the body of an error.
type problem struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Processed *bool  `json:"processed,omitempty"`
}

type problemBody struct {
	Error problem    `json:"error"`
	Order *orderView `json:"order,omitempty"`
}

func success(v any) answer { return answer{status: http.StatusOK, body: encode(v)} }

func failure(status int, code, format string, args ...any) answer {
	return answer{status: status, body: encode(problemBody{Error: problem{Code: code, Message: fmt.Sprintf(format, args...)}})}
}

func failureOf(status int, code, message string, o *orderView) answer {
	return answer{status: status, body: encode(problemBody{Error: problem{Code: code, Message: message}, Order: o})}
}

// encode cannot fail: everything here is text, numbers and lists of them.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return append(b, '\n')
}

// injected is the answer of a request that fails on purpose.
func injected(v verdict, f *Faults) answer {
	code := map[int]string{
		429: "rate_limited", 500: "internal", 502: "bad_gateway", 503: "unavailable", 504: "gateway_timeout",
	}[v.status]
	if code == "" {
		code = "injected"
	}
	p := problem{Code: code, Message: "a fault on purpose"}
	out := answer{status: v.status}
	if v.fate == fateFailBefore && (v.status == http.StatusTooManyRequests || v.status == http.StatusServiceUnavailable) {
		p.Processed = new(bool) // only what is sure is said
	}
	if v.status == http.StatusTooManyRequests {
		out.retry = time.Duration(f.RetryAfter)
	}
	out.body = encode(problemBody{Error: p})
	return out
}

// stamp tells time and epoch, as every answer does.
func (s *Server) stamp(h http.Header) {
	h.Set("X-Server-Time", strconv.FormatInt(s.config.Clock(), 10))
	h.Set("X-Venue-Epoch", s.epoch)
}

func (s *Server) write(w http.ResponseWriter, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	s.stamp(h)
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((a.retry+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil {
		s.log.Debug("client went away before its answer", "error", err)
	}
}
