package feed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// FuzzReader gives any bytes to any settings. Whatever is delivered must be usable as it stands.
func FuzzReader(f *testing.F) {
	bad, err := os.ReadFile("testdata/bad.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bad, uint16(0))
	f.Add(bad, uint16(0xffff))
	f.Add([]byte(compressed(f, string(bad), gzipped)), uint16(1))
	f.Add([]byte(compressed(f, string(bad), zstded)), uint16(2))
	f.Add([]byte("time,sym,open,high,low,close\n2024-03-04 09:00,A,1,1,1,1\n2024-03-04 09:00,X,2,2,2,2\n"), uint16(4))
	f.Add([]byte("1709542800;1;1;1;1;1\r\n\"1709542860\";\"1\";1;1;1;1\r\n"), uint16(8))
	f.Add([]byte(minutes(3)), uint16(16))
	f.Add([]byte("2024-03-04,1,1,1,1,1\n1850-01-01,x,1,1,1,1\n2139-12-31,1,1,1,1,1\n"), uint16(32))
	path := filepath.Join(f.TempDir(), "any.csv")
	f.Fuzz(func(t *testing.T, text []byte, settings uint16) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c := fuzzConfig(path, settings)
		r, err := Open(c)
		if err != nil {
			return
		}
		defer func() {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}()
		checkFeed(t, c, r)
	})
}

// fuzzConfig takes each setting from a bit. Both sources read the same file.
func fuzzConfig(path string, settings uint16) Config {
	bit := func(i int) bool { return settings>>i&1 == 1 }
	c := one(path)
	c.Instruments = append(c.Instruments, instrument("A", 8, 3))
	if bit(0) {
		c.Quality.OHLC = Flag
	}
	c.Quality.Calendar = Calendar(settings >> 1 & 3)
	if bit(3) {
		c.TimeIs = TimeIsOpen
	}
	if bit(4) {
		c.Repeat = 3
	}
	if bit(5) {
		c.Sources = append(c.Sources, Source{Path: path, SymbolColumn: "2"})
	}
	if bit(6) {
		c.From, c.To = 1704067320e9, 1709542860e9
	}
	if bit(7) {
		c.Interval = 60e9
	}
	return c
}

// checkFeed reads a feed to its end and holds it to its promises.
func checkFeed(t *testing.T, c Config, r *Recorded) {
	t.Helper()
	var m event.Market
	last := map[uint32]int64{}
	var before, delivered int64
	var cursor, withheld uint64
	for {
		err := r.Next(&m)
		if err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return // a broken file
		}
		if cursor++; m.Cursor != cursor || len(m.Bars) == 0 || len(m.Bars) > len(c.Instruments) {
			t.Fatalf("market %d: %+v", cursor, m)
		}
		if cursor > 1 && m.Time <= before {
			t.Fatalf("time goes from %d to %d", before, m.Time)
		}
		if before = m.Time; c.Repeat == 0 && c.To != 0 && (m.Time < c.From || m.Time >= c.To) {
			t.Fatalf("a market out of bounds: %d", m.Time)
		}
		for i := range m.Bars {
			b := &m.Bars[i]
			delivered++
			if at, seen := last[b.Instrument]; seen && at >= b.CloseTime {
				t.Fatalf("instrument %d has two bars at %d", b.Instrument, at)
			}
			last[b.Instrument] = b.CloseTime
			flagged := b.Flags&event.BarFlagged != 0
			if b.CloseTime != m.Time || b.OpenTime != b.CloseTime-r.Interval() || b.Volume < 0 || b.Open <= 0 || b.High <= 0 || b.Low <= 0 || b.Close <= 0 {
				t.Fatalf("a bar that should be withheld: %+v", b)
			}
			if b.Coherent() == flagged || (flagged && c.Quality.OHLC != Flag) {
				t.Fatalf("a bar that contradicts itself, or is flagged though it does not: %+v", b)
			}
		}
		for _, n := range m.Notes {
			withheld += uint64(n.Withheld)
		}
	}
	for _, n := range r.Pending(nil) {
		withheld += uint64(n.Withheld)
	}
	for _, count := range r.Counts() {
		delivered -= int64(count.Delivered)
		if count.Instrument != "" {
			withheld -= count.Withheld()
		}
	}
	if delivered != 0 || withheld != 0 {
		t.Fatalf("counts differ from what was delivered by %d, from what was told by %d", delivered, int64(withheld))
	}
}
