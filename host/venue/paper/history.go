package paper

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// history keeps every order that is final and every fill, as bytes one after the other: a million of
// them are no work for the garbage collector, and go into a checkpoint as they are. Ids are known for
// ever.
type history struct {
	orders []byte
	fills  []byte
	fillAt []int // where each fill begins; fill n has TradeID n+1
	// at is where an order begins, or stillOpen.
	at map[event.OrderID]int
}

const stillOpen = -1

func (h *history) init() { h.at = map[event.OrderID]int{} }

func (h *history) known(id event.OrderID) bool {
	_, ok := h.at[id]
	return ok
}

func (h *history) isOpen(id event.OrderID) bool {
	at, ok := h.at[id]
	return ok && at == stillOpen
}

func (h *history) open(id event.OrderID) { h.at[id] = stillOpen }

// keep takes an order as it ended.
func (h *history) keep(o *event.Order) {
	h.at[o.ID] = len(h.orders)
	h.orders = event.AppendOrder(h.orders, o)
}

// nextTrade is the TradeID that the next fill has.
func (h *history) nextTrade() uint64 { return uint64(len(h.fillAt)) + 1 }

// keepFill takes a fill, whose TradeID is nextTrade.
func (h *history) keepFill(o *event.Outcome) {
	h.fillAt = append(h.fillAt, len(h.fills))
	h.fills = event.AppendOutcome(h.fills, o)
}

// order reads a final order.
func (h *history) order(id event.OrderID) (o event.Order, ok bool) {
	at, ok := h.at[id]
	if !ok || at == stillOpen {
		return o, false
	}
	if _, err := event.ReadOrder(h.orders[at:], &o); err != nil {
		panic(err) // the bytes are ours, or were read by ReadState
	}
	return o, true
}

// fill reads the fill at index n.
func (h *history) fill(n int, o *event.Outcome) error {
	end := len(h.fills)
	if n+1 < len(h.fillAt) {
		end = h.fillAt[n+1]
	}
	return event.ReadOutcome(h.fills[h.fillAt[n]:end], o)
}

// appendState writes the history: the orders, then the fills, each fill behind its length.
func (h *history) appendState(b []byte) []byte {
	b = appendBytes(b, h.orders)
	b = binary.AppendUvarint(b, uint64(len(h.fillAt)))
	for n := range h.fillAt {
		end := len(h.fills)
		if n+1 < len(h.fillAt) {
			end = h.fillAt[n+1]
		}
		b = appendBytes(b, h.fills[h.fillAt[n]:end])
	}
	return b
}

func appendBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}
