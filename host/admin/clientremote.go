package admin

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Remote says how a host is reached over the network.
type Remote struct {
	// URL is the host's address, such as "https://host:7777".
	URL string
	// Token gives the token, read before each request; nil sends none.
	Token func() (string, error)
	// CAFile holds the authorities of the host's certificate; empty is the system's.
	CAFile string
	// CertFile and KeyFile are this client's certificate; empty is none.
	CertFile, KeyFile string
}

// NewRemote makes a client of a host over the network. Nothing is opened yet. A token is sent unencrypted
// to this machine only.
func NewRemote(r Remote) (*Client, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%q is no host's address: write https://HOST:PORT", r.URL)
	}
	if u.Scheme == "http" && !loopback(net.JoinHostPort(u.Hostname(), "1")) {
		return nil, fmt.Errorf("%s is not encrypted, and whoever is on the way could read the token: write https://…", r.URL)
	}
	config, err := r.tls()
	if err != nil {
		return nil, err
	}
	place := u.Scheme + "://" + u.Host
	return &Client{
		Start: "`agenthost run CONFIG` on that machine", place: place, base: place, token: r.Token,
		http: http.Client{
			Transport:     &http.Transport{TLSClientConfig: config, DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, TLSHandshakeTimeout: dialTimeout, MaxIdleConns: 2, IdleConnTimeout: idleTimeout},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a token goes nowhere else
		},
	}, nil
}

func (r *Remote) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	if r.CAFile != "" {
		pem, err := os.ReadFile(r.CAFile)
		if err != nil {
			return nil, err
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", r.CAFile)
		}
	}
	if r.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(r.CertFile, r.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("this client's certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
