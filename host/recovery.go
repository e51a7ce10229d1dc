package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/report"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/host/wire"
)

// RecoveryStep is what one step of opening a live group found.
type RecoveryStep struct {
	// Name is leases, checkpoints, lane, agents or outcomes.
	Name string
	// Took is in wall time.
	Took time.Duration
	// Count is of streams, entries or turns, Found says it in words.
	Count uint64
	Found string
	// Oldest and Newest are, of the step agents, the checkpoints that the group's streams go on from, and Streams is how
	// many do; 0 for none. Refused is how many checkpoints, or parts of them, are not to be used.
	Oldest, Newest   int64
	Streams, Refused int
}

// recovery is what a live group is made again from: its checkpoints, and behind each the journal. Every stream
// goes on from the newest part that can be trusted, whatever the others go on from; without one, from its
// first entry.
type recovery struct {
	options *LiveOptions
	log     hclog.Logger
	began   time.Time
	// checkpoints are those of the group whose hash holds, newest first.
	checkpoints []checkpoint.Checkpoint
	broken      int            // those whose hash does not hold
	refused     map[int64]bool // parts, told once
	reasons     []string       // why, for whoever has nothing else to go on from
	// used are the parts that streams go on from, by name; oldest and newest are of the checkpoints they are of.
	used           map[string]checkpoint.Info
	oldest, newest int64
	replayed       uint64
}

// openRecovery reads which checkpoints there are.
func openRecovery(o *LiveOptions, group string) *recovery {
	r := &recovery{options: o, log: o.Log.With("group", group), began: time.Now(), refused: map[int64]bool{}, used: map[string]checkpoint.Info{}}
	if o.Checkpoints == nil {
		return r
	}
	all, err := o.Checkpoints.List(group)
	if err != nil {
		r.log.Error("checkpoints cannot be read; everything comes from the journal", "error", err)
		r.reasons = append(r.reasons, err.Error())
		return r
	}
	for i := range all {
		if err := all[i].Verify(); err != nil {
			r.log.Warn("checkpoint refused", "checkpoint", all[i].ID, "reason", err)
			r.broken++
			r.reasons = append(r.reasons, err.Error())
			continue
		}
		r.checkpoints = append(r.checkpoints, all[i])
	}
	found := "none"
	if len(r.checkpoints) > 0 {
		c := &r.checkpoints[0]
		found = fmt.Sprintf("%d of %d are whole, the newest is %d of %s", len(r.checkpoints), len(all), c.ID, time.Unix(0, c.Time).UTC().Format(time.RFC3339))
	}
	r.tell("checkpoints", uint64(len(r.checkpoints)), found)
	return r
}

// tell ends a step.
func (r *recovery) tell(name string, count uint64, found string) {
	now := time.Now()
	if r.options.Recovered != nil {
		step := RecoveryStep{Name: name, Took: now.Sub(r.began), Count: count, Found: found}
		if name == "agents" {
			step.Oldest, step.Newest, step.Streams, step.Refused = r.oldest, r.newest, len(r.used), r.broken+len(r.refused)
		}
		r.options.Recovered(step)
	}
	r.began = now
}

// latest finds the newest part of a stream that the journal holds the anchor of and that use takes; nil: there is
// none. What is refused is told, with the reason.
func (r *recovery) latest(stream string, use func(*checkpoint.Part) error) *checkpoint.Part {
	tried := map[int64]bool{}
	for i := range r.checkpoints {
		c := &r.checkpoints[i]
		info := c.Find(stream)
		if info == nil || tried[info.ID] || r.refused[info.ID] {
			continue
		}
		tried[info.ID] = true
		part, err := r.load(info)
		if err == nil {
			err = use(part)
		}
		if err == nil {
			r.take(c, info)
			return part
		}
		r.refuse(c.ID, info, err)
	}
	return nil
}

// refuse tells why a part is not used, and remembers it.
func (r *recovery) refuse(id int64, info *checkpoint.Info, why error) {
	r.refused[info.ID] = true
	r.log.Warn("checkpoint refused", "checkpoint", id, "stream", info.Stream, "entry", info.Position, "reason", why)
	r.reasons = append(r.reasons, fmt.Sprintf("checkpoint %d, %s (%s): %v", id, info.Stream, info.MadeBy, why))
}

// explain says what a person can do where the journal's beginning is gone and no checkpoint is of use.
func (r *recovery) explain(err error) error {
	if !errors.Is(err, journal.ErrDropped) {
		return err
	}
	why := "there is none"
	if r.options.Checkpoints == nil {
		why = "their file could not be opened, see the log"
	} else if len(r.reasons) > 0 {
		why = strings.Join(r.reasons[max(0, len(r.reasons)-3):], "; ")
	}
	return fmt.Errorf("%w; without its beginning the history goes on from a checkpoint only, and none can be used: %s. "+
		"Nothing is lost yet: put checkpoints.db back if it was moved away, or start the agenthost that made it; else restore the newest backup (docs/BACKUP.md)", err, why)
}

