package config

import (
	"net"
	"os"
	"runtime"
)

// Control is the way by which a running host is asked and told.
type Control struct {
	Source
	// Socket is a Unix socket's absolute path.
	Socket string
	// Listen is a TCP address, HOST:PORT, beside it; empty is none.
	Listen string
	// TokensFile holds the hashes of the tokens that are let in over TCP; empty lets in none.
	TokensFile string
	// TLS is nil for none, which is for addresses of this machine.
	TLS *TLS
}

// TLS is how the control port is encrypted, and who may come in by a certificate.
type TLS struct {
	Source
	// CertFile holds the host's certificate, Key says where its key is, both in PEM.
	CertFile string
	Key      Key
	// ClientCAFile holds the authorities of clients' certificates; empty asks for none.
	ClientCAFile string
	// Clients are what clients' certificates may do, "read", "operate" or "admin", by common name.
	Clients map[string]string
}

// socketPathMax is what the narrowest of the systems allows, with its end.
const socketPathMax = 103

func controlBlock() *block[Control] {
	return &block[Control]{
		name: "control", says: "How a running host is asked and told.",
		defaults: func() Control { return Control{} }, source: func(c *Control) *Source { return &c.Source },
		fields: []field[Control]{
			path("socket", func(c *Control) *string { return &c.Socket }, false,
				"The Unix socket. Only the user that runs the host may use it.").like(`"/run/agenthost/control.sock"`).defaults("control.sock in data_dir").outside(),
			text("listen", func(c *Control) *string { return &c.Listen }, listenRule,
				"A TCP address beside it. Nobody comes in there without a token (tokens_file) or a client's certificate (tls).").like(`"127.0.0.1:7777"`).defaults("not served over TCP").outside(),
			path("tokens_file", func(c *Control) *string { return &c.TokensFile }, false,
				"The file with the hashes of the tokens that are let in over TCP. `agenthost token create` writes it.").like(`"/etc/agenthost/tokens.json"`).defaults("no tokens").outside(),
		},
		children: []child[Control]{optional(tlsBlock(), func(c *Control) **TLS { return &c.TLS })},
		check:    checkControl,
	}
}

func tlsBlock() *block[TLS] {
	fields := []field[TLS]{
		path("cert_file", func(t *TLS) *string { return &t.CertFile }, false,
			"The host's certificate, in PEM. It is read at each connection, so that it can be renewed.").like(`"/etc/agenthost/host.crt"`).must().outside(),
	}
	fields = append(fields, keyFields(func(t *TLS) *Key { return &t.Key })...)
	return &block[TLS]{
		name: "tls", says: "How listen is encrypted: TLS 1.3. Its key is PEM.",
		defaults: func() TLS { return TLS{} }, source: func(t *TLS) *Source { return &t.Source },
		fields: append(fields,
			path("client_ca_file", func(t *TLS) *string { return &t.ClientCAFile }, false,
				"The authorities of clients' certificates, in PEM. Who comes with one of theirs needs no token.").like(`"/etc/agenthost/clients.crt"`).defaults("no clients' certificates").outside(),
			mapping("clients", func(t *TLS) *map[string]string { return &t.Clients }, nil, []string{"read", "operate", "admin"},
				"What clients' certificates may do, by common name: read, operate or admin. One that is not named may nothing.", `{ ann = "operate" }`).defaults("nobody").outside(),
		),
		check: func(p *place, t *TLS) {
			p.checkKey(t.Key, &t.Source)
			if p.lacks("key_env", "key_file") {
				p.fail(p.header, "Missing attribute", "%s needs the key of its certificate: key_file = \"…\" or key_env = \"…\".", p.title)
			}
			switch {
			case t.ClientCAFile != "" && len(t.Clients) == 0:
				p.fail(t.At("client_ca_file"), "Settings that contradict", "Clients' certificates are asked for, and clients says of none what it may do. Write, for example, `clients = { ann = \"operate\" }`.")
			case t.ClientCAFile == "" && len(t.Clients) > 0:
				p.fail(t.At("clients"), "Settings that contradict", "clients are known by certificates, and client_ca_file does not say whose. Write, for example, `client_ca_file = \"/etc/agenthost/clients.crt\"`.")
			}
		},
	}
}

func checkControl(p *place, c *Control) {
	if len(c.Socket) > socketPathMax {
		p.fail(c.At("socket"), "Value out of range", "The path of a socket has at most %d bytes; this has %d: %s", socketPathMax, len(c.Socket), c.Socket)
	}
	if c.Listen == "" {
		if c.TLS != nil {
			p.fail(c.TLS.Range, "Settings that contradict", "tls is for listen, which is not written.")
		}
		return
	}
	if c.TokensFile == "" && (c.TLS == nil || c.TLS.ClientCAFile == "") {
		p.fail(c.At("listen"), "Control open to all", "Whoever reaches %s could trade with this host. Write tokens_file = \"…\" and make a token with `agenthost token create`, or a tls block with client_ca_file.", c.Listen)
	}
	if c.TLS == nil && !local(c.Listen) {
		p.fail(c.At("listen"), "Tokens in the clear", "%s can be reached from outside, and is not encrypted: whoever is on the way can read the tokens. Write a tls block, or listen on 127.0.0.1.", c.Listen)
	}
	p.checkTokens(c)
}

// local reports whether only this machine can reach an address.
func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// checkTokens warns of a file that others could put a token of theirs into, or that is not there.
func (p *place) checkTokens(c *Control) {
	if c.TokensFile == "" {
		return
	}
	info, err := os.Stat(c.TokensFile)
	switch {
	case err != nil:
		p.warn(c.At("tokens_file"), "No tokens", "%s Nobody comes in by a token until `agenthost token create` has made one.", fileError(c.TokensFile, err))
	case !info.Mode().IsRegular():
		p.fail(c.At("tokens_file"), "Not a file", "tokens_file is %s, which is no regular file.", c.TokensFile)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
		p.fail(c.At("tokens_file"), "Tokens that others can write", "Other users of this machine can put a token of theirs into %s (%s). Write: chmod 600 %s", c.TokensFile, info.Mode().Perm(), c.TokensFile)
	}
}
