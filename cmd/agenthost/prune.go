package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
)

// pruneCommand gives up what of a history nothing needs.
type pruneCommand struct {
	hostFlags
	actFlags
	keep, auditKeep, archive string
	dryRun, compact          bool
}

func newPrune(con *console) *cobra.Command {
	p := &pruneCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "prune CONFIG|DATA_DIR",
		Short: "Give up the part of a live history that is old and that nothing needs",
		Long: `prune shortens a live host's journal. What is older than --keep goes, unless it
is still needed: orders that are not over, dead letters that nobody settled,
the fills of open positions, and what follows the oldest usable checkpoint.
What is left begins with an anchor that the chain of hashes names, so journal
verify goes on to prove it. A running host prunes by itself once a day, where
its configuration has a retention block; this command needs it stopped, but for
--dry-run. docs/JOURNAL.md says what an anchor protects, and what not.`,
		Example:           "  agenthost prune my.hcl --dry-run\n  agenthost prune my.hcl --keep 90d --archive /mnt/archive/2026-11.zst --reason \"the disk is small\"",
		Args:              exactly("a configuration, or the folder of a live history"),
		ValidArgsFunction: configAt(0),
		RunE:              func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args[0]) },
	}
	p.settings.flags(cmd)
	p.actFlags.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&p.keep, "keep", "", "keep everything of the last `TIME`, such as 90d (default: as the configuration says)")
	f.StringVar(&p.auditKeep, "audit-keep", "", "keep what persons did in the last `TIME` (default: as the configuration says, else 730d)")
	f.StringVar(&p.archive, "archive", "", "first write what is given up to this new `FILE`, compressed with zstd")
	f.BoolVar(&p.dryRun, "dry-run", false, "only tell what would be given up")
	f.BoolVar(&p.compact, "compact", false, "then write the file anew, as small as it can be; it needs as much room again")
	f.BoolVar(&p.json, "json", false, "print JSON")
	return cmd
}

func (p *pruneCommand) run(ctx context.Context, arg string) error {
	if !p.dryRun {
		if _, err := p.act(); err != nil {
			return err
		}
	}
	at, err := p.find(arg)
	if err != nil {
		return err
	}
	if at.journal == "" {
		return fmt.Errorf("%s names no host that has run: there is nothing to prune", arg)
	}
	folder := at.journal
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		folder = filepath.Dir(folder)
	}
	r, err := p.retention(at)
	if err != nil {
		return err
	}
	if err := p.prune(ctx, r, folder, at); err != nil || p.dryRun || !p.compact {
		return err
	}
	return journal.CompactSQLite(filepath.Join(folder, "journal.db"))
}

// retention is how much is to be kept.
func (p *pruneCommand) retention(at *place) (*host.Retention, error) {
	r := &host.Retention{Now: time.Now().UnixNano(), AuditKeep: config.DefaultRetention().AuditKeep, Archive: p.archive, Why: p.reason}
	if act, err := p.act(); err == nil {
		r.By = signed(act).By
	}
	if at.config != nil && at.config.Host.Retention != nil {
		r.Keep, r.AuditKeep = at.config.Host.Retention.Keep, at.config.Host.Retention.AuditKeep
	}
	for _, f := range []struct {
		name, text string
		to         *time.Duration
	}{{"keep", p.keep, &r.Keep}, {"audit-keep", p.auditKeep, &r.AuditKeep}} {
		if f.text == "" {
			continue
		}
		d, err := config.ParseDuration(f.text)
		if err != nil || d < 0 {
			return nil, usageError{fmt.Errorf("--%s %q: write a time such as 90d or 12h", f.name, f.text)}
		}
		*f.to = d
	}
	if r.Keep == 0 && p.keep == "" {
		return nil, usageError{errors.New("how much is to be kept? Say so with --keep 90d, or with a retention block in the configuration")}
	}
	return r, nil
}

// prune plans for each account and, but in a dry run, does it.
func (p *pruneCommand) prune(ctx context.Context, r *host.Retention, folder string, at *place) (err error) {
	if r.Journal, err = p.open(folder, at); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Journal.Close()) }()
	store, err := checkpoint.Open(filepath.Join(folder, "checkpoints.db"), checkpoint.Options{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("%w; nothing is pruned without checkpoints, which a running host makes", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	r.Checkpoints = store
	modules, err := (&replayCommand{console: p.console, settings: p.settings}).open(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, modules.close()) }()
	r.Modules = modules
	groups, err := host.GroupsOf(r.Journal)
	if err != nil {
		return err
	}
	var plan []host.Pruning
	for _, group := range sortedKeys(groups) {
		some, err := r.Plan(ctx, group, groups[group])
		if err != nil {
			return err
		}
		plan = append(plan, some...)
	}
	if !p.dryRun {
		if _, err := r.Do(ctx, plan, host.SayPruned(r.Journal, owner(), r.Now)); err != nil {
			return err
		}
	}
	return p.tellPlan(plan)
}

func (p *pruneCommand) open(folder string, at *place) (*journal.Journal, error) {
	if p.dryRun {
		return openReadOnly(folder)
	}
	d, err := journal.OpenSQLite(filepath.Join(folder, "journal.db"), journal.SQLiteOptions{})
	if errors.Is(err, journal.ErrHeld) {
		return nil, fmt.Errorf("%w; a running host prunes by itself once a day where its configuration has a retention block, and --dry-run works beside it", err)
	}
	if err != nil {
		return nil, err
	}
	mark := filepath.Join(folder, "journal.mark")
	if at.config != nil && at.config.Host.HighWaterPath != "" {
		mark = at.config.Host.HighWaterPath
	}
	j, err := journal.Open(d, journal.Options{HighWaterPath: mark})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return j, nil
}

func (p *pruneCommand) tellPlan(plan []host.Pruning) error {
	verb := "given up"
	if p.dryRun {
		verb = "would be given up"
	}
	total := uint64(0)
	for i := range plan {
		c := &plan[i]
		total += c.Bytes
		var err error
		switch {
		case p.json:
			err = encode(p.out, map[string]any{"stream": c.Stream, "entries": c.Entries, "bytes": c.Bytes, "first": max(c.Anchor.First, 1), "head": c.Head, "limit": c.Limit, "dry_run": p.dryRun})
		case c.Entries == 0:
			_, err = fmt.Fprintf(p.out, "%s: nothing; from entry %d of %d on all is kept: %s\n", c.Stream, max(c.Anchor.First, 1), c.Head, c.Limit)
		default:
			_, err = fmt.Fprintf(p.out, "%s: %d entries %s, %s; from entry %d of %d on all is kept: %s\n", c.Stream, c.Entries, verb, megabytes(int64(c.Bytes)), c.Anchor.First, c.Head, c.Limit)
		}
		if err != nil {
			return err
		}
	}
	if p.json {
		return nil
	}
	_, err := fmt.Fprintf(p.out, "%s %s\n", megabytes(int64(total)), verb)
	return err
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
