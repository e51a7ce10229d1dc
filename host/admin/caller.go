package admin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
)

// caller is who asks, as he has proved it.
type caller struct {
	// who is the user of the system, the token or the certificate, such as "token ops"; empty where the
	// system does not tell.
	who string
	// name is what an act without by is signed with.
	name  string
	scope Scope
	// from is where the request came from.
	from string
}

type callerKey struct{}

func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerFrom is the request's caller; without one, nobody, who may do nothing.
func callerFrom(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// local is the user at the other end of the socket, who may do everything: only the host's own user and
// root come so far.
func (p peer) local() caller {
	return caller{who: p.name(), name: p.user, scope: ScopeAdmin, from: "socket"}
}

// authenticate finds out who asks over the network: by a token, which counts if one is sent, or by the
// client's certificate, which the handshake has verified.
func (n *Network) authenticate(r *http.Request) (caller, error) {
	header := r.Header.Values("Authorization")
	switch {
	case len(header) > 1:
		return caller{}, unauthorized("send one Authorization header")
	case len(header) == 1:
		return n.byToken(header[0], r.RemoteAddr)
	case r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
		return n.byCertificate(r.TLS, r.RemoteAddr)
	}
	return caller{}, unauthorized("send a token as Authorization: Bearer …, or a client's certificate")
}

func (n *Network) byToken(header, from string) (caller, error) {
	scheme, text, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return caller{}, unauthorized("the Authorization is of another kind than Bearer")
	}
	if n.Tokens == (TokenFile{}) {
		return caller{}, unauthorized("this host takes no tokens, but clients' certificates")
	}
	tokens, err := n.Tokens.Tokens()
	if err != nil {
		return caller{}, err
	}
	t, ok := match(tokens, strings.TrimSpace(text), n.Now())
	if !ok {
		return caller{}, unauthorized("the token is not valid: unknown, expired or revoked")
	}
	return caller{who: "token " + t.Name, name: t.Name, scope: t.Scope, from: from}, nil
}

func (n *Network) byCertificate(state *tls.ConnectionState, from string) (caller, error) {
	name := state.VerifiedChains[0][0].Subject.CommonName
	scope, ok := n.Clients[name]
	if name == "" || !ok {
		return caller{}, unauthorized(fmt.Sprintf("the certificate is of %q, who is not among the clients of the configuration", name))
	}
	return caller{who: "certificate " + name, name: name, scope: scope, from: from}, nil
}

func unauthorized(message string) *Error {
	return &Error{http.StatusUnauthorized, "unauthorized", message}
}
