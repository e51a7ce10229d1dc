package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

func (s *stand) streams() []string { return []string{"lane/exchange/main", "agent/puppet"} }

// retention gives up all that is not needed.
func (s *stand) retention() *host.Retention {
	s.Helper()
	modules := s.modules
	if modules == nil {
		modules = newModules(s)
	}
	if err := modules.Keep(s.module); err != nil {
		s.Fatal(err)
	}
	return &host.Retention{Journal: s.journal, Checkpoints: s.saves, Modules: modules, Now: s.now, By: "ann", Why: "test"}
}

// plan is what could be given up now.
func (s *stand) plan() []host.Pruning {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	plan, err := s.retention().Plan(context.Background(), "exchange/main", s.streams())
	if err != nil {
		s.Fatal(err)
	}
	return plan
}

// prune prunes as a running host does.
func (s *stand) prune(r *host.Retention) (uint64, []host.Pruning) {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	plan, err := r.Plan(context.Background(), "exchange/main", s.streams())
	if err != nil {
		s.Fatal(err)
	}
	bytes, err := r.Do(context.Background(), plan, s.live.SayPruned)
	if err != nil {
		s.Fatal(err)
	}
	return bytes, plan
}

// long is a stand that has traded for a while, made checkpoints and holds nothing. Each round is a frame.
func long(t *testing.T) *stand {
	t.Helper()
	s := newSaving(t, host.CheckpointRule{Turns: 5, Keep: 5, Inline: true})
	for range 20 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.run(10 * time.Second)
	return s
}

func TestRetentionGivesUpWhatNothingNeeds(t *testing.T) {
	s := long(t)
	before := s.ids()
	bytes, plan := s.prune(s.retention())
	for _, p := range plan {
		if p.Entries < 50 || p.Anchor.First < p.Head/2 {
			t.Errorf("%s: %d entries of %d, up to %d: %s", p.Stream, p.Entries, p.Head, p.Anchor.First, p.Limit)
		}
	}
	if bytes < 10_000 {
		t.Errorf("%d bytes", bytes)
	}
	for _, name := range s.streams() {
		if r, err := s.journal.Verify(name, nil); err != nil || r.From == 1 || r.Carried == 0 {
			t.Errorf("%s: from %d, %d carried, %v", name, r.From, r.Carried, err)
		}
	}
	t.Run("its checkpoints are not called broken for that", func(t *testing.T) {
		all, err := s.saves.List("exchange/main")
		if err != nil || len(all) == 0 {
			t.Fatal(all, err)
		}
		part, err := s.saves.Load(all[0].Find("agent/puppet"))
		if err != nil {
			t.Fatal(err)
		}
		modules := s.retention().Modules
		if err := host.CheckUse(t.Context(), s.journal, modules, part); err != nil {
			t.Error(err)
		}
		if err := host.VerifyCheckpoint(t.Context(), s.journal, modules, part); !errors.Is(err, host.ErrNotCompared) || !errors.Is(err, journal.ErrDropped) {
			t.Error(err)
		}
	})
	s.restart()
	s.run(10 * time.Second)
	s.order(buy, 2)
	if books, lane := host.LivePosition(s.live, 0); books != 2 || lane != 2 || s.venue.Book().Own[0] != 2 {
		t.Errorf("the agent holds %d, the lane %d, the venue %d, want 2", books, lane, s.venue.Book().Own[0])
	}
	for _, o := range s.venue.Book().Orders {
		if n := len(s.venue.Book().ByID(o.ID)); n != 1 {
			t.Errorf("order %s was taken %d times, of %d before", o.ID, n, len(before))
		}
	}
	t.Run("again, of what has come since", func(t *testing.T) {
		s.order(closePosition, 0)
		for range 20 {
			s.order(buy, 1)
			s.order(sell, 1)
		}
		s.run(10 * time.Second)
		_, again := s.prune(s.retention())
		for i, p := range again {
			if p.Entries < 50 || p.Anchor.First <= plan[i].Anchor.First {
				t.Errorf("%s: %d entries, up to %d: %s", p.Stream, p.Entries, p.Anchor.First, p.Limit)
			}
		}
		s.restart()
		s.run(5 * time.Second)
	})
	kept := s.saves.(*checkpoint.Store)
	t.Run("without a checkpoint the start says what is missing", func(t *testing.T) {
		s.stop()
		s.saves = nil
		err := s.tryStart()
		if err == nil {
			t.Fatal("it started")
		}
		for _, say := range []string{"were pruned", "none can be used", "their file could not be opened", "put checkpoints.db back", "docs/BACKUP.md"} {
			if !errors.Is(err, journal.ErrDropped) || !strings.Contains(err.Error(), say) {
				t.Errorf("it does not say %q: %v", say, err)
			}
		}
	})
	t.Run("with checkpoints of another agenthost the start names it", func(t *testing.T) {
		s.stop()
		s.saves = &bending{kept, agentsOf(func(p *checkpoint.Part) { p.Maker[0]++ })}
		err := s.tryStart()
		if err == nil || !strings.Contains(err.Error(), "start the agenthost that made it") || !strings.Contains(err.Error(), "wazero") {
			t.Errorf("%v", err)
		}
		s.stop()
		s.saves = kept
		s.start()
		s.run(5 * time.Second)
	})
}

func TestRetentionKeepsWhatIsNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(s *stand)
		limit string
	}{
		"an order that is not over":      {func(s *stand) { s.order(rest, 1) }, "is not over"},
		"an open position's first fill":  {func(s *stand) { s.order(buy, 1) }, "was opened there"},
		"a position that turned round":   {func(s *stand) { s.order(buy, 1); s.order(sell, 3) }, "was opened there"},
		"a dead letter nobody settled":   {func(s *stand) { s.order(trap, 0) }, "is not settled"},
		"what the oldest checkpoint has": {func(*stand) {}, "oldest usable checkpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			s := long(t)
			c.do(s)
			limited := func() bool {
				for _, p := range s.plan() {
					if strings.Contains(p.Limit, c.limit) {
						return true
					}
				}
				return false
			}
			if c.limit == "oldest usable checkpoint" {
				if !limited() {
					t.Error(limits(s.plan()))
				}
				return
			}
			for range 2 { // however much comes after, and after pruning and a restart
				s.run(40 * time.Second)
				if !limited() {
					t.Fatal(limits(s.plan()))
				}
				s.prune(s.retention())
				s.restart()
				s.run(10 * time.Second)
			}
		})
	}
}

// A failed tick that nobody has settled can be made again, however much is old.
func TestALetterThatNobodySettledCanBeReplayedAfterPruning(t *testing.T) {
	s := long(t)
	s.order(trap, 0)
	for range 20 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.run(10 * time.Second)
	r := s.retention()
	if bytes, plan := s.prune(r); bytes == 0 {
		t.Fatal(limits(plan)) // the lane's is pruned all the same
	}
	var id string
	for e, err := range s.journal.ReadKept("agent/puppet", 1) {
		var l event.Letter
		if err == nil && e.Kind == journal.KindDeadLetter {
			err = json.Unmarshal(e.Body, &l)
			id = l.ID
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	again, err := host.ReplayLetter(t.Context(), host.ReplayOptions{Journal: s.journal, Modules: r.Modules, Checkpoints: s.saves}, id, nil)
	if err != nil || !again.Reproduced {
		t.Errorf("letter %s: %+v, %v", id, again, err)
	}
}

// limits are why nothing more can be given up.
func limits(plan []host.Pruning) (text []string) {
	for _, p := range plan {
		text = append(text, fmt.Sprintf("%s: from %d of %d: %s", p.Stream, p.Anchor.First, p.Head, p.Limit))
	}
	return text
}

func TestRetentionNeedsACheckpoint(t *testing.T) {
	s := long(t)
	s.saves = openStore(t, filepath.Join(t.TempDir(), "empty.db"))
	if _, err := s.retention().Plan(context.Background(), "exchange/main", s.streams()); !errors.Is(err, host.ErrNoCheckpoint) {
		t.Errorf("%v", err)
	}
}

// volatileStore cannot make its checkpoints durable.
type volatileStore struct{ host.Checkpoints }

func (volatileStore) Sync() error { return errors.New("the disk does not answer") }

func TestRetentionRestsOnNoCheckpointThatAFailureOfPowerCosts(t *testing.T) {
	s := long(t)
	plan := s.plan()
	r := s.retention()
	r.Checkpoints = volatileStore{s.saves}
	if bytes, err := r.Do(context.Background(), plan, s.live.SayPruned); err == nil || bytes != 0 {
		t.Errorf("%d bytes went, %v", bytes, err)
	}
	for _, name := range s.streams() {
		if report, err := s.journal.Verify(name, nil); err != nil || report.From != 1 {
			t.Errorf("%s begins at %d, %v", name, report.From, err)
		}
	}
}

func TestRetentionKeepsWhatIsYoung(t *testing.T) {
	s := long(t)
	r := s.retention()
	r.Keep = 20 * time.Second
	_, plan := s.prune(r)
	for _, p := range plan {
		for e, err := range s.journal.Read(p.Stream, p.Anchor.First) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Time > s.now-int64(20*time.Second) {
				t.Errorf("%s: the first entry kept is of %s before now", p.Stream, time.Duration(s.now-e.Time))
			}
			break
		}
	}
}

func TestAStoryAndLettersOutlivePruning(t *testing.T) {
	s := long(t)
	s.order(trap, 0)
	s.order(buy, 3)
	old, young := event.OrderID{}, event.OrderID{}
	for _, o := range host.LaneOrders(s.live) {
		if old.IsZero() {
			old = o.Order.ID
		}
		young = o.Order.ID
	}
	archive := filepath.Join(t.TempDir(), "pruned.zst")
	r := s.retention()
	r.Archive = archive
	_, plan := s.prune(r)
	if plan[0].Entries == 0 {
		t.Fatal(limits(plan))
	}
	found := func(j *journal.Journal, id event.OrderID) bool {
		story := host.Story{ID: id}
		ok, err := story.Read(j, "lane/exchange/main")
		if err != nil {
			t.Fatal(err)
		}
		return ok && story.Order.State == "filled"
	}
	if !found(s.journal, young) || found(s.journal, old) {
		t.Errorf("young %v, old %v", found(s.journal, young), found(s.journal, old))
	}
	a, err := journal.OpenArchive(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if !found(a, old) {
		t.Error("the archive does not tell the old order's story")
	}
}

// What recovery would not go on from is no reason to give anything up, though its hash holds: a checkpoint of another version,
// engine or format, and one from before a swap that began before it.
func TestRetentionDoesNotTrustWhatRecoveryRefuses(t *testing.T) {
	for name, bend := range map[string]func(*checkpoint.Part){
		"another engine":             agentsOf(func(p *checkpoint.Part) { p.Maker[0]++ }),
		"another lane":               func(p *checkpoint.Part) { p.Maker[0]++ },
		"another format of an agent": agentsOf(func(p *checkpoint.Part) { p.State = p.State[:len(p.State)-1] }),
		"another format of memory":   agentsOf(func(p *checkpoint.Part) { p.Guest = append(p.Guest, 0) }),
		"another format of a lane": func(p *checkpoint.Part) {
			if strings.HasPrefix(p.Stream, "lane/") {
				p.State = append(p.State, 0)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := long(t)
			s.saves = &bending{s.saves.(*checkpoint.Store), bend}
			plan, err := s.retention().Plan(context.Background(), "exchange/main", s.streams())
			if errors.Is(err, host.ErrNoCheckpoint) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			for _, p := range plan {
				if strings.Contains(p.Limit, "no checkpoint of it can be used: checkpoint") && p.Entries == 0 {
					refused++
				}
			}
			if refused != 1 {
				t.Error(limits(plan))
			}
		})
	}
	t.Run("a swap that was warmed up from before it", func(t *testing.T) {
		s := newStand(t, func(s *stand) {
			s.saves, s.rule = openStore(t, filepath.Join(t.TempDir(), "checkpoints.db")), host.CheckpointRule{Turns: 5, Keep: 5, Inline: true}
			s.module, s.modules = keepsWasm, newModules(t)
		})
		for range 10 {
			s.order(buy, 1)
			s.order(sell, 1)
		}
		s.run(10 * time.Second)
		if err := s.swap(named(keepsWasm, "second"), host.SwapRequest{Warmup: host.WarmupReplay, SwapSettings: host.SwapSettings{Probation: 1000}}); err != nil {
			t.Fatal(err)
		}
		s.run(10 * time.Second)
		if bytes, plan := s.prune(s.retention()); bytes == 0 || !strings.Contains(limits(plan)[1], "warmed up from turn 0") {
			t.Error(bytes, limits(plan))
		}
		s.restart() // in its probation
		s.run(10 * time.Second)
	})
}
