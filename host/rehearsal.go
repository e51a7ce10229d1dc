package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// rehearsal makes the instance of a plan ready beside a replay of the agent: the agent takes its turns again
// aside, from the journal, while the real one goes on, and the new instance is ticked with the same inputs.
type rehearsal struct {
	replay *Replay
	plan   *AgentPlan
	warmup string
	// from is the turn after which the new instance is made.
	from uint64
	// compare, if it is set, is told what both wished in a tick.
	compare func(sequence uint64, now int64, old *Agent, fresh []byte) error
	beside  beside
	ticks   tail
}

// noReplayError says that the inputs are not there any more from which a module's state would be made.
type noReplayError struct{ *PrunedError }

func (e *noReplayError) Error() string {
	return fmt.Sprintf("the new module would be shown every input since agent %s began, and the events up to %d were pruned: "+
		"its state can only come from strategy_save in the old module and strategy_load in the new one (--warmup load), or it begins anew (--warmup fresh)", e.Agent, e.Events)
}

func (e *noReplayError) Unwrap() error { return e.PrunedError }

// past is what a rehearsal of an agent reads: its turns so far, which are durable.
func (l *Live) past(a *Agent) ReplayOptions {
	return ReplayOptions{Journal: l.journal, Agent: a.plan.Name, Modules: a.modules, Checkpoints: l.saves, To: a.sequence, Log: l.log}
}

// openRehearsal begins one of the agent, the journal, the modules and the checkpoints of o. o.To is the last turn to
// take, which is durable; from is the turn after which the new instance is to be made: 0 for WarmupReplay. The agent
// begins at the newest checkpoint up to there. The error is a *PrunedError where the journal begins behind from.
func openRehearsal(ctx context.Context, o ReplayOptions, p *AgentPlan, warmup string, from uint64) (*rehearsal, error) {
	o.From = from + 1
	replay, err := OpenReplay(ctx, o)
	if err == nil && warmup == WarmupReplay && replay.summary.Checkpoint > 0 {
		err = errors.Join(replay.pruned(replay.summary.Checkpoint+1), replay.Close())
	}
	if pruned := (*PrunedError)(nil); errors.As(err, &pruned) && warmup == WarmupReplay {
		return nil, &noReplayError{pruned}
	}
	if err != nil {
		return nil, err
	}
	r := &rehearsal{replay: replay, plan: p, warmup: warmup, from: max(from, replay.summary.Checkpoint)}
	replay.o.From, replay.ahead = 0, false // all of it is compared; the other processor is left to who trades
	replay.agent.tail, replay.after = &r.ticks, r.step
	return r, nil
}

// run takes the turns and returns the instance, which is the caller's also after an error.
func (r *rehearsal) run(ctx context.Context) (b beside, err error) {
	err = r.step(ctx)
	if err == nil && r.replay.o.To > 0 {
		err = r.replay.Do(ctx)
	}
	return r.beside, errors.Join(err, r.replay.Close())
}

// step is told after each turn, and once before the first.
func (r *rehearsal) step(ctx context.Context) (err error) {
	a := r.replay.agent
	ticked := len(r.ticks.ticks) > 0
	defer func() { r.ticks = tail{inputs: r.ticks.inputs[:0], ticks: r.ticks.ticks[:0]} }()
	if r.beside.guest != nil && ticked {
		out, _, err := r.beside.tick(ctx, r.ticks.inputs, a.now)
		if err == nil && r.compare != nil {
			err = r.compare(a.sequence, a.now, a, out)
		}
		if err != nil {
			return fmt.Errorf("tick %d: %w", a.sequence, err)
		}
	}
	if r.beside.plan == nil && a.sequence >= r.from {
		if r.beside, err = a.prepare(ctx, r.plan, r.warmup); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// turnBefore is the turn after which the last n ticks of an agent's stream were taken, 0 where it has not so many.
func turnBefore(ctx context.Context, j *journal.Journal, stream string, head uint64, n int) (sequence uint64, err error) {
	for span := 2*uint64(n) + 64; ; span *= 4 {
		first := uint64(1)
		if head > span {
			first = head - span + 1
		}
		ticks := 0
		count := func(uint64) bool { ticks++; return true }
		if err := eachTick(ctx, j, stream, first, head, count); err != nil {
			return 0, err
		}
		if ticks < n && first > 1 {
			continue
		}
		skip := ticks - n
		if skip < 0 {
			return 0, nil
		}
		err := eachTick(ctx, j, stream, first, head, func(at uint64) bool {
			sequence = at - 1
			skip--
			return skip >= 0
		})
		return sequence, err
	}
}

// eachTick visits the turns of a stream's entries from first to head whose tick succeeded, until visit returns false.
func eachTick(ctx context.Context, j *journal.Journal, stream string, first, head uint64, visit func(sequence uint64) bool) error {
	var turn event.Turn
	for e, err := range j.ReadKept(stream, first) {
		switch {
		case err != nil:
			return err
		case e.Position > head:
			return nil
		case e.Position%1024 == 0 && ctx.Err() != nil:
			return context.Cause(ctx)
		case e.Kind != journal.KindTurn:
			continue
		}
		if err := event.ReadTurn(e.Body, &turn); err != nil {
			return fmt.Errorf("stream %q, position %d: %w", stream, e.Position, err)
		}
		if turn.Verdict == event.VerdictOK && !visit(e.Sequence) {
			return nil
		}
	}
	return nil
}
