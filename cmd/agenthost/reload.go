package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type reloadCommand struct {
	hostFlags
	actFlags
	dryRun bool
}

func newReload(con *console) *cobra.Command {
	r := &reloadCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "reload [CONFIG]",
		Short: "Let a running host read its configuration anew",
		Long: `reload lets a running host read its own configuration again, says what is other
than what runs, and applies all of it or nothing: modules, parameters and limits
of agents change between two ticks, the rest needs a restart, and then nothing
is changed. SIGHUP does the same. The exit code is 1 if nothing could be changed.`,
		Example:           "  agenthost reload my.hcl --dry-run\n  agenthost reload my.hcl --reason \"new limits\"",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE:              func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), argument(args, 0)) },
	}
	r.hostFlags.flags(cmd)
	r.actFlags.flags(cmd)
	cmd.Flags().BoolVar(&r.dryRun, "dry-run", false, "say what would change, and change nothing")
	return cmd
}

func (r *reloadCommand) run(ctx context.Context, config string) error {
	if r.dryRun && r.reason == "" {
		r.reason = "a dry run"
	}
	act, err := r.act()
	if err != nil {
		return err
	}
	r.toRead = true
	return r.tell(config, func(c *admin.Client, _ *place) error {
		report, err := c.Reload(ctx, admin.ReloadOrder{Act: act, DryRun: r.dryRun})
		if err != nil {
			return err
		}
		return r.print(&report)
	})
}

func (r *reloadCommand) print(report *admin.ReloadReport) error {
	needsRestart := slices.ContainsFunc(report.Changes, func(c admin.ReloadChange) bool { return c.How == admin.ReloadRestart })
	if r.json {
		if err := encode(r.out, report); err != nil {
			return err
		}
	} else if err := r.table(report); err != nil {
		return err
	}
	if needsRestart && !r.dryRun {
		return errPrinted
	}
	return nil
}

func (r *reloadCommand) table(report *admin.ReloadReport) error {
	if len(report.Changes) > 0 {
		t := newTable(r.out)
		t.row("agent", "what", "from", "to", "how")
		for _, c := range report.Changes {
			t.row(c.Agent, c.What, brief(c.From), brief(c.To), c.How)
		}
		if err := t.flush(); err != nil {
			return err
		}
	}
	text := report.Message
	if text == "" && report.Applied {
		text = "applied"
	}
	_, err := fmt.Fprintln(r.out, visible(text))
	return err
}

// briefMax is how much of a setting a table shows.
const briefMax = 48

// brief is enough of a setting to know it: a hash's beginning, and not all of a long list.
func brief(setting string) string {
	if len(setting) == 64 && strings.Trim(setting, "0123456789abcdef") == "" {
		return short(setting)
	}
	return cut(setting, briefMax)
}
