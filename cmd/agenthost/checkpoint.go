package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/checkpoint"
)

func newCheckpoint(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Look at the checkpoints of a live host, make one, and verify them",
		Long: `A live host keeps its state now and then, so that its next start need not take
the whole journal again. list and show ask the running host or, where none runs,
read the file beside the journal; make lets a running host make one now; verify
reads the file, also beside a running host.`,
	}
	cmd.AddCommand(newCheckpointList(con), newCheckpointShow(con), newCheckpointMake(con), newCheckpointVerify(con))
	return group(cmd)
}

// checkpointCommand is a verb about a host's checkpoints.
type checkpointCommand struct {
	hostFlags
	actFlags
	deep bool
}

func newCheckpointList(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "list [CONFIG]", Short: "List the checkpoints, the newest first",
		Example: "  agenthost checkpoint list my.hcl",
		Args:    needs(0, "a configuration, or the folder of a host's data"), ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := c.all(cmd.Context(), argument(args, 0))
			if err != nil {
				return err
			}
			return c.list(all)
		},
	}
	c.hostFlags.flags(cmd)
	return cmd
}

func newCheckpointShow(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "show ID [CONFIG]", Short: "Show the parts of one checkpoint",
		Example: "  agenthost checkpoint show 12 my.hcl",
		Args:    needs(1, "a checkpoint's number", "a configuration, or the folder of a host's data"), ValidArgsFunction: configAt(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is no checkpoint's number; `agenthost checkpoint list` has them", args[0])}
			}
			all, err := c.all(cmd.Context(), argument(args, 1))
			if err != nil {
				return err
			}
			return c.show(all, id)
		},
	}
	c.hostFlags.flags(cmd)
	return cmd
}

func newCheckpointMake(con *console) *cobra.Command {
	c := &checkpointCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use: "make [CONFIG]", Short: "Let a running host make a checkpoint of every account now",
		Long: `make lets a running host keep its state now, and ends when that is in the file: a
start after it goes on from there, as before a planned restart. An agent on
probation after a swap has two states, and is refused until one of them counts.`,
		Example: "  agenthost checkpoint make my.hcl --reason \"before the restart\"",
		Args:    needs(0, "a configuration file or folder"), ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			act, err := c.act()
			if err != nil {
				return err
			}
			return c.tell(argument(args, 0), func(host *admin.Client, _ *place) error {
				made, err := host.MakeCheckpoints(cmd.Context(), act)
				if err != nil {
					return err
				}
				return c.list(made)
			})
		},
	}
	c.hostFlags.flags(cmd)
	c.actFlags.flags(cmd)
	return cmd
}

// all are the checkpoints of the running host or, where none runs, of its file.
func (c *checkpointCommand) all(ctx context.Context, arg string) (all []admin.Checkpoint, err error) {
	p, err := c.find(arg)
	if err != nil {
		return nil, err
	}
	if p.socket != "" && (p.config == nil || p.journal != "") {
		client := p.client()
		defer client.Close()
		var gone *admin.NotRunning
		if all, err = client.Checkpoints(ctx); !errors.As(err, &gone) || p.journal == "" {
			return all, err
		}
		fmt.Fprintf(c.err, "agenthost: no host is running on %s; this is from %s in %s\n", p.socket, checkpointsFile, p.journal)
	}
	err = c.open(p, func(s *checkpoint.Store, _ string) error {
		found, err := s.List("")
		for i := range found {
			all = append(all, host.CheckpointView(&found[i]))
		}
		return err
	})
	return all, err
}

// open opens the file of a host's checkpoints, beside whoever writes it.
func (c *checkpointCommand) open(p *place, do func(s *checkpoint.Store, folder string) error) (err error) {
	folder := p.journal
	if p.config != nil && folder == "" {
		return fmt.Errorf("there is no journal in %s: its host has not run yet", p.config.Host.DataDir)
	}
	if folder == "" {
		return usageError{errors.New("which host? Name its configuration, or the folder of its data: the file of the checkpoints is read")}
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

func (c *checkpointCommand) list(all []admin.Checkpoint) error {
	if c.json {
		return encode(c.out, all...)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.out, "there is no checkpoint yet; agenthost checkpoint make makes one")
		return err
	}
	t := newTable(c.out)
	t.row("id", "time (UTC)", "account", "stream", "event", "entry", "stored", "module")
	for i := range all {
		for k := range all[i].Parts {
			p, id, at, account := &all[i].Parts[k], "", "", ""
			if k == 0 {
				id, at, account = strconv.FormatInt(all[i].ID, 10), when(all[i].Time), all[i].Venue+"/"+all[i].Account
			}
			t.row(id, at, account, p.Stream, p.Sequence, p.Position, kibibytes(p.Stored), moduleOf(p))
		}
	}
	return t.flush()
}

// moduleOf is which module made a part, empty for a lane's.
func moduleOf(p *admin.CheckpointPart) string {
	module, _, _ := strings.Cut(p.MadeBy, ",")
	name, _ := strings.CutPrefix(module, "module ")
	if name == module {
		return ""
	}
	return name
}

func kibibytes(n int64) string { return fmt.Sprintf("%d KiB", (n+1023)>>10) }

func (c *checkpointCommand) show(all []admin.Checkpoint, id int64) error {
	for i := range all {
		if all[i].ID == id {
			return c.showOne(&all[i])
		}
	}
	var kept []string
	for i := range all {
		kept = append(kept, strconv.FormatInt(all[i].ID, 10))
	}
	return admin.Missing("checkpoint", strconv.FormatInt(id, 10), kept...)
}

func (c *checkpointCommand) showOne(p *admin.Checkpoint) error {
	if c.json {
		return encode(c.out, p)
	}
	fmt.Fprintf(c.out, "checkpoint %d of %s/%s, made %s UTC, format %d, %s\nsha256 %s\n",
		p.ID, visible(p.Venue), visible(p.Account), when(p.Time), p.Format, kibibytes(p.Bytes), p.SHA256)
	for _, part := range p.Parts {
		fmt.Fprintf(c.out, "\n%s\n  event %d, entry %d, hash %s\n  made by %s\n  %d bytes, %d stored, sha256 %s\n",
			visible(part.Stream), part.Sequence, part.Position, part.Hash, visible(part.MadeBy), part.Size, part.Stored, part.SHA256)
	}
	return nil
}
