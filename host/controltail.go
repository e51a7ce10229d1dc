package host

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/journal"
)

// tailEvery is how often a stream that is followed is looked at.
const tailEvery = 100 * time.Millisecond

// Streams are the journal's, those of all accounts and agents.
func (c *Control) Streams(context.Context) ([]admin.StreamStatus, error) {
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	infos, err := workers[0].live.journal.Streams() // all groups share one journal
	if err != nil {
		return nil, workers[0].unlessStopped(err)
	}
	var out []admin.StreamStatus
	for _, i := range infos {
		out = append(out, admin.StreamStatus{Stream: i.Name, Entries: i.Position, Events: i.Sequence, Token: i.Token, Owner: i.Owner})
	}
	return out, nil
}

// Tail hands over a stream's durable entries. While the host is rebuilt from its journal it waits.
func (c *Control) Tail(ctx context.Context, q admin.TailQuery, deliver func(admin.JournalEntry) error) error {
	t := follower{control: c, stream: q.Stream, next: max(q.From, 1), deliver: deliver}
	if q.Last > 0 {
		if err := t.back(ctx, q.Last); err != nil {
			return err
		}
	}
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	for {
		if err := t.read(ctx); err != nil {
			return err
		}
		if !q.Follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// follower is a reader of a stream, and how far it is.
type follower struct {
	control *Control
	stream  string
	next    uint64
	deliver func(admin.JournalEntry) error
}

// back begins so many entries before the end.
func (t *follower) back(ctx context.Context, last uint64) error {
	all, err := t.control.Streams(ctx)
	for i := range all {
		if s := &all[i]; s.Stream == t.stream && s.Entries > last {
			t.next = s.Entries - last + 1
		}
	}
	return err
}

// read hands over what is there. A host that is not at work has nothing new.
func (t *follower) read(ctx context.Context) error {
	workers, err := t.control.workers()
	if err != nil {
		return nil
	}
	w := workers[0]
	for e, err := range w.live.journal.Read(t.stream, t.next) {
		if err != nil {
			if w.ended() {
				return nil
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		x, err := t.control.entry(t.stream, &e)
		if err == nil {
			err = t.deliver(x)
		}
		if err != nil {
			return err
		}
		t.next = e.Position + 1
	}
	return nil
}

// ended reports whether the group is not at work any more, and its journal perhaps closed.
func (w *worker) ended() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}

// entry decodes an entry.
func (c *Control) entry(stream string, e *journal.Entry) (admin.JournalEntry, error) {
	x := admin.JournalEntry{Position: e.Position, Sequence: e.Sequence, Kind: e.Kind.String(), Token: e.Token}
	if e.Time != 0 {
		x.Time = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
	}
	var body any = e.Body
	if c.options.Show != nil {
		var err error
		if body, err = c.options.Show(stream, e); err != nil {
			return x, fmt.Errorf("stream %s, position %d: %w", stream, e.Position, err)
		}
	}
	var err error
	x.Body, err = json.Marshal(body)
	return x, err
}
