package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type agentsCommand struct{ hostFlags }

func newAgents(con *console) *cobra.Command {
	a := &agentsCommand{hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "agents [CONFIG]",
		Short: "List a running host's agents, and what they run",
		Long: `agents lists what runs: each agent's mode, account, module and its hash, and a
swap that it is in the middle of. agenthost status tells how they are.`,
		Example:           "  agenthost agents my.hcl\n  agenthost agents --host https://10.0.0.5:7777 --token-file ops.token --json",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tell(argument(args, 0), func(c *admin.Client, _ *place) error { return a.run(cmd.Context(), c) })
		},
	}
	a.flags(cmd)
	return cmd
}

func (a *agentsCommand) run(ctx context.Context, c *admin.Client) error {
	st, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return encode(a.out, st.Agents...)
	}
	t := newTable(a.out)
	t.row("agent", "mode", "account", "strategy", "sha256", "ticks", "traps", "swap")
	for i := range st.Agents {
		x := &st.Agents[i]
		t.row(x.Name, x.Mode, x.Venue+"/"+x.Account, x.Module, short(x.StrategySHA256), x.Ticks, x.Traps, swapText(x.Swap))
	}
	return t.flush()
}

// short is enough of a hash to tell modules apart.
func short(sha256 string) string { return sha256[:min(12, len(sha256))] }

func swapText(s *admin.SwapStatus) string {
	if s == nil {
		return ""
	}
	text := s.State
	if s.Total > 0 {
		text += fmt.Sprintf(" %d/%d", s.Done, s.Total)
	}
	if s.ToSHA256 != "" {
		text += " to " + short(s.ToSHA256)
	}
	return text
}

type breakerList struct{ hostFlags }

func newBreakerList(con *console) *cobra.Command {
	b := &breakerList{hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:               "list [CONFIG]",
		Short:             "List the breakers of a running host's accounts",
		Example:           "  agenthost breaker list my.hcl",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.tell(argument(args, 0), func(c *admin.Client, _ *place) error { return b.run(cmd.Context(), c) })
		},
	}
	b.flags(cmd)
	return cmd
}

func (b *breakerList) run(ctx context.Context, c *admin.Client) error {
	all, err := c.Breakers(ctx)
	if err != nil {
		return err
	}
	if b.json {
		return encode(b.out, all...)
	}
	t := newTable(b.out)
	t.row("account", "breaker", "until", "why")
	for i := range all {
		x := &all[i]
		until, why := "", x.Reason
		if x.Until != 0 {
			until = when(x.Until)
		}
		if x.Held {
			why += " held: " + x.HeldReason
		}
		t.row(x.Venue+"/"+x.Account, x.State, until, why)
	}
	return t.flush()
}
