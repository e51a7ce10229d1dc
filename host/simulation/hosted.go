package simulation

import (
	"context"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// Input is one thing that comes to a group of the host: one field is set.
type Input struct {
	Market *event.Market
	Reply  *event.Reply
	// Act is a person's, about the lane.
	Act *execution.Act
	// Redrive is a person's, about an order that is a dead letter.
	Redrive *Redrive
	// Flatten is a person's: shut every agent down and close what is open.
	Flatten bool
	// Swap is a person's, made ready before.
	Swap *Swap
}

// Hosted is one group of a running host: the agents of one account and their lane, until the power fails. It is
// what a World drives. What it did is read from its journal. One goroutine.
type Hosted interface {
	// Round takes in what came at now. The calls it returns may go out: what orders them is durable.
	Round(ctx context.Context, in []Input, now int64) (calls []event.Call, err error)
	// Next is when the group wants a round by itself, 0 for never.
	Next() int64
	// Release ends the group. After a failure of power it can let go of memory only, and says so.
	Release() error
}

// Swapping is a Hosted whose agents' modules can be swapped while it runs.
type Swapping interface {
	// Prepare makes a swap ready, to be given as an input of a later round. The error says why it cannot be; the
	// agent is as it was in any case.
	Prepare(ctx context.Context, s *SwapPlan) (*Swap, error)
	// Drop lets go of a swap that will not be given.
	Drop(s *Swap) error
	// AgentState and StateHash are host.Live's.
	AgentState(agent string) host.AgentState
	StateHash(agent string) string
}

// Swap is a swap that was made ready.
type Swap struct {
	Plan *SwapPlan
	// Told says that the host has answered, Refused why it did not carry the swap out.
	Told    bool
	Refused error
	input   host.LiveInput
}

// Saving is a Hosted that keeps checkpoints.
type Saving interface {
	// States is host.Live's, SayPruned too. Modules are what it keeps of strategies.
	States() map[string]string
	Modules() host.ModuleSource
	SayPruned(plan []host.Pruning) ([]uint64, error)
}

// Opener starts, or starts again, a group of a plan: it recovers from what journal and checkpoints hold.
type Opener func(ctx context.Context, o *Opening) (Hosted, error)

// Opening is what a group is started with.
type Opening struct {
	Plan    *Plan
	Group   int
	Lane    execution.Config
	Journal *journal.Journal
	// Checkpoints are where the group's are kept, nil for nowhere. Recovered, if set, is told what each step of
	// recovery found.
	Checkpoints host.Checkpoints
	Recovered   func(host.RecoveryStep)
	Now         int64
}

// streamOf is the name of an agent's journal stream, laneOf that of the lane of an account.
func streamOf(agent string) string        { return "agent/" + agent }
func laneOf(venue, account string) string { return "lane/" + venue + "/" + account }
