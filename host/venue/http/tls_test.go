package http

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/resilience"
)

// certificate signs itself for 127.0.0.1.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, plain, plain, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secured is a server behind a handshake.
func secured(own tls.Certificate, handle func(*wire, int, net.Conn)) func(*wire, int, net.Conn) {
	return func(w *wire, n int, c net.Conn) {
		over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{own}})
		if over.Handshake() == nil {
			handle(w, n, over)
			_ = over.Close()
		}
	}
}

// TestTLS: phases and the guard are below TLS, where bytes are counted after the handshake only.
func TestTLS(t *testing.T) {
	own := certificate(t)
	trusted := func(t *testing.T, handle func(*wire, int, net.Conn)) (*wire, *Venue) {
		w := newWire(t, secured(own, handle))
		c := testConfig(t, strings.Replace(w.url(), "http://", "https://", 1))
		c.CAFile = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(c.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), 0o600); err != nil {
			t.Fatal(err)
		}
		return w, newTest(t, c)
	}
	t.Run("a reused connection that breaks leaves one copy", func(t *testing.T) {
		w, v := trusted(t, stale)
		if r := v.Do(background(), submit(1)); r.Happening.Cause != resilience.CauseNone || r.Written == 0 {
			t.Fatalf("%+v %s", r, r.Detail)
		}
		if r := v.Do(background(), submit(2)); r.Happening.Cause != resilience.CauseReset || r.Happening.Phase != resilience.PhaseWritten {
			t.Errorf("%+v %s", r.Happening, r.Detail)
		}
		if got := w.arrived(); len(got) != 2 {
			t.Errorf("%d requests arrived, want 2: %q", len(got), got)
		}
	})
	t.Run("closed after the first byte", func(t *testing.T) {
		_, v := trusted(t, func(_ *wire, _ int, c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 1)) })
		if r := v.Do(background(), submit(1)); r.Happening.Cause != resilience.CauseReset || r.Happening.Phase != resilience.PhaseWritten {
			t.Errorf("%+v %s", r.Happening, r.Detail)
		}
	})
	t.Run("a certificate for another name", func(t *testing.T) {
		_, v := trusted(t, func(w *wire, _ int, c net.Conn) { w.take(bufio.NewReader(c)) })
		v.config.BaseURL = strings.Replace(v.config.BaseURL, "127.0.0.1", "localhost", 1)
		if r := v.Do(background(), submit(1)); r.Happening.Cause != resilience.CauseCertificate || r.Happening.Phase != resilience.PhaseBefore || !proof(t, v, r).Hold {
			t.Errorf("%+v %s", r.Happening, r.Detail)
		}
	})
	t.Run("a file without certificates", func(t *testing.T) {
		c := testConfig(t, "https://127.0.0.1:1")
		c.CAFile = c.KeyFile
		if _, err := New(c, nil, nil); err == nil || strings.Contains(err.Error(), testKey) {
			t.Error(err)
		}
	})
}
