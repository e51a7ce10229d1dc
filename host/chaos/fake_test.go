package chaos

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// market is a venue that does what it is asked and remembers it.
type market struct {
	mu           sync.Mutex
	capabilities event.Capabilities
	seen         map[uint64]int // calls carried out, by id
	// reply, if set, answers; else every call is accepted.
	reply func(*event.Call) event.Reply
	// tells is what the stream tells.
	tells []event.Reply
}

func (m *market) Capabilities() event.Capabilities { return m.capabilities }
func (m *market) Facilities() event.Facilities     { return event.FacilityLookup }

func (m *market) Do(_ context.Context, c *event.Call) event.Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[uint64]int{}
	}
	m.seen[c.ID]++
	if m.reply != nil {
		return m.reply(c)
	}
	return event.Reply{Call: c.ID, Kind: c.Kind, Happening: resilience.Happening{Request: c.Kind.Request(), Phase: resilience.PhaseAnswered}}
}

func (m *market) Stream(ctx context.Context, deliver func(event.Reply)) error {
	for _, r := range m.tells {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		deliver(r)
	}
	return errors.New("the venue closed it")
}

func (m *market) times(id uint64) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[id]
}

// noSleep lets no time pass.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func faulty(t *testing.T, change func(*Config)) *Chaos {
	t.Helper()
	c := Config{Allowed: true, Seed: 1, Sleep: noSleep}
	c.Venue.Codes = []int{500, 503}
	if change != nil {
		change(&c)
	}
	x, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

func submit(id uint64) *event.Call { return &event.Call{ID: id, Kind: event.CallSubmit, Attempt: 1} }

func count(c *Chaos, f Fault) uint64 {
	r := c.Report()
	return r.Count(f)
}
