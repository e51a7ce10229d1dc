package journal

import (
	"fmt"
	"testing"
	"time"
)

// TestFlushIsOneTransaction: what several streams hold is durable together, when Flush returns, whether a
// writer commits it or the caller.
func TestFlushIsOneTransaction(t *testing.T) {
	for _, inline := range []bool{false, true} {
		t.Run(fmt.Sprintf("inline=%v", inline), func(t *testing.T) {
			appends := 0
			device := &faulty{Device: NewMemory(MemoryOptions{})}
			device.set(func(real Device, batches []Batch) error {
				appends++
				return real.Append(batches)
			})
			j := mustOpen(t, device, Options{Inline: inline})
			var streams []*Stream
			for i := range 8 {
				s, err := j.Acquire(fmt.Sprintf("agent/%d", i), "test", 1, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				streams = append(streams, s)
			}
			for round := range 5 {
				before := appends
				for _, s := range streams {
					s.Append(KindTurn, uint64(round), 1, []byte("turn"))
				}
				if err := j.Flush(streams...); err != nil {
					t.Fatal(err)
				}
				if appends-before != 1 {
					t.Errorf("%d transactions for one flush", appends-before)
				}
				for _, s := range streams {
					if s.Durable() != uint64(round+1) {
						t.Errorf("stream %s is durable to %d, want %d", s.Name(), s.Durable(), round+1)
					}
				}
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFlushTellsOfFailure: a device that fails fails every stream of the flush.
func TestFlushTellsOfFailure(t *testing.T) {
	device := &faulty{Device: NewMemory(MemoryOptions{})}
	j := mustOpen(t, device, Options{Inline: true})
	s, err := j.Acquire("agent/a", "test", 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	device.set(fullDisk)
	s.Append(KindTurn, 1, 1, []byte("turn"))
	if err := j.Flush(s); err == nil {
		t.Error("a full disk was not told")
	}
	device.set(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
