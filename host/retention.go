package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
)

// Retention gives up the beginnings of a live group's streams: what is older than Keep and that nothing needs
// any more. Never given up: orders that are not over, dead letters that nobody has settled, the fills of open
// positions, whatever follows the oldest usable checkpoint, and what says who made the turns (genesis, config,
// module and mode entries, restores) and, for AuditKeep, what persons did.
type Retention struct {
	Journal     *journal.Journal
	Checkpoints Checkpoints
	// Modules are those of the history: a checkpoint counts only if its state can be made with them here and now.
	Modules ModuleSource
	// Now is in nanoseconds since the Unix epoch; Keep and AuditKeep are how far back to keep.
	Now             int64
	Keep, AuditKeep time.Duration
	// Archive is a file to write what is given up to, first; empty for none. By and Why are kept in the journal.
	Archive, By, Why string
}

// ErrNoCheckpoint says that a group has no usable checkpoint: without its beginning, nobody could make its state again.
var ErrNoCheckpoint = errors.New("no usable checkpoint: without one the state can only be made again from the first entry, so nothing is pruned")

// Pruning is what is to be given up of one stream.
type Pruning struct {
	journal.Cut
	// Head is the stream's last position, Limit what keeps the cut from lying later.
	Head  uint64
	Limit string
}

// Plan finds what can be given up of a group ("VENUE/ACCOUNT") and its streams. It changes nothing, and works beside a running
// host. A stream of which nothing can be has Entries 0.
func (r *Retention) Plan(ctx context.Context, group string, streams []string) ([]Pruning, error) {
	uses, err := r.uses(ctx, group)
	if err != nil {
		return nil, fmt.Errorf("prune %s: %w", group, err)
	}
	plan := make([]Pruning, 0, len(streams))
	for _, name := range streams {
		p, err := r.plan(ctx, name, uses[name])
		if err != nil {
			return nil, fmt.Errorf("prune %s: stream %q: %w", group, name, err)
		}
		plan = append(plan, p)
	}
	return plan, nil
}

// use is what checkpoints are good for in one stream: the earliest position that one of them goes on from, 0 if none
// does or only one, and why the last one that was refused was. What is pruned rests on two parts: one that is damaged
// later is not the end of the history.
type use struct {
	position uint64
	parts    map[int64]uint64 // positions of those that can be used
	refused  error
}

// errOnePart: a history must not rest on one part of one file.
var errOnePart = errors.New("only one state can be gone on from; pruning waits for a second (checkpoints { keep = 2 } or more)")

