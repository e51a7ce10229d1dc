package alert

import (
	"context"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

// logSink tells by the host's log.
type logSink struct {
	name string
	log  hclog.Logger
}

func (l *logSink) Name() string { return l.name }

func (l *logSink) Send(_ context.Context, a event.Alert) error {
	write(l.log, a)
	return nil
}

func write(log hclog.Logger, a event.Alert) {
	level, text := hclog.Error, "alert"
	switch {
	case a.Over:
		level, text = hclog.Info, "alert is over"
	case a.Level == event.AlertInfo:
		level = hclog.Info
	case a.Level == event.AlertWarning:
		level = hclog.Warn
	}
	pairs := []any{"key", a.Key, "level", a.Level, "text", a.Text}
	for _, p := range [][2]string{{"agent", a.Agent}, {"venue", a.Venue}, {"account", a.Account}} {
		if p[1] != "" {
			pairs = append(pairs, p[0], p[1])
		}
	}
	log.Log(level, text, pairs...)
}
