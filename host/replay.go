package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// ReplayOptions say which turns are taken again, and from what.
type ReplayOptions struct {
	// Journal may be open for reading only, and another process may append to it meanwhile: what was durable
	// when the replay began is taken.
	Journal *journal.Journal
	Agent   string
	// Modules has the bytes of every module that the agent's journal speaks of.
	Modules ModuleSource
	// From and To are the first and the last event to compare; 0 is the first and the last there is. The turns
	// before From are taken, for the state that they leave, and not compared.
	From, To uint64
	// Checkpoints, if set, shorten the way to From, and are what a journal is replayed from of which the beginning
	// was pruned: the newest before From, or without a From the one that is farthest back.
	Checkpoints Checkpoints
	// Log may be nil.
	Log hclog.Logger
	// Plugin, if set, is another module that is given the inputs of every tick. Where the beginning was pruned, it
	// loads what the one before it saves at the checkpoint.
	Plugin *Plugin
}

// Replay takes an agent's turns again, from its journal stream and its modules' bytes alone: a turn's entry
// holds its event, bars included, and an entry of kind module all settings. Each turn and each dead letter
// made must be the one that the stream holds, byte for byte. One goroutine, but for Progress.
type Replay struct {
	o       ReplayOptions
	stream  journal.StreamInfo
	agent   *Agent
	anchor  checkpoint.Anchor // of the checkpoint that it goes on from
	module  uint64            // the position of the last module entry passed
	turn    event.Turn        // of the past
	body    []byte            // of the turn made
	letter  []byte            // of the dead letter made, nil for none
	sum     hash.Hash
	plugin  *pluginGuest
	summary ReplaySummary
	// poison is an event that is not compared: a failed tick that is run again on purpose. held is its dead
	// letter in the journal.
	poison uint64
	held   []byte
	heldAt uint64
	// before and after, if set, are called before and after each turn is taken.
	before func(sequence uint64) error
	after  func(ctx context.Context) error
	ahead  bool // entries are read and verified on another goroutine

	position, ticks atomic.Uint64
}

// ReplaySummary is what a replay found.
type ReplaySummary struct {
	Agent string `json:"agent"`
	// From and To are the first and the last event compared, Turns how many; 0 for none.
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	Turns uint64 `json:"turns"`
	// Checkpoint is the event after which a checkpoint was made that the replay went on from, 0 for none.
	Checkpoint uint64 `json:"checkpoint,omitempty"`
	// Taken is how many turns were taken, those before From included; Ticks how many of them ticked the
	// strategy, Failed how many of these failed.
	Taken  uint64 `json:"taken"`
	Ticks  uint64 `json:"ticks"`
	Failed uint64 `json:"failed"`
	// FirstTime and LastTime are those of From and To.
	FirstTime int64 `json:"first_time"`
	LastTime  int64 `json:"last_time"`
	// StateHash is the agent's state after To, as in a run's summary. TurnsSHA256 is over the turns compared as
	// they were made again, each preceded by its length in 4 bytes, little-endian.
	StateHash   string `json:"state_hash"`
	TurnsSHA256 string `json:"turns_sha256"`
	// ModuleSHA256 is the module at the end.
	ModuleSHA256 string `json:"module_sha256"`
	// Made and Replayed are the meter, engine and processor then and now.
	Made     Machine `json:"made_by"`
	Replayed Machine `json:"replayed_by"`
}

// Machine is what ran a module.
type Machine struct {
	Meter  string `json:"meter"`
	ABI    uint32 `json:"abi"`
	Engine string `json:"engine"`
	Wazero string `json:"wazero"`
	Arch   string `json:"arch"`
}

