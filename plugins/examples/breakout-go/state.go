package main

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/agenthost/agenthost/abi"
)

// stateVersion changes when what save writes does.
const stateVersion = 1

// save hands the next version what it cannot read from a tick: the bars, the peak, the rest and what
// was learned of denials. All numbers are 8 bytes, little-endian.
func save(dst []byte) []byte {
	put := func(v int64) { dst = binary.LittleEndian.AppendUint64(dst, uint64(v)) }
	put(stateVersion)
	put(int64(settings.lookback))
	put(int64(settings.atr))
	put(int64(math.Float64bits(book.peak)))
	put(book.restUntil)
	put(int64(book.count))
	for i := range book.count {
		m := &markets[i]
		for _, v := range []int64{int64(m.clean), int64(m.wait), int64(m.denials), m.window.sum, m.window.bars, m.window.closed} {
			put(v)
		}
		for _, ring := range [][]int64{m.window.highs, m.window.lows, m.window.ranges} {
			for _, v := range ring {
				put(v)
			}
		}
	}
	return dst
}

// load goes on from there. Bars of another lookback are of no use: then it refuses, and the host warms
// the strategy up by history.
func load(from *abi.StateHeader, saved []byte) error {
	words := len(saved) / 8
	at := 0
	get := func() int64 {
		v := binary.LittleEndian.Uint64(saved[at:])
		at += 8
		return int64(v)
	}
	if len(saved)%8 != 0 || words < 6 {
		return errors.New("saved state is cut short")
	}
	if get() != stateVersion {
		return errors.New("saved state is of another version")
	}
	if get() != int64(settings.lookback) || get() != int64(settings.atr) {
		return errors.New("saved state has other lookbacks")
	}
	peak, restUntil, count := math.Float64frombits(uint64(get())), get(), get()
	each := 6 + 2*settings.lookback + settings.atr
	if count < 0 || count > instrumentsMax || words != 6+int(count)*each {
		return errors.New("saved state has another length than it says")
	}
	if math.IsNaN(peak) || math.IsInf(peak, 0) || peak < 0 {
		return errors.New("saved state has a peak that is no amount")
	}
	book.peak, book.restUntil = peak, restUntil
	for i := range int(count) {
		m := &markets[i]
		m.clean, m.wait, m.denials = int(get()), int(get()), min(max(int(get()), 0), 6)
		m.window.sum, m.window.bars, m.window.closed = get(), max(get(), 0), get()
		for _, ring := range [][]int64{m.window.highs, m.window.lows, m.window.ranges} {
			for j := range ring {
				ring[j] = get()
			}
		}
	}
	return nil
}
