package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/report"
)

// tokenVariable holds the token for a host on another machine.
const tokenVariable = "AGENTHOST_TOKEN"

// remoteFlags name a host on another machine, and who asks.
type remoteFlags struct {
	host, tokenFile, caFile, certFile, keyFile string
}

func (r *remoteFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.host, "host", "", "the host at `URL`, such as https://10.0.0.5:7777, instead of CONFIG")
	f.StringVar(&r.tokenFile, "token-file", "", "`FILE` with the token for --host (default: $"+tokenVariable+")")
	f.StringVar(&r.caFile, "ca-file", "", "`FILE` with the authority of that host's certificate (default: the system's)")
	f.StringVar(&r.certFile, "cert-file", "", "`FILE` with this client's certificate for --host")
	f.StringVar(&r.keyFile, "key-file", "", "`FILE` with its key")
	completeFlag(cmd, "host", cobra.NoFileCompletions)
}

// place is where the host on another machine is.
func (r *remoteFlags) place() (*place, error) {
	c := admin.Remote{URL: r.host, CAFile: r.caFile, CertFile: r.certFile, KeyFile: r.keyFile}
	if (r.certFile == "") != (r.keyFile == "") {
		return nil, usageError{errors.New("--cert-file and --key-file go together")}
	}
	if r.tokenFile != "" || os.Getenv(tokenVariable) != "" {
		c.Token = r.token
	} else if r.certFile == "" {
		return nil, usageError{fmt.Errorf("who asks? Name a token with --token-file or in %s, or a certificate with --cert-file", tokenVariable)}
	}
	client, err := admin.NewRemote(c)
	if err != nil {
		return nil, err
	}
	p := &place{socket: r.host, remote: client, arguments: " --host " + report.ShellQuoted(r.host)}
	for _, x := range []struct{ flag, value string }{{"--token-file", r.tokenFile}, {"--ca-file", r.caFile}, {"--cert-file", r.certFile}, {"--key-file", r.keyFile}} {
		if x.value != "" {
			p.arguments += " " + x.flag + " " + report.ShellQuoted(x.value)
		}
	}
	return p, nil
}

func (r *remoteFlags) token() (string, error) {
	text := os.Getenv(tokenVariable)
	if r.tokenFile != "" {
		b, err := os.ReadFile(r.tokenFile)
		if err != nil {
			return "", plain(err)
		}
		text = string(b)
	}
	if text = strings.TrimSpace(text); text == "" || strings.ContainsAny(text, " \t\r\n") {
		return "", errors.New("the token is empty, or more than one word: give what `agenthost token create` printed")
	}
	return text, nil
}
