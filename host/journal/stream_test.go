package journal

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// onEachJournal runs a test on a journal over every form of device.
func onEachJournal(t *testing.T, o Options, test func(t *testing.T, j *Journal)) {
	for name, open := range devices {
		t.Run(name, func(t *testing.T) {
			j := mustOpen(t, open(t), o)
			test(t, j)
			if err := j.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func TestStream(t *testing.T) {
	t.Run("entries come back as they were appended, chained from the stream's name", func(t *testing.T) {
		onEachJournal(t, Options{FrameEntriesMax: 7}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "agent/sma")
			s.Append(KindGenesis, 0, 5, []byte("run"))
			for i := range 100 {
				b := s.Begin(KindTurn, uint64(i+1), int64(i))
				s.Commit(fmt.Appendf(b, "turn %d", i))
			}
			if err := s.Wait(101); err != nil || s.Durable() != 101 {
				t.Fatal(err, s.Durable())
			}
			previous, position := FirstPrevious("agent/sma"), uint64(0)
			for e, err := range j.Read("agent/sma", 0) {
				if err != nil {
					t.Fatal(err)
				}
				if position++; e.Position != position || e.Previous != previous || e.Token != 1 {
					t.Fatalf("%+v", e)
				}
				if position > 1 && (e.Kind != KindTurn || e.Sequence != position-1 || string(e.Body) != fmt.Sprintf("turn %d", position-2)) {
					t.Fatalf("%+v %q", e, e.Body)
				}
				previous = e.Hash()
			}
			if position != 101 {
				t.Errorf("read %d entries", position)
			}
		})
	})
	t.Run("reading from the middle starts there, and beyond the head there is nothing", func(t *testing.T) {
		onEachJournal(t, Options{FrameEntriesMax: 7}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			write(t, s, 30)
			for _, from := range []uint64{1, 2, 7, 8, 14, 29, 30, 31, 1000} {
				want := from
				for e, err := range j.Read("a", from) {
					if err != nil || e.Position != want {
						t.Fatalf("from %d: %+v %v", from, e, err)
					}
					want++
				}
				if want != max(31, from) {
					t.Errorf("from %d: ended before %d", from, want)
				}
			}
			for e, err := range j.Read("nobody", 1) {
				if !errors.Is(err, ErrNotExist) {
					t.Error(e, err)
				}
			}
		})
	})
	t.Run("a large body, a body that outgrows its buffer and an empty one", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			bodies := [][]byte{nil, bytes.Repeat([]byte{1}, bodyRoom+1), bytes.Repeat([]byte{2}, 3<<20), {3}, bytes.Repeat([]byte{4}, 70<<10), {5}}
			for i, body := range bodies {
				if p := s.Append(KindAudit, 0, 0, body); p != uint64(i+1) {
					t.Fatal(p)
				}
			}
			if err := s.Wait(uint64(len(bodies))); err != nil {
				t.Fatal(err)
			}
			for e, err := range j.Read("a", 1) {
				if err != nil || !bytes.Equal(e.Body, bodies[e.Position-1]) {
					t.Fatal(e.Position, len(e.Body), err)
				}
			}
		})
	})
	t.Run("an entry beyond the bound, a sequence that falls and a kind of 0 end the stream", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			large, back, none := mustHold(t, j, "large"), mustHold(t, j, "back"), mustHold(t, j, "none")
			if p := large.Append(KindAudit, 0, 0, make([]byte, EntryBytesMax)); p != 0 || !errors.Is(large.Failed(), ErrTooLarge) {
				t.Error(p, large.Failed())
			}
			write(t, back, 5)
			if p := back.Append(KindAudit, 4, 0, nil); p != 0 || back.Failed() == nil || !strings.Contains(back.Failed().Error(), "event sequence 4 after 5") {
				t.Error(p, back.Failed())
			}
			if p := none.Append(0, 0, 0, nil); p != 0 || none.Failed() == nil {
				t.Error(p, none.Failed())
			}
		})
	})
	t.Run("a Begin without a Commit leaves nothing", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			_ = append(s.Begin(KindTurn, 9, 9), "never"...)
			write(t, s, 1)
			if r, err := j.Verify("a", nil); err != nil || r.Entries != 1 || r.Stream.Sequence != 1 {
				t.Errorf("%+v %v", r, err)
			}
		})
	})
	t.Run("waiting for an entry that was not committed is an error, not a hang", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			if err := s.Wait(1); err == nil || s.Failed() != nil {
				t.Error(err, s.Failed())
			}
		})
	})
	t.Run("what is not submitted is not durable, and Close submits it", func(t *testing.T) {
		d := NewMemory(MemoryOptions{})
		j := mustOpen(t, d, Options{})
		s := mustHold(t, j, "a")
		s.Append(KindTurn, 1, 0, nil)
		if s.Durable() != 0 {
			t.Error("durable before it was submitted")
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		infos, err := d.Streams()
		if err != nil || infos[0].Position != 1 || infos[0].Owner != "" {
			t.Errorf("%+v %v", infos, err)
		}
		if p := s.Append(KindTurn, 2, 0, nil); p != 0 || !errors.Is(s.Failed(), ErrClosed) {
			t.Error(p, s.Failed())
		}
		if _, err := j.Acquire("a", "host", 0, 0); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	t.Run("a stream blocks at AheadMax, and goes on when the device has caught up", func(t *testing.T) {
		d := &faulty{Device: NewMemory(MemoryOptions{})}
		entered, leave := make(chan bool, 100), make(chan bool)
		d.set(func(real Device, b []Batch) error { entered <- true; <-leave; return real.Append(b) })
		j := mustOpen(t, d, Options{FrameEntriesMax: 1, AheadMax: 300})
		s := mustHold(t, j, "a")
		done := make(chan uint64)
		go func() {
			for i := range uint64(50) {
				s.Append(KindTurn, i, 0, make([]byte, 100))
			}
			done <- s.Durable()
		}()
		<-entered
		select {
		case <-done:
			t.Error("ran ahead without bound")
		default:
		}
		close(leave)
		if durable := <-done; durable < 45 {
			t.Errorf("was %d entries ahead", 50-durable)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("Changed tells of what became durable", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			p := s.Append(KindTurn, 1, 0, nil)
			if err := s.Submit(); err != nil {
				t.Fatal(err)
			}
			for s.Durable() < p {
				<-s.Changed()
			}
		})
	})
}

func TestFencing(t *testing.T) {
	t.Run("a stream is fenced by the next Acquire, at once and for ever", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			old := mustHold(t, j, "a")
			write(t, old, 3)
			old.Append(KindTurn, 4, 0, []byte("written, not submitted"))
			young, err := j.Acquire("a", "host", 1, time.Minute)
			if err != nil || young.Token() != old.Token()+1 {
				t.Fatal(err)
			}
			write(t, young, 1)
			if err := old.Wait(4); !errors.Is(err, ErrFenced) {
				t.Errorf("%v", err)
			}
			if p := old.Append(KindTurn, 5, 0, nil); p != 0 {
				t.Error("accepted", p)
			}
			if r, err := j.Verify("a", nil); err != nil || r.Entries != 4 || r.Tokens != 2 {
				t.Errorf("%+v %v", r, err)
			}
		})
	})
	t.Run("renewal fences what was lost, and names it", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			kept, lost := mustHold(t, j, "kept"), mustHold(t, j, "lost")
			if _, err := j.device.Acquire([]string{"lost"}, "another host", int64(time.Hour), int64(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
			names, err := j.Renew(0, time.Minute)
			if err != nil || !equal(names, "lost") || !errors.Is(lost.Failed(), ErrFenced) || kept.Failed() != nil {
				t.Error(names, err, lost.Failed(), kept.Failed())
			}
		})
	})
	t.Run("a stream that is closed can be taken by another owner at once", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			s := mustHold(t, j, "a")
			s.Append(KindTurn, 1, 0, nil)
			if _, err := j.Acquire("a", "another", 1, time.Minute); !errors.Is(err, ErrHeld) {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			other, err := j.Acquire("a", "another", 1, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if p, _ := other.Head(); p != 1 {
				t.Error("the open frame was not flushed")
			}
		})
	})
	t.Run("names that would break a line or a log are refused", func(t *testing.T) {
		onEachJournal(t, Options{}, func(t *testing.T, j *Journal) {
			for _, name := range []string{"", "a\nb", "\x1b[2J", "\xff", strings.Repeat("x", 256)} {
				if _, err := j.Acquire(name, "host", 0, 0); err == nil {
					t.Errorf("%q was taken", name)
				}
			}
		})
	})
}