// OpenReplay reads what the agent's stream begins with and makes the agent as it was before its first turn.
// Close must follow. The error is a *PrunedError where the turns asked for cannot be taken again, because the
// beginning was pruned.
func OpenReplay(ctx context.Context, o ReplayOptions) (*Replay, error) {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	r := &Replay{o: o, ahead: true, sum: sha256.New(), summary: ReplaySummary{Agent: o.Agent}}
	var err error
	if r.stream, err = agentStream(o.Journal, o.Agent); err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	if o.Plugin != nil {
		if r.plugin, err = newPluginGuest(ctx, o.Plugin, r.agent, o.From, r.anchor.Sequence); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// agentStream finds an agent's stream. The error names those that there are.
func agentStream(j *journal.Journal, agent string) (journal.StreamInfo, error) {
	streams, err := j.Streams()
	if err != nil {
		return journal.StreamInfo{}, err
	}
	const prefix = "agent/"
	var names []string
	for _, s := range streams {
		if s.Name == prefix+agent {
			return s, nil
		}
		if len(s.Name) > len(prefix) && s.Name[:len(prefix)] == prefix {
			names = append(names, s.Name[len(prefix):])
		}
	}
	return journal.StreamInfo{}, fmt.Errorf("the journal has no agent %q; it has %s", agent, strings.Join(names, ", "))
}

// Instruments are the agent's, in the order in which its turns count them.
func (r *Replay) Instruments() []event.Instrument { return r.agent.plan.Instruments }

// Progress says how many of the stream's entries are behind us, and how many ticks were made. Any goroutine
// may call it.
func (r *Replay) Progress() (done, total, ticks int64) {
	return int64(r.position.Load()), int64(r.stream.Position), int64(r.ticks.Load())
}

// Do takes the turns. The error is a *Diverged at the first difference.
func (r *Replay) Do(ctx context.Context) error {
	entries := r.entries()
	if r.ahead {
		entries = readAhead(entries)
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if e.Kind == journal.KindTurn && r.o.To != 0 && e.Sequence > r.o.To {
			break
		}
		if err := r.entry(ctx, &e); err != nil {
			return err
		}
		if r.position.Store(e.Position); e.Position%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	// The stream may end between a failed tick's turn and its letter: what is durable was read.
	if r.o.From > r.agent.sequence {
		return fmt.Errorf("agent %s has events up to %d, before --from %d", r.o.Agent, r.agent.sequence, r.o.From)
	}
	return nil
}

func (r *Replay) entry(ctx context.Context, e *journal.Entry) error {
	switch e.Kind {
	case journal.KindModule:
		r.module = e.Position
	case journal.KindAudit:
		return r.audit(e)
	case journal.KindTurn:
		if r.letter != nil && r.comparing(r.agent.sequence) {
			return r.diverged(&journal.Entry{Position: e.Position, Sequence: r.agent.sequence, Kind: journal.KindDeadLetter}, nil, r.letter)
		}
		return r.take(ctx, e)
	case journal.KindDeadLetter:
		if e.Sequence == r.poison {
			r.hold(e)
			return nil
		}
		made := r.letter
		if r.letter = nil; r.comparing(e.Sequence) && !r.sameLetter(e.Body, made) {
			return r.diverged(e, e.Body, made)
		}
	}
	return nil
}

// audit takes in that the journal was restored from a backup here: ids are made from another run from now on.
func (r *Replay) audit(e *journal.Entry) error {
	restored, ok, err := event.ReadRestored(e.Body)
	if err != nil {
		return fmt.Errorf("stream %q, position %d: %w", r.stream.Name, e.Position, err)
	}
	if run, agents := restored.NewRun(); ok && agents {
		r.agent.ledger.run = &run
	}
	return nil
}

// comparing reports whether an event is one of those asked for.
func (r *Replay) comparing(sequence uint64) bool { return sequence >= r.o.From && sequence != r.poison }

// take takes one turn again and compares it.
func (r *Replay) take(ctx context.Context, past *journal.Entry) error {
	if err := event.ReadTurn(past.Body, &r.turn); err != nil {
		return fmt.Errorf("stream %q, position %d: %w", r.stream.Name, past.Position, err)
	}
	if r.before != nil {
		if err := r.before(past.Sequence); err != nil {
			return err
		}
	}
	r.letter = nil
	if _, err := r.agent.takeAgain(ctx, &r.turn, r.module); err != nil {
		return err
	}
	r.count()
	if r.comparing(past.Sequence) {
		if !bytes.Equal(past.Body, r.body) || past.Sequence != r.agent.sequence {
			return r.diverged(past, past.Body, r.body)
		}
		r.compared()
	}
	if r.after != nil {
		return r.after(ctx)
	}
	return nil
}

func (r *Replay) count() {
	r.summary.Taken++
	if v := r.agent.turn.Verdict; v != event.VerdictNone {
		r.summary.Ticks++
		r.ticks.Add(1)
		if v != event.VerdictOK {
			r.summary.Failed++
		}
	}
}

func (r *Replay) compared() {
	s, e := &r.summary, &r.agent.turn.Event
	if s.Turns == 0 {
		s.From, s.FirstTime = e.Sequence, e.Time
	}
	s.Turns++
	s.To, s.LastTime = e.Sequence, e.Time
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(len(r.body)))
	r.sum.Write(size[:])
	r.sum.Write(r.body)
}

// made is told what the agent would journal.
func (r *Replay) made(kind journal.Kind, _ uint64, body []byte) error {
	switch kind {
	case journal.KindTurn:
		r.body = append(r.body[:0], body...)
	case journal.KindDeadLetter:
		r.letter = bytes.Clone(body)
	default:
		return fmt.Errorf("an entry of kind %s was made", kind)
	}
	return nil
}

// sameLetter compares two dead letters. The names of a guest's frames are the engine's own: where the
// engine or the processor is another, the stack is not compared.
func (r *Replay) sameLetter(want, made []byte) bool {
	if made == nil || bytes.Equal(want, made) {
		return made != nil
	}
	if r.summary.Made == r.summary.Replayed {
		return false
	}
	var letters [2]event.Letter
	for i, b := range [...][]byte{want, made} {
		if json.Unmarshal(b, &letters[i]) != nil || letters[i].Tick == nil {
			return false
		}
		letters[i].Tick.Stack = nil
	}
	a, errA := json.Marshal(&letters[0])
	b, errB := json.Marshal(&letters[1])
	return errors.Join(errA, errB) == nil && bytes.Equal(a, b)
}

func (r *Replay) diverged(e *journal.Entry, want, got []byte) error {
	return &Diverged{
		Stream: r.stream.Name, Position: e.Position, Sequence: e.Sequence, Kind: e.Kind,
		Want: bytes.Clone(want), Got: bytes.Clone(got),
	}
}

// Summary is what was found; after Do.
func (r *Replay) Summary() ReplaySummary {
	s := r.summary
	s.StateHash = r.agent.stateHash()
	s.TurnsSHA256 = hex.EncodeToString(r.sum.Sum(nil))
	s.ModuleSHA256 = fmt.Sprintf("%x", r.agent.plan.Module.SHA256())
	return s
}

// Close ends the instances. The journal stays open.
func (r *Replay) Close() error {
	err := r.agent.close()
	if r.plugin != nil {
		err = errors.Join(err, r.plugin.guest.close())
	}
	return err
}
