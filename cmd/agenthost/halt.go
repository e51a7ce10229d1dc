package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type haltCommand struct {
	hostFlags
	actFlags
	flatten bool
	all     bool
}

func newHalt(con *console) *cobra.Command {
	h := &haltCommand{hostFlags: hostFlags{console: con}}
	return h.command("halt", "Stop agents from trading; their positions stay",
		`halt cancels the orders that add risk and sends nothing that adds any more,
until a person sets the mode to full. Positions and their protective stops
stay; flatten closes them too.`)
}

func newFlatten(con *console) *cobra.Command {
	h := &haltCommand{hostFlags: hostFlags{console: con}, flatten: true}
	return h.command("flatten", "Stop agents from trading and close their positions",
		`flatten cancels the orders that add risk, closes the positions, verifies that
nothing but dust is left, and sends nothing any more until a person sets the
mode to full. It touches what the named agents hold and nothing else of the
account.`)
}

func (h *haltCommand) command(verb, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   verb + " AGENT|VENUE/ACCOUNT|--all [CONFIG]",
		Short: short,
		Long: long + `

One agent is named, or an account with all its agents, or --all. It works on the
running host, and ends when the wish is durable; 'agenthost status' shows how
far it is. Where no host runs, the command takes up its history itself, calls no
strategy, and ends when it is done, or says after a minute what is left.`,
		Example: fmt.Sprintf("  agenthost %[1]s sma my.hcl --reason \"odd prices\"\n  agenthost %[1]s exchange/main my.hcl --reason \"venue maintenance\"\n  agenthost %[1]s --all my.hcl --reason \"going home\"", verb),
		Args: func(cmd *cobra.Command, args []string) error {
			if h.all {
				return needs(0, "a configuration file or folder")(cmd, args)
			}
			return agentFirst("an agent, a VENUE/ACCOUNT, or --all", "a configuration file or folder")(cmd, args)
		},
		ValidArgsFunction: configAt(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return h.run(cmd.Context(), args) },
	}
	h.hostFlags.flags(cmd)
	h.actFlags.flags(cmd)
	cmd.Flags().BoolVar(&h.all, "all", false, "all agents of the host")
	return cmd
}

func (h *haltCommand) run(ctx context.Context, args []string) error {
	target := admin.Target{All: h.all}
	if !h.all {
		var err error
		if target, err = parseTarget(args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	act, err := h.act()
	if err != nil {
		return err
	}
	return h.change(ctx, argument(args, 0), func(c changer, p *place) error {
		do := c.Halt
		if h.flatten {
			do = c.Flatten
		}
		s, err := do(ctx, target, act)
		if err != nil {
			return err
		}
		return h.print(&s, p)
	})
}

func parseTarget(name string) (admin.Target, error) {
	venue, account, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		return admin.Target{Agent: name}, nil
	case venue == "" || account == "" || strings.Contains(account, "/"):
		return admin.Target{}, usageError{fmt.Errorf("%q: write an agent's name, or VENUE/ACCOUNT", name)}
	}
	return admin.Target{Venue: venue, Account: account}, nil
}

// print says what has begun, and fails if something cannot be done by itself.
func (h *haltCommand) print(s *admin.Stopping, p *place) error {
	var err error
	if h.json {
		err = encode(h.out, s)
	} else {
		err = h.table(s, p)
	}
	problems := 0
	for i := range s.Agents {
		if s.Agents[i].Problem != "" {
			problems++
		}
	}
	if err == nil && problems > 0 {
		fmt.Fprintf(h.err, "agenthost: %s cannot be stopped as asked; see the problem of each\n", plural(problems, "agent"))
		return errPrinted
	}
	return err
}

func (h *haltCommand) table(s *admin.Stopping, p *place) error {
	t := newTable(h.out)
	t.row("agent", "mode", "cancelling", "closing", "problem")
	for i := range s.Agents {
		a := &s.Agents[i]
		var closing []string
		for k := range a.Closing {
			closing = append(closing, a.Closing[k].Quantity+" "+a.Closing[k].Instrument)
		}
		t.row(a.Name, a.Mode, a.Cancelling, strings.Join(closing, ", "), a.Problem)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if p.offline {
		_, err := fmt.Fprintf(h.out, "\nno host is running; started again, it leaves them so until agenthost mode AGENT full%s\n", p.arguments)
		return err
	}
	_, err := fmt.Fprintf(h.out, "\nhow far it is: agenthost status%s\n", p.arguments)
	return err
}
