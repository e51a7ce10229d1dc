package host

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// inputLog keeps the inputs of a guest's ticks since a snapshot, so that they can be run again. One input
// differs from the one before it in a few numbers: time, prices, fuel. What is kept is the newest input, and these
// differences: a tenth of the whole, which is what lets thousands of agents that do little live in one host. The
// way back from the newest input to the first is by the same differences, for XOR undoes itself.
//
// Format of a tick: size, now, budget (signed varints, as differences to the tick before); then the XOR of the
// input's words with those before. A byte says how many words are equal (its upper five bits, at most skipMax) and
// how many bytes the next XOR takes (one more than its lower three bits), and these follow. skipOnly stands for
// skipMax equal words and no XOR, inputEnd for the end.
type inputLog struct {
	ticks             int
	bytes             []byte
	last              []byte // the newest input, zeros behind it, a whole number of groups
	size, now, budget int64  // of the newest tick
}

const (
	inputWord  = 8
	inputGroup = 8 * inputWord // is looked at at once
	skipMax    = 31
	skipOnly   = skipMax << 3
	inputEnd   = 0xff
	tokenMax   = 1 + inputWord
	groupMax   = 8*tokenMax + 2 // bytes that a group takes at most, with a skip and the end
	inputHead  = 3 * binary.MaxVarintLen64
)

// add keeps one more tick; false if the log would take more than so many bytes, and is as it was.
func (l *inputLog) add(input []byte, now, budget int64, bytesMax int) bool {
	if grown := groups(len(input)); grown > len(l.last) {
		old := len(l.last)
		l.last = slices.Grow(l.last, grown-old)[:grown]
		clear(l.last[old:])
	}
	n, ok := l.encode(input, now, budget)
	for !ok {
		if cap(l.bytes) >= bytesMax {
			return false
		}
		l.grow(bytesMax)
		n, ok = l.encode(input, now, budget)
	}
	l.bytes = l.bytes[:n]
	clear(l.last[copy(l.last, input):])
	l.size, l.now, l.budget = int64(len(input)), now, budget
	l.ticks++
	return true
}

// grow doubles the room, to bytesMax at the most.
func (l *inputLog) grow(bytesMax int) {
	const begin = 512
	room := make([]byte, len(l.bytes), min(max(2*cap(l.bytes), begin), bytesMax))
	copy(room, l.bytes)
	l.bytes = room
}

// encode writes a tick behind the log, which it does not make longer, and returns where it ends; false if there is
// no room.
func (l *inputLog) encode(input []byte, now, budget int64) (end int, ok bool) {
	out := l.bytes[:cap(l.bytes)]
	n := len(l.bytes)
	if n+inputHead > len(out) {
		return 0, false
	}
	n += binary.PutVarint(out[n:], int64(len(input))-l.size)
	n += binary.PutVarint(out[n:], now-l.now)
	n += binary.PutVarint(out[n:], budget-l.budget)
	skip := 0
	var padded [inputGroup]byte
	for at := 0; at < len(l.last); at += inputGroup {
		fresh, before := &padded, (*[inputGroup]byte)(l.last[at:])
		if at+inputGroup <= len(input) {
			fresh = (*[inputGroup]byte)(input[at:])
		} else {
			clear(padded[copy(padded[:], input[min(at, len(input)):]):])
		}
		if equalGroups(fresh, before) {
			skip += inputGroup / inputWord
			continue
		}
		if n+groupMax+skip/skipMax > len(out) {
			return 0, false
		}
		for ; skip >= skipMax; skip -= skipMax {
			out[n] = skipOnly
			n++
		}
		n, skip = putWords(out, n, skip, fresh, before)
	}
	if n >= len(out) {
		return 0, false
	}
	out[n] = inputEnd
	return n + 1, true
}

// equalGroups is *a == *b without a call, as most groups are.
func equalGroups(a, b *[inputGroup]byte) bool {
	x := word(a, 0) ^ word(b, 0)
	x |= word(a, 8) ^ word(b, 8)
	x |= word(a, 16) ^ word(b, 16)
	x |= word(a, 24) ^ word(b, 24)
	x |= word(a, 32) ^ word(b, 32)
	x |= word(a, 40) ^ word(b, 40)
	x |= word(a, 48) ^ word(b, 48)
	x |= word(a, 56) ^ word(b, 56)
	return x == 0
}

func word(b *[inputGroup]byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8]) }

// putWords writes the differences of a group.
func putWords(out []byte, n, skip int, fresh, before *[inputGroup]byte) (int, int) {
	for w := 0; w < inputGroup; w += inputWord {
		x := word(fresh, w) ^ word(before, w)
		if x == 0 {
			if skip++; skip == skipMax {
				out[n] = skipOnly
				n, skip = n+1, 0
			}
			continue
		}
		size := (bits.Len64(x) + 7) / 8
		out[n] = byte(skip<<3 | (size - 1))
		binary.LittleEndian.PutUint64(out[n+1:], x) // what is beyond size is written over
		n, skip = n+1+size, 0
	}
	return n, skip
}

// groups is a size in whole groups.
func groups(size int) int { return (size + inputGroup - 1) / inputGroup * inputGroup }

// forget empties the log, whose memory it keeps. The newest input stays: the next one differs little from it.
func (l *inputLog) forget() {
	l.ticks, l.bytes, l.last = 0, l.bytes[:0], l.last[:groups(int(l.size))]
}

var errInputLog = errors.New("the log of inputs is damaged")

// each hands out the ticks in their order; an input is valid during the call.
func (l *inputLog) each(tick func(input []byte, now, budget int64) error) error {
	past := inputLog{last: slices.Clone(l.last), size: l.size, now: l.now, budget: l.budget}
	var starts []int
	for at := 0; at < len(l.bytes); { // back to the beginning: XOR needs no order
		n, err := past.apply(l.bytes[at:], -1)
		if err != nil {
			return err
		}
		starts = append(starts, at)
		at += n
	}
	for _, at := range starts {
		if _, err := past.apply(l.bytes[at:], 1); err != nil {
			return err
		}
		if past.size < 0 || past.size > int64(len(past.last)) {
			return errInputLog
		}
		if err := tick(past.last[:past.size], past.now, past.budget); err != nil {
			return err
		}
	}
	return nil
}

// apply takes the tick at the front of b in, or out where sign is -1, and returns its length.
func (l *inputLog) apply(b []byte, sign int64) (n int, err error) {
	for _, v := range [...]*int64{&l.size, &l.now, &l.budget} {
		d, k := binary.Varint(b[n:])
		if k <= 0 {
			return 0, errInputLog
		}
		*v += sign * d
		n += k
	}
	for at := 0; n < len(b); {
		token := b[n]
		n++
		switch {
		case token == inputEnd:
			return n, nil
		case token == skipOnly:
			at += skipMax * inputWord
			continue
		case token > skipOnly:
			return 0, errInputLog
		}
		at += int(token>>3) * inputWord
		size := int(token&7) + 1
		if n+size > len(b) || at+inputWord > len(l.last) {
			return 0, errInputLog
		}
		for k, v := range b[n : n+size] {
			l.last[at+k] ^= v
		}
		n, at = n+size, at+inputWord
	}
	return 0, errInputLog
}
