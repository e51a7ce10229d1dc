package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// counting is a way to a venue that notes what comes through.
type counting struct {
	mu    sync.Mutex
	kinds []event.CallKind
}

func (c *counting) Do(_ context.Context, call *event.Call) event.Reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds = append(c.kinds, call.Kind)
	return event.Reply{Call: call.ID, Kind: call.Kind}
}

func (c *counting) Capabilities() (none event.Capabilities) { return }
func (c *counting) Facilities() event.Facilities            { return 0 }

func (c *counting) Stream(context.Context, func(event.Reply)) error { return errors.ErrUnsupported }

// A host that was paused between its append and its request, while another one took the account, sends nothing that changes
// anything; what only asks may go.
func TestWhoHasLostTheAccountSendsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	device, err := journal.OpenSQLite(path, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(device, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const now, ttl = int64(1e18), time.Minute
	stream, err := j.Acquire("lane/exchange/main", "a", now, ttl)
	if err != nil {
		t.Fatal(err)
	}
	remote := &counting{}
	w := newWorker(NewService(&ServicePlan{}, ServiceOptions{}), &ServiceGroup{Plan: &LivePlan{}}, &Live{stream: stream, plan: &LivePlan{}, group: &group{}})
	w.remote = remote
	calls := []event.CallKind{event.CallSubmit, event.CallCancel, event.CallReplace, event.CallLookup, event.CallOpenOrders}
	release := func() []event.CallKind {
		remote.kinds = nil
		e := &Effects{}
		for i, kind := range calls {
			e.Calls = append(e.Calls, event.Call{ID: uint64(i + 1), Kind: kind, Deadline: time.Now().Add(time.Minute).UnixNano()})
		}
		w.release(t.Context(), e)
		w.drain()
		slices.Sort(remote.kinds)
		return remote.kinds
	}
	if got := release(); len(got) != len(calls) {
		t.Errorf("%v left a host that holds its lease", got)
	}
	if _, err := device.Acquire([]string{"lane/exchange/main"}, "b", now+2*int64(ttl), now+3*int64(ttl)); err != nil { // its lease is over
		t.Fatal(err)
	}
	if got, want := release(), []event.CallKind{event.CallLookup, event.CallOpenOrders}; !slices.Equal(got, want) {
		t.Errorf("%v left a host that has lost its lease, want %v", got, want)
	}
}

// locked is a device on which somebody holds a lock for too long.
type locked struct{ journal.Device }

func (locked) Renew([]journal.Lease, int64) ([]bool, error) {
	return nil, errors.New("database is locked")
}

// Leases that cannot be renewed for a while are a reason to begin again from the journal, as an append that fails is; leases
// that are another host's are not.
func TestALeaseThatCannotBeRenewedIsTriedAgain(t *testing.T) {
	memory := journal.NewMemory(journal.MemoryOptions{})
	for _, d := range []journal.Device{memory, locked{memory}} {
		j, err := journal.Open(d, journal.Options{Inline: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Acquire("lane/exchange/main", "a", 1, time.Minute); err != nil {
			t.Fatal(err)
		}
		s := NewService(&ServicePlan{}, ServiceOptions{})
		o := &LiveOptions{Journal: j, Lease: time.Minute}
		if d == memory {
			if err := s.renew(o); err != nil {
				t.Error(err)
			}
			if _, err := memory.Acquire([]string{"lane/exchange/main"}, "a", 2, 3); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.renew(o); err == nil || transient(err) != (d != memory) {
			t.Errorf("transient %v: %v", err != nil && transient(err), err)
		}
	}
}

// A mark on a disk that is gone is told, and that it is there again.
func TestAMarkThatCannotBeWrittenIsTold(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "other disk")
	var told []event.Alert
	s := NewService(&ServicePlan{}, ServiceOptions{Alert: func(a event.Alert) { told = append(told, a) }})
	j, err := journal.Open(journal.NewMemory(journal.MemoryOptions{}), journal.Options{Inline: true, HighWaterPath: filepath.Join(folder, "journal.mark")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Acquire("lane/exchange/main", "a", 1, time.Minute); err != nil {
		t.Fatal(err)
	}
	s.tellMark(j)
	if len(told) != 0 {
		t.Errorf("%+v", told)
	}
	if err := j.ResetMark("lane/exchange/main"); err == nil {
		t.Error("it was written into a folder that is not there")
	}
	s.tellMark(j)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.ResetMark("lane/exchange/main"); err != nil {
		t.Fatal(err)
	}
	s.tellMark(j)
	s.tellMark(j)
	if len(told) != 2 || told[0].Over || told[0].Key != "mark_failed" || !told[1].Over {
		t.Errorf("%+v", told)
	}
}
