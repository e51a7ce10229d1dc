package host_test

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
)

// bending is a store that hands parts out changed.
type bending struct {
	*checkpoint.Store
	bend func(*checkpoint.Part)
}

func (b *bending) Load(i *checkpoint.Info) (*checkpoint.Part, error) {
	p, err := b.Store.Load(i)
	if err == nil {
		b.bend(p)
	}
	return p, err
}

// agentsOf bends agents' parts only.
func agentsOf(bend func(*checkpoint.Part)) func(*checkpoint.Part) {
	return func(p *checkpoint.Part) {
		if strings.HasPrefix(p.Stream, "agent/") {
			bend(p)
		}
	}
}

// A checkpoint that must not be used is refused with the reason, and the state is as the journal has it.
func TestCheckpointsThatMustNotBeUsed(t *testing.T) {
	const newest = "(SELECT max(id) FROM checkpoint)"
	for name, test := range map[string]struct {
		// query changes the file, bend the parts as they are read.
		query string
		bend  func(*checkpoint.Part)
		// reason is in the log. older says that one before is taken.
		reason string
		older  bool
	}{
		"damaged body":        {query: "UPDATE part SET body = x'00' WHERE id IN (SELECT part FROM member WHERE checkpoint = " + newest + ")", reason: "damaged", older: true},
		"damaged head":        {query: "UPDATE checkpoint SET time = 1 WHERE id = " + newest, reason: "damaged", older: true},
		"newer format":        {query: "UPDATE checkpoint SET format = 9 WHERE id = " + newest, reason: "format", older: true},
		"all damaged":         {query: "UPDATE part SET body = x'00'", reason: "damaged"},
		"another maker":       {bend: agentsOf(func(p *checkpoint.Part) { p.Maker[0]++ }), reason: "another module, meter, engine"},
		"another lane format": {bend: func(p *checkpoint.Part) { p.Maker[0]++ }, reason: "another module, meter, engine"},
		"another state":       {bend: agentsOf(func(p *checkpoint.Part) { p.State = append(p.State, 0) }), reason: "left over"},
		"state cut short":     {bend: agentsOf(func(p *checkpoint.Part) { p.State = p.State[:len(p.State)/2] }), reason: "cut short"},
		"memory cut short":    {bend: agentsOf(func(p *checkpoint.Part) { p.Guest = p.Guest[:len(p.Guest)-1] }), reason: "left over"},
		"another image":       {bend: agentsOf(func(p *checkpoint.Part) { p.Guest[8]++ }), reason: "image"},
		"another turn":        {bend: agentsOf(func(p *checkpoint.Part) { p.Sequence++ }), reason: "its entry of turn"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "checkpoints.db")
			store := openStore(t, path)
			s := newStand(t, func(s *stand) { s.saves, s.rule = store, host.CheckpointRule{Turns: 4, Keep: 3, Inline: true} })
			s.order(buy, 5)
			s.run(20 * time.Second)
			if test.query != "" {
				db, err := sql.Open("sqlite", path)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := db.Exec(test.query); err != nil {
					t.Fatal(err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if test.bend != nil {
				s.saves = &bending{store, test.bend}
			}
			s.refusesCheckpoints(test.reason, test.older)
			s.run(5 * time.Second)
			s.holds(5)
		})
	}
}

// refusesCheckpoints opens the stand with its checkpoints and without, and compares.
func (s *stand) refusesCheckpoints(reason string, older bool) {
	s.Helper()
	saves := s.saves
	var log bytes.Buffer
	s.saves = nil
	s.restart()
	want, all := host.LiveStates(s.live), host.Compared(s.live, 0)
	s.saves, s.log = saves, hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Warn})
	s.restart()
	if got := host.LiveStates(s.live); !slices.Equal(got, want) {
		s.Errorf("the state differs from the journal's, opened from %s", s.recovered("agents"))
	}
	if !strings.Contains(log.String(), "checkpoint refused") || !strings.Contains(log.String(), reason) {
		s.Errorf("the log does not say %q:\n%s", reason, log.String())
	}
	if again := host.Compared(s.live, 0); (again < all) != older && !strings.Contains(s.recovered("agents"), "1 of 2") {
		s.Errorf("%d entries of %d were made again, opened from %s", again, all, s.recovered("agents"))
	}
}

