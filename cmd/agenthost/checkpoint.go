package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
)

func newCheckpoint(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Look at the checkpoints of a live host, and verify them",
		Long: `A live host keeps its state now and then, so that its next start need not take
the whole journal again. checkpoint reads that file; a host may be running
on it.`,
	}
	cmd.AddCommand(newCheckpointList(con), newCheckpointShow(con), newCheckpointVerify(con))
	return group(cmd)
}

// checkpointCommand is a verb that reads a host's checkpoints.
type checkpointCommand struct {
	hostFlags
	deep bool
}

func newCheckpointList(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "list [CONFIG]", Short: "List the checkpoints, the newest first",
		Example: "  agenthost checkpoint list my.hcl",
		Args:    needs(0, "a configuration, or the folder of a host's data"), ValidArgsFunction: oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			return c.with(argument(args, 0), func(s *checkpoint.Store, _ string) error { return c.list(s) })
		},
	}
	c.flags(cmd)
	return cmd
}

func newCheckpointShow(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "show ID [CONFIG]", Short: "Show the parts of one checkpoint",
		Example: "  agenthost checkpoint show 12 my.hcl",
		Args:    needs(1, "a checkpoint's number", "a configuration, or the folder of a host's data"), ValidArgsFunction: configAt(1),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is no checkpoint's number; `agenthost checkpoint list` has them", args[0])}
			}
			return c.with(argument(args, 1), func(s *checkpoint.Store, _ string) error { return c.show(s, id) })
		},
	}
	c.flags(cmd)
	return cmd
}

func newCheckpointVerify(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "verify [CONFIG]", Short: "Hold every checkpoint to its hash and to the journal",
		Long: `verify reads every part of every checkpoint, compares its hash, and looks for the
entry that it was made at in the journal. With --deep it also takes the turns
of every agent again, from the journal's first entry to the newest
checkpoint, and compares the states byte for byte; a lane's part is held to
hash and entry only, for what a lane did is not decided again.`,
		Example: "  agenthost checkpoint verify my.hcl\n  agenthost checkpoint verify my.hcl --deep",
		Args:    needs(0, "a configuration, or the folder of a host's data"), ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(argument(args, 0), func(s *checkpoint.Store, folder string) error {
				return c.verify(cmd.Context(), s, folder)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&c.deep, "deep", false, "also compare the newest with a replay of the journal")
	return cmd
}

// with opens the checkpoints that an argument names, beside whoever writes them.
func (c *checkpointCommand) with(arg string, do func(s *checkpoint.Store, folder string) error) (err error) {
	p, err := c.find(arg)
	if err != nil {
		return err
	}
	folder := p.journal
	if p.config != nil && folder == "" {
		return fmt.Errorf("there is no journal in %s: its host has not run yet", p.config.Host.DataDir)
	}
	if folder == "" {
		return usageError{errors.New("which host? Name its configuration, or the folder of its data")}
	}
	if filepath.Ext(folder) == ".db" {
		folder = filepath.Dir(folder)
	}
	s, err := checkpoint.Open(filepath.Join(folder, checkpointsFile), checkpoint.Options{ReadOnly: true})
	if errors.Is(err, checkpoint.ErrNotExist) {
		return fmt.Errorf("there are no checkpoints in %s: a recorded run has none, and a live host makes its first after a while", folder)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s, folder)
}

// checkpointView is a checkpoint as JSON.
type checkpointView struct {
	ID     int64      `json:"id"`
	Group  string     `json:"group"`
	Time   string     `json:"time"`
	Format int        `json:"format"`
	SHA256 string     `json:"sha256"`
	Bytes  int64      `json:"bytes"`
	Parts  []partView `json:"parts"`
}

type partView struct {
	Stream   string `json:"stream"`
	Position uint64 `json:"position"`
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
	MadeBy   string `json:"made_by"`
	Size     int64  `json:"size"`
	Stored   int64  `json:"stored"`
	SHA256   string `json:"sha256"`
}

func viewOf(c *checkpoint.Checkpoint) checkpointView {
	v := checkpointView{
		ID: c.ID, Group: c.Group, Time: time.Unix(0, c.Time).UTC().Format(time.RFC3339Nano), Format: c.Format,
		SHA256: fmt.Sprintf("%x", c.SHA256), Bytes: c.Stored(),
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		v.Parts = append(v.Parts, partView{
			Stream: p.Stream, Position: p.Position, Sequence: p.Sequence, Hash: fmt.Sprintf("%x", p.Hash), MadeBy: p.MadeBy,
			Size: p.Size, Stored: p.Stored, SHA256: fmt.Sprintf("%x", p.SHA256),
		})
	}
	return v
}

func (c *checkpointCommand) list(s *checkpoint.Store) error {
	all, err := s.List("")
	if err != nil {
		return err
	}
	if c.json {
		views := make([]checkpointView, 0, len(all))
		for i := range all {
			views = append(views, viewOf(&all[i]))
		}
		return encode(c.out, views...)
	}
	t := newTable(c.out)
	t.row("ID", "TIME", "ACCOUNT", "STREAM", "TURN", "ENTRY", "STORED", "MADE BY")
	for i := range all {
		for k := range all[i].Parts {
			p, id, at, group := &all[i].Parts[k], "", "", ""
			if k == 0 {
				id, at, group = strconv.FormatInt(all[i].ID, 10), when(all[i].Time), all[i].Group
			}
			t.row(id, at, group, p.Stream, p.Sequence, p.Position, kibibytes(p.Stored), p.MadeBy)
		}
	}
	return t.flush()
}

func kibibytes(n int64) string { return fmt.Sprintf("%d KiB", (n+1023)>>10) }

func (c *checkpointCommand) show(s *checkpoint.Store, id int64) error {
	all, err := s.List("")
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID == id {
			return c.showOne(&all[i])
		}
	}
	return fmt.Errorf("there is no checkpoint %d; `agenthost checkpoint list` has those that are kept", id)
}

