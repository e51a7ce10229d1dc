package host

import "github.com/agenthost/agenthost/host/event"

// inbox holds the events of one agent in the order in which they came. Slots are used again, so a
// steady stream of events allocates nothing. One goroutine.
type inbox struct {
	slots      []event.Event
	head, size int
}

// push returns a slot at the end, emptied but for its slices, to be filled by the caller.
func (b *inbox) push(kind event.Kind, at int64) *event.Event {
	if b.size == len(b.slots) {
		b.grow()
	}
	e := &b.slots[(b.head+b.size)%len(b.slots)]
	b.size++
	e.Kind, e.Time, e.Received = kind, at, at
	e.Sequence, e.Cursor, e.Feed = 0, 0, 0
	e.Bars, e.Notes = e.Bars[:0], e.Notes[:0]
	e.Mode, e.Reason, e.Redrive = 0, "", nil
	return e
}

// pushFirst is push, but what it returns is taken before all that waits.
func (b *inbox) pushFirst(kind event.Kind, at int64) *event.Event {
	e := b.push(kind, at)
	if b.size == 1 {
		return e
	}
	first := (b.head + len(b.slots) - 1) % len(b.slots)
	last := (b.head + b.size - 1) % len(b.slots)
	b.slots[first], b.slots[last] = b.slots[last], b.slots[first] // the one before the first is free, or the last itself
	b.head = first
	return &b.slots[first]
}

// pop returns the oldest event, valid until the next push, or nil.
func (b *inbox) pop() *event.Event {
	if b.size == 0 {
		return nil
	}
	e := &b.slots[b.head]
	b.head = (b.head + 1) % len(b.slots)
	b.size--
	return e
}

// unpush takes the last push back.
func (b *inbox) unpush() { b.size-- }

func (b *inbox) grow() {
	slots := make([]event.Event, max(2, 2*len(b.slots)))
	for i := range b.size {
		slots[i] = b.slots[(b.head+i)%len(b.slots)]
	}
	b.slots, b.head = slots, 0
}