func TestACheckpointAheadOfItsJournalAndOneOfAnotherHistory(t *testing.T) {
	s := newSaving(t, host.CheckpointRule{Turns: 4, Keep: 2, Inline: true})
	s.order(buy, 5)
	if err := host.FlushLive(s.live); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "journal.db")
	crashed(t, s.path, old)
	s.run(20 * time.Second)
	s.path = old // what was there long before the newest checkpoints
	s.refusesCheckpoints("ends at entry", false)
	s.rule = host.CheckpointRule{} // the new history makes none, and becomes longer than the old one
	s.restart()
	s.order(buy, 2)
	s.run(30 * time.Second)
	s.refusesCheckpoints("history was replaced", false)
}

// fullDisk is a store that cannot be written.
type fullDisk struct {
	*checkpoint.Store
	broken bool
}

func (f *fullDisk) Put(group string, p *checkpoint.Part) (checkpoint.Info, error) {
	if f.broken {
		return checkpoint.Info{}, errors.New("disk full")
	}
	return f.Store.Put(group, p)
}

func TestACheckpointThatCannotBeWrittenIsToldAndChangesNothing(t *testing.T) {
	store := &fullDisk{Store: openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))}
	s := newStand(t, func(s *stand) { s.saves, s.rule = store, host.CheckpointRule{Turns: 4, Keep: 3, Inline: true} })
	before, err := store.List("")
	if err != nil {
		t.Fatal(err)
	}
	store.broken = true
	s.order(buy, 5)
	s.run(10 * time.Second)
	if !s.alerted("checkpoint_failed") {
		t.Error("nobody was told")
	}
	if after, err := store.List(""); err != nil || len(after) != len(before) {
		t.Errorf("%d checkpoints, before there were %d: %v", len(after), len(before), err)
	}
	store.broken = false
	s.run(10 * time.Second)
	if !slices.ContainsFunc(s.alerts, func(a event.Alert) bool { return a.Key == "checkpoint_failed" && a.Over }) {
		t.Error("nobody was told that it works again")
	}
	s.restart()
	if found := s.recovered("agents"); !strings.Contains(found, "2 of 2 streams") {
		t.Errorf("opened from %s", found)
	}
	s.run(3 * time.Second)
	s.holds(5)
}

func TestACheckpointIsWrittenBesideTheRounds(t *testing.T) {
	s := newSaving(t, host.CheckpointRule{Turns: 4, Keep: 3})
	s.order(buy, 5)
	for i := 0; ; i++ {
		s.run(time.Second)
		all, err := s.saves.List("exchange/main")
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 3 {
			break
		}
		if i == 500 {
			t.Fatalf("after %d rounds there are %d checkpoints", i, len(all))
		}
	}
	s.restart()
	if found := s.recovered("agents"); !strings.Contains(found, "2 of 2 streams") {
		t.Errorf("opened from %s", found)
	}
	s.run(3 * time.Second)
	s.holds(5)
}

func TestACheckpointIsWhatAReplayOfTheJournalComesTo(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	s := newStand(t, func(s *stand) { s.saves, s.rule = store, host.CheckpointRule{Turns: 4, Keep: 3, Inline: true} })
	s.order(buy, 5)
	s.order(trap, 1)
	s.run(10 * time.Second)
	s.restart()
	s.run(5 * time.Second)
	all, err := store.List("exchange/main")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	modules := newModules(t)
	if err := modules.Keep(puppetWasm); err != nil {
		t.Fatal(err)
	}
	if err := host.FlushLive(s.live); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		part, err := store.Load(all[i].Find("agent/puppet"))
		if err != nil {
			t.Fatal(err)
		}
		if err := host.VerifyCheckpoint(t.Context(), s.journal, modules, part); err != nil {
			t.Errorf("checkpoint %d: %v", all[i].ID, err)
		}
		part.Guest[len(part.Guest)-1]++
		if err := host.VerifyCheckpoint(t.Context(), s.journal, modules, part); err == nil || !strings.Contains(err.Error(), "memory") {
			t.Errorf("checkpoint %d with another memory: %v", all[i].ID, err)
		}
		part.State[len(part.State)-1]++
		if err := host.VerifyCheckpoint(t.Context(), s.journal, modules, part); err == nil || !strings.Contains(err.Error(), "state") {
			t.Errorf("checkpoint %d with another state: %v", all[i].ID, err)
		}
		lane, err := store.Load(all[i].Find("lane/exchange/main"))
		if err != nil {
			t.Fatal(err)
		}
		if err := host.VerifyCheckpoint(t.Context(), s.journal, modules, lane); !errors.Is(err, host.ErrNotCompared) {
			t.Errorf("checkpoint %d, lane: %v", all[i].ID, err)
		}
	}
}

// newModules keeps modules in a folder of the test.
func newModules(t testing.TB) *host.Modules {
	return host.NewModules(filepath.Join(t.TempDir(), "modules"), sharedRuntime(t))
}
