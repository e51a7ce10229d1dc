package simulation

import "github.com/agenthost/agenthost/host/event"

// scheduledKind is what a venue does at a time.
type scheduledKind uint8

const (
	atArrival scheduledKind = iota
	atReply
	atDeadline
)

// scheduled is one thing that a venue will do.
type scheduled struct {
	at      int64
	order   uint64 // of things at one time: the first scheduled comes first
	kind    scheduledKind
	pending *pending
	// reply goes to a connection. again: also if the call was answered already.
	reply      event.Reply
	connection int
	again      bool
}

// queue is a heap by time.
type queue struct {
	items []*scheduled
	count uint64
}

func (q *queue) before(a, b int) bool {
	if q.items[a].at != q.items[b].at {
		return q.items[a].at < q.items[b].at
	}
	return q.items[a].order < q.items[b].order
}

func (q *queue) push(s scheduled) {
	q.count++
	s.order = q.count
	q.items = append(q.items, &s)
	h := q.items
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.before(i, up) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (q *queue) pop() *scheduled {
	h := q.items
	top, last := h[0], len(h)-1
	h[0], h[last] = h[last], nil
	q.items = h[:last]
	for i := 0; ; {
		low := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < last && q.before(c, low) {
				low = c
			}
		}
		if low == i {
			return top
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
}
