package simulation

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/journal"
)

// writer is a host that only writes: two streams, some turns in each round.
type writer struct {
	disk   *Disk
	power  *Power
	acked  [2]uint64 // positions known to be durable
	asked  [2]uint64 // positions submitted
	rounds int
}

var streamNames = [2]string{"agent/a", "agent/b"}

// life runs one incarnation until its rounds are over or something fails.
func (w *writer) life() error {
	j, err := journal.Open(w.disk.Open(), journal.Options{Inline: true})
	if err != nil {
		return err
	}
	var streams [2]*journal.Stream
	for i, name := range streamNames {
		if streams[i], err = j.Acquire(name, "host", 0, time.Minute); err != nil {
			return err
		}
		head, _ := streams[i].Head()
		if head < w.acked[i] || head > w.asked[i] {
			return fmt.Errorf("%s has %d entries, %d were acknowledged and %d submitted", name, head, w.acked[i], w.asked[i])
		}
		w.asked[i] = head
	}
	for ; w.rounds > 0; w.rounds-- {
		for i, s := range streams {
			for range 3 {
				_, sequence := s.Head()
				w.asked[i] = s.Append(journal.KindTurn, sequence+1, int64(sequence), []byte("a turn"))
			}
		}
		if err := j.Flush(streams[:]...); err != nil {
			return err
		}
		for i := range streams {
			w.acked[i] = streams[i].Durable()
		}
	}
	return j.Close()
}

