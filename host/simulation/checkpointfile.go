package simulation

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/agenthost/agenthost/host/checkpoint"
)

// CheckpointFaults are what may become of a host's file of checkpoints. Rates are parts of a million.
type CheckpointFaults struct {
	// Unsynced commits stay in the file's log, of which a failure of power leaves some, none or all.
	Unsynced uint32
	// Fails: a part is not written.
	Fails uint32
	// Tears: of what such a failure leaves, the last transaction is damaged. SQLite does not; other disks do.
	Tears uint32
	// Rot, Gone and Other are of the host's starts: the newest checkpoint is damaged, the file is not there any more,
	// or all of it was made by another engine.
	Rot, Gone, Other uint32
}

// CheckpointFile is what survives of a simulated file of checkpoints, as host/checkpoint keeps them: it takes no bytes for
// granted that were not synced. Each incarnation of a host has its own way to it. One goroutine.
type CheckpointFile struct {
	power  *Power
	disk   *Disk // is full for both
	random random
	faults CheckpointFaults
	codec  *checkpoint.Codec
	// states are the file after each transaction that may be lost, behind the one that is synced.
	states      []checkpointState
	incarnation int
	// spare says that the journal needs checkpoints, so that no fault may take the last whole one.
	spare    bool
	injected Counts
	commits  map[string]uint64 // by group
}

// checkpointState is the file's content. It is never changed: a transaction makes another.
type checkpointState struct {
	parts          []storedPart
	checkpoints    []storedCheckpoint // oldest first
	partLast, last int64
}

type storedPart struct {
	group string
	info  checkpoint.Info
	body  []byte
}

type storedCheckpoint struct {
	checkpoint.Checkpoint
	members []int64
}

// checkpointCodec is shared by all worlds: it is made once and takes a megabyte.
var checkpointCodec = sync.OnceValues(checkpoint.NewCodec)

// NewCheckpointFile makes an empty file that draws its accidents from the seed. power is the host's.
func NewCheckpointFile(seed uint64, power *Power, d *Disk, f CheckpointFaults) (*CheckpointFile, error) {
	codec, err := checkpointCodec()
	if err != nil {
		return nil, err
	}
	return &CheckpointFile{
		power: power, disk: d, random: newRandom(seed, "checkpoints"), faults: f, codec: codec,
		states: make([]checkpointState, 1), injected: Counts{}, commits: map[string]uint64{},
	}, nil
}

// now is the content as the host sees it.
func (f *CheckpointFile) now() *checkpointState { return &f.states[len(f.states)-1] }

// group is a group's checkpoints, newest first.
func (s *checkpointState) group(name string) (all []checkpoint.Checkpoint) {
	for _, stored := range slices.Backward(s.checkpoints) {
		if stored.Group == name {
			all = append(all, s.filled(&stored))
		}
	}
	return all
}

// filled is a checkpoint with those of its parts that are there.
func (s *checkpointState) filled(stored *storedCheckpoint) checkpoint.Checkpoint {
	c := stored.Checkpoint
	for _, id := range stored.members {
		if p := s.part(id); p != nil {
			c.Parts = append(c.Parts, p.info)
		}
	}
	return c
}

func (s *checkpointState) part(id int64) *storedPart {
	i := slices.IndexFunc(s.parts, func(p storedPart) bool { return p.info.ID == id })
	if i < 0 {
		return nil
	}
	return &s.parts[i]
}

// put is the file with one part more, which belongs to nothing yet.
func (s *checkpointState) put(p storedPart) checkpointState {
	next := *s
	next.partLast++
	p.info.ID = next.partLast
	next.parts = append(slices.Clone(s.parts), p)
	return next
}

