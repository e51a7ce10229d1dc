package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// inputLog keeps the inputs of a guest's ticks since a snapshot, so that they can be run again. One input
// differs from the one before it in a few numbers: time, prices, fuel. What is kept is these differences, a
// fifth of the whole, which is what lets thousands of agents that do little live in one host.
//
// Format of a tick: size, now, budget (varints, the last two as differences to the tick before), then for every
// eight words of the input a mask of those that differ and, for each of them, the XOR with the word before: how
// many bytes it takes, and these.
type inputLog struct {
	ticks       int
	bytes       []byte
	last        []byte // the newest input, padded with zeros to whole words
	now, budget int64  // of the newest tick
}

const (
	inputWord  = 8
	inputGroup = 8 * inputWord // bytes that share a mask
)

// add keeps one more tick.
func (l *inputLog) add(input []byte, now, budget int64) {
	b := binary.AppendUvarint(l.bytes, uint64(len(input)))
	b = binary.AppendVarint(b, now-l.now)
	b = binary.AppendVarint(b, budget-l.budget)
	l.last = resize(l.last, len(input))
	const wordMax = 1 + inputWord
	worst := len(l.last)/inputWord*wordMax + len(l.last)/inputGroup + 1 + wordMax
	b = slices.Grow(b, worst)
	n := addWords(b[len(b):len(b)+worst], input, l.last)
	l.bytes, l.now, l.budget = b[:len(b)+n], now, budget
	l.ticks++
}

// addWords writes the differences of input to last, which becomes input, and returns how many bytes they took.
func addWords(out, input, last []byte) (n int) {
	for at := 0; at < len(last); at += inputGroup {
		if at+inputGroup <= len(input) && bytes.Equal(input[at:at+inputGroup], last[at:at+inputGroup]) {
			out[n] = 0
			n++
			continue
		}
		mask := n
		out[mask] = 0
		n++
		end := min(at+inputGroup, len(last))
		for w, bit := at, byte(1); w < end; w, bit = w+inputWord, bit<<1 {
			var word uint64
			if w+inputWord <= len(input) {
				word = binary.LittleEndian.Uint64(input[w:])
			} else {
				word = wordAt(input, w)
			}
			x := word ^ binary.LittleEndian.Uint64(last[w:])
			if x == 0 {
				continue
			}
			binary.LittleEndian.PutUint64(last[w:], word)
			out[mask] |= bit
			size := (bits.Len64(x) + 7) / 8
			out[n] = byte(size)
			binary.LittleEndian.PutUint64(out[n+1:], x) // what is beyond size is written over
			n += 1 + size
		}
	}
	return n
}

// resize makes room for size bytes in whole words; words that are new are zero.
func resize(b []byte, size int) []byte {
	size = (size + inputWord - 1) / inputWord * inputWord
	if old := len(b); size > old {
		b = slices.Grow(b, size-old)[:size]
		clear(b[old:])
	}
	return b[:size]
}

// wordAt is the word at an offset, with zeros behind the end.
func wordAt(b []byte, at int) uint64 {
	var word [inputWord]byte
	copy(word[:], b[at:])
	return binary.LittleEndian.Uint64(word[:])
}

// forget empties the log, whose memory it keeps.
func (l *inputLog) forget() {
	l.ticks, l.bytes, l.last, l.now, l.budget = 0, l.bytes[:0], l.last[:0], 0, 0
}

var errInputLog = errors.New("the log of inputs is damaged")

// each hands out the ticks in their order; an input is valid during the call.
func (l *inputLog) each(tick func(input []byte, now, budget int64) error) error {
	var input []byte
	var now, budget int64
	for b := l.bytes; len(b) > 0; {
		var head [3]uint64
		for i := range head {
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return errInputLog
			}
			head[i], b = v, b[n:]
		}
		now, budget = now+zigzag(head[1]), budget+zigzag(head[2])
		input = resize(input, int(head[0]))
		var err error
		if b, err = applyWords(input, b); err != nil {
			return err
		}
		if err := tick(input[:head[0]], now, budget); err != nil {
			return err
		}
	}
	return nil
}

// applyWords makes input the next one and returns what is left of the log.
func applyWords(input, b []byte) ([]byte, error) {
	for at := 0; at < len(input); at += inputGroup {
		if len(b) == 0 {
			return nil, errInputLog
		}
		mask := b[0]
		b = b[1:]
		for k := 0; k < inputGroup/inputWord && mask != 0; k, mask = k+1, mask>>1 {
			if mask&1 == 0 {
				continue
			}
			if len(b) == 0 || b[0] > inputWord || len(b) < 1+int(b[0]) || at+k*inputWord >= len(input) {
				return nil, errInputLog
			}
			word := input[at+k*inputWord:]
			binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)^wordAt(b[1:1+b[0]], 0))
			b = b[1+b[0]:]
		}
	}
	return b, nil
}

// zigzag is what binary.AppendVarint wrote, read as unsigned.
func zigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
