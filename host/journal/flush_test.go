package journal

import (
	"errors"
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

// TestWhatIsHandedTogetherIsStoredTogetherOrNotAtAll: a stream whose last batch found the disk full takes with it what other
// streams were handed together with its next one, though there is room again.
func TestWhatIsHandedTogetherIsStoredTogetherOrNotAtAll(t *testing.T) {
	for _, first := range []int{0, 1} { // whichever of the two comes first in the queue
		under := NewMemory(MemoryOptions{})
		device := &faulty{Device: under}
		j := mustOpen(t, device, Options{})
		agent, lane, other := mustHold(t, j, "agent"), mustHold(t, j, "lane"), mustHold(t, j, "other")
		both := []*Stream{agent, lane}
		if first == 1 {
			both = []*Stream{lane, agent}
		}
		begun, full := make(chan struct{}), make(chan struct{})
		device.set(func(Device, []Batch) error {
			device.set(nil)
			close(begun)
			<-full
			return ErrFull
		})
		agent.Append(KindTurn, 1, 1, []byte("a bar"))
		if err := j.Hand(both...); err != nil { // the agent's frame alone
			t.Fatal(err)
		}
		<-begun
		agent.Append(KindTurn, 2, 2, []byte("a wish"))
		lane.Append(KindLane, 1, 2, []byte("the wish is taken"))
		if err := j.Hand(both...); err != nil {
			t.Fatal(err)
		}
		other.Append(KindTurn, 1, 2, []byte("of another group"))
		close(full)
		if err := j.Flush(both...); !errors.Is(err, ErrFull) {
			t.Errorf("%v", err)
		}
		if err := j.Flush(other); err != nil {
			t.Error(err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		infos, err := under.Streams()
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range infos {
			if want := map[string]uint64{"other": 1}[info.Name]; info.Position != want {
				t.Errorf("stream %s has %d entries, want %d", info.Name, info.Position, want)
			}
		}
	}
}

// TestAnAbandonedStreamStoresNothingMore: what a failed round has left in open frames does not become durable when all is closed.
func TestAnAbandonedStreamStoresNothingMore(t *testing.T) {
	under := NewMemory(MemoryOptions{})
	j := mustOpen(t, under, Options{})
	s := mustHold(t, j, "lane")
	s.Together()
	write(t, s, 2)
	s.Append(KindTurn, 3, 3, []byte("half a round"))
	cause := errors.New("the round failed")
	s.Abandon(cause)
	if err := s.Close(); !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	if p := s.Append(KindTurn, 4, 4, nil); p != 0 {
		t.Errorf("accepted entry %d", p)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if infos, err := under.Streams(); err != nil || infos[0].Position != 2 || infos[0].Owner != "" {
		t.Errorf("%+v %v", infos, err)
	}
}
