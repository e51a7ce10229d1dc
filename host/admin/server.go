package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Bounds of the server: a stuck or hostile client costs little.
const (
	bodyBytesMax     = 64 << 10
	headerBytesMax   = 16 << 10
	readTimeout      = 5 * time.Second
	idleTimeout      = time.Minute
	requestsMax      = 32
	requestTimeout   = 30 * time.Second
	writeGrace       = 5 * time.Second
	reasonBytesMax   = 1000
	identityBytesMax = 100
)

// Config sets up a server.
type Config struct {
	// Socket is the path to listen on. Its folder must be there, and belong to this user or to root, who
	// alone may write to it.
	Socket string
	Host   Host
	// Probes are answered beside the API by exact path, such as /metrics, for whoever may use it.
	Probes map[string]http.Handler
	// RequestMax bounds one request. 0 means 30 seconds. A change that takes longer may still be made.
	RequestMax time.Duration
	// Log receives each change and each refusal to let someone in. Nil: nothing is logged.
	Log hclog.Logger
}

// Server listens on the socket and serves a Host. Safe for concurrent use.
type Server struct {
	config Config
	socket *socket
	http   *http.Server
	// places bounds the requests at work.
	places chan struct{}
}

// Listen takes the socket, so that no second host can be on it; Serve answers. Errors: *Running if
// another host answers there.
func Listen(c Config) (*Server, error) {
	if c.Host == nil {
		return nil, errors.New("admin: Config.Host is nil")
	}
	if c.RequestMax <= 0 {
		c.RequestMax = requestTimeout
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	sock, err := listen(c.Socket)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	s := &Server{config: c, socket: sock, places: make(chan struct{}, requestsMax)}
	s.http = &http.Server{
		Handler:           s.handler(),
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return withPeer(ctx, peerOf(c)) },
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      c.RequestMax + writeGrace,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          c.Log.StandardLogger(&hclog.StandardLoggerOptions{InferLevels: true}),
	}
	return s, nil
}

// Serve answers until Close, and then returns nil. It starts a goroutine for each connection; Close ends
// them.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.socket.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket %s: %w", s.config.Socket, err)
	}
	return nil
}

// Close stops listening, waits for the requests at work until ctx ends, and removes the socket.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("close control socket: %w", err), s.http.Close())
	}
	return errors.Join(err, s.socket.close())
}

// handler is everything before a route: who may come in, how many, for how long.
func (s *Server) handler() http.Handler {
	mux := s.mux()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := peerFrom(r.Context()); p.known && p.uid != os.Geteuid() && p.uid != 0 {
			s.config.Log.Warn("another user of the system was kept off the control socket", "user", p.name())
			writeError(w, &Error{http.StatusForbidden, "forbidden", "only the host's own user and root may control it"})
			return
		}
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			writeError(w, &Error{http.StatusServiceUnavailable, "busy", fmt.Sprintf("%d requests are at work; try again", requestsMax)})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), s.config.RequestMax)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
		r = r.WithContext(ctx)
		if probe := s.config.Probes[r.URL.Path]; probe != nil {
			probe.ServeHTTP(w, r)
			return
		}
		if _, pattern := mux.Handler(r); pattern == "" {
			s.noRoute(w, r, mux)
			return
		}
		mux.ServeHTTP(w, r)
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
