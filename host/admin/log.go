package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// LogLine is a line of the host's log.
type LogLine struct {
	// Number counts from 1 since the host began.
	Number  uint64     `json:"number"`
	Time    int64      `json:"time"`
	Level   string     `json:"level"`
	Name    string     `json:"name,omitempty"`
	Message string     `json:"message"`
	Fields  []LogField `json:"fields,omitempty"`
}

// LogField is a name and its value.
type LogField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Field is a field's value, empty if there is none.
func (l *LogLine) Field(name string) string {
	for _, f := range l.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

const (
	logLinesMax = 4096
	logTextMax  = 4096
)

// LogRing keeps the host's last lines: a sink of an hclog.InterceptLogger. The zero value is empty. Safe
// for concurrent use; it never holds up who logs.
type LogRing struct {
	// Level is the least that is kept; the zero value is info.
	Level hclog.Level

	mu     sync.Mutex
	lines  []LogLine // a ring: line n is at n % logLinesMax
	last   uint64
	change chan struct{} // closed with the next line
}

var _ hclog.SinkAdapter = (*LogRing)(nil)

// Accept takes a line in.
func (g *LogRing) Accept(name string, level hclog.Level, message string, args ...any) {
	least := g.Level
	if least == hclog.NoLevel {
		least = hclog.Info
	}
	if level < least {
		return
	}
	line := LogLine{Time: time.Now().UnixNano(), Level: level.String(), Name: name, Message: bound(message), Fields: fieldsOf(args)}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	line.Number = g.last
	if len(g.lines) < logLinesMax {
		g.lines = append(g.lines, line)
	} else {
		g.lines[(g.last-1)%logLinesMax] = line
	}
	if g.change != nil {
		close(g.change)
		g.change = nil
	}
}

// fieldsOf puts what is logged with a line into words, as the log does.
func fieldsOf(args []any) (fields []LogField) {
	for i := 0; i+1 < len(args); i += 2 {
		value := args[i+1]
		if f, ok := value.(hclog.Format); ok && len(f) > 0 {
			value = fmt.Sprintf(fmt.Sprint(f[0]), f[1:]...)
		}
		fields = append(fields, LogField{fmt.Sprint(args[i]), bound(fmt.Sprint(value))})
	}
	return fields
}

func bound(s string) string {
	if len(s) <= logTextMax {
		return s
	}
	return strings.ToValidUTF8(s[:logTextMax], "") + "…"
}

// LogQuery says which lines are meant.
type LogQuery struct {
	// Level is the least: "trace", "debug", "info", "warn" or "error"; empty is "info".
	Level string
	// Agent, if it is not empty, is whose they are.
	Agent string
	// From is the first number; Last, if it is not 0, is at most how many of those that are kept.
	From, Last uint64
	// Follow goes on with what comes.
	Follow bool
}

func (q *LogQuery) matches(l *LogLine) bool {
	return hclog.LevelFromString(l.Level) >= q.level() && (q.Agent == "" || l.Field("agent") == q.Agent)
}

func (q *LogQuery) level() hclog.Level {
	if q.Level == "" {
		return hclog.Info
	}
	return hclog.LevelFromString(q.Level)
}

// since gives the lines from a number on, and what is closed when there are more.
func (g *LogRing) since(from uint64) (lines []LogLine, next uint64, more <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := g.last - uint64(len(g.lines)) + 1
	for n := max(from, first); n <= g.last; n++ {
		lines = append(lines, g.lines[(n-1)%logLinesMax])
	}
	if g.change == nil {
		g.change = make(chan struct{})
	}
	return lines, g.last + 1, g.change
}

// Tail hands over the lines that match, oldest first, and goes on with those that come if q says so, until
// ctx ends or deliver returns an error. Whoever is too slow misses the oldest: their numbers are missing.
func (g *LogRing) Tail(ctx context.Context, q LogQuery, deliver func(LogLine) error) error {
	lines, next, more := g.since(q.From)
	lines = slices.DeleteFunc(lines, func(l LogLine) bool { return !q.matches(&l) })
	if q.Last > 0 && uint64(len(lines)) > q.Last {
		lines = lines[uint64(len(lines))-q.Last:]
	}
	for {
		for i := range lines {
			if !q.matches(&lines[i]) {
				continue
			}
			if err := deliver(lines[i]); err != nil {
				return err
			}
		}
		if !q.Follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-more:
		}
		lines, next, more = g.since(next)
	}
}

func (s *Server) logs(r *request, f *stream) error {
	v := r.values()
	q := LogQuery{Level: v.text("level"), Agent: v.text("agent"), From: v.count("from"), Last: v.count("last"), Follow: v.boolean("follow")}
	if v.err == nil && q.level() == hclog.NoLevel {
		v.err = invalid("level %q: write trace, debug, info, warn or error", q.Level)
	}
	if v.err != nil {
		return v.err
	}
	if s.config.Logs == nil {
		return &NotFound{"this host keeps no lines of its log"}
	}
	if at := lastEvent(r); at > 0 {
		q.From, q.Last = at+1, 0
	}
	if err := f.put(""); err != nil { // the head: the reader knows that it is there
		return err
	}
	return s.config.Logs.Tail(r.Context(), q, func(l LogLine) error { return f.send(l.Number, l) })
}
