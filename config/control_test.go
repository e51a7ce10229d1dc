package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// controlFindings are what is said of a control block, and the block as it was read.
func controlFindings(t *testing.T, block string) (Control, []Diagnostic) {
	t.Helper()
	c, d := loadText(t, "host {\n  control {\n"+block+"\n  }\n}\n", Options{Environ: keyed})
	var found []Diagnostic
	for _, x := range d.All() {
		if strings.Contains(x.Context, "control") || strings.Contains(x.Context, "tls") {
			found = append(found, x)
		}
	}
	return c.Host.Control, found
}

func TestAControlPortThatIsOpenToOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	tokens := filepath.Join(dir, "tokens.json")
	if err := os.WriteFile(tokens, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	loose := filepath.Join(dir, "loose.json")
	if err := os.WriteFile(loose, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o666); err != nil {
		t.Fatal(err)
	}
	const pair = "cert_file = \"host.crt\"\nkey_env = \"VENUE_KEY\"\n"
	for claim, x := range map[string]struct{ block, summary, detail string }{
		"neither tokens nor certificates": {`listen = "127.0.0.1:7777"`, "Control open to all", "tokens_file"},
		"TLS alone":                       {"listen = \"127.0.0.1:7777\"\ntls {\n" + pair + "}", "Control open to all", "client_ca_file"},
		"tokens in the clear":             {"listen = \"0.0.0.0:7777\"\ntokens_file = \"" + tokens + "\"", "Tokens in the clear", "127.0.0.1"},
		"a file that others write":        {"listen = \"127.0.0.1:7777\"\ntokens_file = \"" + loose + "\"", "Tokens that others can write", "chmod 600"},
		"no port":                         {`listen = "127.0.0.1"`, "Value not allowed", "a host and a port"},
		"every network by omission":       {`listen = ":7777"`, "Value not allowed", "names no host"},
		"TLS of nothing":                  {"tls {\n" + pair + "}", "Settings that contradict", "listen"},
		"no key":                          {"listen = \"127.0.0.1:7777\"\ntokens_file = \"" + tokens + "\"\ntls {\ncert_file = \"host.crt\"\n}", "Missing attribute", "key_file"},
		"authorities of nobody":           {"listen = \"127.0.0.1:7777\"\ntls {\n" + pair + "client_ca_file = \"ca.crt\"\n}", "Settings that contradict", "clients"},
		"clients without authorities":     {"listen = \"127.0.0.1:7777\"\ntokens_file = \"" + tokens + "\"\ntls {\n" + pair + "clients = { ann = \"read\" }\n}", "Settings that contradict", "client_ca_file"},
		"a scope that there is not":       {"listen = \"127.0.0.1:7777\"\ntls {\n" + pair + "client_ca_file = \"ca.crt\"\nclients = { ann = \"root\", bob = \"read\" }\n}", "Value not allowed", `"operate" or "admin"`},
	} {
		_, found := controlFindings(t, x.block)
		if len(found) != 1 || found[0].Severity != SeverityError || found[0].Summary != x.summary || !strings.Contains(found[0].Detail, x.detail) {
			t.Errorf("%s: %+v", claim, found)
		}
	}
}

func TestAControlPortIsReadAsItIsWritten(t *testing.T) {
	c, found := controlFindings(t, `listen = "0.0.0.0:7777"
tokens_file = "/etc/agenthost/tokens.json"
tls {
  cert_file      = "/etc/agenthost/host.crt"
  key_env        = "VENUE_KEY"
  client_ca_file = "/etc/agenthost/clients.crt"
  clients        = { ann = "operate", grafana = "read" }
}`)
	if len(found) != 1 || found[0].Severity != SeverityWarning || found[0].Summary != "No tokens" {
		t.Errorf("%+v", found)
	}
	if c.Listen != "0.0.0.0:7777" || c.TokensFile != "/etc/agenthost/tokens.json" || c.TLS == nil || c.TLS.Key.Env != "VENUE_KEY" || c.TLS.ClientCAFile != "/etc/agenthost/clients.crt" || c.TLS.Clients["ann"] != "operate" || len(c.TLS.Clients) != 2 {
		t.Errorf("%+v", c)
	}
}
