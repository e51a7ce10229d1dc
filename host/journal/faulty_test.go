package journal

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// faulty is a device on its worst day: append stands in for the real Append, and may call it.
type faulty struct {
	Device
	mu     sync.Mutex
	append func(real Device, batches []Batch) error
}

func (f *faulty) Append(batches []Batch) error {
	f.mu.Lock()
	append := f.append
	f.mu.Unlock()
	if append == nil {
		return f.Device.Append(batches)
	}
	return append(f.Device, batches)
}

func (f *faulty) set(append func(real Device, batches []Batch) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.append = append
}

func fullDisk(Device, []Batch) error { return ErrFull }

// losesAll acknowledges what it does not store: a disk with a lying cache.
func losesAll(Device, []Batch) error { return nil }

// tears stores half of the last frame's bytes: a torn write that the device does not notice.
func tears(real Device, batches []Batch) error {
	frames := batches[len(batches)-1].Frames
	last := &frames[len(frames)-1]
	last.Bytes = last.Bytes[:len(last.Bytes)/2]
	return real.Append(batches)
}

// inDoubt loses the connection after, or before, the batch is stored.
func inDoubt(stored bool) func(Device, []Batch) error {
	return func(real Device, batches []Batch) error {
		if stored {
			return errors.Join(real.Append(batches), ErrIndeterminate)
		}
		return ErrIndeterminate
	}
}

func mustOpen(t testing.TB, d Device, o Options) *Journal {
	t.Helper()
	j, err := Open(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func mustHold(t testing.TB, j *Journal, name string) *Stream {
	t.Helper()
	s, err := j.Acquire(name, "host", 0, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write appends n turns and waits until they are durable.
func write(t testing.TB, s *Stream, n int) {
	t.Helper()
	for range n {
		_, sequence := s.Head()
		s.Append(KindTurn, sequence+1, int64(sequence), []byte("a turn"))
	}
	position, _ := s.Head()
	if err := s.Wait(position); err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	t.Run("a full disk stops the streams of the batch, and their later appends", func(t *testing.T) {
		d := &faulty{Device: NewMemory(MemoryOptions{})}
		j := mustOpen(t, d, Options{})
		a, b := mustHold(t, j, "a"), mustHold(t, j, "b")
		write(t, a, 1)
		d.set(fullDisk)
		if err := a.Wait(a.Append(KindTurn, 2, 0, nil)); !errors.Is(err, ErrFull) {
			t.Errorf("%v", err)
		}
		d.set(nil)
		if p := a.Append(KindTurn, 3, 0, nil); p != 0 || !errors.Is(a.Submit(), ErrFull) || !errors.Is(a.Failed(), ErrFull) {
			t.Errorf("accepted entry %d after ErrFull, %v", p, a.Failed())
		}
		write(t, b, 1) // not in the batch that failed
		again := mustHold(t, j, "a")
		if p, q := again.Head(); p != 1 || q != 1 {
			t.Errorf("acquired again at %d, %d, want what was durable", p, q)
		}
		write(t, again, 1)
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, stored := range []bool{false, true} {
		name := map[bool]string{false: "lost", true: "stored"}[stored]
		t.Run("an append in doubt, "+name+", fails every stream and the journal", func(t *testing.T) {
			under := NewMemory(MemoryOptions{})
			d := &faulty{Device: under}
			j := mustOpen(t, d, Options{})
			a, b := mustHold(t, j, "a"), mustHold(t, j, "b")
			d.set(inDoubt(stored))
			if err := a.Wait(a.Append(KindTurn, 1, 0, nil)); !errors.Is(err, ErrIndeterminate) {
				t.Errorf("%v", err)
			}
			d.set(nil)
			if !errors.Is(b.Failed(), ErrIndeterminate) {
				t.Errorf("b: %v", b.Failed())
			}
			if _, err := j.Acquire("c", "host", 0, 0); !errors.Is(err, ErrIndeterminate) {
				t.Errorf("acquired c: %v", err)
			}
			infos, err := under.Streams()
			if err != nil || (infos[0].Position == 1) != stored {
				t.Errorf("%+v %v", infos, err)
			}
		})
	}
	t.Run("a torn frame is found by reading, with its place", func(t *testing.T) {
		d := &faulty{Device: NewMemory(MemoryOptions{})}
		j := mustOpen(t, d, Options{})
		a := mustHold(t, j, "a")
		write(t, a, 3)
		d.set(tears)
		write(t, a, 3)
		var damaged *CorruptError
		r, err := j.Verify("a", nil)
		if !errors.As(err, &damaged) || damaged.Position != 5 || r.Entries != 4 {
			t.Errorf("%d sound, %v", r.Entries, err)
		}
		if _, err := j.Acquire("a", "host", 0, 0); !errors.As(err, &damaged) {
			t.Errorf("acquired with a torn head: %v", err)
		}
	})
	t.Run("a lost write that was acknowledged is a conflict at the next append", func(t *testing.T) {
		d := &faulty{Device: NewMemory(MemoryOptions{})}
		j := mustOpen(t, d, Options{})
		a := mustHold(t, j, "a")
		d.set(losesAll)
		write(t, a, 1)
		d.set(nil)
		if err := a.Wait(a.Append(KindTurn, 2, 0, nil)); !errors.Is(err, ErrConflict) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what is gathered behind a batch that fails is not appended", func(t *testing.T) {
		entered, leave := make(chan bool), make(chan bool)
		d := &faulty{Device: NewMemory(MemoryOptions{})}
		j := mustOpen(t, d, Options{})
		a := mustHold(t, j, "a")
		d.set(func(Device, []Batch) error { entered <- true; <-leave; return ErrFull })
		a.Append(KindTurn, 1, 0, nil)
		if err := a.Submit(); err != nil {
			t.Fatal(err)
		}
		<-entered
		a.Append(KindTurn, 2, 0, nil)
		if err := a.Submit(); err != nil {
			t.Fatal(err)
		}
		d.set(nil)
		close(leave)
		if err := a.Wait(2); !errors.Is(err, ErrFull) {
			t.Errorf("%v", err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		infos, err := d.Streams()
		if err != nil || infos[0].Position != 0 {
			t.Errorf("%+v %v", infos, err)
		}
	})
}
