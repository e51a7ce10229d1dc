package admin

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// clock is a time that a test moves.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ns.Store(time.Now().UnixNano())
	return c
}

func (c *clock) now() time.Time              { return time.Unix(0, c.ns.Load()) }
func (c *clock) pass(d time.Duration)        { c.ns.Add(int64(d)) }
func tokenFile(t *testing.T) TokenFile       { return TokenFile{filepath.Join(t.TempDir(), "tokens.json")} }
func secret(s string) func() (string, error) { return func() (string, error) { return s, nil } }

func token(t *testing.T, f TokenFile, name string, scope Scope) string {
	t.Helper()
	text, _, err := f.Create(name, scope, time.Now(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// port serves a host over plain TCP with tokens.
func port(t *testing.T, h Host, n *Network, change func(*Config)) *Server {
	t.Helper()
	n.Listen = "127.0.0.1:0"
	_, s := serve(t, h, func(c *Config) {
		c.Network = n
		if change != nil {
			change(c)
		}
	})
	return s
}

func remote(t *testing.T, r Remote) *Client {
	t.Helper()
	c, err := NewRemote(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ask sends a request over TCP and gives the status and the body.
func ask(t *testing.T, s *Server, method, path, authorization, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+s.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// bodies are a fit body for each route that changes something.
func bodyOf(r *Route) string {
	switch {
	case strings.HasSuffix(r.Path, "/mode"):
		return `{"reason":"r","mode":"full"}`
	case strings.HasSuffix(r.Path, "/swap"):
		return `{"reason":"r","file":"x.wasm"}`
	case strings.HasSuffix(r.Path, "/resolve"):
		return `{"reason":"r","as":"noted"}`
	}
	return `{"reason":"r"}`
}

func fill(path string) string {
	return strings.NewReplacer("{name}", "sma", "{venue}", "x", "{account}", "main", "{id}", "2", "{stream}", "agent%2Fsma").Replace(path)
}

func TestWithoutAValidTokenEveryRouteAnswers401AndChangesNothing(t *testing.T) {
	f, c := &fake{}, newClock()
	tokens := tokenFile(t)
	expired, _, err := tokens.Create("old", ScopeAdmin, c.now(), c.now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	revoked := token(t, tokens, "gone", ScopeAdmin)
	if _, err := tokens.Revoke("gone", c.now()); err != nil {
		t.Fatal(err)
	}
	token(t, tokens, "valid", ScopeAdmin)
	s := port(t, f, &Network{Tokens: tokens, Now: c.now}, nil)
	c.pass(time.Hour)
	for name, header := range map[string]string{
		"no token": "", "a token of nobody": "Bearer " + tokenPrefix + strings.Repeat("A", 43), "no token's form": "Bearer x", "an empty one": "Bearer ",
		"another kind": "Basic YW5uOng=", "an expired one": "Bearer " + expired, "a revoked one": "Bearer " + revoked,
	} {
		for i := range routes {
			r := &routes[i]
			res, body := ask(t, s, r.Method, fill(r.Path), header, bodyOf(r))
			if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" || !strings.Contains(body, `"unauthorized"`) {
				t.Errorf("%s: %s %s: %d %s", name, r.Method, r.Path, res.StatusCode, body)
			}
			c.pass(attemptsPeriod) // so that it is not the bound that answers
		}
	}
	if told, _ := f.last(); told != "nothing" {
		t.Errorf("the host was told %q", told)
	}
}

func TestAScopeOpensItsRoutesAndNoOthers(t *testing.T) {
	tokens := tokenFile(t)
	texts := map[Scope]string{}
	for _, scope := range Scopes {
		texts[scope] = token(t, tokens, string(scope), scope)
	}
	f := &fake{}
	s := port(t, f, &Network{Tokens: tokens}, nil)
	for i := range routes {
		r := &routes[i]
		for _, scope := range Scopes {
			f.forget()
			res, body := ask(t, s, r.Method, fill(r.Path), "Bearer "+texts[scope], bodyOf(r))
			if allowed := scope.Allows(r.Scope); (res.StatusCode == http.StatusForbidden) == allowed {
				t.Errorf("%s with scope %s: %s %s: %d %s", r.Scope, scope, r.Method, r.Path, res.StatusCode, body)
			}
			told, a := f.last()
			switch {
			case res.StatusCode == http.StatusForbidden && told != "nothing":
				t.Errorf("%s %s with scope %s: the host was told %q", r.Method, r.Path, scope, told)
			case told != "nothing" && (a.Peer != "token "+string(scope) || a.By != string(scope) || !strings.HasPrefix(a.From, "127.0.0.1:")):
				t.Errorf("%s %s is by %+v", r.Method, r.Path, a)
			}
		}
	}
}

func TestWhatEachScopeMayDo(t *testing.T) {
	for i := range routes {
		r := &routes[i]
		want := ScopeRead
		switch {
		case strings.HasSuffix(r.Path, "/swap"), strings.HasSuffix(r.Path, "/reload"):
			want = ScopeAdmin
		case r.Changes:
			want = ScopeOperate
		}
		if r.Scope != want {
			t.Errorf("%s %s needs %s, want %s", r.Method, r.Path, r.Scope, want)
		}
	}
	if Scope("").Allows(ScopeRead) || ScopeRead.Allows("") || Scope("root").Allows(ScopeRead) {
		t.Error("what is no scope allows something")
	}
}

func TestATokenIsOfNoUseFromTheMomentItIsRevoked(t *testing.T) {
	tokens := tokenFile(t)
	text := token(t, tokens, "ops", ScopeRead)
	s := port(t, &fake{}, &Network{Tokens: tokens}, nil)
	c := remote(t, Remote{URL: "http://" + s.Address(), Token: secret(text)})
	if _, err := c.Status(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Revoke("ops", time.Now()); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := c.Status(context.Background()); !errors.As(err, &e) || e.Status != http.StatusUnauthorized {
		t.Errorf("%v, want 401", err)
	}
}

func TestATokenIsNeverLoggedNorKept(t *testing.T) {
	tokens := tokenFile(t)
	text, wrong := token(t, tokens, "ops", ScopeOperate), tokenPrefix+strings.Repeat("B", 43)
	var log bytes.Buffer
	s := port(t, &fake{}, &Network{Tokens: tokens}, func(c *Config) {
		c.Log = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: &log})
	})
	for _, header := range []string{"Bearer " + text, "Bearer " + wrong, "Bearer  " + text + "x"} {
		ask(t, s, "POST", "/v1/halt", header, `{"reason":"r"}`)
	}
	kept, err := os.ReadFile(tokens.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{text, wrong} {
		if b := strings.TrimPrefix(secret, tokenPrefix); strings.Contains(log.String(), b) || bytes.Contains(kept, []byte(b)) {
			t.Errorf("a token is in the log or in the file:\n%s\n%s", log.String(), kept)
		}
	}
	if !strings.Contains(log.String(), "token ops") || !strings.Contains(log.String(), "kept off") {
		t.Errorf("the log does not say who came:\n%s", log.String())
	}
	if info, err := os.Stat(tokens.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFailedAttemptsAreBounded(t *testing.T) {
	c, tokens := newClock(), tokenFile(t)
	good := token(t, tokens, "ops", ScopeRead)
	s := port(t, &fake{}, &Network{Tokens: tokens, Now: c.now}, nil)
	for i := range attemptsBurst {
		if res, _ := ask(t, s, "GET", "/v1/status", "Bearer x", ""); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", i, res.StatusCode)
		}
	}
	for _, header := range []string{"Bearer x", "Bearer " + good} { // a guess is not told from a token now
		res, _ := ask(t, s, "GET", "/v1/status", header, "")
		if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "6" {
			t.Errorf("%d, retry after %q", res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
	c.pass(attemptsPeriod)
	if res, _ := ask(t, s, "GET", "/v1/status", "Bearer "+good, ""); res.StatusCode != http.StatusOK {
		t.Errorf("after the wait: %d", res.StatusCode)
	}
}

func TestManyAddressesTakeBoundedRoom(t *testing.T) {
	c := newClock()
	a := &attempts{now: c.now, failed: map[netip.Prefix]allowance{}}
	for i := range 3 * addressesMax {
		a.fail(net.JoinHostPort(net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).String(), "1"))
	}
	if len(a.failed) > addressesMax+1 {
		t.Errorf("%d addresses are kept", len(a.failed))
	}
	c.pass(time.Hour)
	a.fail("192.0.2.1:1")
	if len(a.failed) > 2 {
		t.Errorf("%d addresses are kept after an hour", len(a.failed))
	}
	if network("[2001:db8::1]:5") != network("[2001:db8::ffff]:6") || network("10.0.0.1:1") == network("10.0.0.2:1") {
		t.Error("an IPv6 subscriber has many allowances, or two hosts share one")
	}
}

func TestAWayInThatIsOpenToAllIsRefused(t *testing.T) {
	tokens := tokenFile(t)
	for name, n := range map[string]*Network{
		"neither token nor TLS":            {Listen: "127.0.0.1:0"},
		"TLS alone":                        {Listen: "127.0.0.1:0", TLS: &TLSFiles{CertFile: "x"}},
		"authorities without clients":      {Listen: "127.0.0.1:0", TLS: &TLSFiles{CertFile: "x", ClientCAFile: "y"}},
		"tokens in the clear from outside": {Listen: "0.0.0.0:0", Tokens: tokens},
		"a scope that there is not":        {Listen: "127.0.0.1:0", Tokens: tokens, Clients: map[string]Scope{"ann": "root"}},
	} {
		s, err := Listen(Config{Socket: socketPath(t), Host: &fake{}, Network: n})
		if err == nil {
			t.Errorf("%s: it listens", name)
			_ = s.Close(context.Background())
		}
	}
	for _, address := range []string{"http://example.com:1", "example.com", "https://u:p@x:1", "https://x:1/path", "ftp://x"} {
		if _, err := NewRemote(Remote{URL: address}); err == nil {
			t.Errorf("a client goes to %s", address)
		}
	}
}

// authority makes certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.issue("ca", &x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// issue writes NAME.crt and NAME.key.
func (a *authority) issue(name string, c *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.n++
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(a.n), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if a.cert == nil {
		a.cert, a.key = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	if c.IsCA {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			a.t.Fatal(err)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for ending, b := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(a.path(name+ending), pem.EncodeToMemory(b), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a *authority) client(name string) {
	a.issue(name, &x509.Certificate{Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

func (a *authority) host() {
	a.issue("host", &x509.Certificate{
		Subject: pkix.Name{CommonName: "host"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

func TestACertificatesNameIsWhoActed(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	a.host()
	for _, name := range []string{"ann", "bob", "eve"} {
		a.client(name)
	}
	b.client("ann")
	f := &fake{}
	s := port(t, f, &Network{
		TLS:     &TLSFiles{CertFile: a.path("host.crt"), KeyFile: a.path("host.key"), ClientCAFile: a.path("ca.crt")},
		Clients: map[string]Scope{"ann": ScopeOperate, "bob": ScopeRead},
	}, nil)
	as := func(from *authority, name string) *Client {
		return remote(t, Remote{URL: "https://" + s.Address(), CAFile: a.path("ca.crt"), CertFile: from.path(name + ".crt"), KeyFile: from.path(name + ".key")})
	}
	halt := func(c *Client) error {
		_, err := c.Halt(context.Background(), Target{All: true}, Act{Reason: "r"})
		return err
	}
	if err := halt(as(a, "ann")); err != nil {
		t.Fatal(err)
	}
	if _, who := f.last(); who.By != "ann" || who.Peer != "certificate ann" {
		t.Errorf("by %+v", who)
	}
	told := len(f.told)
	var e *Error
	if err := halt(as(a, "bob")); !errors.As(err, &e) || e.Code != "scope" {
		t.Errorf("one who may only read: %v", err)
	}
	if err := halt(as(a, "eve")); !errors.As(err, &e) || e.Status != http.StatusUnauthorized {
		t.Errorf("one who is not named: %v", err)
	}
	if err := halt(as(b, "ann")); err == nil {
		t.Error("a certificate of another authority comes in")
	}
	if err := halt(remote(t, Remote{URL: "https://" + s.Address(), CAFile: a.path("ca.crt")})); err == nil {
		t.Error("nobody's certificate comes in")
	}
	if len(f.told) != told {
		t.Errorf("the host was told %v", f.told[told:])
	}
	if err := halt(remote(t, Remote{URL: "https://" + s.Address()})); err == nil || !strings.Contains(err.Error(), "--ca-file") {
		t.Errorf("an unknown host: %v", err)
	}
}

func TestARenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	a, tokens := newAuthority(t), tokenFile(t)
	a.host()
	text := token(t, tokens, "ops", ScopeRead)
	s := port(t, &fake{}, &Network{Tokens: tokens, TLS: &TLSFiles{CertFile: a.path("host.crt"), KeyFile: a.path("host.key")}}, nil)
	serial := func() string {
		c := remote(t, Remote{URL: "https://" + s.Address(), CAFile: a.path("ca.crt"), Token: secret(text)})
		if _, err := c.Status(context.Background()); err != nil {
			t.Fatal(err)
		}
		req, _ := http.NewRequest("GET", "https://"+s.Address()+"/v1", nil)
		res, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.TLS.PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	a.host()
	if after := serial(); after == before {
		t.Errorf("it is still %s", before)
	}
}