// commit is the file with one checkpoint more, without what is older than the newest keep of its group.
func (s *checkpointState) commit(c checkpoint.Checkpoint, keep int) (checkpointState, error) {
	next := *s
	next.last++
	c.ID = next.last
	stored := storedCheckpoint{Checkpoint: c}
	for i := range c.Parts {
		if p := s.part(c.Parts[i].ID); p == nil || p.group != c.Group {
			return next, fmt.Errorf("write checkpoint: part %d is gone from the file", c.Parts[i].ID)
		}
		stored.members = append(stored.members, c.Parts[i].ID)
	}
	stored.Parts = nil
	next.checkpoints = append(slices.Clone(s.checkpoints), stored)
	left := max(keep, 1)
	for i := len(next.checkpoints) - 1; i >= 0; i-- {
		if next.checkpoints[i].Group != c.Group {
			continue
		}
		if left--; left < 0 {
			next.checkpoints = slices.Delete(next.checkpoints, i, i+1)
		}
	}
	next.parts = slices.DeleteFunc(slices.Clone(s.parts), func(p storedPart) bool { return p.group == c.Group && !next.names(p.info.ID) })
	return next, nil
}

// names reports whether a part belongs to a checkpoint.
func (s *checkpointState) names(part int64) bool {
	return slices.ContainsFunc(s.checkpoints, func(c storedCheckpoint) bool { return slices.Contains(c.members, part) })
}

// Open gives the way of a new incarnation to the file. Those of earlier ones fail with ErrPower from here on.
func (f *CheckpointFile) Open() *checkpointStore {
	f.incarnation++
	return &checkpointStore{file: f, incarnation: f.incarnation}
}

// checkpointStore is one incarnation's way to a file of checkpoints, as *checkpoint.Store is.
type checkpointStore struct {
	file        *CheckpointFile
	incarnation int
}

// enter counts a step. An error means that the power is off, for this incarnation or for all.
func (s *checkpointStore) enter(writes bool) error {
	f := s.file
	off := s.incarnation != f.incarnation || f.power.Off()
	if !off && f.power.Step(PointCheckpoint) {
		if off = true; writes {
			f.injected.add("power failed amid a checkpoint", 1)
		}
	}
	switch {
	case off:
		return ErrPower
	case writes && (f.disk.isFull() || f.random.chance(f.faults.Fails)):
		f.injected.add("checkpoint not written", 1)
		return errors.New("database or disk is full")
	}
	return nil
}

// List is as in checkpoint.Store.
func (s *checkpointStore) List(group string) ([]checkpoint.Checkpoint, error) {
	if err := s.enter(false); err != nil {
		return nil, err
	}
	return s.file.now().group(group), nil
}

// Load is as in checkpoint.Store.
func (s *checkpointStore) Load(i *checkpoint.Info) (*checkpoint.Part, error) {
	if err := s.enter(false); err != nil {
		return nil, err
	}
	p := s.file.now().part(i.ID)
	if p == nil {
		return nil, fmt.Errorf("part of stream %q: %w", i.Stream, checkpoint.ErrNotExist)
	}
	return s.file.codec.Unpack(i, p.body)
}

// Put is as in checkpoint.Store.
func (s *checkpointStore) Put(group string, p *checkpoint.Part) (checkpoint.Info, error) {
	if err := s.enter(true); err != nil {
		return checkpoint.Info{}, err
	}
	f := s.file
	info, body := f.codec.Pack(p)
	f.states = append(f.states, f.now().put(storedPart{group, info, body}))
	info.ID = f.now().partLast
	return info, nil
}

// Commit is as in checkpoint.Store.
func (s *checkpointStore) Commit(group string, at int64, parts []checkpoint.Info, keep int) (int64, error) {
	if err := s.enter(true); err != nil {
		return 0, err
	}
	f := s.file
	c := checkpoint.Checkpoint{Group: group, Time: at, Parts: parts}
	c.Seal()
	next, err := f.now().commit(c, keep)
	if err != nil {
		return 0, err
	}
	f.states = append(f.states, next)
	f.commits[group]++
	if !f.random.chance(f.faults.Unsynced) {
		f.sync()
	}
	return next.last, nil
}

// Sync is as in checkpoint.Store.
func (s *checkpointStore) Sync() error {
	if err := s.enter(false); err != nil {
		return err
	}
	s.file.sync()
	return nil
}

// sync makes all that was written survive.
func (f *CheckpointFile) sync() { f.states = append(f.states[:0], *f.now()) }
