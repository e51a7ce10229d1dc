package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
)

// newConfigHelp tells about the configuration file: agenthost config, agenthost config agent.limits.
func newConfigHelp(con *console) *cobra.Command {
	return &cobra.Command{
		Use:   "config [BLOCK]",
		Short: "Tell about the blocks and attributes of a configuration file",
		Long: `config lists the blocks of a configuration file, or tells about one: every attribute with its type, its
default and what it does. docs/CONFIG.md has all of them.`,
		Example: "  agenthost config\n  agenthost config agent.limits",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			topic := ""
			if len(args) == 1 {
				topic = args[0]
			}
			text, ok := config.Help(topic, terminalOf(con.out).Width)
			if !ok {
				return usageError{errors.New(text)}
			}
			return printText(con.out, text)
		},
	}
}

func printText(w io.Writer, text string) error {
	_, err := fmt.Fprintln(w, text)
	return err
}
