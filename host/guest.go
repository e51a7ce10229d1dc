package host

import (
	"context"
	"errors"
	"fmt"
	"hash"

	"github.com/agenthost/agenthost/host/sandbox"
)

const (
	// A snapshot every so many ticks, or so many bytes of input: replaying 1,000 ticks takes about
	// 0.1 ms, and a snapshot of a Go guest costs a tenth of a microsecond per tick at this distance.
	snapshotTicks = 1000
	snapshotBytes = 4 << 20
)

// guest is a strategy whose ticks are transactions: a tick that fails leaves nothing behind, because
// the instance is thrown away and made again from its last snapshot and the inputs since.
type guest struct {
	module   *sandbox.Module
	config   sandbox.InstanceConfig
	instance *sandbox.Instance

	snapshot sandbox.Snapshot
	inputs   []byte // of the ticks since the snapshot, one after another
	since    []savedTick
	muted    bool // while inputs are run again, or while it runs beside the one at work
}

// savedTick is one tick since the snapshot: what it takes to run it again.
type savedTick struct {
	size        int
	now, budget int64
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
	g.inputs = append(g.inputs, input...)
	g.since = append(g.since, savedTick{size: len(input), now: now, budget: budget})
	if len(g.since) < snapshotTicks && len(g.inputs) < snapshotBytes {
		return nil
	}
	return g.takeSnapshot()
}

func (g *guest) takeSnapshot() error {
	if err := g.instance.Snapshot(&g.snapshot); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	g.inputs, g.since = g.inputs[:0], g.since[:0]
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
	at := 0
	for i, t := range g.since {
		if _, _, err := instance.Tick(g.inputs[at:at+t.size], t.now, t.budget); err != nil {
			return fmt.Errorf("replay tick %d of %d since the snapshot: %w", i+1, len(g.since), err)
		}
		at += t.size
	}
	return g.takeSnapshot()
}

func (g *guest) hash(h hash.Hash) { g.instance.Hash(h) }

func (g *guest) close() error { return g.instance.Close() }
