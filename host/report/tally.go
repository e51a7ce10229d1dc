package report

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// NewTally returns a recorder that only counts: it keeps no trades, no curve and no picture, so that what
// it holds does not grow with the time that an agent lives. It has no Summary worth printing.
func NewTally(agent string) *Recorder {
	r := NewRecorder(RecorderConfig{Agent: agent})
	r.tally, r.curve = true, nil
	return r
}

var errTally = errors.New("encoded tally is cut short")

// AppendTally appends the counts: rows, ticks, fills, orders, failures and denials.
func (r *Recorder) AppendTally(b []byte) []byte {
	for _, v := range r.counts() {
		b = binary.AppendVarint(b, *v)
	}
	return appendCounts(appendCounts(b, r.traps), r.denials)
}

// ReadTally restores what AppendTally wrote and returns the bytes after it. On an error r is unchanged.
func (r *Recorder) ReadTally(b []byte) (rest []byte, err error) {
	next := Recorder{traps: map[event.Verdict]int64{}, denials: map[event.DenyCode]int64{}}
	for _, v := range next.counts() {
		n := 0
		if *v, n = binary.Varint(b); n <= 0 {
			return nil, errTally
		}
		b = b[n:]
	}
	if b, err = readCounts(b, next.traps); err != nil {
		return nil, err
	}
	if b, err = readCounts(b, next.denials); err != nil {
		return nil, err
	}
	for i, v := range next.counts() {
		*r.counts()[i] = *v
	}
	r.traps, r.denials = next.traps, next.denials
	return b, nil
}

func (r *Recorder) counts() [8]*int64 {
	return [...]*int64{
		&r.rows, &r.ticks, &r.fills, &r.quarantined, &r.Count.Orders, &r.Count.Rejected, &r.Count.Expired, &r.Count.DeadLetters,
	}
}

// count is a map's key as the codec has it.
type count interface{ ~uint8 | ~uint16 }

func appendCounts[K count](b []byte, counts map[K]int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(counts)))
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		b = binary.AppendVarint(binary.AppendUvarint(b, uint64(k)), counts[k])
	}
	return b
}

func readCounts[K count](b []byte, counts map[K]int64) (rest []byte, err error) {
	number, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, errTally
	}
	b = b[n:]
	for range number {
		k, n := binary.Uvarint(b)
		if n <= 0 || uint64(K(k)) != k {
			return nil, errTally
		}
		v, m := binary.Varint(b[n:])
		if m <= 0 {
			return nil, errTally
		}
		counts[K(k)], b = v, b[n+m:]
	}
	return b, nil
}
