package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
)

// newConfigHelp tells about the configuration file: agenthost config, agenthost config agent.limits.
func newConfigHelp(con *console) *cobra.Command {
	return &cobra.Command{
		Use:   "config [BLOCK]",
		Short: "Tell about the blocks and attributes of a configuration file",
		Long: `config lists the blocks of a configuration file, or tells about one: every
attribute with its type, its default and what it does. docs/CONFIG.md has all
of them.`,
		Example:           "  agenthost config\n  agenthost config agent.limits",
		Args:              atMost("a block"),
		ValidArgsFunction: completeBlocks,
		RunE: func(_ *cobra.Command, args []string) error {
			topic := ""
			if len(args) == 1 {
				topic = args[0]
			}
			text, ok := config.Help(topic, terminalOf(con.out).Width)
			if !ok {
				problem, _, _ := strings.Cut(text, "\n") // the list of all blocks follows, which is long
				return usageError{fmt.Errorf("%s 'agenthost config' lists all blocks", problem)}
			}
			_, err := fmt.Fprintln(con.out, text)
			return err
		},
	}
}
