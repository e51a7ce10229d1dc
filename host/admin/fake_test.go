package admin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// fake is a Host that keeps what it was told. A func that is set answers instead.
type fake struct {
	mu      sync.Mutex
	told    []string
	acts    []Act
	book    Book
	status  func(context.Context) (Status, error)
	audits  []AuditEntry
	entries chan JournalEntry
	redrive func(string, Redrive) (RedriveResult, error)
}

func (f *fake) tell(a Act, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told, f.acts = append(f.told, fmt.Sprintf(format, args...)), append(f.acts, a)
}

func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told, f.acts = nil, nil
}

func (f *fake) last() (string, Act) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.told) == 0 {
		return "nothing", Act{}
	}
	return f.told[len(f.told)-1], f.acts[len(f.acts)-1]
}

func (f *fake) Status(ctx context.Context) (Status, error) {
	if f.status != nil {
		return f.status(ctx)
	}
	return Status{
		PID: 42, Config: "my.hcl",
		Agents:   []AgentStatus{{Name: "sma", Mode: "read_only", Equity: "999.5", Reasons: []ModeReason{{Condition: "feed_age", Mode: "read_only", Text: "no bar for 90 s"}}}},
		Accounts: []AccountStatus{{Venue: "x", Account: "main", Breaker: "closed"}},
	}, nil
}

func (f *fake) SetMode(_ context.Context, agent string, c ModeChange) (AgentStatus, error) {
	if agent != "sma" {
		return AgentStatus{}, Missing("agent", agent, "sma")
	}
	f.tell(c.Act, "mode %s %s", agent, c.Mode)
	return AgentStatus{Name: agent, Mode: c.Mode}, nil
}

func (f *fake) Halt(_ context.Context, t Target, a Act) (Stopping, error) {
	f.tell(a, "halt %v", t)
	return Stopping{Agents: []StoppingAgent{{Name: "sma", Mode: "observation", Cancelling: 2}}}, nil
}

func (f *fake) Flatten(_ context.Context, t Target, a Act) (Stopping, error) {
	f.tell(a, "flatten %v", t)
	return Stopping{Agents: []StoppingAgent{{Name: "sma", Mode: "shutdown", Closing: []Position{{Instrument: "X", Quantity: "-3"}}}}}, nil
}

func (f *fake) ChangeAccount(_ context.Context, venue, account string, what AccountAct, a Act) (AccountStatus, error) {
	f.tell(a, "%s %s/%s", what, venue, account)
	return AccountStatus{Venue: venue, Account: account, Breaker: "isolated"}, nil
}

func (f *fake) Orders(_ context.Context, q OrderQuery) (OrderList, error) {
	return q.Select([]Order{
		{ID: "1", Agent: "sma", Venue: "x", Account: "main", Instrument: "X", State: "filled", Created: 1},
		{ID: "2", Agent: "sma", Venue: "x", Account: "main", Instrument: "X", State: "unknown", Created: 2},
		{ID: "3", Agent: "rsi", Venue: "x", Account: "main", Instrument: "Y", State: "open", Created: 3},
	}), nil
}

func (f *fake) Order(_ context.Context, id string) (OrderStory, error) {
	if id != "2" {
		return OrderStory{}, Missing("order", id)
	}
	return OrderStory{Order: Order{ID: id}, Events: []OrderEvent{{Time: 1, What: "sent", Attempt: 1}}}, nil
}

func (f *fake) Letters(context.Context) ([]Letter, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.book.Letters(), nil
}

func (f *fake) Redrive(_ context.Context, letter string, r Redrive) (RedriveResult, error) {
	if f.redrive != nil {
		return f.redrive(letter, r)
	}
	f.tell(r.Act, "redrive %s dry=%v max=%v", letter, r.DryRun, r.AgeMax)
	return RedriveResult{ID: letter, DryRun: r.DryRun, Allowed: true, Checks: []Check{{"age", true, "2 s"}}}, nil
}

func (f *fake) Resolve(_ context.Context, letter string, r Resolve) (Letter, error) {
	f.tell(r.Act, "resolve %s as=%s filled=%s", letter, r.As, r.Filled)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.book.Act(event.LetterAct{ID: letter, Act: event.LetterResolved, By: r.By, Reason: r.Reason, As: r.As, Filled: r.Filled}) {
		return Letter{}, Missing("dead letter", letter)
	}
	l, _ := f.book.Get(letter)
	return l, nil
}

func (f *fake) TestAlert(_ context.Context, a Act) ([]AlertDelivery, error) {
	f.tell(a, "alert test")
	return []AlertDelivery{{Channel: "log", Delivered: true}, {Channel: "pager", Error: "connection refused"}}, nil
}

func (f *fake) Positions(context.Context) ([]Position, error) {
	return []Position{{Agent: "sma", Venue: "x", Account: "main", Instrument: "X", Quantity: "3"}}, nil
}

func (f *fake) Swap(_ context.Context, agent string, s SwapOrder) (SwapReport, error) {
	f.tell(s.Act, "swap %s module=%d file=%s dry=%v", agent, len(s.Module), s.File, s.DryRun)
	return SwapReport{Agent: agent, State: SwapDone, Sequence: 9}, nil
}

func (f *fake) Rollback(_ context.Context, agent string, a Act) (SwapReport, error) {
	f.tell(a, "rollback %s", agent)
	return SwapReport{Agent: agent, State: SwapRolledBack}, nil
}

func (f *fake) Reload(_ context.Context, r ReloadOrder) (ReloadReport, error) {
	f.tell(r.Act, "reload dry=%v", r.DryRun)
	return ReloadReport{Applied: !r.DryRun, Changes: []ReloadChange{{Agent: "sma", What: "params.fast", From: "5", To: "6", How: ReloadLive}}}, nil
}

// serve runs a server on a socket of its own.
func serve(t *testing.T, h Host, change func(*Config)) (*Client, *Server) {
	t.Helper()
	c := Config{Socket: socketPath(t), Host: h}
	if change != nil {
		change(&c)
	}
	s, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	client := NewClient(c.Socket)
	t.Cleanup(client.Close)
	return client, s
}

// socketPath is short: a socket's path has little room, and a test's folder has a long name.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ah")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "control.sock")
}

func (f *fake) Audits(_ context.Context, q AuditQuery) (AuditList, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return q.Select(f.audits), nil
}

func (f *fake) Streams(context.Context) ([]StreamStatus, error) {
	return []StreamStatus{{Stream: "agent/sma", Entries: 3, Events: 3}}, nil
}

// Tail hands over three entries, and then what entries brings.
func (f *fake) Tail(ctx context.Context, q TailQuery, deliver func(JournalEntry) error) error {
	for n := max(q.From, 1); n <= 3; n++ {
		if err := deliver(JournalEntry{Position: n, Kind: "turn", Body: []byte(`{"n":1}`)}); err != nil {
			return err
		}
	}
	for q.Follow {
		select {
		case e, more := <-f.entries:
			if !more {
				return errors.New("the disk is gone")
			}
			if err := deliver(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *fake) Checkpoints(context.Context) ([]Checkpoint, error) {
	return []Checkpoint{{ID: 7, Venue: "x", Account: "main", Time: 1, Parts: []CheckpointPart{{Stream: "lane/x/main", Position: 9}}}}, nil
}

func (f *fake) MakeCheckpoints(_ context.Context, a Act) ([]Checkpoint, error) {
	f.tell(a, "checkpoint")
	return []Checkpoint{{ID: 8, Venue: "x", Account: "main", Time: 2}}, nil
}