// load reads a part, if the journal has the entry that it was made at.
func (r *recovery) load(info *checkpoint.Info) (*checkpoint.Part, error) {
	if err := r.options.Journal.Holds(info.Stream, info.Position, info.Hash); err != nil {
		return nil, err
	}
	return r.options.Checkpoints.Load(info)
}

func (r *recovery) take(c *checkpoint.Checkpoint, info *checkpoint.Info) {
	r.used[info.Stream] = *info
	if r.oldest = min(r.oldest, c.ID); r.oldest == 0 {
		r.oldest = c.ID
	}
	r.newest = max(r.newest, c.ID)
}

// sources says in words what the group goes on from.
func (r *recovery) sources(streams int) string {
	switch {
	case len(r.checkpoints) == 0:
		return "all of the journal"
	case len(r.used) == 0:
		return fmt.Sprintf("all of the journal, for none of %d checkpoints is of use", len(r.checkpoints))
	}
	text := fmt.Sprintf("checkpoint %d", r.newest)
	if r.oldest != r.newest {
		text = fmt.Sprintf("checkpoints %d to %d", r.oldest, r.newest)
	}
	return text + fmt.Sprintf(", %d of %d streams", len(r.used), streams)
}

// lanePart is the newest part of the lane: what it says of members is needed before the lane can be made.
func (r *recovery) lanePart(stream string) (anchor checkpoint.Anchor, m laneMemory) {
	part := r.latest(stream, func(p *checkpoint.Part) error {
		if p.Maker != laneMaker {
			return errOtherMaker
		}
		m = laneMemory{}
		w := wire.Walker{Buffer: p.State, Reading: true}
		m.walk(&w)
		return w.End()
	})
	if part == nil {
		return anchor, laneMemory{}
	}
	return part.Anchor, m
}

var errOtherMaker = errors.New("it was made by another module, meter, engine or settings, or on another processor architecture")

// readLane makes the lane of a configuration: from its part, if there is one, and the facts behind it.
func (r *recovery) readLane(l *Live, c execution.Config) error {
	l.laneAnchor = checkpoint.Anchor{}
	anchor, m := r.lanePart(l.stream.Name())
	for anchor.Position != 0 {
		lane, err := execution.New(c)
		if err != nil {
			return err
		}
		rest, err := lane.ReadState(m.state)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%d bytes are left over", len(rest))
		}
		if err == nil {
			l.lane, l.laneAnchor = lane, anchor
			break
		}
		info := r.used[anchor.Stream]
		r.refuse(r.newest, &info, err)
		delete(r.used, anchor.Stream)
		anchor, m = r.lanePart(l.stream.Name())
	}
	if l.lane == nil {
		var err error
		if l.lane, err = execution.New(c); err != nil {
			return err
		}
	}
	return r.foldLane(l)
}

// foldLane takes in the lane's facts behind its anchor. It decides nothing.
func (r *recovery) foldLane(l *Live) error {
	var entry execution.Entry
	var folded uint64
	if l.laneAnchor.Position != 0 {
		e, err := l.journal.Entry(l.stream.Name(), l.laneAnchor.Position)
		if err != nil {
			return err
		}
		l.now = max(l.now, e.Time)
	}
	for e, err := range l.laneTail() {
		if l.fresh {
			break
		}
		if err != nil {
			return err
		}
		l.now = max(l.now, e.Time)
		if e.Kind == journal.KindAudit {
			if r, ok, err := event.ReadRestored(e.Body); err != nil {
				return fmt.Errorf("stream %q, position %d: %w", l.stream.Name(), e.Position, err)
			} else if ok {
				l.restored = &r
			}
		}
		if e.Kind != journal.KindLane {
			continue
		}
		l.restored = nil // the first entry after it holds the account
		if err := execution.ReadEntry(e.Body, &entry); err != nil {
			return fmt.Errorf("stream %q, position %d: %w", l.stream.Name(), e.Position, err)
		}
		if err := l.lane.Apply(&entry); err != nil {
			return fmt.Errorf("stream %q, position %d: %w", l.stream.Name(), e.Position, err)
		}
		folded++
	}
	r.tell("lane", folded, fmt.Sprintf("%d entries folded, after entry %d", folded, l.laneAnchor.Position))
	return nil
}

