package host

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// ledger is an agent's or a lane's way to its journal stream. In a new run it appends. In a resumed run
// it first compares: what the engine does again must be what the stream holds, byte for byte, until the
// history is used up; from there it appends. So resuming and verifying are one.
type ledger struct {
	// stream is nil where the past is only looked at; name is the stream's.
	stream *journal.Stream
	name   string
	// again, if set, is told what would be journaled: the replay compares, and nothing is appended.
	again func(kind journal.Kind, sequence uint64, body []byte) error
	// module is the position of the entry that tells which module, meter and configuration are at work.
	module   uint64
	history  *history
	scratch  []byte
	kind     journal.Kind // of the entry begun
	sequence uint64
	compared uint64
	// run, if not nil, is what order ids are made from, from the next turn on: the journal was restored here.
	run *[8]byte
	// conditions is the last entry of kind mode that was passed, nil if there was none.
	conditions []byte
}

// Diverged says that a turn done again is not what the journal holds: the data, the module or the host
// is not what it was.
type Diverged struct {
	Stream    string
	Position  uint64
	Sequence  uint64
	Kind      journal.Kind
	Want, Got []byte
}

// Error names the place; the bodies are left to those who decode them.
func (d *Diverged) Error() string {
	if d.Got == nil {
		return fmt.Sprintf("stream %q holds a %s entry at position %d (event %d) that was not made again: the data, the module or the host is not what it was; start a new run",
			d.Stream, d.Kind, d.Position, d.Sequence)
	}
	return fmt.Sprintf("stream %q, position %d (event %d): what was done again differs from the journal's %s entry: the data, the module or the host is not what it was; start a new run",
		d.Stream, d.Position, d.Sequence, d.Kind)
}

// history hands out a stream's effects of the past: turns, attempts, outcomes, dead letters.
type history struct {
	next    func() (journal.Entry, error, bool)
	stop    func()
	current journal.Entry
	// module is the position of the last module entry passed, 0 for none.
	module uint64
	run    *[8]byte // of a restore that lies before current
	// conditions is the body of the last entry of kind mode passed.
	conditions []byte
}

func newHistory(entries iter.Seq2[journal.Entry, error]) *history {
	h := &history{}
	h.next, h.stop = iter.Pull2(entries)
	return h
}

// advance moves to the next entry to compare; more is false at the end.
func (h *history) advance() (more bool, err error) {
	for {
		e, err, ok := h.next()
		if !ok || err != nil {
			h.stop()
			return false, err
		}
		switch e.Kind {
		case journal.KindTurn, journal.KindAttempt, journal.KindOutcome, journal.KindDeadLetter:
			h.current = e
			return true, nil
		case journal.KindModule:
			h.module = e.Position
		case journal.KindAudit:
			if err := h.audit(&e); err != nil {
				h.stop()
				return false, err
			}
		case journal.KindMode:
			h.conditions = append(h.conditions[:0], e.Body...)
		}
	}
}

// audit takes in that the journal was restored.
func (h *history) audit(e *journal.Entry) error {
	r, ok, err := event.ReadRestored(e.Body)
	if err != nil {
		return fmt.Errorf("position %d: %w", e.Position, err)
	}
	if run, agents := r.NewRun(); ok && agents {
		h.run = &run
	}
	return nil
}

// resume makes the ledger compare with what the stream holds.
func (l *ledger) resume(j *journal.Journal) error {
	l.history = newHistory(j.Read(l.name, 1))
	return l.advance()
}

// resumeAfter is resume from an anchor on, where the turns were made by the module entry at a position.
func (l *ledger) resumeAfter(j *journal.Journal, a *checkpoint.Anchor, module uint64) error {
	l.history = newHistory(j.ReadAfter(l.name, a.Position, a.Hash))
	l.module, l.history.module = module, module
	return l.advance()
}

func (l *ledger) advance() error {
	more, err := l.history.advance()
	if l.history.run != nil {
		l.run, l.history.run = l.history.run, nil
	}
	if err != nil {
		return fmt.Errorf("read stream %q: %w", l.name, err)
	}
	if !more {
		l.conditions = l.history.conditions
		l.history = nil
	}
	return nil
}

// begin starts an entry and returns the buffer to append its body to.
func (l *ledger) begin(kind journal.Kind, sequence uint64, at int64) []byte {
	if l.history == nil && l.again == nil {
		return l.stream.Begin(kind, sequence, at)
	}
	l.kind, l.sequence = kind, sequence
	return l.scratch[:0]
}

// commit seals the entry, or compares it with the past. The error is a *Diverged or the stream's failure.
func (l *ledger) commit(b []byte) error {
	if l.again != nil {
		l.scratch = b
		return l.again(l.kind, l.sequence, b)
	}
	if l.history == nil {
		if l.stream.Commit(b) == 0 {
			return l.stream.Failed()
		}
		return nil
	}
	l.scratch = b
	e := &l.history.current
	if !bytes.Equal(e.Body, b) || e.Sequence != l.sequence || e.Kind != l.kind {
		return &Diverged{
			Stream: l.name, Position: e.Position, Sequence: e.Sequence, Kind: e.Kind,
			Want: bytes.Clone(e.Body), Got: bytes.Clone(b),
		}
	}
	l.compared++
	return l.advance()
}

// wait returns when all that was committed is durable. What is compared already is.
func (l *ledger) wait() error {
	if l.history != nil || l.again != nil {
		return nil
	}
	position, _ := l.stream.Head()
	return l.stream.Wait(position)
}

// past is the entry that comes next in the history, nil when there is none.
func (l *ledger) past() *journal.Entry {
	if l.history == nil {
		return nil
	}
	return &l.history.current
}

// close gives the lease back and lets go of the history.
func (l *ledger) close() error { return closeLedgers([]*ledger{l}) }

// closeLedgers closes several at once: thousands of leases are given back in one transaction. Nil ones are passed over.
func closeLedgers(ledgers []*ledger) error {
	var streams []*journal.Stream
	for _, l := range ledgers {
		if l == nil {
			continue
		}
		if l.history != nil {
			l.history.stop()
			l.history = nil
		}
		if l.stream != nil {
			streams = append(streams, l.stream)
		}
	}
	return journal.CloseAll(streams...)
}

// finish makes everything durable and says what of the past was never reached.
func (l *ledger) finish() error {
	if e := l.past(); e != nil {
		return &Diverged{Stream: l.name, Position: e.Position, Sequence: e.Sequence, Kind: e.Kind, Want: bytes.Clone(e.Body)}
	}
	return l.wait()
}
