package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Sink is one way of telling a person.
type Sink interface {
	// Name is unique among the sinks.
	Name() string
	// Send tells one alert and returns when it is told, or cannot be, or ctx ends. It is called by one
	// goroutine at a time. An error that IsPermanent is not tried again.
	Send(ctx context.Context, a event.Alert) error
}

// permanent is an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error of a sink that trying again does not mend; nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// message is an alert as webhooks and commands get it.
type message struct {
	Key     string `json:"key"`
	Level   string `json:"level"`
	Agent   string `json:"agent,omitempty"`
	Venue   string `json:"venue,omitempty"`
	Account string `json:"account,omitempty"`
	Text    string `json:"text"`
	// Time is RFC 3339, TimeNS the same in nanoseconds since 1970.
	Time   string `json:"time"`
	TimeNS int64  `json:"time_ns"`
	Over   bool   `json:"over"`
}

// encode writes an alert as JSON.
func encode(a event.Alert) ([]byte, error) {
	return json.Marshal(message{
		Key: a.Key, Level: a.Level.String(), Agent: a.Agent, Venue: a.Venue, Account: a.Account, Text: a.Text,
		Time: time.Unix(0, a.Time).UTC().Format(time.RFC3339Nano), TimeNS: a.Time, Over: a.Over,
	})
}

// abandonAfter is how long a sink may take to heed the end of its time.
const abandonAfter = time.Second

// attempt calls a sink and comes back whatever the sink does. hung is nil, or is closed when a sink that
// did not come back in time has.
func attempt(ctx context.Context, s Sink, a event.Alert, timeout time.Duration) (hung <-chan struct{}, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, back := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(back)
		defer func() {
			if p := recover(); p != nil {
				result <- fmt.Errorf("sink panicked: %v", p)
			}
		}()
		result <- s.Send(ctx, a)
	}()
	select {
	case err := <-result:
		return nil, err
	case <-ctx.Done():
	}
	timer := time.NewTimer(abandonAfter)
	defer timer.Stop()
	select {
	case err := <-result:
		return nil, err
	case <-timer.C:
		return back, fmt.Errorf("sink does not come back: %w", ctx.Err())
	}
}
