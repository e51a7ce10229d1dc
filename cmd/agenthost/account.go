package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

func newAccount(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Hold, release or reconcile a venue account of a running host",
	}
	cmd.AddCommand(
		newAccountAct(con, "hold", admin.AccountHold, "Send nothing that adds on an account until it is released"),
		newAccountAct(con, "release", admin.AccountRelease, "End a hold: a person's, or the host's own after 401, 403 or 418"),
		newAccountAct(con, "reconcile", admin.AccountReconcile, "Compare books and venue now, and take back what was looked into"),
	)
	return group(cmd)
}

func newBreaker(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "breaker",
		Short: "List the breakers of a running host, isolate one by hand, or release it",
	}
	cmd.AddCommand(
		newBreakerList(con),
		newAccountAct(con, "isolate", admin.BreakerIsolate, "Open the breaker by hand; closes and cancels keep their narrow way"),
		newAccountAct(con, "release", admin.BreakerRelease, "Take that back: probes decide when it closes"),
	)
	return group(cmd)
}

// accountAct is one thing that a person does to an account.
type accountAct struct {
	hostFlags
	actFlags
	what admin.AccountAct
}

func newAccountAct(con *console, verb string, what admin.AccountAct, short string) *cobra.Command {
	a := &accountAct{hostFlags: hostFlags{console: con}, what: what}
	cmd := &cobra.Command{
		Use:               verb + " VENUE/ACCOUNT [CONFIG]",
		Short:             short,
		Args:              needs(1, "a VENUE/ACCOUNT", "a configuration file or folder"),
		ValidArgsFunction: configAt(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), args) },
	}
	a.hostFlags.flags(cmd)
	a.actFlags.flags(cmd)
	return cmd
}

func (a *accountAct) run(ctx context.Context, args []string) error {
	t, err := parseTarget(args[0])
	if err != nil || t.Agent != "" {
		return usageError{fmt.Errorf("%q: write VENUE/ACCOUNT, as status shows it", args[0])}
	}
	act, err := a.act()
	if err != nil {
		return err
	}
	return a.tell(argument(args, 1), func(c *admin.Client, _ *place) error {
		s, err := c.ChangeAccount(ctx, t.Venue, t.Account, a.what, act)
		if err != nil {
			return err
		}
		if a.json {
			return encode(a.out, s)
		}
		held := "not held"
		if s.Held {
			held = "held"
		}
		_, err = fmt.Fprintf(a.out, "%s/%s: breaker %s, %s\n", s.Venue, s.Account, s.Breaker, held)
		return err
	})
}