func (c *checkpointCommand) showOne(p *checkpoint.Checkpoint) error {
	v := viewOf(p)
	if c.json {
		return encode(c.out, v)
	}
	fmt.Fprintf(c.out, "checkpoint %d of %s, %s, format %d, %s, sha256 %s\n", v.ID, v.Group, v.Time, v.Format, kibibytes(v.Bytes), v.SHA256)
	for _, part := range v.Parts {
		fmt.Fprintf(c.out, "\n%s\n  turn %d, entry %d, hash %s\n  made by %s\n  %d bytes, %d stored, sha256 %s\n",
			part.Stream, part.Sequence, part.Position, part.Hash, part.MadeBy, part.Size, part.Stored, part.SHA256)
	}
	return nil
}

// verified is what verify found of one part.
type verified struct {
	Checkpoint int64  `json:"checkpoint"`
	Stream     string `json:"stream"`
	Position   uint64 `json:"position"`
	OK         bool   `json:"ok"`
	Deep       bool   `json:"deep"`
	Problem    string `json:"problem,omitempty"`
}

func (c *checkpointCommand) verify(ctx context.Context, s *checkpoint.Store, folder string) (err error) {
	h, err := (&replayCommand{console: c.console, settings: c.settings}).open(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	all, err := s.List("")
	if err != nil {
		return err
	}
	bad, groups := 0, map[string]bool{}
	for i := range all {
		newest := !groups[all[i].Group]
		groups[all[i].Group] = true
		for k := range all[i].Parts {
			v := c.verifyPart(ctx, s, h.journal, h, &all[i], &all[i].Parts[k], c.deep && newest)
			if !v.OK {
				bad++
			}
			if err := c.tell(&v); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		fmt.Fprintf(c.err, "agenthost: %s cannot be used; the host passes them over for older ones, or takes the journal\n", plural(bad, "part"))
		return errPrinted
	}
	return nil
}

func (c *checkpointCommand) verifyPart(ctx context.Context, s *checkpoint.Store, j *journal.Journal, modules host.ModuleSource, of *checkpoint.Checkpoint, i *checkpoint.Info, deep bool) verified {
	v := verified{Checkpoint: of.ID, Stream: i.Stream, Position: i.Position}
	err := of.Verify()
	if err == nil {
		err = j.Holds(i.Stream, i.Position, i.Hash)
	}
	var part *checkpoint.Part
	if err == nil {
		part, err = s.Load(i)
	}
	if err == nil && deep {
		err = host.VerifyCheckpoint(ctx, j, modules, part)
		v.Deep = !errors.Is(err, host.ErrNotCompared)
		if !v.Deep {
			err = nil
		}
	}
	if v.OK = err == nil; !v.OK {
		v.Problem = err.Error()
	}
	return v
}

func (c *checkpointCommand) tell(v *verified) error {
	if c.json {
		return encode(c.out, *v)
	}
	word, more := "ok", ""
	switch {
	case !v.OK:
		word, more = "BROKEN", ": "+v.Problem
	case v.Deep:
		more = ", as a replay of the journal has it"
	}
	_, err := fmt.Fprintf(c.out, "%-7s checkpoint %d, %s at entry %d%s\n", word, v.Checkpoint, v.Stream, v.Position, more)
	return err
}
