package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
)

func newCheckpointVerify(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "verify [CONFIG]", Short: "Find out what a start would go on from",
		Long: `verify reads every part of every checkpoint, compares its hash, looks for the
entry that it was made at in the journal, and makes the state as a start would,
with this agenthost's engine. With --deep it also takes the turns of every
agent again, from the journal's first entry to the newest checkpoint, and
compares the states byte for byte; not a lane's, for what a lane did is not
decided again, nor those of a stream whose beginning was pruned.`,
		Example: "  agenthost checkpoint verify my.hcl\n  agenthost checkpoint verify my.hcl --deep",
		Args:    needs(0, "a configuration, or the folder of a host's data"), ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.find(argument(args, 0))
			if err != nil {
				return err
			}
			return c.open(p, func(s *checkpoint.Store, folder string) error { return c.verify(cmd.Context(), s, folder) })
		},
	}
	c.hostFlags.flags(cmd)
	cmd.Flags().BoolVar(&c.deep, "deep", false, "also compare the newest with a replay of the journal")
	return cmd
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
			if err := c.printVerified(&v); err != nil {
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
	var part *checkpoint.Part
	if err == nil {
		part, err = s.Load(i)
	}
	if err == nil {
		err = host.CheckUse(ctx, j, modules, part)
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

func (c *checkpointCommand) printVerified(v *verified) error {
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
