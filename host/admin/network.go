package admin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// connectionsMax bounds the connections from the network: each takes a file from the host.
const connectionsMax = 128

// Network is the way in over TCP, beside the socket. Nobody comes in without a token or a client's
// certificate.
type Network struct {
	// Listen is an address such as "127.0.0.1:7777".
	Listen string
	// Tokens are those that are let in; without a path, none.
	Tokens TokenFile
	// TLS is nil for none, which is for loopback addresses only.
	TLS *TLSFiles
	// Clients are the scopes of clients' certificates, by common name.
	Clients map[string]Scope
	// Now is the time, for what expires; nil is time.Now.
	Now func() time.Time
}

// TLSFiles is where the keys are. Certificate and key are read at each handshake, so that they can be
// renewed while the host runs.
type TLSFiles struct {
	CertFile string
	// KeyFile holds the key; or Key gives it, in PEM.
	KeyFile string
	Key     func() ([]byte, error)
	// ClientCAFile holds the authorities of clients' certificates; empty asks for none.
	ClientCAFile string
}

// validate refuses a way in that is open to all.
func (n *Network) validate() error {
	clients := n.TLS != nil && n.TLS.ClientCAFile != "" && len(n.Clients) > 0
	if n.Tokens == (TokenFile{}) && !clients {
		return errors.New("listen needs tokens, or TLS with clients' certificates: without either anybody could come in")
	}
	if n.TLS == nil && !loopback(n.Listen) {
		return fmt.Errorf("%s can be reached from outside, and there is no TLS: whoever is on the way could read the tokens", n.Listen)
	}
	for name, scope := range n.Clients {
		if !scope.Allows(ScopeRead) {
			return fmt.Errorf("client %q has scope %q: write read, operate or admin", name, scope)
		}
	}
	return nil
}

// loopback reports whether only this machine can reach an address.
func loopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(name)
	return err == nil && (name == "localhost" || ip != nil && ip.IsLoopback())
}

// open listens.
func (n *Network) open() (net.Listener, error) {
	if n.Now == nil {
		n.Now = time.Now
	}
	if err := n.validate(); err != nil {
		return nil, err
	}
	var config *tls.Config
	if n.TLS != nil {
		var err error
		if config, err = n.TLS.config(n.Tokens == (TokenFile{})); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", n.Listen)
	if err != nil {
		return nil, err
	}
	l = &bounded{Listener: l, places: make(chan struct{}, connectionsMax), closed: make(chan struct{})}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	return l, nil
}

// config reads everything once, so that a mistake is found when the host starts.
func (f *TLSFiles) config(certificateOnly bool) (*tls.Config, error) {
	if _, err := f.certificate(); err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.certificate() },
	}
	if f.ClientCAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(f.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("clients' authorities: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("clients' authorities: %s holds no certificate in PEM", f.ClientCAFile)
	}
	c.ClientAuth = tls.VerifyClientCertIfGiven
	if certificateOnly {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

func (f *TLSFiles) certificate() (*tls.Certificate, error) {
	cert, err := os.ReadFile(f.CertFile)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	key, err := f.key()
	if err != nil {
		return nil, fmt.Errorf("certificate's key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", f.CertFile, err)
	}
	return &pair, nil
}

func (f *TLSFiles) key() ([]byte, error) {
	if f.Key != nil {
		return f.Key()
	}
	return os.ReadFile(f.KeyFile)
}

// enter lets in who proves who he is.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	if wait := s.attempts.wait(r.RemoteAddr); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.Header().Set("Connection", "close")
		writeError(w, &Error{http.StatusTooManyRequests, "too_many_attempts", fmt.Sprintf("too many failed attempts from this address; try again in %d s", seconds)})
		return nil, false
	}
	c, err := s.config.Network.authenticate(r)
	if err == nil {
		return r.WithContext(withCaller(r.Context(), c)), true
	}
	var refused *Error
	if errors.As(err, &refused) {
		s.attempts.fail(r.RemoteAddr)
		s.config.Log.Warn("somebody was kept off the control port", "from", r.RemoteAddr, "why", refused.Message)
		w.Header().Set("WWW-Authenticate", `Bearer realm="agenthost"`)
		writeError(w, refused)
		return nil, false
	}
	s.config.Log.Error("nobody can come in by a token", "error", err)
	writeError(w, &Error{http.StatusServiceUnavailable, "tokens", "the host cannot read its tokens; its log says why"})
	return nil, false
}

// bounded accepts so many connections at once.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &placed{Conn: c, leave: func() { <-b.places }}, nil
}

func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// placed gives its place back once.
type placed struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (p *placed) Close() error {
	p.once.Do(p.leave)
	return p.Conn.Close()
}
