package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/backup"
)

// restoreFlags are those of restore.
type restoreFlags struct {
	*console
	actFlags
	mark string
	json bool
}

func newRestore(con *console) *cobra.Command {
	r := &restoreFlags{console: con}
	cmd := &cobra.Command{
		Use:   "restore BACKUP DATA_DIR",
		Short: "Put a backup in the place of a history that was lost",
		Long: `restore proves a backup and makes a data directory of it. The venue knows more
than a backup: orders were sent since, which it does not hold. So restore
writes into every stream that it was restored, by whom and why. From there on
order ids are made anew, so that none is used twice; the next host holds the
account, asks the venue for everything, tells what was sent since, and sends
nothing until a person releases it. The high-water mark begins anew.

Be sure that the old host is dead: two hosts on one account are not noticed.`,
		Example: "  agenthost restore /mnt/backup/2026-11-24 data --by ann --reason \"disk 3 died\"",
		Args:    exactly("a backup's folder", "the data directory"),
		RunE:    func(cmd *cobra.Command, args []string) error { return r.run(cmd, args[0], args[1]) },
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&r.mark, "mark", "", "`FILE` of the high-water mark, where high_water_path is set (default: as the backup has it)")
	cmd.Flags().BoolVar(&r.json, "json", false, "print JSON")
	return cmd
}

func (r *restoreFlags) run(cmd *cobra.Command, from, dataDir string) error {
	act, err := r.act()
	if err != nil {
		return err
	}
	mark, err := r.markOf(from)
	if err != nil {
		return err
	}
	bars := newSteps(r.err)
	restore := backup.Restore{
		Backup: from, DataDir: dataDir, Mark: mark, By: signed(act).By, Reason: act.Reason, Now: time.Now(), Progress: bars.step,
		Run: func() (run [8]byte) { _, _ = rand.Read(run[:]); return run }, // it never fails
	}
	streams, err := restore.Do(cmd.Context())
	if err := errors.Join(err, bars.finish()); err != nil {
		return plain(err)
	}
	if r.json {
		return encode(r.out, map[string]any{"data_dir": dataDir, "mark": mark, "streams": streams})
	}
	return r.tell(dataDir, streams)
}

// markOf is where the mark is kept: as told, or outside the data directory as the backup has it.
func (r *restoreFlags) markOf(from string) (string, error) {
	if r.mark != "" {
		return r.mark, nil
	}
	m, err := backup.ReadManifest(from)
	if err != nil {
		return "", err
	}
	if m.HighWaterMark == "" || filepath.Dir(m.HighWaterMark) == m.DataDir {
		return "", nil
	}
	return m.HighWaterMark, nil
}

func (r *restoreFlags) tell(dataDir string, streams []backup.Restored) error {
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "stream\tends at\tknown to be lost\tnew run")
	for _, s := range streams {
		lost, run := "-", s.Run
		if s.Durable > s.Position {
			lost = fmt.Sprintf("%d to %d", s.Position+1, s.Durable)
		}
		if run == "" {
			run = "-"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", s.Stream, s.Position, lost, run)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.out, `
%s is restored. What comes next:
  agenthost run CONFIG                the account is held, and the venue is asked for everything
  agenthost status CONFIG             wait until it is reconciled; the log names orders that are nobody's here
  agenthost account release VENUE/ACCOUNT CONFIG --reason "…"
`, dataDir)
	return err
}
