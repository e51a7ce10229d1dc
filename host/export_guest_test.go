package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/sandbox"
)

// Guest is an agent's guest, for tests of rollback.
type Guest struct{ *guest }

// NewGuest makes the guest of an agent's plan.
func NewGuest(p *AgentPlan) (*Guest, error) {
	g, err := newGuest(context.Background(), p.Module, sandbox.InstanceConfig{Name: p.Name, Seed: p.Seed, Parameters: p.Parameters, Limits: p.Limits}, false)
	return &Guest{g}, err
}

// Tick is a tick that succeeds.
func (g *Guest) Tick(input []byte, now, budget int64) error {
	if _, _, err := g.tick(input, now, budget); err != nil {
		return err
	}
	return g.keep(input, now, budget)
}

// Fail is a tick that runs out of fuel.
func (g *Guest) Fail(input []byte, now int64) error {
	var trap *sandbox.Trap
	if _, _, err := g.tick(input, now, 100); !errors.As(err, &trap) || trap.Kind != sandbox.TrapFuel {
		return fmt.Errorf("a tick on 100 units of fuel: %w", err)
	}
	return nil
}

// Rollback makes the failed tick not to have been.
func (g *Guest) Rollback() error { return g.rollback(context.Background()) }

// Close ends the instance.
func (g *Guest) Close() error { return g.close() }

// StateOf is the hash of a guest's state.
func StateOf(g *Guest) [32]byte {
	h := sha256.New()
	g.hash(h)
	return [32]byte(h.Sum(nil))
}
