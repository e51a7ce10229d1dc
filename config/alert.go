package config

import "time"

// Alert is a way by which a person is told.
type Alert struct {
	Source
	// Type is "log", "webhook" or "command".
	Type, Name string
	// LevelMin is "info", "warning" or "critical": the least that is told this way.
	LevelMin string
	// URL is a webhook's address; the alert is sent there as JSON by POST.
	URL string
	// Headers are sent as they are, by name; HeadersEnv hold the names of environment variables.
	Headers, HeadersEnv map[string]string
	// Command is a program and its arguments; the alert is its standard input, as JSON.
	Command []string
	// Timeout bounds one telling.
	Timeout time.Duration
	// RepeatEvery is how often a matter that lasts is told again; 0 is never.
	RepeatEvery time.Duration
	// EscalateAfter raises a matter that lasts so long by one level; 0 is never.
	EscalateAfter time.Duration
}

// DefaultAlert tells of warnings once an hour while they last.
func DefaultAlert(typ string) Alert {
	return Alert{Type: typ, LevelMin: "warning", Timeout: 10 * time.Second, RepeatEvery: time.Hour, EscalateAfter: 30 * time.Minute}
}
