package host

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/host/wire"
)

// Checkpoints is where live groups keep their checkpoints. *checkpoint.Store is one.
type Checkpoints interface {
	// List is a group's checkpoints, newest first.
	List(group string) ([]checkpoint.Checkpoint, error)
	Load(*checkpoint.Info) (*checkpoint.Part, error)
	Put(group string, p *checkpoint.Part) (checkpoint.Info, error)
	Commit(group string, at int64, parts []checkpoint.Info, keep int) (id int64, err error)
	// Sync makes all that was committed survive a failure of power, which may cost the newest otherwise.
	Sync() error
}

// CheckpointRule says when a live group makes a checkpoint. The zero rule makes none.
type CheckpointRule struct {
	// Every is a time in nanoseconds, Turns a number of turns of the group since the last one; 0 is never.
	Every int64
	Turns uint64
	// OnOrders and OnPositions make one after each change.
	OnOrders, OnPositions bool
	// Keep is how many are kept; 0 is 1.
	Keep int
	// Inline writes within the round, for simulations, where every run of a seed must be the same.
	Inline bool
}

// gatherBytesMax bounds what a round compares and copies for a checkpoint (some milliseconds), and waitingBytesMax what waits to be written: an agent's
// part needs not be of the same round as another's, for each goes on from an entry of its own stream.
const (
	gatherBytesMax  = 32 << 20
	waitingBytesMax = 32 << 20
)

// saver makes the checkpoints of a live group: the group's goroutine copies states at the end of a round, and
// another packs and writes them. One checkpoint at a time.
type saver struct {
	store Checkpoints
	rule  CheckpointRule
	group string
	// last are the parts of the newest checkpoint, by stream: the lane, then the agents. A part whose stream has
	// not moved is not written again.
	last  []checkpoint.Info
	at    int64  // when the last one was begun, in event time
	turns uint64 // of the group, then
	// orders and positions have changed since.
	orders, positions bool
	writing           *writing
	failed            bool
	wishes            []*checkpointWish // of persons, for the next one
}

// writing is a checkpoint on its way.
type writing struct {
	at       int64
	infos    []checkpoint.Info // by stream; each element is written by one side, before jobs closes
	anchors  []uint64          // positions, by stream: the group's
	next     int               // the stream whose state is copied next
	jobs     chan copied
	waiting  atomic.Int64 // bytes
	finished chan written // holds one
	err      error        // of the writing goroutine
	wishes   []*checkpointWish
}

// copied is a state on its way from the group to the file.
type copied struct {
	place    int
	part     checkpoint.Part
	snapshot *sandbox.Snapshot // nil for a lane
	bytes    int64
}

type written struct {
	id  int64
	err error
}

func newSaver(o *LiveOptions, group string, streams int) *saver {
	if o.Checkpoints == nil || o.CheckpointRule == (CheckpointRule{}) || o.Quiet {
		return nil
	}
	return &saver{store: o.Checkpoints, rule: o.CheckpointRule, group: group, last: make([]checkpoint.Info, streams)}
}

// saw notes what a turn has changed.
func (s *saver) saw(t *event.Turn) {
	if s == nil {
		return
	}
	outcome := t.Event.Kind == event.KindOutcome
	s.orders = s.orders || outcome || len(t.Requests) > 0
	s.positions = s.positions || outcome && t.Event.Outcome.Fill.Quantity != 0
}

func (s *saver) due(now int64, turns uint64) bool {
	r := &s.rule
	return r.Every > 0 && now-s.at >= r.Every || r.Turns > 0 && turns-s.turns >= r.Turns ||
		r.OnOrders && s.orders || r.OnPositions && s.positions
}

// checkpoint does what is to do for checkpoints at the end of a round, when every inbox is empty. It never
// waits for the disk, and what fails is told and changes nothing.
func (l *Live) checkpoint() {
	s := l.saver
	if s == nil {
		return
	}
	if s.writing == nil {
		turns := l.turns()
		if s.at == 0 {
			s.at = l.now
		}
		if len(s.wishes) == 0 && !s.due(l.now, turns) {
			return
		}
		if why := l.noCheckpoint(); why != "" {
			answer(s.wishes, written{err: &RefusedError{why}})
			s.wishes = nil
			return
		}
		s.at, s.turns, s.orders, s.positions = l.now, turns, false, false
		if !l.moved() {
			return
		}
		s.writing = s.begin(l.now)
		s.writing.wishes, s.wishes = s.wishes, nil
	}
	if s.rule.Inline {
		l.saveInline(s.writing)
		return
	}
	w := s.writing
	switch {
	case w.next > len(l.streams): // handed over
		select {
		case done := <-w.finished:
			l.saved(w, done)
		default:
		}
	case l.noCheckpoint() != "":
		s.abandon(&RefusedError{l.noCheckpoint()})
	case w.next < len(l.streams):
		l.gather(w, gatherBytesMax)
	case l.durable(w):
		close(w.jobs) // the writer commits
		w.next++
	}
}

