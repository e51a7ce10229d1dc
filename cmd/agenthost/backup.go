package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/backup"
	"github.com/agenthost/agenthost/host/report"
)

// backupFlags are those of backup.
type backupFlags struct {
	hostFlags
}

func newBackup(con *console) *cobra.Command {
	b := &backupFlags{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "backup [CONFIG|DATA_DIR] DEST",
		Short: "Copy a host's history to another place, while it runs",
		Long: `backup writes journal, high-water mark, checkpoints, modules and configuration
of a live host to the new folder DEST, and proves the copy. The host may be at
work: it is not held up. manifest.json says where each stream ends and has the
SHA-256 of each file; its own is printed, to be kept elsewhere. A backup is
never overwritten. docs/BACKUP.md says what to do when the disk is lost.`,
		Example:           "  agenthost backup my.hcl /mnt/backup/2026-11-24\n  agenthost backup verify /mnt/backup/2026-11-24",
		Args:              needs(1, "a new folder", "a new folder"),
		ValidArgsFunction: configAt(0),
		RunE:              func(cmd *cobra.Command, args []string) error { return b.run(cmd, args) },
	}
	b.settings.flags(cmd)
	cmd.Flags().BoolVar(&b.json, "json", false, "print JSON")
	cmd.AddCommand(newBackupVerify(con))
	return cmd
}

func (b *backupFlags) run(cmd *cobra.Command, args []string) error {
	dest := args[len(args)-1]
	what := ""
	if len(args) == 2 {
		what = args[0]
	}
	s, err := b.source(what)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bars := newSteps(b.err)
	s.Now, s.Version, s.Progress = time.Now(), currentVersions().Agenthost, bars.step
	m, err := backup.Make(ctx, *s, dest)
	if err := errors.Join(err, bars.finish()); err != nil {
		return plain(err)
	}
	if s.Config == "" {
		fmt.Fprintln(b.err, "agenthost: no configuration was named, so none is in the backup: keep it with its modules")
	}
	if m.HighWaterMark == "" {
		fmt.Fprintf(b.err, "agenthost: there is no high-water mark %s; if it is kept elsewhere, name the configuration\n", s.Mark)
	}
	return b.tellBackup(dest, m, "made")
}

// source is what is to be backed up.
func (b *backupFlags) source(arg string) (*backup.Source, error) {
	p, err := b.find(arg)
	if err != nil {
		return nil, err
	}
	if p.journal == "" {
		return nil, fmt.Errorf("there is no journal to make a backup of: %s names no host that has run", arg)
	}
	s := &backup.Source{DataDir: p.journal}
	if info, err := os.Stat(p.journal); err == nil && !info.IsDir() {
		s.DataDir = filepath.Dir(p.journal)
	}
	if p.config != nil {
		s.Config, s.Mark = p.path, p.config.Host.HighWaterPath
	}
	if s.DataDir, err = filepath.Abs(s.DataDir); err != nil {
		return nil, err
	}
	return s, nil
}

func (b *backupFlags) tellBackup(dest string, m *backup.Manifest, what string) error {
	if b.json {
		return encode(b.out, map[string]any{"backup": dest, "manifest_sha256": m.SHA256, "manifest": m})
	}
	entries, bytes := uint64(0), int64(0)
	for _, s := range m.Streams {
		entries += s.Position
	}
	for _, f := range m.Files {
		bytes += f.Size
	}
	_, err := fmt.Fprintf(b.out, "%s: backup %s, of %s: %s, %d entries in %s, %s\nmanifest SHA-256 %s\n", dest, what, m.Made.Format("2006-01-02 15:04:05 MST"),
		plural(len(m.Files), "file"), entries, plural(len(m.Streams), "stream"), megabytes(bytes), m.SHA256)
	return err
}

// megabytes is bytes for people.
func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func newBackupVerify(con *console) *cobra.Command {
	b := &backupFlags{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "verify BACKUP",
		Short: "Prove that a backup is whole and unchanged",
		Long: `verify reads the whole backup and changes nothing: every file's SHA-256 against
the manifest, every entry and chain of the journal, and that each stream ends
where the manifest says. Compare the manifest's own SHA-256, which is printed,
with the one that backup printed.`,
		Args: exactly("a backup's folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			bars := newSteps(con.err)
			m, err := backup.Verify(cmd.Context(), args[0], bars.step)
			if err := errors.Join(err, bars.finish()); err != nil {
				return fmt.Errorf("backup %s cannot be trusted: %w", args[0], err)
			}
			return b.tellBackup(args[0], m, "is whole")
		},
	}
	cmd.Flags().BoolVar(&b.json, "json", false, "print JSON")
	return cmd
}

// steps shows a bar for each step of what takes long.
type steps struct {
	w    io.Writer
	what string
	bar  *report.Progress
}

func newSteps(w io.Writer) *steps { return &steps{w: w} }

// step tells how far a step is; what fails to be drawn is no failure of the step.
func (s *steps) step(what string, done, total int64) {
	if what != s.what {
		_ = s.finish()
		unit := "bytes, " + what
		s.what, s.bar = what, report.NewProgress(s.w, report.ProgressConfig{Terminal: terminalOf(s.w), Unit: unit})
	}
	_ = s.bar.Update(done, total, done)
}

func (s *steps) finish() error {
	if s.bar == nil {
		return nil
	}
	return s.bar.Finish()
}
