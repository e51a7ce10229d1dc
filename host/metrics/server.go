package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health is what the probes ask of a host. Both end with ctx. The reasons are for people; none means yes.
type Health interface {
	// Alive: each goroutine that must go on does.
	Alive(ctx context.Context) (reasons []string)
	// Ready: the host has recovered, the journal takes entries, and each account was compared with its venue.
	Ready(ctx context.Context) (reasons []string)
}

// Bounds of the server: whoever is stuck or hostile costs little.
const (
	scrapesMax   = 4
	aliveMax     = 2 * time.Second
	readTimeout  = 5 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = time.Minute
	headerMax    = 16 << 10
)

// Handlers are the paths that are served: /metrics, /healthz and /readyz.
func (s *Set) Handlers(h Health) map[string]http.Handler {
	return map[string]http.Handler{
		"/metrics": promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesMax, Timeout: writeTimeout / 2, EnableOpenMetrics: true}),
		"/healthz": probe(h.Alive),
		"/readyz":  probe(h.Ready),
	}
}

// probe answers 200, or 503 with the reasons.
func probe(ask func(context.Context) []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "GET or HEAD", http.StatusMethodNotAllowed)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), aliveMax)
		defer cancel()
		reasons := ask(ctx)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		answer := struct {
			OK      bool     `json:"ok"`
			Reasons []string `json:"reasons,omitempty"`
		}{len(reasons) == 0, reasons}
		if !answer.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer) // whoever asked has gone
	})
}

// Server serves the paths over TCP.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen takes the address; Serve answers.
func Listen(address string, paths map[string]http.Handler) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	mux := http.NewServeMux()
	for path, h := range paths {
		mux.Handle(path, h)
	}
	return &Server{listener: l, http: &http.Server{
		Handler: mux, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headerMax,
	}}, nil
}

// Address is where it listens, with the port that the system chose for port 0.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Serve answers until Close, and then returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// Close stops listening and waits for the requests at work until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	defer s.listener.Close() // of a server that never served; of another it is closed already
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("close metrics: %w", err), s.http.Close())
	}
	return nil
}