// TestHammer has many owners at once, some waiting for each entry and some running ahead, and readers
// and lease traffic beside them. It is meant for the race detector.
func TestHammer(t *testing.T) {
	for name, open := range devices {
		t.Run(name, func(t *testing.T) {
			j := mustOpen(t, open(t), Options{FrameEntriesMax: 5, AheadMax: 8 << 10, MarkEvery: time.Millisecond, HighWaterPath: filepath.Join(t.TempDir(), "mark")})
			const streams, entries = 16, 150
			var owners, readers sync.WaitGroup
			stop := make(chan struct{})
			for n := range streams {
				s := mustHold(t, j, fmt.Sprint("agent/", n))
				owners.Go(func() { hammer(t, s, entries, n%2 == 0) })
			}
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if lost, err := j.Renew(0, time.Hour); err != nil || len(lost) > 0 {
						t.Error(lost, err)
					}
					if _, err := j.Verify("agent/3", nil); err != nil {
						t.Error(err)
					}
				}
			})
			owners.Wait()
			close(stop)
			readers.Wait()
			for n := range streams {
				if r, err := j.Verify(fmt.Sprint("agent/", n), nil); err != nil || r.Entries != entries {
					t.Errorf("%+v %v", r, err)
				}
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func hammer(t *testing.T, s *Stream, entries uint64, wait bool) {
	for i := range entries {
		p := s.Append(KindTurn, i+1, int64(i), []byte("body"))
		if !wait {
			continue
		}
		if err := s.Wait(p); err != nil {
			t.Error(err)
			return
		}
		if s.Durable() < p {
			t.Error("Wait returned before it was durable")
		}
	}
	if err := s.Wait(entries); err != nil {
		t.Error(err)
	}
}

func TestAllocation(t *testing.T) {
	t.Run("an entry in steady state allocates nothing, nor does making it durable in memory", func(t *testing.T) {
		j := mustOpen(t, NewMemory(MemoryOptions{BytesMax: 2 << 20}), Options{})
		s := mustHold(t, j, "a")
		body := make([]byte, 150)
		sequence := uint64(0)
		one := func() {
			sequence++
			if err := s.Wait(s.Commit(append(s.Begin(KindTurn, sequence, 0), body...))); err != nil {
				t.Fatal(err)
			}
		}
		for range 30000 {
			one()
		}
		if n := testing.AllocsPerRun(2000, one); n != 0 {
			t.Errorf("%v allocations", n)
		}
		if n := testing.AllocsPerRun(2000, func() {
			sequence++
			s.Commit(append(s.Begin(KindTurn, sequence, 0), body...))
		}); n != 0 {
			t.Errorf("%v allocations without waiting", n)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}
