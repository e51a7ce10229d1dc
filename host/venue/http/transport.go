package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	nethttp "net/http"
	"net/url"
	"os"
	"time"
)

const (
	headerBytesMax = 64 << 10
	idlePerHostMax = 16
)

// newTransport is net/http's with everything off that might do more than one request for one call.
func newTransport(c *Config) (*nethttp.Transport, error) {
	roots, err := authorities(c.CAFile)
	if err != nil {
		return nil, err
	}
	only1 := new(nethttp.Protocols)
	only1.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: c.ConnectTimeout, KeepAlive: 15 * time.Second}
	t := &nethttp.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			under, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &conn{Conn: under}, nil
		},
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout: c.ConnectTimeout,
		// HTTP/2 shares a connection between calls, and sends refused streams again by itself.
		Protocols:              only1,
		DisableCompression:     true,
		MaxIdleConns:           idlePerHostMax,
		MaxIdleConnsPerHost:    idlePerHostMax,
		IdleConnTimeout:        c.IdleTimeout,
		MaxResponseHeaderBytes: headerBytesMax,
	}
	if c.Proxy != "" {
		through, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, fmt.Errorf("proxy: it is not a URL")
		}
		t.Proxy = nethttp.ProxyURL(through)
	}
	return t, nil
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s: no certificate in it; it should be PEM", file)
	}
	return pool, nil
}