func (l *Live) turns() (n uint64) {
	for _, a := range l.agents {
		n += a.sequence
	}
	return n
}

// moved: some stream has more than the last checkpoint knows.
func (l *Live) moved() bool {
	for i, s := range l.streams {
		if position, _ := s.Head(); position != l.saver.last[i].Position {
			return true
		}
	}
	return false
}

// begin starts the goroutine that writes a checkpoint.
func (s *saver) begin(at int64) *writing {
	w := &writing{at: at, infos: make([]checkpoint.Info, len(s.last)), anchors: make([]uint64, len(s.last)), jobs: make(chan copied, len(s.last)), finished: make(chan written, 1)}
	if !s.rule.Inline {
		go s.write(w)
	}
	return w
}

// write packs and writes parts as they come, and commits when the last has. A checkpoint that is abandoned
// comes to nothing: at is 0 then.
func (s *saver) write(w *writing) {
	for c := range w.jobs {
		s.put(w, &c)
	}
	w.finished <- s.commit(w)
}

func (s *saver) put(w *writing, c *copied) {
	defer w.waiting.Add(-c.bytes)
	if w.err != nil {
		return
	}
	if c.snapshot != nil {
		c.part.Guest = c.snapshot.AppendDifference(nil)
	}
	w.infos[c.place], w.err = s.store.Put(s.group, &c.part)
}

func (s *saver) commit(w *writing) (done written) {
	if done.err = w.err; done.err == nil && w.at != 0 {
		done.id, done.err = s.store.Commit(s.group, w.at, w.infos, s.rule.Keep)
	}
	return done
}

// abandon ends a checkpoint that cannot be finished, and waits for its goroutine. Who wished for it is told why.
func (s *saver) abandon(why error) {
	w := s.writing
	if w == nil {
		return
	}
	s.writing = nil
	answer(w.wishes, written{err: why})
	if w.next <= len(w.infos) {
		w.at = 0
		close(w.jobs)
	}
	if !s.rule.Inline {
		<-w.finished
	}
}

// gather copies states until so many bytes are copied, or too many wait to be written.
func (l *Live) gather(w *writing, bytesMax int64) {
	for bytes := int64(0); w.next < len(l.streams) && bytes < bytesMax && w.waiting.Load() < waitingBytesMax; w.next++ {
		w.anchors[w.next], _ = l.streams[w.next].Head()
		if last := &l.saver.last[w.next]; last.ID != 0 && last.Position == w.anchors[w.next] {
			w.infos[w.next] = *last
			continue
		}
		c, err := l.copyState(w.next)
		if err != nil {
			l.saver.abandon(err)
			l.saveFailed(err)
			return
		}
		if bytes += c.bytes; c.snapshot != nil {
			bytes += c.snapshot.MemoryBytes() // is compared with what is shared
		}
		w.waiting.Add(c.bytes)
		w.jobs <- c
	}
}

// durable: whatever the copied states hold is in the journal for good. A checkpoint ahead of its journal
// would be refused.
func (l *Live) durable(w *writing) bool {
	for i, s := range l.streams {
		if s.Durable() < w.anchors[i] {
			return false
		}
	}
	return true
}

// saveInline is all of a checkpoint in one round.
func (l *Live) saveInline(w *writing) {
	s := l.saver
	err := l.journal.Flush(l.streams...)
	for err == nil && s.writing != nil && w.next < len(l.streams) {
		l.gather(w, gatherBytesMax)
		for len(w.jobs) > 0 {
			c := <-w.jobs
			s.put(w, &c)
		}
	}
	if s.writing == nil { // gathering has failed, and has said so
		return
	}
	if err != nil {
		w.err = err
	}
	l.saved(w, s.commit(w))
}

