package feed

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"time"
)

// sampleRows is how many rows are looked at before the first is used.
const sampleRows = 512

// sample is the beginning of a file: what its layout is found from.
type sample struct {
	rows []sampleRow
}

type sampleRow struct {
	number int
	text   []byte
}

// readSample keeps the first lines that are neither blank nor a comment.
func readSample(l *lines) (*sample, error) {
	s := &sample{}
	for len(s.rows) < sampleRows {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if errors.Is(err, errLineLong) {
			if len(s.rows) == 0 {
				return nil, &Mistake{
					Line: int(l.number), Found: "the first line is longer than any row of bars (over 32 KiB)",
					Hint: "lines end with LF or CR LF; convert a file that ends them otherwise",
				}
			}
			continue
		}
		if err != nil {
			return nil, &Mistake{Line: int(l.number) + 1, Found: "cannot be read", Cause: err}
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return nil, &Mistake{Line: int(l.number), Found: "is not text (a zero byte)", Hint: "give a CSV file in UTF-8"}
		}
		if !isBlank(line) {
			s.rows = append(s.rows, sampleRow{int(l.number), bytes.Clone(line)})
		}
	}
	if len(s.rows) == 0 {
		return nil, &Mistake{Found: "holds no rows", Hint: "a feed needs rows of time, open, high, low, close and volume"}
	}
	return s, nil
}

// isBlank says whether a line is passed over: empty, or a comment.
func isBlank(line []byte) bool {
	return len(line) == 0 || line[0] == '#' || (line[0] == ' ' && len(bytes.TrimLeft(line, " ")) == 0)
}

// spacing is what the times of a sample say about the file.
type spacing struct {
	// interval is the most common distance between the rows of one symbol, the shortest of equals; 0
	// where there are none.
	interval int64
	// earliest is the first time of all.
	earliest int64
	// weekend says that a row lies on a Saturday or Sunday.
	weekend bool
}

// spaceRows measures the sample's time column.
func spaceRows(s *sample, lay *layout) spacing {
	sp := spacing{earliest: math.MaxInt64}
	last, distances := map[string]int64{}, map[int64]int{}
	f := fields{separator: lay.separator}
	for _, row := range lay.data(s) {
		f.cut(row.text)
		at, ok := lay.stamp.parse(f.field(row.text, lay.column[roleTime]))
		if f.count != lay.fields || !ok {
			continue
		}
		sp.earliest = min(sp.earliest, at)
		day := lay.stamp.wall(at).Weekday()
		sp.weekend = sp.weekend || day == time.Saturday || day == time.Sunday
		symbol := string(f.field(row.text, lay.column[roleSymbol]))
		if before, seen := last[symbol]; seen && at > before {
			distances[at-before]++
		}
		last[symbol] = at
	}
	sp.interval = commonest(distances)
	return sp
}

func commonest(distances map[int64]int) int64 {
	all := make([]int64, 0, len(distances))
	for d := range distances {
		all = append(all, d)
	}
	slices.Sort(all)
	var best int64
	for _, d := range all {
		if best == 0 || distances[d] > distances[best] {
			best = d
		}
	}
	return best
}
