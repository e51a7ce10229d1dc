package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/sandbox"
)

// SwapRequest is a swap for whoever drives a Live without a Service.
type SwapRequest struct {
	// Module is what the agent is to run, Wasm its bytes; Parameters its values in declared order, nil for
	// those of the module before.
	Module     *sandbox.Module
	Wasm       []byte
	Parameters []abi.Value
	// Warmup is one of the Warmup words; empty is load where both modules can, else replay.
	Warmup string
	SwapSettings
	By, Why string
}

// PrepareSwap makes a module ready and returns the input that puts it to work. The agent may take turns
// between the two. The error says what the new module is at fault for; nothing has changed then.
func (l *Live) PrepareSwap(ctx context.Context, agent string, o SwapRequest) (LiveInput, error) {
	ch, err := l.prepareSwap(ctx, agent, o)
	if err != nil {
		return LiveInput{}, err
	}
	return LiveInput{Command: &Command{Agent: agent, swap: ch.ready}}, nil
}

func (l *Live) prepareSwap(ctx context.Context, agent string, o SwapRequest) (*change, error) {
	ch := &change{group: direct{l}, log: l.log, stage: func(string, string, [32]byte) {}, agent: agent, warmup: o.Warmup, by: o.By, why: o.Why, settings: o.SwapSettings}
	ch.shadow = o.Shadow
	if err := ch.look(ctx); err != nil {
		return nil, err
	}
	plan := *ch.before
	plan.Module, plan.Wasm = o.Module, o.Wasm
	if plan.Parameters = o.Parameters; plan.Parameters == nil {
		var err error
		if plan.Parameters, err = carriedParameters(o.Module.Description(), ch.before, nil); err != nil {
			return nil, err
		}
	}
	if err := ch.modules.Keep(o.Wasm); err != nil {
		return nil, err
	}
	ch.plan = &plan
	if err := ch.prepare(ctx); err != nil {
		return nil, err
	}
	if ch.ready == nil {
		return nil, errors.New("nothing changes: the agent runs this already")
	}
	return ch, nil
}

// DropSwap lets go of what PrepareSwap has made ready and is not to be given.
func (l *Live) DropSwap(in LiveInput) error {
	s := in.Command.swap
	if a := l.agentNamed(in.Command.Agent); a != nil && a.tail != nil && a.tail.of == s {
		a.tail = nil
	}
	if s.ready == nil {
		return nil
	}
	return s.ready.beside.close()
}

// AgentState is what an agent of a Live has come to, for a driver that compares.
type AgentState struct {
	// Sequence is its last turn, Module the position of the journal's entry that says what makes the next.
	Sequence, Module uint64
	// ModuleSHA256 is what is at work, in hex.
	ModuleSHA256 string
	// Probation is how many of its ticks are left, 0 for none.
	Probation int
}

// AgentState tells of an agent between two rounds; zero if there is none of that name.
func (l *Live) AgentState(agent string) (s AgentState) {
	a := l.agentNamed(agent)
	if a == nil {
		return s
	}
	s = AgentState{Sequence: a.sequence, Module: a.ledger.module, ModuleSHA256: fmt.Sprintf("%x", a.guest.module.SHA256())}
	if a.standby != nil {
		s.Probation = a.standby.left
	}
	return s
}

// StateHash is over all that decides what an agent does next, what is in reserve included; empty if there is no
// agent of that name. It reads the strategy's whole memory.
func (l *Live) StateHash(agent string) string {
	a := l.agentNamed(agent)
	if a == nil {
		return ""
	}
	return a.stateHash()
}

// States are all that the group's streams have come to, by name: groups of equal states go on alike, however they
// were recovered. It reads every strategy's memory.
func (l *Live) States() map[string]string {
	states := map[string]string{l.stream.Name(): string(l.lane.AppendState(nil))}
	for i, a := range l.agents {
		m := agentMemory{module: a.ledger.module, told: l.told[i], run: a.plan.Run, state: a.AppendState(nil), watch: l.watches[i]}
		states[a.ledger.name] = a.stateHash() + string(m.encode())
	}
	return states
}

// PrepareRollback returns the input that brings back what is in reserve.
func (l *Live) PrepareRollback(agent, by, why string) LiveInput {
	return LiveInput{Command: &Command{Agent: agent, swap: &swapCommand{back: true, by: by, why: why}}}
}

// direct is a group whose driver asks between two rounds.
type direct struct{ live *Live }

func (d direct) ask(_ context.Context, question func(*Live)) error {
	question(d.live)
	return nil
}

func (d direct) order(context.Context, Command) error {
	return errors.New("the driver gives commands itself, as inputs")
}
