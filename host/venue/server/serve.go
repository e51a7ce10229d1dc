package server

import (
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// bodyMax bounds a request's body.
const bodyMax = 64 << 10

// kind says which faults a route can have.
type kind uint8

const (
	free    kind = iota // no key, no faults
	admin               // a key, no faults
	reads               // a key; faults with FailReads
	changes             // a key; faults
)

// call is one request that is understood so far.
type call struct {
	account *account
	request *http.Request
	body    []byte
	now     int64
}

type route struct {
	method, path string
	kind         kind
	handle       func(*call) answer
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	all := []route{
		{"POST", "/api/trade", changes, s.trade},
		{"DELETE", "/api/orders/{id}", changes, s.cancel},
		{"PATCH", "/api/orders/{id}", changes, s.replace},
		{"GET", "/api/orders/{id}", reads, s.lookup},
		{"GET", "/api/orders", reads, s.list},
		{"GET", "/api/fills", reads, s.listFills},
		{"GET", "/api/positions", reads, s.listPositions},
		{"GET", "/api/balances", reads, s.listBalances},
		{"GET", "/api/instruments", reads, s.listInstruments},
		{"GET", "/api/bars", reads, s.listBars},
		{"GET", "/api/time", reads, s.time},
		{"GET", "/api/health", free, s.health},
	}
	if s.config.Admin {
		all = append(all, s.adminRoutes()...)
	}
	methods := map[string][]string{"/api/stream": {"GET"}}
	for _, r := range all {
		mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, q *http.Request) { s.serve(w, q, r) })
		methods[r.path] = append(methods[r.path], r.method)
	}
	mux.HandleFunc("GET /api/stream", s.stream)
	for path, allowed := range methods {
		mux.HandleFunc(path, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.write(w, failure(http.StatusMethodNotAllowed, "method_not_allowed", "%s takes %s", path, strings.Join(allowed, " and ")))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		s.write(w, failure(http.StatusNotFound, "not_found", "there is no %.100q", q.URL.Path))
	})
	return mux
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// serve reads, rolls the dice, waits, executes, waits, and answers; or does not, as the dice say. What has
// reached a venue is executed, whether its client still listens or not.
func (s *Server) serve(w http.ResponseWriter, q *http.Request, r route) {
	c, no := s.understand(w, q, r.kind)
	if c == nil {
		s.write(w, no)
		return
	}
	if r.kind == free || r.kind == admin {
		s.write(w, s.execute(c, r))
		return
	}
	v, f := s.decide(r.kind)
	s.wait(time.Duration(f.Latency) / 2)
	switch v.fate {
	case fateDropBefore:
		panic(http.ErrAbortHandler) // closes the connection
	case fateFailBefore:
		s.wait(time.Duration(f.Latency) / 2)
		s.write(w, injected(v, &f))
		return
	case fateDelay:
		s.executeLate(c, r, time.Duration(f.DelayBy))
		s.write(w, injected(verdict{fateDelay, http.StatusGatewayTimeout}, &f))
		return
	}
	out := s.execute(c, r)
	s.wait(time.Duration(f.Latency) / 2)
	switch v.fate {
	case fateDropAfter:
		panic(http.ErrAbortHandler)
	case fateFailAfter:
		out = injected(v, &f)
	}
	s.write(w, out)
}

// understand finds out whose request it is and reads it.
func (s *Server) understand(w http.ResponseWriter, q *http.Request, k kind) (*call, answer) {
	c := &call{request: q}
	if k != free {
		if c.account = s.authorize(q); c.account == nil {
			return nil, failure(http.StatusUnauthorized, "unauthorized", "send Authorization: Bearer KEY with the key of an account")
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, bodyMax))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, failure(http.StatusRequestEntityTooLarge, "too_large", "the body is above %d bytes", bodyMax)
	case err != nil:
		return nil, failure(http.StatusBadRequest, "malformed", "the body broke off: %v", err)
	}
	c.body = body
	return c, answer{}
}

// authorize finds the account of a request's key, nil if there is none.
func (s *Server) authorize(q *http.Request) *account {
	given, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	if !ok || given == "" {
		return nil
	}
	var found *account
	for i, a := range s.config.Accounts {
		key, err := a.Key()
		if err != nil {
			s.log.Error("key of an account cannot be read", "account", a.Name, "error", err)
			continue
		}
		if key != "" && subtle.ConstantTimeCompare([]byte(given), []byte(key)) == 1 {
			found = s.accounts[i]
		}
	}
	return found
}

// decide rolls a request's fate and counts it. The faults are those of its beginning.
func (s *Server) decide(k kind) (verdict, Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Requests++
	v := s.dice.roll(&s.faults, k == changes)
	switch v.fate {
	case fateFailBefore:
		s.counts.FailBefore++
	case fateFailAfter:
		s.counts.FailAfter++
	case fateDropBefore:
		s.counts.DropBefore++
	case fateDropAfter:
		s.counts.DropAfter++
	case fateDelay:
		s.counts.Delayed++
		s.pending++
	}
	if v.fate != fateWell {
		s.log.Debug("fault", "fate", v.fate, "status", v.status)
	}
	return v, s.faults
}

// wait returns after d, or when the server closes.
func (s *Server) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-s.config.After(d):
	case <-s.closing:
	}
}

// execute carries out a request alone.
func (s *Server) execute(c *call, r route) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return closingAnswer()
	}
	s.tick()
	c.now = s.now
	s.expire()
	out := r.handle(c)
	s.flush()
	return out
}

// expire ends orders whose time is over, also between two bars: the books meet a group without bars.
func (s *Server) expire() {
	for _, a := range s.accounts {
		a.fold(a.book.Market(&event.Market{Time: s.now}, nil))
	}
}

// executeLate carries a request out when nobody expects it any more.
func (s *Server) executeLate(c *call, r route, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		s.ranLate(false)
		return
	}
	due := s.config.After(by)
	s.running.Go(func() {
		executed := false
		select {
		case <-due:
			executed = s.execute(c, r).status != http.StatusServiceUnavailable // the venue closes
		case <-s.closing:
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ranLate(executed)
	})
}

func (s *Server) ranLate(executed bool) {
	s.pending--
	if executed {
		s.counts.DelayedExecuted++
	} else {
		s.counts.DelayedLost++
	}
}

// closingAnswer is what a request gets that comes while the server closes.
func closingAnswer() answer {
	return answer{status: http.StatusServiceUnavailable, body: encode(problemBody{Error: problem{
		Code: "unavailable", Message: "the venue closes", Processed: new(bool),
	}})}
}

func (s *Server) time(c *call) answer { return success(map[string]any{"time": c.now}) }

func (s *Server) health(c *call) answer {
	return success(map[string]any{"status": "ok", "time": c.now, "bars": s.published})
}