// verify checks what the journal holds after all lives.
func (w *writer) verify(t *testing.T) {
	t.Helper()
	w.power.Restore()
	w.power.Calm()
	j, err := journal.Open(w.disk.Open(), journal.Options{Inline: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range streamNames {
		if r, err := j.Verify(name, nil); err != nil || r.Entries < w.acked[i] {
			t.Errorf("%s: %d entries, %d acknowledged: %v", name, r.Entries, w.acked[i], err)
		}
	}
}

func TestPowerFailsAtEveryStep(t *testing.T) {
	t.Run("what was acknowledged is there after the power failed at any step, and at any second one", func(t *testing.T) {
		parts := Counts{}
		for seed := range uint64(12) {
			for first := uint64(1); ; first++ {
				power := NewPower(first, first+1+seed*3)
				w := &writer{disk: NewDisk(seed, power, DiskFaults{Whole: seed%4 == 0}), power: power, rounds: 4}
				var err error
				for lives := 0; lives < 5 && w.rounds > 0; lives++ {
					if err = w.life(); err != nil && !IsPower(err) {
						t.Fatalf("seed %d, power fails at %d: %v", seed, first, err)
					}
					power.Restore()
				}
				if w.rounds > 0 {
					t.Fatalf("seed %d, power fails at %d: not over: %v", seed, first, err)
				}
				w.verify(t)
				parts.Add(w.disk.Injected())
				if len(power.Crashes()) == 0 {
					break
				}
			}
		}
		for _, name := range []string{"power failed before the append", "power failed amid the append", "power failed after the append"} {
			if parts[name] == 0 {
				t.Errorf("never: %s; %v", name, parts)
			}
		}
	})
	t.Run("the same seed loses the same", func(t *testing.T) {
		var heads [2]string
		for i := range heads {
			power := NewPower(6)
			w := &writer{disk: NewDisk(3, power, DiskFaults{}), power: power, rounds: 4}
			if err := w.life(); !IsPower(err) {
				t.Fatal(err)
			}
			power.Restore()
			infos, err := w.disk.Open().Streams()
			if err != nil {
				t.Fatal(err)
			}
			heads[i] = fmt.Sprintf("%+v", infos)
		}
		if heads[0] != heads[1] {
			t.Errorf("%s\n%s", heads[0], heads[1])
		}
	})
}

func hold(t *testing.T, d *Disk) (*journal.Journal, *journal.Stream) {
	t.Helper()
	j, err := journal.Open(d.Open(), journal.Options{Inline: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire("a", "host", 0, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return j, s
}

func appendTurn(s *journal.Stream) error {
	_, sequence := s.Head()
	return s.Wait(s.Append(journal.KindTurn, sequence+1, 0, []byte("a turn of some length")))
}

func TestDiskFaults(t *testing.T) {
	t.Run("an older incarnation's device fails, and so does its journal", func(t *testing.T) {
		d := NewDisk(1, NewPower(), DiskFaults{})
		_, old := hold(t, d)
		_, s := hold(t, d)
		if err := appendTurn(old); !IsPower(err) || !errors.Is(err, journal.ErrIndeterminate) {
			t.Errorf("%v", err)
		}
		if err := appendTurn(s); err != nil {
			t.Error(err)
		}
	})
	t.Run("a full disk says so, and takes appends again when it has room", func(t *testing.T) {
		d := NewDisk(1, NewPower(), DiskFaults{})
		j, s := hold(t, d)
		d.SetFull(true)
		if err := appendTurn(s); !errors.Is(err, journal.ErrFull) {
			t.Errorf("%v", err)
		}
		d.SetFull(false)
		again, err := j.Acquire("a", "host", 0, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := appendTurn(again); err != nil {
			t.Error(err)
		}
	})
	t.Run("an append in doubt is stored or not, and reopening tells", func(t *testing.T) {
		var stored [2]int
		for seed := range uint64(40) {
			d := NewDisk(seed, NewPower(), DiskFaults{Indeterminate: Million})
			_, s := hold(t, d)
			if err := appendTurn(s); !errors.Is(err, journal.ErrIndeterminate) || IsPower(err) {
				t.Fatalf("%v", err)
			}
			_, s = hold(t, d)
			head, _ := s.Head()
			stored[head]++
		}
		if stored[0] == 0 || stored[1] == 0 {
			t.Errorf("%v of not stored and stored", stored)
		}
	})
	t.Run("a lying disk loses what it acknowledged, and the stream is shorter", func(t *testing.T) {
		power := NewPower(6)
		d := NewDisk(1, power, DiskFaults{Lies: Million, Whole: true})
		_, s := hold(t, d)
		acked := uint64(0)
		for appendTurn(s) == nil {
			acked = s.Durable()
		}
		power.Restore()
		_, s = hold(t, d)
		if head, _ := s.Head(); acked < 2 || head >= acked {
			t.Errorf("%d acknowledged, %d there", acked, head)
		}
	})
	t.Run("a torn last frame is found when the stream is acquired", func(t *testing.T) {
		torn := 0
		for seed := range uint64(60) {
			power := NewPower(8)
			d := NewDisk(seed, power, DiskFaults{Tears: Million})
			_, s := hold(t, d)
			for appendTurn(s) == nil {
			}
			power.Restore()
			j, err := journal.Open(d.Open(), journal.Options{Inline: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = j.Acquire("a", "host", 0, time.Minute)
			var damaged *journal.CorruptError
			if was := d.Injected()["last frame torn"] > 0; was != errors.As(err, &damaged) {
				t.Errorf("seed %d: torn %v, %v", seed, was, err)
			} else if was {
				torn++
			}
		}
		if torn == 0 {
			t.Error("no frame was torn")
		}
	})
	t.Run("a lease of another owner is held until it lapses", func(t *testing.T) {
		d := NewDisk(1, NewPower(), DiskFaults{})
		hold(t, d)
		if _, err := d.Open().Acquire([]string{"a"}, "other", 1, 2); !errors.Is(err, journal.ErrHeld) {
			t.Errorf("%v", err)
		}
		if info, err := d.Open().Acquire([]string{"a"}, "other", int64(time.Minute), int64(2*time.Minute)); err != nil || info[0].Token != 2 {
			t.Errorf("%+v %v", info, err)
		}
	})
}
