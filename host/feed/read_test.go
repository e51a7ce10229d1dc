package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// save writes a file for a test and returns its path.
func save(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// one is a feed of one file of instrument X with two decimals and whole quantities.
func one(path string) Config {
	return Config{Name: "prices", Instruments: []event.Instrument{instrument("X", 2, 0)}, Sources: []Source{{Path: path, Instrument: "X"}}}
}

// readAll opens a feed, reads it to its end and closes it; what it counted can still be asked.
func readAll(tb testing.TB, c Config) ([]event.Market, *Recorded) {
	tb.Helper()
	r, err := Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	}()
	var all []event.Market
	var m event.Market
	for {
		err := r.Next(&m)
		if errors.Is(err, io.EOF) {
			return all, r
		}
		if err != nil {
			tb.Fatal(err)
		}
		kept := m
		kept.Bars, kept.Notes = slices.Clone(m.Bars), slices.Clone(m.Notes)
		all = append(all, kept)
	}
}

// show writes markets as a test likes to compare them: one line each.
func show(c Config, markets []event.Market) string {
	var b strings.Builder
	for _, m := range markets {
		b.WriteString(clockText(m.Time))
		for _, bar := range m.Bars {
			in := c.Instruments[bar.Instrument]
			p := func(v int64) string { return event.FormatDecimal(v, in.PriceDecimals) }
			fmt.Fprintf(&b, " %s %s %s %s %s %s", in.Name, p(bar.Open), p(bar.High), p(bar.Low), p(bar.Close), event.FormatDecimal(bar.Volume, in.QuantityDecimals))
			if bar.Flags&event.BarAfterGap != 0 {
				b.WriteString(" after_gap")
			}
			if bar.Flags&event.BarFlagged != 0 {
				b.WriteString(" flagged")
			}
		}
		b.WriteString(showNotes(c, m.Notes) + "\n")
	}
	return b.String()
}

func showNotes(c Config, notes []event.FeedNote) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&b, " (%s", c.Instruments[n.Instrument].Name)
		for _, flag := range []struct {
			bit  event.FeedFlags
			name string
		}{{event.FeedQuarantined, "quarantined"}, {event.FeedGap, "gap"}, {event.FeedFlagged, "flagged"}} {
			if n.Flags&flag.bit != 0 {
				b.WriteString(" " + flag.name)
			}
		}
		fmt.Fprintf(&b, " withheld %d missing %d %v", n.Withheld, n.Missing, n.Defect)
		if n.LastTime != 0 {
			b.WriteString(" last " + clockText(n.LastTime))
		}
		b.WriteString(")")
	}
	return b.String()
}

func clockText(ns int64) string {
	at := time.Unix(0, ns).UTC()
	if at.Truncate(24*time.Hour) == at {
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02T15:04:05.999999999")
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	want = strings.TrimLeft(want, "\n")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func yes(b bool) *bool { return &b }
