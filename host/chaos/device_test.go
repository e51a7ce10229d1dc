package chaos

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// appended opens a journal on a faulty device and appends until it fails or n entries are durable.
func appended(t *testing.T, c *Chaos, inner journal.Device, n int) (durable int, failed error) {
	t.Helper()
	j, err := journal.Open(c.Device(inner), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() // closes the memory, which keeps what it has
	s, err := j.Acquire("agent/a", "test", 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		position := s.Append(journal.KindAudit, 0, 1, make([]byte, 1000))
		if err := s.Wait(position); err != nil {
			return durable, err
		}
		durable++
	}
	return durable, nil
}

// stored counts the entries that a device holds.
func stored(t *testing.T, d journal.Device) uint64 {
	t.Helper()
	streams, err := d.Streams()
	if err != nil || len(streams) != 1 {
		t.Fatalf("%v, %v", streams, err)
	}
	return streams[0].Position
}

// open keeps a device from being closed with its journal.
type open struct{ journal.Device }

func (open) Close() error { return nil }

func TestAFailedAppendStoresNothing(t *testing.T) {
	d := open{journal.NewMemory(journal.MemoryOptions{})}
	c := faulty(t, func(c *Config) { c.Store.FailRate = event.One / 10 })
	n, err := appended(t, c, d, 1000)
	if !errors.Is(err, ErrAppend) || stored(t, d) != uint64(n) {
		t.Errorf("%d durable, %d stored, %v", n, stored(t, d), err)
	}
}

func TestAFullDiskSaysSoUntilSomebodyMakesRoom(t *testing.T) {
	var now atomic.Int64
	now.Store(1)
	d := open{journal.NewMemory(journal.MemoryOptions{})}
	c := faulty(t, func(c *Config) {
		c.Store.FullAfter, c.Store.FullFor, c.Now = 5000, time.Minute, now.Load
	})
	wrapped := open{c.Device(d)}
	again := func() (int, error) { // of the one wrapped device
		t.Helper()
		j, err := journal.Open(wrapped, journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		s, err := j.Acquire("agent/a", "test", 1, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 100 {
			if err := s.Wait(s.Append(journal.KindAudit, 0, 1, make([]byte, 1000))); err != nil {
				return n, err
			}
		}
		return 100, nil
	}
	n, err := again()
	if !errors.Is(err, journal.ErrFull) || n != 4 || stored(t, d) != 4 {
		t.Errorf("%d durable, %v", n, err)
	}
	if n, err := again(); !errors.Is(err, journal.ErrFull) || n != 0 {
		t.Errorf("still full: %d durable, %v", n, err)
	}
	now.Add(int64(time.Minute))
	if n, err := again(); !errors.Is(err, journal.ErrFull) || n != 4 || stored(t, d) != 8 {
		t.Errorf("after room was made: %d durable, %d stored, %v", n, stored(t, d), err)
	}
}

func TestAnIndeterminateAppendIsStoredOrNot(t *testing.T) {
	met := map[bool]bool{}
	for seed := range uint64(32) {
		d := open{journal.NewMemory(journal.MemoryOptions{})}
		c := faulty(t, func(c *Config) { c.Store.Indeterminate, c.Seed = event.One, seed })
		n, err := appended(t, c, d, 1)
		if !errors.Is(err, journal.ErrIndeterminate) || n != 0 {
			t.Fatalf("%d durable, %v", n, err)
		}
		kept := stored(t, d) == 1
		met[kept] = true
		if kept != (count(c, FaultIndeterminateStored) == 1) || kept == (count(c, FaultIndeterminateLost) == 1) {
			t.Errorf("stored %v: %+v", kept, c.Report())
		}
	}
	if !met[true] || !met[false] {
		t.Errorf("the coin fell on one side only: %v", met)
	}
}
