package alert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

// Types of sinks.
const (
	TypeLog     = "log"
	TypeWebhook = "webhook"
	TypeCommand = "command"
)

// Config says who is told. The zero value tells nobody: alerts are logged.
type Config struct {
	Sinks []SinkConfig
	// QueueMax bounds the alerts that wait to be looked at, and the tellings that wait at each sink.
	// Zero: 1024.
	QueueMax int
	// AttemptsMax counts the tries of one telling, the first too. Zero: 5.
	AttemptsMax int
	// Backoff is the wait after the attempt-th failure (from 1). Nil: full jitter, drawn by Random from up
	// to 1 s, 2 s, 4 s and so on to 1 minute. Random nil: the runtime's.
	Backoff func(attempt int) time.Duration
	Random  func() uint64
	// OnUndelivered gets what could not be told, one after another, from a goroutine of its own. While it
	// does not come back, 1024 letters wait; further ones are only logged. Nil: nobody.
	OnUndelivered func(event.Letter)
}

// SinkConfig is one sink.
type SinkConfig struct {
	Type, Name string
	// Sink is used instead of what Type says; a program's own way of telling.
	Sink Sink
	// LevelMin is the least that is told; 0 is AlertWarning.
	LevelMin event.AlertLevel
	// URL is a webhook's, http or https. It may hold a secret and is never logged.
	URL string
	// Headers of a webhook; HeadersEnv names the environment variables that hold their values.
	Headers, HeadersEnv map[string]string
	// SecretEnv names the environment variable whose value signs a webhook's body; empty: unsigned.
	// X-Agenthost-Signature is "sha256=" and the hex HMAC-SHA-256 of X-Agenthost-Timestamp (seconds since
	// 1970), a dot and the body.
	SecretEnv string
	// Command is a program and its arguments; no shell is between. EnvironmentPass names the variables it
	// sees besides PATH, HOME, LANG, TZ and TMPDIR: the host's keys are not its business.
	Command         []string
	EnvironmentPass []string
	// Timeout bounds one try. Zero: 10 s.
	Timeout time.Duration
	// RepeatEvery is how often a matter that lasts is told again; 0 is never.
	RepeatEvery time.Duration
	// EscalateAfter makes a matter that lasts so long one level worse to this sink; 0 is never. EscalateTo
	// names sinks that are told too, so long after this one was.
	EscalateAfter time.Duration
	EscalateTo    []string
}

const (
	queueDefault    = 1024
	attemptsDefault = 5
	timeoutDefault  = 10 * time.Second
	backoffFirst    = time.Second
	backoffLongest  = time.Minute
)

// settle checks a configuration and fills in what is left out.
func (c Config) settle() (Config, error) {
	if c.QueueMax < 0 || c.AttemptsMax < 0 {
		return c, fmt.Errorf("queue_max %d, attempts_max %d: neither can be below zero", c.QueueMax, c.AttemptsMax)
	}
	if c.QueueMax == 0 {
		c.QueueMax = queueDefault
	}
	if c.AttemptsMax == 0 {
		c.AttemptsMax = attemptsDefault
	}
	if c.Random == nil {
		c.Random = rand.Uint64
	}
	if c.Backoff == nil {
		c.Backoff = fullJitter(c.Random)
	}
	sinks := make([]SinkConfig, len(c.Sinks))
	names := map[string]bool{}
	for i := range c.Sinks {
		s := c.Sinks[i]
		if err := s.settle(); err != nil {
			return c, fmt.Errorf("alert %s %q: %w", s.Type, s.Name, err)
		}
		if names[s.Name] {
			return c, fmt.Errorf("alert %s %q: there are two of that name", s.Type, s.Name)
		}
		names[s.Name] = true
		sinks[i] = s
	}
	for i := range sinks {
		for _, to := range sinks[i].EscalateTo {
			if !names[to] {
				return c, fmt.Errorf("alert %s %q: escalate_to names %q, which is no alert", sinks[i].Type, sinks[i].Name, to)
			}
		}
	}
	c.Sinks = sinks
	return c, nil
}

func (s *SinkConfig) settle() error {
	if s.Sink != nil && s.Name == "" {
		s.Name = s.Sink.Name()
	}
	if s.LevelMin == 0 {
		s.LevelMin = event.AlertWarning
	}
	if s.Timeout == 0 {
		s.Timeout = timeoutDefault
	}
	switch {
	case s.Name == "":
		return errors.New("it has no name")
	case s.LevelMin > event.AlertCritical:
		return fmt.Errorf("level_min is %d; it can be info, warning or critical", s.LevelMin)
	case s.Timeout < 0 || s.RepeatEvery < 0 || s.EscalateAfter < 0:
		return fmt.Errorf("timeout %v, repeat_every %v, escalate_after %v: none can be below zero", s.Timeout, s.RepeatEvery, s.EscalateAfter)
	case len(s.EscalateTo) > 0 && s.EscalateAfter == 0:
		return errors.New("escalate_to is set without escalate_after: after how long?")
	case s.Sink != nil:
		return nil
	}
	return s.checkType()
}

func (s *SinkConfig) checkType() error {
	switch s.Type {
	case TypeLog:
		return nil
	case TypeWebhook:
		return checkURL(s.URL)
	case TypeCommand:
		if len(s.Command) == 0 || s.Command[0] == "" {
			return errors.New("command is empty; give a program and its arguments")
		}
		return nil
	}
	return fmt.Errorf("type is %q; it can be %q, %q or %q", s.Type, TypeLog, TypeWebhook, TypeCommand)
}

// checkURL does not show what it refuses: there may be a secret in it.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return errors.New("url must be http or https, with a host")
	}
	return nil
}

// newSink makes what a checked configuration says.
func newSink(s *SinkConfig, now func() int64, log hclog.Logger) Sink {
	switch {
	case s.Sink != nil:
		return s.Sink
	case s.Type == TypeWebhook:
		return newWebhook(s, now)
	case s.Type == TypeCommand:
		return &command{name: s.Name, line: s.Command, pass: s.EnvironmentPass}
	}
	return &logSink{name: s.Name, log: log}
}

func fullJitter(random func() uint64) func(int) time.Duration {
	return func(attempt int) time.Duration {
		longest := backoffLongest
		if attempt < 8 {
			longest = min(longest, backoffFirst<<max(0, attempt-1))
		}
		return time.Duration(random() % uint64(longest))
	}
}
