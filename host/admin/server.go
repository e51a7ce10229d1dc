package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
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
	uploadTimeout    = time.Minute
	streamsMax       = 16
	reasonBytesMax   = 1000
	identityBytesMax = 100
)

// Config sets up a server.
type Config struct {
	// Socket is the path to listen on. Its folder must be there, and belong to this user or to root, who
	// alone may write to it.
	Socket string
	Host   Host
	// Probes are answered beside the API by exact path, such as /metrics, for whoever may read.
	Probes map[string]http.Handler
	// Network is the way in over TCP; nil is none.
	Network *Network
	// Logs are the host's last lines; nil is none.
	Logs *LogRing
	// Heartbeat is how often a stream in which nothing happens shows that it is there. 0 means 15 seconds.
	Heartbeat time.Duration
	// RequestMax bounds one request. 0 means 30 seconds. A change that takes longer may still be made.
	RequestMax time.Duration
	// Log receives each change and each refusal to let someone in. Nil: nothing is logged.
	Log hclog.Logger
}

// Server listens on the socket, and on the network if it is told to, and serves a Host. Safe for
// concurrent use.
type Server struct {
	config Config
	socket *socket
	http   *http.Server
	// listener and tcp are the network's, nil for none.
	listener net.Listener
	tcp      *http.Server
	attempts attempts
	answers  answers
	// places bounds the requests at work, following the streams.
	places, following chan struct{}
	// closing ends the streams.
	closing   context.Context
	end       context.CancelFunc
	closeOnce sync.Once
	closed    error
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
	if c.Heartbeat <= 0 {
		c.Heartbeat = heartbeat
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	sock, err := listen(c.Socket)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	s := &Server{config: c, socket: sock, places: make(chan struct{}, requestsMax), following: make(chan struct{}, streamsMax)}
	s.closing, s.end = context.WithCancel(context.Background())
	s.answers.now = time.Now
	routes := s.handler()
	s.http = s.serverOf(s.enterSocket, routes)
	s.http.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return withPeer(ctx, peerOf(c)) }
	if c.Network != nil {
		if s.listener, err = c.Network.open(); err != nil {
			return nil, errors.Join(fmt.Errorf("control port %s: %w", c.Network.Listen, err), sock.close())
		}
		s.attempts = attempts{now: c.Network.Now, failed: map[netip.Prefix]allowance{}}
		s.answers.now = c.Network.Now
		s.tcp = s.serverOf(s.enter, routes)
	}
	return s, nil
}

// serverOf is a server with a door: who may come in.
func (s *Server) serverOf(door func(http.ResponseWriter, *http.Request) (*http.Request, bool), routes http.Handler) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r, ok := door(w, r); ok {
				routes.ServeHTTP(w, r)
			}
		}),
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      s.config.RequestMax + writeGrace,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          s.config.Log.StandardLogger(&hclog.StandardLoggerOptions{InferLevels: true}),
	}
}

// Address is where it listens on the network, empty if it does not.
func (s *Server) Address() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Serve answers until Close, and then returns nil. It starts a goroutine for each connection; Close ends
// them.
func (s *Server) Serve() error {
	ended := make(chan error, 2)
	serve := func(h *http.Server, l net.Listener, what string) {
		err := h.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		} else {
			err = fmt.Errorf("control %s: %w", what, err)
		}
		ended <- err
	}
	go serve(s.http, s.socket.listener, "socket "+s.config.Socket)
	if s.tcp == nil {
		return <-ended
	}
	go serve(s.tcp, s.listener, "port "+s.config.Network.Listen)
	return errors.Join(<-ended, <-ended)
}

// Close stops listening, ends the streams, waits for the requests at work until ctx ends, and removes the
// socket.
func (s *Server) Close(ctx context.Context) error {
	s.closeOnce.Do(func() { s.closed = s.shut(ctx) })
	return s.closed
}

func (s *Server) shut(ctx context.Context) error {
	s.end()
	err := shut(ctx, s.http)
	if s.tcp != nil {
		err = errors.Join(err, shut(ctx, s.tcp), ignoreClosed(s.listener.Close()))
	}
	return errors.Join(err, s.socket.close())
}

func shut(ctx context.Context, h *http.Server) error {
	err := h.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("close control socket: %w", err), h.Close())
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
