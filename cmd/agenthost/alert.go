package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type alertTest struct {
	hostFlags
	actFlags
}

func newAlert(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alert",
		Short: "Try the ways by which a person is told",
	}
	cmd.AddCommand(newAlertTest(con))
	return group(cmd)
}

func newAlertTest(con *console) *cobra.Command {
	a := &alertTest{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "test [CONFIG]",
		Short: "Send an alert through every channel of a running host",
		Long: `test lets the running host send an alert through each of its channels, and says
what became of it in each. The exit code is 1 if one of them did not take it.`,
		Example:           "  agenthost alert test my.hcl",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tell(argument(args, 0), func(c *admin.Client, _ *place) error { return a.run(cmd.Context(), c) })
		},
	}
	a.hostFlags.flags(cmd)
	a.actFlags.flags(cmd)
	return cmd
}

func (a *alertTest) run(ctx context.Context, c *admin.Client) error {
	if a.reason == "" {
		a.reason = "a test of the channels"
	}
	act, err := a.act()
	if err != nil {
		return err
	}
	channels, err := c.TestAlert(ctx, act)
	if err != nil {
		return err
	}
	failed := 0
	for i := range channels {
		if !channels[i].Delivered {
			failed++
		}
	}
	if err := a.print(channels); err != nil {
		return err
	}
	if failed > 0 {
		fmt.Fprintf(a.err, "agenthost: %d of %s did not take the alert\n", failed, plural(len(channels), "channel"))
		return errPrinted
	}
	return nil
}

func (a *alertTest) print(channels []admin.AlertDelivery) error {
	if a.json {
		return encode(a.out, channels...)
	}
	t := newTable(a.out)
	t.row("channel", "delivered", "took", "error")
	for _, d := range channels {
		delivered := "yes"
		if !d.Delivered {
			delivered = "NO"
		}
		t.row(d.Channel, delivered, rounded(d.Took), d.Error)
	}
	return t.flush()
}
