package main

import (
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/admin"
)

// newLog logs to standard error, and to sinks.
func newLog(l config.Log, con *console, sinks ...hclog.SinkAdapter) hclog.Logger {
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{
		Name: "agenthost", Level: hclog.LevelFromString(l.Level), JSONFormat: l.Format == "json", Output: con.err,
	})
	for _, s := range sinks {
		log.RegisterSink(s)
	}
	if log.IsDebug() {
		return log // whoever asks for everything gets everything
	}
	return &seldom{Logger: log}
}

// newRing keeps the last lines for who asks a running host: information at least, whatever is printed.
func newRing(l config.Log) *admin.LogRing {
	return &admin.LogRing{Level: min(hclog.Info, hclog.LevelFromString(l.Level))}
}

// seldomAfter is how often an error is logged before it is logged seldom.
const seldomAfter = 10

// seldom keeps an error that comes again and again, as that of a strategy that fails with every bar,
// from drowning the rest: of each message, and of each logger made by With, it logs the first ten, then
// the hundredth, the thousandth and so on. The journal has each, and the summary how many there were.
type seldom struct {
	hclog.Logger
	mu   sync.Mutex
	seen map[string]int
}

func (s *seldom) Error(message string, args ...any) {
	n := s.count(message)
	switch {
	case n == seldomAfter:
		args = append(args, "note", "from here on only the 100th, 1000th, … is logged; level = \"debug\" logs all")
	case n > seldomAfter && !powerOfTen(n):
		return
	case n > seldomAfter:
		args = append(args, "times", n)
	}
	s.Logger.Error(message, args...)
}

func (s *seldom) With(args ...any) hclog.Logger { return &seldom{Logger: s.Logger.With(args...)} }

func (s *seldom) count(message string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]int{}
	}
	s.seen[message]++
	return s.seen[message]
}

func powerOfTen(n int) bool {
	for n%10 == 0 {
		n /= 10
	}
	return n == 1
}
