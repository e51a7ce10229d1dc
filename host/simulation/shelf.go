package simulation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/sandbox"
)

// shelf is where the host of one world keeps its modules: what was never kept cannot be loaded. A crash loses
// nothing of it, as a host syncs a module's file before it journals its name.
type shelf struct {
	cast *Cast
	kept map[[32]byte]bool
}

// Keep is as in host.ModuleSource.
func (s *shelf) Keep(wasm []byte) error {
	s.kept[sha256.Sum256(wasm)] = true
	return nil
}

// Admit is as in host.ModuleSource; the cast has compiled all there is.
func (s *shelf) Admit(ctx context.Context, _ string, wasm []byte, l sandbox.Limits) (*sandbox.Module, error) {
	if err := s.Keep(wasm); err != nil {
		return nil, err
	}
	return s.Load(ctx, sha256.Sum256(wasm), l)
}

// Load is as in host.ModuleSource.
func (s *shelf) Load(_ context.Context, sha [32]byte, l sandbox.Limits) (*sandbox.Module, error) {
	if !s.kept[sha] {
		return nil, fmt.Errorf("module %x was never kept", sha)
	}
	for _, versions := range s.cast.modules {
		for _, m := range versions {
			if m.SHA256() == sha && m.Limits() == l {
				return m, nil
			}
		}
	}
	return nil, errors.New("nobody has compiled this module with these limits")
}