// saved takes in that a checkpoint is written, or why not.
func (l *Live) saved(w *writing, done written) {
	s := l.saver
	s.writing = nil
	answer(w.wishes, done)
	if done.err != nil {
		l.saveFailed(done.err)
		return
	}
	s.last = w.infos
	l.seen.checkpointed(w)
	l.log.Debug("checkpoint written", "group", s.group, "checkpoint", done.id, "time", w.at)
	if s.failed {
		s.failed = false
		l.alert(event.Alert{Key: "checkpoint_failed", Level: event.AlertWarning, Text: "checkpoints are written again", Over: true})
	}
}

// saveFailed tells. Trading goes on: a checkpoint is only a shortcut.
func (l *Live) saveFailed(err error) {
	l.log.Error("checkpoint is not written; the next start takes longer", "group", l.saver.group, "error", err)
	l.saver.failed = true
	l.seen.checkpointFailed()
	l.alert(event.Alert{
		Key: "checkpoint_failed", Level: event.AlertWarning,
		Text: fmt.Sprintf("no checkpoint can be written, so the next start takes longer: %v", err),
	})
}

// copyState copies the state that belongs to a stream: the lane's, or an agent's.
func (l *Live) copyState(place int) (copied, error) {
	stream := l.streams[place]
	position, sequence := stream.Head()
	c := copied{place: place, part: checkpoint.Part{Anchor: checkpoint.Anchor{
		Stream: stream.Name(), Position: position, Sequence: sequence, Hash: stream.HeadHash(),
	}}}
	if place == 0 {
		m := laneMemory{members: membersOf(l.plan), state: l.lane.AppendState(nil)}
		c.part.Maker, c.part.MadeBy = laneMaker, "lane"
		c.part.State = m.encode()
		c.bytes = int64(len(c.part.State))
		return c, nil
	}
	i := place - 1
	a := l.agents[i]
	m := agentMemory{module: a.ledger.module, told: l.told[i], run: a.plan.Run, state: a.AppendState(nil), watch: l.watches[i]}
	c.part.Maker, c.part.MadeBy = makerOf(a.plan.Module, m.module), madeByText(a.plan.Module, m.module)
	c.part.State = m.encode()
	c.snapshot = &sandbox.Snapshot{}
	if err := a.guest.instance.Snapshot(c.snapshot); err != nil {
		return c, fmt.Errorf("agent %s: snapshot: %w", a.plan.Name, err)
	}
	c.bytes = int64(len(c.part.State)) + c.snapshot.OwnBytes()
	return c, nil
}

// laneMaker is what makes a lane: this host's format, for its configuration never decides the past again.
var laneMaker = sha256.Sum256([]byte("lane"))

// makerOf is what makes an agent's turns: the module, its meter and engine, and the settings, which the
// module entry at a position of its stream holds.
func makerOf(m *sandbox.Module, settings uint64) [32]byte {
	id := m.Identity().Hash()
	return sha256.Sum256(binary.LittleEndian.AppendUint64(id[:], settings))
}

func madeByText(m *sandbox.Module, settings uint64) string {
	id := m.Identity()
	return fmt.Sprintf("module %.6x, meter %s, ABI %d.%d, %s, wazero %s, %s, settings of entry %d",
		id.Module, id.Meter, id.ABI>>16, id.ABI&0xffff, id.Engine, id.Wazero, id.Arch, settings)
}

// laneMemory is what a lane's part holds.
type laneMemory struct {
	members members
	state   []byte
}

const laneMemoryFormat = 1

func (m *laneMemory) walk(w *wire.Walker) {
	w.Format("lane's part", laneMemoryFormat)
	wire.List(w, &m.members.Agents, (*wire.Walker).Text)
	wire.List(w, &m.members.Instruments, (*wire.Walker).Text)
	w.Bytes(&m.state)
}

func (m *laneMemory) encode() []byte {
	w := wire.Walker{}
	m.walk(&w)
	return w.Buffer
}

// agentMemory is what an agent's part holds beside its strategy's memory.
type agentMemory struct {
	// module is the position of the module entry that made the last turn, told the last outcome in the journal.
	module, told uint64
	run          [8]byte // from which order ids are made: a restore gives a new one
	state        []byte
	watch        *watch
}

func (m *agentMemory) walk(w *wire.Walker) {
	w.Uint64(&m.module)
	w.Uint64(&m.told)
	w.Fixed(m.run[:])
	m.watch.walk(w)
	w.Bytes(&m.state)
}

func (m *agentMemory) encode() []byte {
	w := wire.Walker{}
	m.walk(&w)
	return w.Buffer
}
