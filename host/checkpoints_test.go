package host_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
)

// newSaving is a stand that makes checkpoints every few turns, in its rounds.
func newSaving(t testing.TB, rule host.CheckpointRule) *stand {
	t.Helper()
	store := openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	return newStand(t, func(s *stand) { s.saves, s.rule = store, rule })
}

func openStore(t testing.TB, path string) *checkpoint.Store {
	t.Helper()
	store, err := checkpoint.Open(path, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// entries is all that a stand's journal holds, encoded.
func (s *stand) entries() []byte {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	var b []byte
	for _, stream := range []string{"lane/exchange/main", "agent/" + s.name} {
		for e, err := range s.journal.Read(stream, 1) {
			if err != nil {
				s.Fatal(err)
			}
			b = journal.AppendEntry(b, &e)
		}
	}
	return b
}

// step is what a step of a recovery found.
func (s *stand) recovered(name string) string {
	s.Helper()
	i := slices.IndexFunc(s.steps, func(r host.RecoveryStep) bool { return r.Name == name })
	if i < 0 {
		s.Fatalf("no step %q among %+v", name, s.steps)
	}
	return s.steps[i].Found
}

// Two hosts of the same inputs crash at the same random moments. One goes on from its checkpoints, the other
// takes everything again: their states, and every byte that they journal from then on, are equal.
func TestCheckpointGoesOnAsTheJournalDoes(t *testing.T) {
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 1))
		saving := newSaving(t, host.CheckpointRule{Turns: 3 + random.Uint64N(6), Keep: 3, Inline: true})
		plain := newStand(t, nil)
		for crash := range 8 {
			for range 1 + random.IntN(6) {
				verb, n := int64(random.IntN(buyTwice+1)), int64(1+random.IntN(9))
				d := time.Duration(1+random.IntN(4000)) * time.Millisecond
				saving.pass(d, verb+100*n)
				plain.pass(d, verb+100*n)
			}
			saving.restart()
			plain.restart()
			if got, want := host.LiveStates(saving.live), host.LiveStates(plain.live); !slices.Equal(got, want) {
				t.Fatalf("seed %d, crash %d: opened from %s, the state is\n%q, want\n%q", seed, crash, saving.recovered("agents"), got, want)
			}
			if got, all := host.Compared(saving.live, 0), host.Compared(plain.live, 0); got >= all {
				t.Errorf("seed %d, crash %d: %d entries of %d were made again", seed, crash, got, all)
			}
		}
		if got, want := saving.entries(), plain.entries(); !slices.Equal(got, want) {
			t.Errorf("seed %d: the journals differ, %d and %d bytes", seed, len(got), len(want))
		}
		saving.stop()
		plain.stop()
	}
}
