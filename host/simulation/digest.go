package simulation

import (
	"crypto/sha256"
	"encoding/binary"
)

// hash is over a group's streams, whose heads are hash chains, and its venue's book. Streams and order ids of one
// group say nothing of another.
func (w *World) hash(g *worldGroup) [32]byte {
	h := sha256.New()
	w.disk.mu.Lock()
	defer w.disk.mu.Unlock()
	for _, name := range append(g.books.Agents(), g.books.Lane()) {
		if s := w.disk.named(name); s != nil {
			h.Write([]byte(name))
			h.Write(s.info.Hash[:])
		}
	}
	var b []byte
	for _, o := range g.venue.Book().Orders {
		b = append(b[:0], o.ID[:]...)
		for _, v := range [...]int64{int64(o.Instrument), int64(o.Side), o.Quantity, o.Filled, o.Price, int64(o.State), o.Created, o.Updated} {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		h.Write(b)
	}
	return [32]byte(h.Sum(nil))
}
