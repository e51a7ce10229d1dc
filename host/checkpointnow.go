package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/checkpoint"
)

// checkpointWish asks a group for a checkpoint that holds the round in which it is taken in.
type checkpointWish struct{ answer chan written } // holds one

// want takes a wish in, if a checkpoint can be made now.
func (l *Live) want(w *checkpointWish) error {
	if l.saver == nil {
		return &RefusedError{"this host makes no checkpoints: its configuration asks for none, or their file is of a newer version, as its log says"}
	}
	if why := l.noCheckpoint(); why != "" {
		return &RefusedError{why}
	}
	l.saver.wishes = append(l.saver.wishes, w)
	return nil
}

// noCheckpoint says why none can be made now, empty if one can: no agent may have a second instance, whose
// state is not in its part. One that is made ready aside (tail) may begin at an older checkpoint, and would be made
// again from there.
func (l *Live) noCheckpoint() string {
	for _, a := range l.agents {
		switch {
		case a.standby != nil:
			return fmt.Sprintf("agent %s is on probation after a swap, and what it ran before is kept warm for %d more ticks: no checkpoint holds both", a.plan.Name, a.standby.left)
		case a.tail != nil || a.incoming != nil || a.renewed != nil || len(a.warmups) > 0:
			return fmt.Sprintf("agent %s is in the middle of a swap: try again in a moment", a.plan.Name)
		}
	}
	return ""
}

// answer tells those who wait for a checkpoint what came of it.
func answer(wishes []*checkpointWish, made written) {
	for _, w := range wishes {
		w.answer <- made
	}
}

// checkpointNow makes a checkpoint of a group and waits until it is in the file.
func (w *worker) checkpointNow(ctx context.Context, a admin.Act) (id int64, err error) {
	wish := &checkpointWish{answer: make(chan written, 1)}
	account := w.group.Plan.Venue + "/" + w.group.Plan.Account
	if err := w.order(ctx, Command{checkpoint: wish, Audit: auditOf(a, "account", account, "checkpoint", "")}); err != nil {
		return 0, err
	}
	select {
	case made := <-wish.answer:
		return made.id, made.err
	case <-w.stopped:
		return 0, errStopped
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// MakeCheckpoints makes a checkpoint of every account now.
func (c *Control) MakeCheckpoints(ctx context.Context, a admin.Act) (made []admin.Checkpoint, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{a, "host", "", "checkpoint", false}, err) }()
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, w := range workers {
		id, err := w.checkpointNow(ctx, a)
		if err != nil {
			return nil, answered(fmt.Errorf("account %s/%s: %w", w.group.Plan.Venue, w.group.Plan.Account, err))
		}
		ids = append(ids, id)
	}
	all, err := c.Checkpoints(ctx)
	return slices.DeleteFunc(all, func(p admin.Checkpoint) bool { return !slices.Contains(ids, p.ID) }), err
}

// Checkpoints are those that are kept, the newest first.
func (c *Control) Checkpoints(context.Context) ([]admin.Checkpoint, error) {
	if c.service.options.Checkpoints == nil {
		return nil, nil
	}
	all, err := c.service.options.Checkpoints.List("")
	if err != nil {
		return nil, err
	}
	views := make([]admin.Checkpoint, 0, len(all))
	for i := range all {
		views = append(views, CheckpointView(&all[i]))
	}
	return views, nil
}

// CheckpointView is a checkpoint as a person is shown it.
func CheckpointView(c *checkpoint.Checkpoint) admin.Checkpoint {
	venue, account, _ := strings.Cut(c.Group, "/")
	v := admin.Checkpoint{
		ID: c.ID, Venue: venue, Account: account, Time: c.Time, Format: c.Format, SHA256: fmt.Sprintf("%x", c.SHA256), Bytes: c.Stored(),
		Parts: make([]admin.CheckpointPart, 0, len(c.Parts)),
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		v.Parts = append(v.Parts, admin.CheckpointPart{
			Stream: p.Stream, Position: p.Position, Sequence: p.Sequence, Hash: fmt.Sprintf("%x", p.Hash), MadeBy: p.MadeBy,
			Size: p.Size, Stored: p.Stored, SHA256: fmt.Sprintf("%x", p.SHA256),
		})
	}
	return v
}
