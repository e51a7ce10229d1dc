package host_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
)

// BenchmarkRecovery is `make bench-recovery`: how long a start takes after a crash with 1,000,000 journaled
// turns (or TURNS) and the default checkpoints. The crash comes where most is to be taken again: just before the
// next checkpoint. State before and after are held against each other. Compilation is cached, as it is
// where a host starts again.
func BenchmarkRecovery(b *testing.B) {
	turns := 1_000_000
	if text := os.Getenv("TURNS"); text != "" {
		var err error
		if turns, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	const every = 10_000
	path := filepath.Join(b.TempDir(), "checkpoints.db")
	store := openStore(b, path)
	s := benchStand(b, func(s *stand) {
		s.saves, s.rule = store, host.CheckpointRule{Every: 30e9, Turns: every, Keep: 3}
	})
	began := time.Now()
	s.drive(turns/every*every + every - 500)
	b.Logf("%d turns journaled in %s", host.Turns(s.live, 0), time.Since(began).Round(time.Second))
	if err := host.FlushLive(s.live); err != nil {
		b.Fatal(err)
	}
	before := host.LiveStates(s.live)
	journalPath, live := s.path, s.live
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		folder := b.TempDir()
		crashed(b, journalPath, filepath.Join(folder, "journal.db"))
		crashed(b, path, filepath.Join(folder, "checkpoints.db"))
		s.path = filepath.Join(folder, "journal.db")
		began := time.Now()
		b.StartTimer()
		saves, err := checkpoint.Open(filepath.Join(folder, "checkpoints.db"), checkpoint.Options{})
		if err != nil {
			b.Fatal(err)
		}
		s.saves = saves
		if err := s.tryStart(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		took := time.Since(began)
		files := took
		for _, step := range s.steps {
			files -= step.Took
		}
		b.Logf("%-12s %s (%s)", "files:", "journal, mark, checkpoints and the module opened", files.Round(time.Microsecond))
		for _, step := range s.steps {
			b.Logf("%-12s %s (%s)", step.Name+":", step.Found, step.Took.Round(time.Microsecond))
		}
		b.Logf("%-12s %s, state equal: %v", "in all:", took.Round(time.Microsecond), slices.Equal(before, host.LiveStates(s.live)))
		if !slices.Equal(before, host.LiveStates(s.live)) {
			b.Fatal("the state is not what it was before the crash")
		}
		if err := s.live.Close(); err != nil {
			b.Fatal(err)
		}
		if err := s.journal.Close(); err != nil {
			b.Fatal(err)
		}
		if err := saves.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	s.live = live
}

// drive journals turns, many in a round, with an order now and then.
func (s *stand) drive(turns int) {
	s.Helper()
	const interval = 1_000_000
	round := func(n int) {
		in := make([]host.LiveInput, 0, n)
		for i := range n {
			s.now += interval
			volume := int64(idle)
			if i == 0 && s.bars%4096 < uint64(n) {
				volume = trades(int(s.bars / 4096))
			}
			s.bars++
			in = append(in, host.LiveInput{Market: &event.Market{Time: s.now, Received: s.now, Cursor: s.bars, Bars: []event.Bar{{
				Flags: event.BarClosed, Interval: interval, OpenTime: s.now - interval, CloseTime: s.now, Open: price, High: price, Low: price, Close: price, Volume: volume,
			}}}})
		}
		s.in = append(s.in, in...)
		s.listen()
		if err := s.round(); err != nil {
			s.Fatal(err)
		}
	}
	for end := host.Turns(s.live, 0) + uint64(turns); host.Turns(s.live, 0) < end; {
		round(int(min(200, end-host.Turns(s.live, 0))))
	}
}

// crashed copies a SQLite file as it is, with its write-ahead log: what a kill leaves.
func crashed(tb testing.TB, from, to string) {
	tb.Helper()
	for _, part := range []string{"", "-wal", ".mark"} {
		b, err := os.ReadFile(from + part)
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+part, b, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}
