package simulation

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
)

var _ host.Checkpoints = (*checkpointStore)(nil)

func newCheckpointFile(t *testing.T, seed uint64, f CheckpointFaults) (*CheckpointFile, *Power) {
	t.Helper()
	power := NewPower()
	file, err := NewCheckpointFile(seed, power, NewDisk(seed, power, DiskFaults{}), f)
	if err != nil {
		t.Fatal(err)
	}
	return file, power
}

// partAt is a part of a stream at a position.
func partAt(stream string, position uint64) *checkpoint.Part {
	return &checkpoint.Part{
		Anchor: checkpoint.Anchor{Stream: stream, Position: position, Sequence: position}, Maker: [32]byte{1}, MadeBy: "test",
		State: fmt.Append(nil, "state ", position), Guest: make([]byte, 100),
	}
}

// What the simulated file answers is what the real one does, whatever is asked of it.
func TestTheSimulatedFileOfCheckpointsIsAsTheRealOne(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		file, _ := newCheckpointFile(t, seed, CheckpointFaults{})
		fake := file.Open()
		sqlite, err := checkpoint.Open(filepath.Join(t.TempDir(), "checkpoints.db"), checkpoint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := newRandom(seed, "operations")
		parts := map[string][]checkpoint.Info{}
		var seen []checkpoint.Info // also those that have gone
		for n := range uint64(120) {
			group := pick(r, "a", "b")
			switch r.IntN(5) {
			case 0, 1:
				got, failed := fake.Put(group, partAt(group+"/x", n))
				want, err := sqlite.Put(group, partAt(group+"/x", n))
				if err != nil || failed != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: put %+v, %v; want %+v, %v", seed, got, failed, want, err)
				}
				parts[group], seen = append(parts[group], want), append(seen, want)
			case 2:
				some, keep := append([]checkpoint.Info(nil), parts[group]...), r.IntN(4)
				for len(some) > 2 {
					some = append(some[:0], some[1+r.IntN(2):]...)
				}
				got, failed := fake.Commit(group, int64(n), some, keep)
				want, err := sqlite.Commit(group, int64(n), some, keep)
				if got != want || (failed == nil) != (err == nil) {
					t.Fatalf("seed %d: commit %d, %v; want %d, %v", seed, got, failed, want, err)
				}
			case 3:
				got, failed := fake.List(group)
				want, err := sqlite.List(group)
				if err != nil || failed != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: list\n%+v, %v; want\n%+v, %v", seed, got, failed, want, err)
				}
			default:
				if len(seen) == 0 {
					continue
				}
				info := seen[r.IntN(len(seen))]
				got, failed := fake.Load(&info)
				want, err := sqlite.Load(&info)
				if !reflect.DeepEqual(got, want) || errors.Is(failed, checkpoint.ErrNotExist) != errors.Is(err, checkpoint.ErrNotExist) || (failed == nil) != (err == nil) {
					t.Fatalf("seed %d: load %+v, %v; want %+v, %v", seed, got, failed, want, err)
				}
			}
		}
		if err := sqlite.Close(); err != nil {
			t.Error(err)
		}
	}
}

// commitAt makes a checkpoint of one part.
func commitAt(t *testing.T, s *checkpointStore, position uint64, keep int) {
	t.Helper()
	info, err := s.Put("group", partAt("agent/a", position))
	if err == nil {
		_, err = s.Commit("group", int64(position), []checkpoint.Info{info}, keep)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// usable is the position of each checkpoint that is whole, newest first.
func usable(t *testing.T, s *checkpointStore) (positions []uint64) {
	t.Helper()
	all, err := s.List("group")
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].Verify() != nil {
			continue
		}
		if p, err := s.Load(&all[i].Parts[0]); err == nil {
			positions = append(positions, p.Position)
		}
	}
	return positions
}

func TestAFileOfCheckpointsWithoutPower(t *testing.T) {
	t.Parallel()
	t.Run("what was not synced is there up to some point, and no further", func(t *testing.T) {
		left := map[int]bool{}
		for seed := range uint64(40) {
			file, power := newCheckpointFile(t, seed, CheckpointFaults{Unsynced: Million})
			s := file.Open()
			commitAt(t, s, 1, 9)
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			for n := range uint64(4) {
				commitAt(t, s, n+2, 9)
			}
			power.fail(PointRound)
			if _, err := s.List("group"); !IsPower(err) {
				t.Fatalf("without power: %v", err)
			}
			file.lose()
			power.Restore()
			again := file.Open()
			if _, err := s.List("group"); !IsPower(err) {
				t.Fatalf("of an earlier incarnation: %v", err)
			}
			positions := usable(t, again)
			for i, p := range positions {
				if p != uint64(len(positions)-i) {
					t.Fatalf("%d", positions)
				}
			}
			left[len(positions)] = true
		}
		if len(left) < 4 || left[0] {
			t.Errorf("so many were left: %v; want 1, which was synced, to 5", left)
		}
	})
	t.Run("one that is torn is refused, and the ones before are as they were", func(t *testing.T) {
		torn := 0
		for seed := range uint64(60) {
			file, power := newCheckpointFile(t, seed, CheckpointFaults{Unsynced: Million, Tears: Million})
			s := file.Open()
			for n := range uint64(3) {
				commitAt(t, s, n+1, 9)
			}
			power.fail(PointRound)
			file.lose()
			power.Restore()
			all := len(file.now().checkpoints)
			positions := usable(t, file.Open())
			if file.injected["checkpoint torn"] > 0 {
				torn++
				if len(positions) != all-1 || len(positions) > 0 && positions[0] != uint64(all-1) {
					t.Errorf("seed %d: of %d, %d can be used", seed, all, positions)
				}
			} else if len(positions) != all {
				t.Errorf("seed %d: of %d, %d can be used", seed, all, positions)
			}
		}
		if torn < 10 {
			t.Errorf("%d were torn", torn)
		}
	})
	t.Run("no fault takes the last one that a pruned journal needs", func(t *testing.T) {
		for seed := range uint64(40) {
			file, _ := newCheckpointFile(t, seed, CheckpointFaults{Rot: Million, Other: Million, Gone: Million})
			s := file.Open()
			commitAt(t, s, 1, 2)
			commitAt(t, s, 2, 2)
			file.spare = true
			for range 5 {
				file.age()
			}
			if len(usable(t, s)) == 0 {
				t.Fatalf("seed %d: none is left: %v", seed, file.injected)
			}
		}
	})
}
