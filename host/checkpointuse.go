package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/wire"
)

// CheckUse finds out whether a start would go on from a part now: it makes what the part holds as recovery does, with
// this host's meter and engine, and drops it. Whoever gives up what is before a checkpoint asks this first, for its
// hash says nothing of who can read it. The part is one that its store has held to its hash.
func CheckUse(ctx context.Context, j *journal.Journal, modules ModuleSource, part *checkpoint.Part) error {
	if err := j.Holds(part.Stream, part.Position, part.Hash); err != nil {
		return err
	}
	if strings.HasPrefix(part.Stream, "lane/") {
		return checkLaneUse(part)
	}
	info, err := j.Stream(part.Stream)
	if err != nil {
		return err
	}
	n, err := readLineage(j, part.Stream, info.Position)
	if err != nil {
		return err
	}
	plan, err := n.last.entry.plan(ctx, modules)
	if err != nil {
		return err
	}
	m := agentMemory{}
	if m.watch, err = newWatch(plan); err != nil {
		return err
	}
	if err := m.decode(part.State); err != nil {
		return err
	}
	a, err := n.resume(ctx, j, &ledger{name: part.Stream}, modules, hclog.NewNullLogger(), part, &m)
	if err != nil {
		return err
	}
	return a.close()
}

// checkLaneUse looks whether a lane's part can be read. Agents and instruments that are new since do not matter.
func checkLaneUse(part *checkpoint.Part) error {
	if part.Maker != laneMaker {
		return errOtherMaker
	}
	m := laneMemory{}
	w := wire.Walker{Buffer: part.State, Reading: true}
	m.walk(&w)
	if err := w.End(); err != nil {
		return err
	}
	if err := execution.CheckState(m.state, len(m.members.Agents), len(m.members.Instruments)); err != nil {
		return fmt.Errorf("lane: %w", err)
	}
	return nil
}
