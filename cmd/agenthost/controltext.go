package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// visible keeps what a strategy or a venue said from moving the cursor, or hiding the rest of a line.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}

// when writes a time to the millisecond, in UTC; "never" for 0.
func when(ns int64) string {
	if ns == 0 {
		return "never"
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000")
}

// ago is how long before now a time is, rounded as people say it.
func ago(ns, now int64) string {
	if ns == 0 {
		return "never"
	}
	return rounded(time.Duration(now-ns)) + " ago"
}

func rounded(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d >= 2*day || d <= -2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Minute || d <= -time.Minute:
		text := d.Round(time.Second).String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		return text
	case d >= time.Second || d <= -time.Second:
		return d.Round(time.Second / 10).String()
	}
	return d.Round(time.Millisecond).String()
}

// table lines up cells that are ended by tabs; the first error stays.
type table struct {
	w   *tabwriter.Writer
	err error
}

func newTable(out io.Writer) *table {
	return &table{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

func (t *table) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		if texts[i] = visible(fmt.Sprint(c)); texts[i] == "" {
			texts[i] = "-"
		}
	}
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.Join(texts, "\t"))
	}
}

func (t *table) flush() error {
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}

// fact lines up names and values, leaving out what is empty.
func (t *table) fact(name string, value any) {
	if s := fmt.Sprint(value); s != "" && t.err == nil {
		_, t.err = fmt.Fprintf(t.w, "  %s\t%s\n", name, visible(s))
	}
}

// encode prints one JSON object a line.
func encode[T any](out io.Writer, values ...T) error {
	e := json.NewEncoder(out)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// parseSince reads how far back to go: a duration before now, a date, or a moment.
func parseSince(s string, now time.Time) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d).UnixNano(), nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixNano(), nil
		}
	}
	return 0, usageError{fmt.Errorf("--since %q: write a duration such as 24h, a date such as 2026-11-23, or a moment such as 2026-11-23T18:15:00Z", s)}
}
