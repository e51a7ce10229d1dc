package chaos

import (
	"context"
	"errors"

	"github.com/agenthost/agenthost/host/event"
)

// ErrStreamEnds is why a stream ended that a fault has ended.
var ErrStreamEnds = errors.New("chaos: the stream was ended")

// Stream hands on what the venue tells unasked: some of it is lost (DropAfter), comes twice (Duplicate) or
// after the next (Reorder), and the stream itself ends (FailRate). What is lost is found by asking.
func (v *remote) Stream(ctx context.Context, deliver func(event.Reply)) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s := &stream{remote: v, deliver: deliver, end: func() { end(ErrStreamEnds) }}
	err := v.inner.Stream(ctx, s.told)
	s.flush()
	if errors.Is(context.Cause(ctx), ErrStreamEnds) {
		return ErrStreamEnds
	}
	return err
}

// stream is one connection. A venue tells one thing after the other.
type stream struct {
	*remote
	deliver func(event.Reply)
	end     func()
	ended   bool
	held    []event.Reply
}

func (s *stream) told(r event.Reply) {
	if s.ended {
		return
	}
	f := &s.chaos.config.Venue
	d := roll(s.chaos.config.Seed, s.name+"\x00stream", s.remote.told.next())
	switch d.one(saltFate, f.FailRate, f.DropAfter) {
	case 0:
		s.remote.told.count(FaultStreamEnds)
		s.ended = true
		s.end()
		return
	case 1:
		s.remote.told.count(FaultDropAfter)
		return
	}
	if len(s.held) == 0 && d.happens(saltReorder, f.Reorder) {
		s.remote.told.count(FaultReorder)
		s.held = append(s.held, r)
		return
	}
	s.hand(r)
	if d.happens(saltDuplicate, f.Duplicate) {
		s.remote.told.count(FaultDuplicate)
		s.hand(r)
	}
	s.flush()
}

// flush hands out what waited for the next one.
func (s *stream) flush() {
	held := s.held
	s.held = nil
	for _, r := range held {
		s.hand(r)
	}
}

// hand delivers a message; the second part of a split fill comes in one of its own.
func (s *stream) hand(r event.Reply) {
	fills := s.split(r.Fills, s.remote.told)
	if len(fills) == len(r.Fills) {
		s.deliver(r)
		return
	}
	for i := range fills {
		part := r
		part.Fills = fills[i : i+1]
		s.deliver(part)
	}
}
