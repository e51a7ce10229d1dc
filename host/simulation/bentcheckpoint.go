package simulation

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/wire"
)

// guestNames is how many bytes at the front of a strategy's memory name the image and the module that it is of; a host
// that does not look at them is the broken one.
const guestNames = 8 + 32 + 32

// bentStore is a store of checkpoints for a host that makes them wrong: what it keeps is whole, as far as hashes can tell.
type bentStore struct {
	host.Checkpoints
	seam *seam
}

// Put bends a part before it is kept.
func (b *bentStore) Put(group string, p *checkpoint.Part) (checkpoint.Info, error) {
	s := b.seam
	bent, last := *p, s.parts[p.Stream]
	lane := p.Stream == laneOf(s.config.Venue, s.config.Account)
	switch {
	case s.broken == BreakCheckpointOrder && lane:
		if err := withoutOrder(&bent, s.config); err != nil {
			return checkpoint.Info{}, err
		}
	case s.broken == BreakCheckpointModule && last != nil && last.Maker != p.Maker:
		bent.Guest = slices.Concat(p.Guest[:guestNames], last.Guest[guestNames:])
	case s.broken == BreakCheckpointAhead && lane && last != nil:
		bent.Anchor = last.Anchor
	}
	if last == nil || last.Maker == p.Maker || s.broken != BreakCheckpointModule {
		s.parts[p.Stream] = p
	}
	return b.Checkpoints.Put(group, &bent)
}

// Sync says that it is done.
func (b *bentStore) Sync() error {
	if b.seam.broken == BreakPruneUnsynced {
		return nil
	}
	return b.Checkpoints.Sync()
}

// withoutOrder takes an order that is not over out of what a lane's part holds.
func withoutOrder(p *checkpoint.Part, c execution.Config) error {
	read := wire.Walker{Buffer: p.State, Reading: true}
	var agents, instruments []string
	var state []byte
	format := read.Formats("lane's part", 0, 255)
	wire.List(&read, &agents, (*wire.Walker).Text)
	wire.List(&read, &instruments, (*wire.Walker).Text)
	read.Bytes(&state)
	if err := read.End(); err != nil {
		return fmt.Errorf("bend %s: %w", p.Stream, err)
	}
	lane, err := execution.New(c)
	if err != nil {
		return err
	}
	if _, err := lane.ReadState(state); err != nil {
		return err
	}
	for o := range lane.Orders() {
		if o.Life.State.Final() {
			continue
		}
		forget := execution.Entry{Facts: []execution.Fact{{Kind: execution.FactForgotten, Order: o.Order.ID}}}
		if err := lane.Apply(&forget); err != nil {
			return err
		}
		break
	}
	written := wire.Walker{}
	written.Formats("lane's part", format, format)
	wire.List(&written, &agents, (*wire.Walker).Text)
	wire.List(&written, &instruments, (*wire.Walker).Text)
	state = lane.AppendState(nil)
	written.Bytes(&state)
	p.State = written.Buffer
	return nil
}
