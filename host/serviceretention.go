package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// RetentionRule is how much of a live history a running host keeps. The zero rule keeps everything.
type RetentionRule struct {
	Keep, AuditKeep time.Duration
	// ArchiveDir is where what is given up is written before; empty is nowhere.
	ArchiveDir string
	// Every is how often; 0 is once a day. The first time is a tenth of that after the start.
	Every time.Duration
}

// retain prunes now and then, on its own goroutine, until ctx ends.
func (s *Service) retain(ctx context.Context, j *journal.Journal, workers []*worker) {
	rule := &s.options.Retention
	if rule.Keep == 0 || s.options.Checkpoints == nil || s.options.Quiet {
		return
	}
	every := rule.Every
	if every == 0 {
		every = 24 * time.Hour
	}
	t := time.NewTimer(every / 10)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			t.Reset(every)
		}
		for _, w := range workers {
			err := s.retainGroup(ctx, j, w)
			if ctx.Err() != nil {
				return
			}
			s.tellRetention(w, err)
		}
	}
}

// retainGroup prunes one group's streams.
func (s *Service) retainGroup(ctx context.Context, j *journal.Journal, w *worker) error {
	p, rule := w.group.Plan, &s.options.Retention
	group := p.Venue + "/" + p.Account
	r := &Retention{
		Journal: j, Checkpoints: s.options.Checkpoints, Modules: s.options.Modules, Now: s.options.Now(), Keep: rule.Keep, AuditKeep: rule.AuditKeep,
		By: "the host", Why: fmt.Sprintf("retention: keep %s", rule.Keep),
	}
	if rule.ArchiveDir != "" {
		if err := os.MkdirAll(rule.ArchiveDir, 0o700); err != nil {
			return err
		}
		r.Archive = filepath.Join(rule.ArchiveDir, fmt.Sprintf("%s-%s-%s.zst", p.Venue, p.Account, time.Unix(0, r.Now).UTC().Format("20060102-150405")))
	}
	streams := []string{"lane/" + group}
	for _, a := range p.Agents {
		streams = append(streams, "agent/"+a.Name)
	}
	plan, err := r.Plan(ctx, group, streams)
	if err != nil {
		return err
	}
	bytes, err := r.Do(ctx, plan, func(some []Pruning) (positions []uint64, err error) {
		asked := w.ask(ctx, func(l *Live) { positions, err = l.SayPruned(some) })
		return positions, errors.Join(asked, err)
	})
	if bytes > 0 {
		s.options.Log.Info("journal pruned", "account", group, "bytes", bytes, "archive", r.Archive)
	}
	return err
}

// tellRetention alerts while nothing can be pruned: the disk fills up then.
func (s *Service) tellRetention(w *worker, err error) {
	a := event.Alert{
		Key: "retention_failed", Level: event.AlertWarning, Venue: w.group.Plan.Venue, Account: w.group.Plan.Account, Time: s.options.Now(),
		Text: "the journal is pruned again", Over: true,
	}
	if err != nil {
		a.Text, a.Over = fmt.Sprintf("the journal is not pruned and goes on growing: %v", err), false
	}
	s.options.Alert(a)
}
