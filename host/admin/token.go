package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// tokenPrefix lets people, and what looks for secrets in files, know a token when they see one.
const tokenPrefix = "agenthost_"

// tokenBytes are random: nobody guesses them, so that one round of SHA-256 keeps them safe at rest.
const tokenBytes = 32

// Token is what is kept of a token: everything but itself.
type Token struct {
	Name  string `json:"name"`
	Scope Scope  `json:"scope"`
	// SHA256 is the hash of the random bytes, in hex.
	SHA256  string    `json:"sha256"`
	Created time.Time `json:"created"`
	// Expires is when it ends, zero for never; Revoked when it was taken back, zero if it was not.
	Expires time.Time `json:"expires,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// NewToken makes a token. The text is the token itself: it is nowhere else.
func NewToken(name string, scope Scope, now, expires time.Time) (text string, t Token) {
	var random [tokenBytes]byte
	_, _ = rand.Read(random[:]) // it never fails: crypto/rand ends the process instead
	sum := sha256.Sum256(random[:])
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(random[:]), Token{
		Name: name, Scope: scope, SHA256: hex.EncodeToString(sum[:]), Created: now.UTC().Truncate(time.Second), Expires: expires.UTC(),
	}
}

// State is "valid", "expired" or "revoked".
func (t *Token) State(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return "expired"
	}
	return "valid"
}

// validate checks a token of a file.
func (t *Token) validate() error {
	if err := checkTokenName(t.Name); err != nil {
		return err
	}
	if !t.Scope.Allows(ScopeRead) {
		return fmt.Errorf("token %s: scope %q: write %s, %s or %s", t.Name, t.Scope, ScopeRead, ScopeOperate, ScopeAdmin)
	}
	if b, err := hex.DecodeString(t.SHA256); err != nil || len(b) != sha256.Size {
		return fmt.Errorf("token %s: sha256 has 64 hex digits", t.Name)
	}
	return nil
}

func checkTokenName(name string) error {
	wrong := strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.@", c))
	})
	if name == "" || len(name) > 64 || wrong {
		return fmt.Errorf("a token's name has 1 to 64 letters, digits and - _ . @; found %q", name)
	}
	return nil
}

// hashOf is the hash of a token's text; false for what cannot be one.
func hashOf(text string) (sum [sha256.Size]byte, ok bool) {
	encoded, found := strings.CutPrefix(text, tokenPrefix)
	random, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if !found || err != nil || len(random) != tokenBytes {
		return sum, false
	}
	return sha256.Sum256(random), true
}

// match finds the valid token of a text. It compares with every one, each in constant time.
func match(tokens []Token, text string, now time.Time) (found Token, ok bool) {
	sum, well := hashOf(text)
	for i := range tokens {
		kept, err := hex.DecodeString(tokens[i].SHA256)
		same := subtle.ConstantTimeCompare(sum[:], kept) == 1
		if err == nil && same && well && tokens[i].State(now) == "valid" {
			found, ok = tokens[i], true
		}
	}
	return found, ok
}