// uses looks at each stream's part of each checkpoint as recovery would.
func (r *Retention) uses(ctx context.Context, group string) (map[string]use, error) {
	all, err := r.Checkpoints.List(group)
	if err != nil {
		return nil, err
	}
	uses, some := map[string]use{}, false
	for i := range all {
		whole := all[i].Verify()
		for k := range all[i].Parts {
			part := &all[i].Parts[k]
			u := uses[part.Stream]
			if u.parts == nil {
				u.parts = map[int64]uint64{}
			}
			if _, known := u.parts[part.ID]; known {
				continue
			}
			refused := whole
			if refused == nil {
				refused = r.usable(ctx, part)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if refused != nil {
				u.refused = fmt.Errorf("checkpoint %d: %w", all[i].ID, refused)
			} else {
				u.parts[part.ID], some = part.Position, true
			}
			uses[part.Stream] = u
		}
	}
	for stream, u := range uses {
		if u.rest(); u.position == 0 && len(u.parts) == 1 {
			u.refused = errOnePart
		}
		uses[stream] = u
	}
	if !some {
		errs := []error{ErrNoCheckpoint}
		for _, u := range uses {
			errs = append(errs, u.refused)
		}
		return nil, errors.Join(errs...)
	}
	return uses, nil
}

// rest finds the earliest of two parts or more.
func (u *use) rest() {
	if len(u.parts) < 2 {
		return
	}
	for _, position := range u.parts {
		if u.position == 0 || position < u.position {
			u.position = position
		}
	}
}

func (r *Retention) usable(ctx context.Context, i *checkpoint.Info) error {
	part, err := r.Checkpoints.Load(i)
	if err != nil {
		return err
	}
	return CheckUse(ctx, r.Journal, r.Modules, part)
}

// plan finds the cut of one stream.
func (r *Retention) plan(ctx context.Context, name string, u use) (p Pruning, err error) {
	p.Stream = name
	n := newNeeds(r.Now-int64(r.Keep), r.Now-int64(r.AuditKeep))
	if err := n.read(ctx, r.Journal, name, 0); err != nil {
		return p, err
	}
	p.Head = n.head
	if u.position == 0 {
		if p.Limit = "no checkpoint has it"; u.refused != nil {
			p.Limit = "no checkpoint of it can be used: " + u.refused.Error()
		}
		return p, nil
	}
	first, limit := n.earliest(u.position)
	if p.Cut, err = r.Journal.Cut(name, first, n.carries); err != nil || p.Entries == 0 {
		p.Limit = limit
		return p, err
	}
	p.Limit = limit
	at := newNeeds(0, 0) // what is held at the cut: later readers begin there
	if err := at.read(ctx, r.Journal, name, p.Anchor.First); err != nil {
		return p, err
	}
	if p.State, err = json.Marshal(at.state()); err != nil {
		return p, err
	}
	p.By, p.Why, p.Archive = r.By, r.Why, r.Archive
	return p, nil
}

// Do gives up what was planned: it makes the checkpoints durable, writes the archive, lets say append an entry of kind pruned to each stream
// and make them durable, and then drops. say returns the entries' positions. It says how many bytes of entries
// went.
func (r *Retention) Do(ctx context.Context, plan []Pruning, say func([]Pruning) ([]uint64, error)) (bytes uint64, err error) {
	var some []Pruning
	var cuts []journal.Cut
	for _, p := range plan {
		if p.Entries > 0 {
			some, cuts = append(some, p), append(cuts, p.Cut)
		}
	}
	if len(some) == 0 {
		return 0, nil
	}
	// The checkpoints that the plan rests on may be in the file's log only, and older ones gone in it: a failure of
	// power would bring back those, whose entries are about to go.
	if err := r.Checkpoints.Sync(); err != nil {
		return 0, err
	}
	if r.Archive != "" {
		if err := roomFor(cuts, DiskFree(filepath.Dir(r.Archive))); err != nil {
			return 0, fmt.Errorf("archive %s: %w", r.Archive, err)
		}
		if err := r.Journal.WriteArchive(ctx, r.Archive, cuts); err != nil {
			return 0, err
		}
	}
	positions, err := say(some)
	if err != nil {
		return 0, err
	}
	for i := range cuts {
		if err := r.Journal.Prune(&cuts[i], positions[i]); err != nil {
			return bytes, err
		}
		bytes += cuts[i].Bytes
	}
	return bytes, nil
}

// roomFor looks whether an archive of cuts can be made where so many bytes are free (below zero: not known). It is made
// uncompressed first; on the journal's own disk that would take what trading needs.
func roomFor(cuts []journal.Cut, free int64) error {
	need := uint64(0)
	for i := range cuts {
		need += 2 * cuts[i].Bytes
	}
	if free >= 0 && uint64(free) < need {
		return fmt.Errorf("%d MB are free there, and up to %d MB are needed while it is made: make room, or name another disk", free>>20, need>>20)
	}
	return nil
}

// SayPruned appends to each stream of a live group that its beginning is given up, and makes that durable: it is what
// Retention.Do asks for, between two rounds.
func (l *Live) SayPruned(plan []Pruning) ([]uint64, error) {
	if err := l.swapsNeed(plan); err != nil {
		return nil, err
	}
	return appendPruned(l.journal, plan, l.now, func(name string) *journal.Stream {
		for _, s := range l.streams {
			if s.Name() == name {
				return s
			}
		}
		return nil
	})
}

// SayPruned is for a history that no host is at work on: it takes the streams' leases for a moment.
func SayPruned(j *journal.Journal, owner string, now int64) func([]Pruning) ([]uint64, error) {
	return func(plan []Pruning) (positions []uint64, err error) {
		streams := map[string]*journal.Stream{}
		defer func() {
			for _, s := range streams {
				err = errors.Join(err, s.Close())
			}
		}()
		for i := range plan {
			s, err := j.Acquire(plan[i].Stream, owner, now, time.Minute)
			if err != nil {
				return nil, err
			}
			s.Together()
			streams[plan[i].Stream] = s
		}
		return appendPruned(j, plan, now, func(name string) *journal.Stream { return streams[name] })
	}
}

func appendPruned(j *journal.Journal, plan []Pruning, now int64, find func(string) *journal.Stream) (positions []uint64, err error) {
	var streams []*journal.Stream
	for i := range plan {
		s := find(plan[i].Stream)
		if s == nil {
			return nil, fmt.Errorf("stream %q is not this group's", plan[i].Stream)
		}
		body, err := plan[i].Body()
		if err != nil {
			return nil, err
		}
		_, sequence := s.Head()
		at := s.Append(journal.KindPruned, sequence, now, body)
		if at == 0 {
			return nil, s.Failed()
		}
		positions, streams = append(positions, at), append(streams, s)
	}
	return positions, j.Flush(streams...)
}

// GroupsOf sorts a journal's streams by group: "VENUE/ACCOUNT" and the names of its streams. Which agents are a
// group's is in its lane's entries of kind config.
func GroupsOf(j *journal.Journal) (map[string][]string, error) {
	streams, err := j.Streams()
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, s := range streams {
		group, lane := strings.CutPrefix(s.Name, "lane/")
		if !lane {
			continue
		}
		var known members
		for e, err := range j.ReadKept(s.Name, 1) {
			if err != nil {
				return nil, err
			}
			if e.Kind != journal.KindConfig {
				continue
			}
			known = members{}
			if err := json.Unmarshal(e.Body, &known); err != nil {
				return nil, fmt.Errorf("stream %q, position %d: %w", s.Name, e.Position, err)
			}
		}
		groups[group] = []string{s.Name}
		for _, agent := range known.Agents {
			groups[group] = append(groups[group], "agent/"+agent)
		}
	}
	return groups, nil
}
