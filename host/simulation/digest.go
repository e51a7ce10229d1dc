package simulation

import (
	"crypto/sha256"
	"encoding/binary"
)

// hash is over the heads of all streams, which are hash chains, and over the venues' books.
func (w *World) hash() [32]byte {
	h := sha256.New()
	w.disk.mu.Lock()
	defer w.disk.mu.Unlock()
	for _, s := range w.disk.streams {
		h.Write([]byte(s.info.Name))
		h.Write(s.info.Hash[:])
	}
	var b []byte
	for _, g := range w.groups {
		for _, o := range g.venue.Book().Orders {
			b = append(b[:0], o.ID[:]...)
			for _, v := range [...]int64{int64(o.Instrument), int64(o.Side), o.Quantity, o.Filled, o.Price, int64(o.State), o.Created, o.Updated} {
				b = binary.LittleEndian.AppendUint64(b, uint64(v))
			}
			h.Write(b)
		}
	}
	return [32]byte(h.Sum(nil))
}
