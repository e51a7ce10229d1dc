package host

import (
	"context"
	"errors"
	"fmt"
	"hash"

	"github.com/agenthost/agenthost/host/sandbox"
)

// A snapshot is taken after so many ticks, or when the inputs since take as much as a part of the
// guest's memory, within bounds: what a snapshot costs grows with that memory. It costs 2 µs for a small guest and
// 80 µs for one in Go, 0.04 and 0.15 µs a tick, and replaying takes 20 µs and 1 ms.
const (
	snapshotTicks = 1000
	inputsPart    = 64
	inputsMin     = 3 << 10
	inputsMax     = 4 << 20
)

// guest is a strategy whose ticks are transactions: a tick that fails leaves nothing behind, because
// the instance is thrown away and made again from its last snapshot and the inputs since.
type guest struct {
	module   *sandbox.Module
	config   sandbox.InstanceConfig
	instance *sandbox.Instance

	snapshot sandbox.Snapshot
	inputs   inputLog // of the ticks since the snapshot
	muted    bool     // while inputs are run again, or while it runs beside the one at work
}

// newGuest makes the strategy's first instance. The error is a *sandbox.Trap if its start or
// strategy_init is at fault. Of a muted one nobody hears what it prints.
func newGuest(ctx context.Context, m *sandbox.Module, c sandbox.InstanceConfig, muted bool) (*guest, error) {
	g := prepareGuest(m, c, muted)
	var err error
	if g.instance, err = m.Instantiate(ctx, g.config); err != nil {
		return nil, err
	}
	if err := g.instance.Snapshot(&g.snapshot); err != nil {
		return nil, errors.Join(fmt.Errorf("first snapshot: %w", err), g.instance.Close())
	}
	return g, nil
}

// prepareGuest is a guest without an instance.
func prepareGuest(m *sandbox.Module, c sandbox.InstanceConfig, muted bool) *guest {
	g := &guest{module: m, config: c, muted: muted}
	if output := c.Output; output != nil {
		g.config.Output = func(s sandbox.Stream, line string) {
			if !g.muted {
				output(s, line)
			}
		}
	}
	return g
}

// restoreGuest makes a guest that goes on where a snapshot was taken, which becomes its own.
func restoreGuest(ctx context.Context, m *sandbox.Module, c sandbox.InstanceConfig, s *sandbox.Snapshot) (*guest, error) {
	g := prepareGuest(m, c, false)
	g.snapshot = *s
	var err error
	if g.instance, err = m.Restore(ctx, g.config, &g.snapshot); err != nil {
		return nil, err
	}
	return g, nil
}

// tick calls the strategy. After an error the caller must roll back before the next tick.
func (g *guest) tick(input []byte, now, budget int64) (output []byte, used int64, err error) {
	return g.instance.Tick(input, now, budget)
}

// keep remembers a tick that succeeded, so that a later rollback can run it again.
func (g *guest) keep(input []byte, now, budget int64) error {
	most := min(max(g.instance.MemoryBytes()/inputsPart, inputsMin), inputsMax)
	if g.inputs.ticks+1 < snapshotTicks && g.inputs.add(input, now, budget, int(most)) {
		return nil
	}
	return g.takeSnapshot()
}

func (g *guest) takeSnapshot() error {
	if err := g.instance.Snapshot(&g.snapshot); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	g.inputs.forget()
	return nil
}

// rollback puts a fresh instance in place of one that failed: no start function, the last snapshot, and
// the inputs since, without the tick that failed. It then takes a snapshot, so that a strategy that
// fails every tick does not pay for the same replay each time.
func (g *guest) rollback(ctx context.Context) error {
	if err := g.instance.Close(); err != nil {
		return fmt.Errorf("close failed instance: %w", err)
	}
	instance, err := g.module.Restore(ctx, g.config, &g.snapshot)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	g.instance = instance
	defer func(was bool) { g.muted = was }(g.muted)
	g.muted = true
	n := 0
	err = g.inputs.each(func(input []byte, now, budget int64) error {
		n++
		_, _, err := instance.Tick(input, now, budget)
		return err
	})
	if err != nil {
		return fmt.Errorf("replay tick %d of %d since the snapshot: %w", n, g.inputs.ticks, err)
	}
	return g.takeSnapshot()
}

func (g *guest) hash(h hash.Hash) { g.instance.Hash(h) }

func (g *guest) close() error { return g.instance.Close() }
