package risk

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// Identity makes client order ids from (run, agent, sequence, place in the tick). The module has no
// part in them: a swap must not change ids, and a restart makes the same ones again.
type Identity struct {
	prefix [sha256.Size]byte
}

// NewIdentity returns the ids of one agent in one run. run is the 8 bytes of the stream's genesis.
func NewIdentity(run [8]byte, agent string) Identity {
	return Identity{prefix: sha256.Sum256(append(run[:], agent...))}
}

// Redriven returns the id of an order that is wished once more, by the turn with this event sequence.
func (i *Identity) Redriven(old event.OrderID, sequence uint64) event.OrderID {
	var b [sha256.Size + 8 + len(old)]byte
	copy(b[:], i.prefix[:])
	binary.LittleEndian.PutUint64(b[sha256.Size:], sequence)
	copy(b[sha256.Size+8:], old[:])
	sum := sha256.Sum256(b[:])
	id := event.OrderID(sum[:16])
	copy(id[:], event.IDTag[:])
	return id
}

// Order returns the id of the order at a place (from 0) of the turn with this event sequence.
func (i *Identity) Order(sequence uint64, place int) event.OrderID {
	var b [sha256.Size + 12]byte
	copy(b[:], i.prefix[:])
	binary.LittleEndian.PutUint64(b[sha256.Size:], sequence)
	binary.LittleEndian.PutUint32(b[sha256.Size+8:], uint32(place))
	sum := sha256.Sum256(b[:])
	id := event.OrderID(sum[:16])
	copy(id[:], event.IDTag[:])
	return id
}
