package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/journal"
)

// adminConfig is how the host is asked and told. One that is taken up for one act is not on the network.
func (l *liveHost) adminConfig() admin.Config {
	c := &l.prepared.config.Host.Control
	a := admin.Config{
		Socket: c.Socket, Host: l.control, Log: l.prepared.log, Logs: l.prepared.lines, Probes: l.metrics.Handlers(l.control),
	}
	if c.Listen != "" && !l.quiet {
		a.Network = networkOf(c)
	}
	return a
}

func networkOf(c *config.Control) *admin.Network {
	n := &admin.Network{Listen: c.Listen, Tokens: admin.TokenFile{Path: c.TokensFile}}
	t := c.TLS
	if t == nil {
		return n
	}
	n.TLS = &admin.TLSFiles{CertFile: t.CertFile, KeyFile: t.Key.File, ClientCAFile: t.ClientCAFile}
	if t.Key.Env != "" {
		n.TLS.Key = func() ([]byte, error) {
			text := os.Getenv(t.Key.Env)
			if text == "" {
				return nil, fmt.Errorf("the environment variable %s is not set", t.Key.Env)
			}
			return []byte(text), nil
		}
	}
	n.Clients = map[string]admin.Scope{}
	for name, scope := range t.Clients {
		n.Clients[name] = admin.Scope(scope)
	}
	return n
}

// port says where it listens on the network, empty if it does not.
func (l *liveHost) port() string {
	scheme := "http"
	if l.prepared.config.Host.Control.TLS != nil {
		scheme = "https"
	}
	if address := l.server.Address(); address != "" {
		return ", " + scheme + "://" + address
	}
	return ""
}

// showEntry decodes an entry of the journal as journal show does, an agent's with its instruments' scales.
func (l *liveHost) showEntry(stream string, e *journal.Entry) (any, error) {
	return decodeBody(e, scales(instrumentsOf(l.prepared.config)[strings.TrimPrefix(stream, "agent/")]))
}
