package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type modeCommand struct {
	hostFlags
	actFlags
}

// modeNames are what can be set by hand, the loosest first.
var modeNames = []string{"full", "read_only", "observation", "shutdown"}

func newMode(con *console) *cobra.Command {
	m := &modeCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "mode AGENT [full|read_only|observation|shutdown] [CONFIG]",
		Short: "Show or set what an agent of a running host may do",
		Long: `mode tells an agent's mode and why it is in it. With a mode and --reason it sets
it by hand: the stricter of what is set and what the agent's health asks for
counts, so 'full' takes back what was set by hand, and opens a latch, but does
not overrule a health that is bad.

  full         everything
  read_only    orders that reduce, and cancels
  observation  cancels; exits are the host's or a person's
  shutdown     nothing; the host closes the positions`,
		Example: `  agenthost mode sma my.hcl
  agenthost mode sma read_only my.hcl --reason "earnings tonight"
  agenthost mode sma full my.hcl --reason "drawdown looked at"`,
		Args:              agentFirst("an agent's name", "a mode", "a configuration file or folder"),
		ValidArgsFunction: m.complete,
		RunE:              func(cmd *cobra.Command, args []string) error { return m.run(cmd.Context(), args) },
	}
	m.hostFlags.flags(cmd)
	m.actFlags.flags(cmd)
	return cmd
}

func (m *modeCommand) complete(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 1:
		return modeNames, cobra.ShellCompDirectiveDefault
	case 2:
		return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func (m *modeCommand) run(ctx context.Context, args []string) error {
	agent, mode, config := args[0], argument(args, 1), argument(args, 2)
	if mode != "" && !slices.Contains(modeNames, mode) {
		if config != "" || !exists(mode) {
			return usageError{fmt.Errorf("there is no mode %q: write %s", mode, strings.Join(modeNames, ", "))}
		}
		mode, config = "", mode
	}
	if mode == "" {
		return m.tell(config, func(c *admin.Client, _ *place) error { return m.show(ctx, c, agent) })
	}
	act, err := m.act()
	if err != nil {
		return err
	}
	return m.tell(config, func(c *admin.Client, _ *place) error {
		a, err := c.SetMode(ctx, agent, admin.ModeChange{Act: act, Mode: mode})
		if err != nil {
			return err
		}
		return m.print(&a, a.LastBar)
	})
}

func (m *modeCommand) show(ctx context.Context, c *admin.Client, agent string) error {
	st, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if a := st.Agent(agent); a != nil {
		return m.print(a, st.Time)
	}
	return noAgent(agent, &st)
}

func noAgent(name string, st *admin.Status) error {
	var known []string
	for i := range st.Agents {
		known = append(known, st.Agents[i].Name)
	}
	return admin.Missing("agent", name, known...)
}

func (m *modeCommand) print(a *admin.AgentStatus, now int64) error {
	if m.json {
		return encode(m.out, a)
	}
	if _, err := fmt.Fprintf(m.out, "%s is %s\n", a.Name, a.Mode); err != nil {
		return err
	}
	for _, r := range a.Reasons {
		if _, err := fmt.Fprintf(m.out, "  for %s\n", reasonText(&r, now)); err != nil {
			return err
		}
	}
	return nil
}
