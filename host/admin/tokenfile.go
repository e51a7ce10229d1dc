package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// TokenFile is where tokens are kept. The host reads it at each request, so that a token that is revoked
// is of no use from that moment on. Safe for use by several processes where the system has locks.
type TokenFile struct{ Path string }

const (
	tokenFileVersion  = 1
	tokenFileBytesMax = 1 << 20
)

// tokenFileBody is its form: JSON.
type tokenFileBody struct {
	Version int     `json:"version"`
	Tokens  []Token `json:"tokens"`
}

// Tokens are all of them, the oldest first. A file that is not there has none.
func (f TokenFile) Tokens() ([]Token, error) {
	b, err := readBounded(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	var body tokenFileBody
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, fmt.Errorf("read tokens: %s: %w", f.Path, err)
	}
	if body.Version != tokenFileVersion {
		return nil, fmt.Errorf("read tokens: %s is of version %d; this host knows version %d", f.Path, body.Version, tokenFileVersion)
	}
	for i := range body.Tokens {
		if err := body.Tokens[i].validate(); err != nil {
			return nil, fmt.Errorf("read tokens: %s: %w", f.Path, err)
		}
	}
	return body.Tokens, nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, tokenFileBytesMax+1))
	if err == nil && len(b) > tokenFileBytesMax {
		err = fmt.Errorf("%s is larger than %d bytes", path, tokenFileBytesMax)
	}
	return b, err
}

// Create adds a token and returns its text, which is kept nowhere. A name that is in use is refused.
func (f TokenFile) Create(name string, scope Scope, now, expires time.Time) (text string, t Token, err error) {
	text, t = NewToken(name, scope, now, expires)
	if err := t.validate(); err != nil {
		return "", t, err
	}
	err = f.change(func(all []Token) ([]Token, error) {
		for i := range all {
			if all[i].Name == name && all[i].State(now) == "valid" {
				return nil, fmt.Errorf("there is a token %s already; revoke it first, or take another name", name)
			}
		}
		return append(all, t), nil
	})
	return text, t, err
}

// Revoke takes back the token of a name. Error: a *NotFound if no valid one has it.
func (f TokenFile) Revoke(name string, now time.Time) (t Token, err error) {
	err = f.change(func(all []Token) ([]Token, error) {
		var known []string
		for i := range all {
			if all[i].State(now) != "valid" {
				continue
			}
			if all[i].Name == name {
				all[i].Revoked = now.UTC().Truncate(time.Second)
				t = all[i]
				return all, nil
			}
			known = append(known, all[i].Name)
		}
		return nil, Missing("valid token", name, known...)
	})
	return t, err
}

// change rewrites the file, 0600, by way of another that takes its place.
func (f TokenFile) change(edit func([]Token) ([]Token, error)) (err error) {
	lock, err := lockFile(f.Path + ".lock")
	if errors.Is(err, errLocked) {
		return fmt.Errorf("another process changes %s; ask again", f.Path)
	}
	if err != nil {
		return fmt.Errorf("change tokens: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	all, err := f.Tokens()
	if err != nil {
		return err
	}
	if all, err = edit(all); err != nil {
		return err
	}
	b, err := json.MarshalIndent(tokenFileBody{tokenFileVersion, all}, "", "  ")
	if err != nil {
		return fmt.Errorf("change tokens: %w", err)
	}
	if err := replaceFile(f.Path, append(b, '\n')); err != nil {
		return fmt.Errorf("change tokens: %w", err)
	}
	return nil
}

// replaceFile writes a file that only this user can read, whole or not at all.
func replaceFile(path string, b []byte) error {
	next, err := os.CreateTemp(filepath.Dir(path), ".tokens-*") // 0600
	if err != nil {
		return err
	}
	_, err = next.Write(b)
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}
