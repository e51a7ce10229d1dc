package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCheck(con *console) *cobra.Command {
	var s settings
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check CONFIG",
		Short: "Find every mistake in a configuration without running it",
		Long: `check reads a configuration file, or every .hcl file of a folder, and reports
all mistakes at once, each with its place, what was found and what to write
instead. It compiles the strategies, compares pins and parameters with what the
modules declare, and opens the data files.

The exit code is 0 if the configuration can be run, else 1. With --json the
output has the shape of 'terraform validate -json'.`,
		Example:           "  agenthost check config/demo.hcl\n  agenthost check my/ --var data=GOOG.csv --json",
		Args:              exactly("a configuration file or folder"),
		ValidArgsFunction: firstFile("hcl"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, d, err := s.prepare(cmd.Context(), args[0], con)
			if err != nil {
				return err
			}
			defer p.close()
			if asJSON {
				if err := d.WriteJSON(con.out); err != nil {
					return err
				}
			} else if err := printDiagnostics(con, d); err != nil {
				return err
			}
			if d.HasErrors() {
				return errPrinted
			}
			if !asJSON {
				fmt.Fprintf(con.out, "%s is valid: %s, %s, %s.\n", args[0],
					plural(len(p.config.Agents), "agent"), plural(len(p.config.Feeds), "feed"), plural(len(p.config.Venues), "venue"))
			}
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
