package journal

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

// devices are the forms that every promise is tested on.
var devices = map[string]func(t testing.TB) Device{
	"memory": func(testing.TB) Device { return NewMemory(MemoryOptions{}) },
	"sqlite": func(t testing.TB) Device { return openSQLite(t, filepath.Join(t.TempDir(), "journal.db")) },
}

func openSQLite(t testing.TB, path string) Device {
	t.Helper()
	d, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// onEach runs a test on every form of device.
func onEach(t *testing.T, test func(t *testing.T, d Device)) {
	for name, open := range devices {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			test(t, d)
			if err := d.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func mustAcquire(t testing.TB, d Device, name, owner string, now, until int64) StreamInfo {
	t.Helper()
	infos, err := d.Acquire([]string{name}, owner, now, until)
	if err != nil {
		t.Fatal(err)
	}
	return infos[0]
}

// batch is an append of one frame with the given bytes, from expected+1 to last.
func batch(info StreamInfo, expected, last uint64, bytes string) Batch {
	return Batch{
		Lease: Lease{info.ID, info.Token}, Expected: expected, Position: last, Sequence: last, Hash: [32]byte{byte(last)},
		Frames: []Frame{{First: expected + 1, Last: last, Bytes: []byte(bytes)}},
	}
}

func readAll(t testing.TB, d Device, stream uint32, from uint64) (text []string) {
	t.Helper()
	for f, err := range d.Frames(stream, from) {
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, string(f.Bytes))
	}
	return text
}

func equal(a []string, b ...string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestDeviceLease(t *testing.T) {
	t.Run("a new stream starts with token 1 and no entries", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			info := mustAcquire(t, d, "agent/a", "host-1", 100, 200)
			if info.ID == 0 || info.Token != 1 || info.Position != 0 || info.Hash != [32]byte{} {
				t.Errorf("%+v", info)
			}
		})
	})
	t.Run("a running lease keeps others out and says who has it", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			mustAcquire(t, d, "agent/a", "host-1", 100, 200)
			_, err := d.Acquire([]string{"agent/a"}, "host-2", 199, 300)
			var held *HeldError
			if !errors.As(err, &held) || !errors.Is(err, ErrHeld) || held.By != "host-1" || held.Until != 200 || held.Stream != "agent/a" {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("of several leases all are taken or none", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			mustAcquire(t, d, "agent/b", "host-1", 100, 200)
			if _, err := d.Acquire([]string{"agent/a", "agent/b", "agent/c"}, "host-2", 150, 300); !errors.Is(err, ErrHeld) {
				t.Errorf("%v", err)
			}
			infos, err := d.Acquire([]string{"agent/c", "agent/a", "agent/b"}, "host-3", 200, 300)
			if err != nil || len(infos) != 3 || infos[0].Name != "agent/c" || infos[0].Token != 1 || infos[1].Token != 1 || infos[2].Token != 2 {
				t.Errorf("%+v %v", infos, err)
			}
		})
	})
	t.Run("a lapsed, an own and a released lease can be taken, each under a higher token", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			mustAcquire(t, d, "agent/a", "host-1", 100, 200)
			lapsed := mustAcquire(t, d, "agent/a", "host-2", 200, 300)
			own := mustAcquire(t, d, "agent/a", "host-2", 201, 300)
			if err := d.Release([]Lease{{own.ID, own.Token}}); err != nil {
				t.Fatal(err)
			}
			released := mustAcquire(t, d, "agent/a", "host-3", 202, 300)
			if lapsed.Token != 2 || own.Token != 3 || released.Token != 4 {
				t.Errorf("tokens %d %d %d", lapsed.Token, own.Token, released.Token)
			}
		})
	})
	t.Run("renewal reaches the leases that are still held, and tells of the lost", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			kept := mustAcquire(t, d, "agent/kept", "host-1", 0, 10)
			lost := mustAcquire(t, d, "agent/lost", "host-1", 0, 10)
			mustAcquire(t, d, "agent/lost", "host-2", 10, 20)
			held, err := d.Renew([]Lease{{kept.ID, kept.Token}, {lost.ID, lost.Token}, {99, 1}}, 500)
			if err != nil || !held[0] || held[1] || held[2] {
				t.Fatal(held, err)
			}
			infos, err := d.Streams()
			if err != nil || infos[0].Until != 500 || infos[1].Until != 20 || infos[1].Owner != "host-2" {
				t.Errorf("%+v %v", infos, err)
			}
		})
	})
	t.Run("an old lease releases nothing", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			old := mustAcquire(t, d, "agent/a", "host-1", 0, 10)
			mustAcquire(t, d, "agent/a", "host-2", 10, 20)
			if err := d.Release([]Lease{{old.ID, old.Token}}); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Acquire([]string{"agent/a"}, "host-3", 15, 30); !errors.Is(err, ErrHeld) {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestDeviceAppend(t *testing.T) {
	t.Run("frames of several streams are read back in order, from any position", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			a, b := mustAcquire(t, d, "a", "h", 0, 1), mustAcquire(t, d, "b", "h", 0, 1)
			first := batch(a, 0, 3, "a 1-3")
			first.Frames = append(first.Frames, Frame{First: 4, Last: 4, Bytes: []byte("a 4")})
			first.Position = 4
			if err := d.Append([]Batch{first, batch(b, 0, 1, "b 1")}); err != nil {
				t.Fatal(err)
			}
			if err := d.Append([]Batch{batch(a, 4, 6, "a 5-6")}); err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, d, a.ID, 1); !equal(got, "a 1-3", "a 4", "a 5-6") {
				t.Error(got)
			}
			if got := readAll(t, d, a.ID, 4); !equal(got, "a 4", "a 5-6") {
				t.Error(got)
			}
			if got := readAll(t, d, a.ID, 7); len(got) != 0 {
				t.Error(got)
			}
			if got := readAll(t, d, b.ID, 1); !equal(got, "b 1") {
				t.Error(got)
			}
			infos, err := d.Streams()
			if err != nil || infos[0].Position != 6 || infos[0].Sequence != 6 || infos[0].Hash != [32]byte{6} || infos[1].Position != 1 {
				t.Errorf("%+v %v", infos, err)
			}
		})
	})
	t.Run("an older token is fenced, the batches beside it are stored", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			old := mustAcquire(t, d, "a", "host-1", 0, 10)
			other := mustAcquire(t, d, "b", "host-1", 0, 10)
			mustAcquire(t, d, "a", "host-2", 10, 20)
			batches := []Batch{batch(old, 0, 1, "late"), batch(other, 0, 1, "b")}
			if err := d.Append(batches); err != nil {
				t.Fatal(err)
			}
			if !errors.Is(batches[0].Err, ErrFenced) || batches[1].Err != nil {
				t.Error(batches[0].Err, batches[1].Err)
			}
			if got := readAll(t, d, old.ID, 1); len(got) != 0 {
				t.Error("stored although fenced:", got)
			}
			if got := readAll(t, d, other.ID, 1); !equal(got, "b") {
				t.Error(got)
			}
		})
	})
	t.Run("a head that is elsewhere is a conflict, an unknown stream does not exist", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			a := mustAcquire(t, d, "a", "h", 0, 10)
			unknown := a
			unknown.ID = 77
			batches := []Batch{batch(a, 5, 6, "gap"), batch(unknown, 0, 1, "nowhere")}
			if err := d.Append(batches); err != nil {
				t.Fatal(err)
			}
			if !errors.Is(batches[0].Err, ErrConflict) || !errors.Is(batches[1].Err, ErrNotExist) {
				t.Error(batches[0].Err, batches[1].Err)
			}
		})
	})
	t.Run("bytes handed in may be used again at once", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			a := mustAcquire(t, d, "a", "h", 0, 10)
			b := batch(a, 0, 1, "before")
			if err := d.Append([]Batch{b}); err != nil {
				t.Fatal(err)
			}
			copy(b.Frames[0].Bytes, "after!")
			if got := readAll(t, d, a.ID, 1); !equal(got, "before") {
				t.Error(got)
			}
		})
	})
	t.Run("readers and lease holders beside a writer see whole frames only", func(t *testing.T) {
		onEach(t, func(t *testing.T, d Device) {
			a := mustAcquire(t, d, "a", "h", 0, 10)
			const entries = 80
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					seen := uint64(0)
					for seen < entries {
						for f, err := range d.Frames(a.ID, seen+1) {
							if err != nil || f.First != seen+1 || len(f.Bytes) != 5 {
								t.Errorf("after %d: %+v %v", seen, f, err)
								return
							}
							seen = f.Last
						}
					}
				})
			}
			wg.Go(func() {
				for i := range int64(20) {
					if _, err := d.Renew([]Lease{{a.ID, a.Token}}, i); err != nil {
						t.Error(err)
					}
				}
			})
			for i := range uint64(entries) {
				if err := d.Append([]Batch{batch(a, i, i+1, "bytes")}); err != nil {
					t.Fatal(err)
				}
			}
			wg.Wait()
		})
	})
}
