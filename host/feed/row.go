package feed

import (
	"bytes"

	"github.com/agenthost/agenthost/host/event"
)

// role is what a column is for.
type role uint8

const (
	roleOpen role = iota // the prices come first: they index row.prices
	roleHigh
	roleLow
	roleClose
	roleVolume
	roleTime
	roleSymbol
	roles
)

var roleNames = [roles]string{"open", "high", "low", "close", "volume", "time", "symbol"}

// instrumentNone marks a row that no instrument can be held to.
const instrumentNone = ^uint32(0)

// row is one line of a file, as far as it could be read.
type row struct {
	// time is the close time, where timed.
	time       int64
	timed      bool
	instrument uint32
	// defect is what is wrong with the row taken by itself; flagged, that it contradicts itself but may
	// pass.
	defect  event.Defect
	flagged bool
	// unplaced says that the row is withheld and its time not believed.
	unplaced                    bool
	priceRounded, volumeRounded bool
	prices                      [4]int64
	volume                      int64
	line                        int64
}

// judge finds what the numbers of a row say against it.
func (r *row) judge() event.Defect {
	open, high, low, last := r.prices[roleOpen], r.prices[roleHigh], r.prices[roleLow], r.prices[roleClose]
	switch {
	case open <= 0 || high <= 0 || low <= 0 || last <= 0 || r.volume < 0:
		return event.DefectNotPositive
	case high < open || high < last || low > open || low > last || high < low:
		return event.DefectContradiction
	}
	return event.DefectNone
}

// fieldsMax bounds the columns of a file.
const fieldsMax = 256

// fields are the places of a line's fields, reused from line to line.
type fields struct {
	separator byte
	count     int
	from, to  [fieldsMax]int32
}

// cut finds the fields of a line.
func (f *fields) cut(line []byte) {
	n, from := 0, 0
	for i, c := range line {
		if c == f.separator {
			if n < fieldsMax {
				f.from[n], f.to[n] = int32(from), int32(i)
			}
			n, from = n+1, i+1
		} else if c == '"' {
			f.cutQuoted(line)
			return
		}
	}
	if n < fieldsMax {
		f.from[n], f.to[n] = int32(from), int32(len(line))
	}
	f.count = n + 1
}

// cutQuoted is cut for lines with quotes: a separator between quotes is text. The quotes around a
// field are left out of it. No field reaches over the end of a line.
func (f *fields) cutQuoted(line []byte) {
	n, from, quoted := 0, 0, false
	for i := 0; i <= len(line); i++ {
		if i < len(line) && (quoted || line[i] != f.separator) {
			quoted = quoted != (line[i] == '"')
			continue
		}
		if n < fieldsMax {
			f.from[n], f.to[n] = unquote(line, from, i)
		}
		n, from = n+1, i+1
	}
	f.count = n
}

func unquote(line []byte, from, to int) (int32, int32) {
	for from < to && line[from] == ' ' {
		from++
	}
	for from < to && line[to-1] == ' ' {
		to--
	}
	if to-from >= 2 && line[from] == '"' && line[to-1] == '"' {
		from, to = from+1, to-1
	}
	return int32(from), int32(to)
}

// field gives the i-th field without the spaces around it; nil where there is none.
func (f *fields) field(line []byte, i int) []byte {
	if i < 0 || i >= f.count || i >= fieldsMax {
		return nil
	}
	s := line[f.from[i]:f.to[i]]
	if len(s) > 0 && (s[0] == ' ' || s[len(s)-1] == ' ') {
		s = bytes.Trim(s, " ")
	}
	return s
}
