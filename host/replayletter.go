package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// LetterReplay is a failed tick that was run again from what the journal holds.
type LetterReplay struct {
	// Letter is the dead letter as journaled, at Position of Stream.
	Letter   event.Letter
	Stream   string
	Position uint64
	// Made is the dead letter as it was made again, nil if the tick did not fail this time. Reproduced says that
	// it is the same; else Differs names the facts that are not.
	Made       *event.Letter
	Reproduced bool
	Differs    []string
	Then       Machine // what made the letter, and what ran it again
	Now        Machine
	// Before is the strategy's state before the tick, as sandbox.Snapshot encodes it.
	Before []byte
	// Plugin is what became of a plugin that was given every input from the start, and Tried its tick in the
	// place of the failed one; nil if there was none. Wishes are what it would have ordered there.
	Plugin *PluginSummary
	Tried  *PluginTick
	Wishes []Difference
}

// ReplayLetter replays the agent of a dead letter up to the tick that failed, comparing each turn, and then
// that tick. Agent, From and To of o are not used. The error is a *Diverged if a turn before is not what the
// journal holds.
func ReplayLetter(ctx context.Context, o ReplayOptions, id string, progress func(*Replay)) (*LetterReplay, error) {
	agent, turn, err := agentOfLetter(id)
	if err != nil {
		return nil, err
	}
	l := &LetterReplay{}
	o.Agent, o.From, o.To = agent, 0, turn
	if o.Plugin != nil {
		p := *o.Plugin
		p.Told = l.told(turn)
		o.Plugin = &p
	}
	r, err := OpenReplay(ctx, o)
	if err != nil {
		return nil, err
	}
	r.poison = turn
	r.before = func(sequence uint64) error {
		if sequence != turn {
			return nil
		}
		var s sandbox.Snapshot
		err := r.agent.guest.instance.Snapshot(&s)
		if err == nil {
			l.Before, err = s.AppendBinary(nil)
		}
		return err
	}
	if progress != nil {
		progress(r)
	}
	if err := errors.Join(r.Do(ctx), l.take(r, id), r.Close()); err != nil {
		return nil, err
	}
	return l, nil
}

// agentOfLetter reads the id of a failed tick: the agent's name, "-" and the turn.
func agentOfLetter(id string) (agent string, turn uint64, err error) {
	at := strings.LastIndexByte(id, '-')
	if at > 0 {
		turn, err = strconv.ParseUint(id[at+1:], 10, 64)
	}
	if at <= 0 || err != nil || turn == 0 {
		return "", 0, fmt.Errorf("dead letter %q is not of a failed tick: those have ids such as sma-812, and agenthost dlq list --kind tick lists them", id)
	}
	return id[:at], turn, nil
}

func (l *LetterReplay) told(turn uint64) func(*PluginTick) error {
	return func(t *PluginTick) error {
		if t.Sequence == turn {
			tried := *t
			tried.Differences = nil
			l.Tried, l.Wishes = &tried, append(l.Wishes, t.Differences...)
		}
		return nil
	}
}

// take compares what was made with what the journal holds.
func (l *LetterReplay) take(r *Replay, id string) error {
	if r.held == nil {
		return fmt.Errorf("the journal holds no dead letter %s: agent %s has events up to %d, and that of this number did not fail", id, r.o.Agent, r.agent.sequence)
	}
	l.Stream, l.Position = r.stream.Name, r.heldAt
	l.Then, l.Now = r.summary.Made, r.summary.Replayed
	l.Plugin = r.Plugin()
	if err := json.Unmarshal(r.held, &l.Letter); err != nil || l.Letter.Tick == nil {
		return fmt.Errorf("stream %q, position %d: dead letter: %w", l.Stream, l.Position, errors.Join(err, errors.New("it is not of a failed tick")))
	}
	if r.letter == nil {
		l.Differs = []string{"the tick does not fail"}
		return nil
	}
	l.Made = &event.Letter{}
	if err := json.Unmarshal(r.letter, l.Made); err != nil {
		return err
	}
	l.compare(l.Then == l.Now)
	l.Reproduced = len(l.Differs) == 0
	return nil
}

// compare names the facts that differ. The names of a guest's frames are the engine's own.
func (l *LetterReplay) compare(sameMachine bool) {
	a, b := l.Letter.Tick, l.Made.Tick
	differ := func(name string, differs bool) {
		if differs {
			l.Differs = append(l.Differs, name)
		}
	}
	differ("cause", l.Letter.Cause != l.Made.Cause)
	differ("message", l.Letter.Message != l.Made.Message)
	differ("time", l.Letter.Time != l.Made.Time)
	differ("module", l.Letter.Module != l.Made.Module)
	differ("trap", a.Trap != b.Trap)
	differ("code", a.Code != b.Code)
	differ("printed", a.Printed != b.Printed)
	differ("fuel", a.Fuel != b.Fuel)
	differ("budget", a.Budget != b.Budget)
	differ("input", !bytes.Equal(a.Input, b.Input))
	differ("stack", sameMachine && strings.Join(a.Stack, "\n") != strings.Join(b.Stack, "\n"))
}

// hold keeps the journal's letter of the tick that is run again on purpose.
func (r *Replay) hold(e *journal.Entry) { r.held, r.heldAt = bytes.Clone(e.Body), e.Position }
