package http

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	keyBytesMax = 16 << 10
	// keysRemembered are the keys, the present one included, that are kept out of texts after a change.
	keysRemembered = 4
	// fragmentMin is how much of a key is still a secret: answers are cut, and a cut key is as good as half.
	fragmentMin = 8
	redacted    = "[key]"
)

// keyring holds the venue's key and takes it out of everything that people or journals see. Safe for
// concurrent use.
type keyring struct {
	env, file string

	mu      sync.RWMutex
	current string
	secrets [][]string // forms of the keys, newest first
}

func openKeyring(env, file string) (*keyring, error) {
	k := &keyring{env: env, file: file}
	if env == "" && file == "" {
		return k, nil
	}
	_, err := k.reread()
	return k, err
}

// value is the key to send, empty for none.
func (k *keyring) value() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.current
}

// reread takes the key from its place and says whether it is another one. An error leaves the old one.
func (k *keyring) reread() (changed bool, err error) {
	if k.env == "" && k.file == "" {
		return false, nil
	}
	key, err := k.read()
	if err != nil {
		return false, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key == k.current {
		return false, nil
	}
	k.current = key
	k.secrets = slices.Insert(k.secrets, 0, forms(key))
	k.secrets = k.secrets[:min(len(k.secrets), keysRemembered)]
	return true, nil
}

// read never puts what it found into its errors.
func (k *keyring) read() (string, error) {
	place, key := "environment variable "+k.env, os.Getenv(k.env)
	if k.file != "" {
		place = "key file " + k.file
		b, err := os.ReadFile(k.file)
		if err != nil {
			return "", fmt.Errorf("key: %w", err)
		}
		key = string(b)
	}
	key = strings.TrimSpace(key)
	switch {
	case key == "":
		return "", fmt.Errorf("%s: no key in it; put the venue's key there", place)
	case len(key) > keyBytesMax:
		return "", fmt.Errorf("%s: %d bytes; a key has at most %d", place, len(key), keyBytesMax)
	case strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }):
		return "", errors.New(place + ": it holds characters that no header may have; it should be one line of ASCII")
	}
	return key, nil
}

// forms are the ways in which a server may echo a key.
func forms(key string) []string {
	all := []string{
		key, url.QueryEscape(key), url.PathEscape(key), strings.Trim(strconv.Quote(key), `"`),
		base64.StdEncoding.EncodeToString([]byte(key)), base64.URLEncoding.EncodeToString([]byte(key)),
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// redact replaces keys, and parts of keys of fragmentMin bytes and more.
func (k *keyring) redact(s string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, key := range k.secrets {
		for _, form := range key {
			s = redactForm(s, form)
		}
	}
	return s
}

// holds reports whether s has a key, or a part of one, in it.
func (k *keyring) holds(s string) bool { return k.redact(s) != s }

func redactForm(s, secret string) string {
	shortest := min(len(secret), fragmentMin)
	if len(s) < shortest {
		return s
	}
	var b strings.Builder
	from := 0
	for i := 0; i+shortest <= len(s); {
		n := fragment(s[i:], secret, shortest)
		if n == 0 {
			i++
			continue
		}
		b.WriteString(s[from:i])
		b.WriteString(redacted)
		i += n
		from = i
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// fragment is how many of the first bytes of s are a part of secret, if at least shortest are.
func fragment(s, secret string, shortest int) int {
	if !strings.Contains(secret, s[:shortest]) {
		return 0
	}
	n := shortest
	for n < len(s) && n < len(secret) && strings.Contains(secret, s[:n+1]) {
		n++
	}
	return n
}
