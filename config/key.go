package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
)

// keyFields are where a secret is found. What it is, and where, does not decide what a run does: a key may be
// changed while it runs.
func keyFields[T any](get func(*T) *Key) []field[T] {
	return []field[T]{
		text("key_env", func(t *T) *string { return &get(t).Env }, environmentRule, "The environment variable that holds the key. It is either this or key_file.").like(`"VENUE_KEY"`).outside(),
		path("key_file", func(t *T) *string { return &get(t).File }, false, "The file that holds the key. Unlike a variable it can be changed while the host runs.").like(`"/etc/agenthost/venue.key"`).outside(),
	}
}

func environmentRule(s string) string {
	wrong := strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_')
	})
	if s == "" || wrong || s[0] >= '0' && s[0] <= '9' {
		return "it is the name of an environment variable, not the key itself: letters, digits and _."
	}
	return ""
}

// checkKey warns of a key that is not there now: it may be when the host runs.
func (p *place) checkKey(k Key, s *Source) {
	p.exclusive("key_env", "key_file")
	if k.Env != "" && k.File != "" {
		return
	}
	if k.Env != "" {
		if text, ok := p.environ(k.Env); !ok || strings.TrimSpace(text) == "" {
			p.warn(s.At("key_env"), "Key not set", "The environment variable %s is not set here. It must be where the host runs.", k.Env)
		}
	}
	if k.File == "" {
		return
	}
	info, err := os.Stat(k.File)
	switch {
	case err != nil:
		p.warn(s.At("key_file"), "Key not set", "%s It must be there where the host runs.", fileError(k.File, err))
	case !info.Mode().IsRegular():
		p.fail(s.At("key_file"), "Not a file", "key_file is %s, which is no regular file.", k.File)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		p.warn(s.At("key_file"), "Key that others can read", "Other users of this machine can read or change %s (%s). Write: chmod 600 %s", k.File, info.Mode().Perm(), k.File)
	}
}

// urlRule refuses what is no address of one of the schemes, and one that holds a secret.
func urlRule(schemes ...string) func(string) string {
	return func(s string) string {
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Host == "" || u.Hostname() == "":
			return "it is no URL with a host."
		case !slices.Contains(schemes, u.Scheme):
			return fmt.Sprintf("its scheme is %q; it can be %s.", u.Scheme, quotedList(schemes, "or"))
		case u.User != nil:
			return "it holds a user or a password. Put the key into key_env or key_file."
		case u.Fragment != "":
			return "it has a fragment (#), which is never sent."
		}
		return ""
	}
}

// baseRule is urlRule for an address to which paths are appended.
func baseRule(s string) string {
	if wrong := urlRule("http", "https")(s); wrong != "" {
		return wrong
	}
	if strings.ContainsAny(s, "?") {
		return "it has a query (?). Put it into the paths of the endpoints."
	}
	return ""
}

// checkClear refuses to send keys and orders through a network unencrypted, unless that is wished.
func (p *place) checkClear(at Range, address string, allowed bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "https" || u.Scheme == "wss" {
		return // what is no URL is told already
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() == "" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	tell := p.fail
	if allowed {
		tell = p.warn
	}
	tell(at, "Key in the clear", "%s is not encrypted: whoever is on the way to %s can read the key, and change what is sent. Use %ss, or, where nobody can be on the way, allow_plain = true.", u.Scheme, u.Host, u.Scheme)
}