// agent makes an agent and its watch as they were when its stream's last turn was taken: from its part, if there
// is one, and the turns behind it, taken again and compared.
func (r *recovery) agent(ctx context.Context, l *Live, i uint32, p *AgentPlan, n *lineage, led *ledger) (a *Agent, w *watch, err error) {
	modules := configured{p, r.options.Modules}
	part := r.latest(led.name, func(part *checkpoint.Part) error {
		m := agentMemory{}
		if m.watch, err = newWatch(p); err != nil {
			return err
		}
		if err := m.decode(part.State); err != nil {
			return err
		}
		if a, err = n.resume(ctx, r.options.Journal, led, modules, r.options.Log, part, &m); err != nil {
			return err
		}
		w, l.told[i] = m.watch, m.told
		return nil
	})
	if part != nil {
		return a, w, led.resumeAfter(r.options.Journal, &part.Anchor, a.ledger.module)
	}
	if w, err = newWatch(p); err != nil {
		return nil, nil, fmt.Errorf("agent %s: %w", p.Name, err)
	}
	if a, err = n.again(ctx, led, modules, r.options.Log); err != nil {
		return nil, nil, err
	}
	a.record = report.NewTally(p.Name)
	return a, w, led.resume(r.options.Journal) // also without a turn: the journal may have been restored
}

func (m *agentMemory) decode(b []byte) error {
	w := wire.Walker{Buffer: b, Reading: true}
	m.walk(&w)
	return w.End()
}

// resume makes an agent as it was at a checkpoint, ready to take the turns behind it again.
func (n *lineage) resume(ctx context.Context, j *journal.Journal, l *ledger, modules ModuleSource, log hclog.Logger, part *checkpoint.Part, m *agentMemory) (*Agent, error) {
	if m.module == 0 || m.module > part.Position {
		return nil, fmt.Errorf("it names the module entry %d, behind itself", m.module)
	}
	made, err := moduleAt(j, l.name, m.module)
	if err != nil {
		return nil, err
	}
	plan, err := made.entry.plan(ctx, modules)
	if err != nil {
		return nil, err
	}
	if makerOf(plan.Module, m.module) != part.Maker {
		return nil, fmt.Errorf("%w: it was %s, now it would be %s", errOtherMaker, part.MadeBy, madeByText(plan.Module, m.module))
	}
	plan.Run = m.run
	a, err := newBooks(plan, n.index, n.start, l, log)
	if err != nil {
		return nil, err
	}
	a.modules, a.together, a.record = modules, true, report.NewTally(plan.Name)
	a.made, a.configured = made.position, made.entry.Configured
	if made.entry.Swap != nil {
		a.previous = made.entry.Before
	}
	if err := a.ReadState(m.state); err != nil {
		return nil, err
	}
	if a.sequence != part.Sequence {
		return nil, fmt.Errorf("it is of turn %d, its entry of turn %d", a.sequence, part.Sequence)
	}
	for i := range n.swaps {
		s := &n.swaps[i]
		if s.position <= part.Position {
			continue
		}
		if f := s.entry.Swap; f.Warmup != WarmupBack && f.From < a.sequence {
			return nil, fmt.Errorf("the strategy of entry %d was warmed up from turn %d on, before the checkpoint's turn %d", s.position, f.From, a.sequence)
		}
		a.warmups = append(a.warmups, &warmup{placed: *s})
	}
	var s sandbox.Snapshot
	if err := plan.Module.ReadDifference(part.Guest, &s); err != nil {
		return nil, err
	}
	if a.guest, err = restoreGuest(ctx, plan.Module, a.instanceConfig(plan, n.start), &s); err != nil {
		return nil, err
	}
	l.module = m.module
	if err := a.warmUp(ctx); err != nil {
		return nil, errors.Join(err, a.guest.close())
	}
	return a, nil
}

// restore puts back what was latched, and forgets every reading: nothing is known until it is
// measured anew.
func (w *watch) restore(a *Agent) error {
	if a.ledger.conditions != nil {
		w.kept = append(w.kept[:0], a.ledger.conditions...)
	}
	if a.health.outside.mode != 0 {
		w.mode = a.health.outside.mode
	}
	if len(w.kept) == 0 {
		return nil
	}
	if _, err := w.modes.ReadState(w.kept); err != nil {
		return fmt.Errorf("agent %s: conditions: %w", a.plan.Name, err)
	}
	w.modes.Forget()
	return nil
}

// saver goes on with the checkpoints from those that were found.
func (r *recovery) saver(l *Live, group string) *saver {
	s := newSaver(r.options, group, len(l.streams))
	if s == nil {
		return nil
	}
	for i, stream := range l.streams {
		info, found := r.used[stream.Name()]
		if s.last[i] = info; found && i > 0 {
			s.turns += info.Sequence
		}
	}
	for i := range r.checkpoints {
		s.at = max(s.at, r.checkpoints[i].Time)
	}
	s.at = min(s.at, l.now)
	return s
}
