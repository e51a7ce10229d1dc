package admin

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// enterSocket lets in the host's own user, and root.
func (s *Server) enterSocket(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	p := peerFrom(r.Context())
	if p.known && p.uid != os.Geteuid() && p.uid != 0 {
		s.config.Log.Warn("another user of the system was kept off the control socket", "user", p.name())
		writeError(w, &Error{http.StatusForbidden, "forbidden", "only the host's own user and root may control it"})
		return nil, false
	}
	return r.WithContext(withCaller(r.Context(), p.local())), true
}

// most is how long a route may take.
func (s *Server) most(route *Route) time.Duration { return max(route.most, s.config.RequestMax) }

// handler is everything between the door and a route: whether the caller may, how many, for how long.
func (s *Server) handler() http.Handler {
	mux, byPattern := s.mux()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		route, serve := byPattern[pattern], http.Handler(mux)
		if probe := s.config.Probes[r.URL.Path]; probe != nil {
			route, serve = &Route{Scope: ScopeRead}, probe
		}
		if route == nil {
			s.noRoute(w, r, mux)
			return
		}
		if c := callerFrom(r.Context()); !c.scope.Allows(route.Scope) {
			writeError(w, &Error{http.StatusForbidden, "scope", fmt.Sprintf("%s has scope %s; this needs %s", c.who, c.scope, route.Scope)})
			return
		}
		places := s.places
		if route.Stream {
			places = s.following
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			writeError(w, &Error{http.StatusServiceUnavailable, "busy", fmt.Sprintf("%d requests are at work; try again", cap(places))})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, max(route.bodyMax, bodyBytesMax))
		if route.Stream {
			mux.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.most(route))
		defer cancel()
		if route.most > 0 {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.most(route) + writeGrace)); err != nil {
				s.config.Log.Debug("a long request has the time of a short one", "error", err)
			}
		}
		serve.ServeHTTP(w, r.WithContext(ctx))
	})
}

// noRoute says in JSON what the mux says in text: 404, or 405 with what is allowed.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	silent := &headerOnly{header: http.Header{}}
	mux.ServeHTTP(silent, r)
	if silent.status == http.StatusMethodNotAllowed {
		allow := silent.header.Get("Allow")
		w.Header().Set("Allow", allow)
		writeError(w, &Error{silent.status, "method_not_allowed", fmt.Sprintf("%s takes %s, not %s", r.URL.Path, allow, r.Method)})
		return
	}
	writeError(w, &NotFound{fmt.Sprintf("there is no path %s; GET /v1 lists them", r.URL.Path)})
}

// headerOnly is a response of which nobody sees the body.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
