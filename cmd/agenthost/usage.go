package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// usageError is a mistake of the command line.
type usageError struct{ error }

// exactly is cobra.ExactArgs with an error that names what is missing.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return usageError{fmt.Errorf("%s needs %s: %s", cmd.CommandPath(), names[len(args)], cmd.UseLine())}
		}
		return atMost(names...)(cmd, args)
	}
}

// agentFirst is needs for commands whose first argument is an agent's name.
func agentFirst(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := needs(1, names...)(cmd, args); err != nil {
			return err
		}
		return notAnAgent(cmd, args[0])
	}
}

// atMost is cobra.MaximumNArgs with an error that says what is too much, or empty: a shell's unset
// variable should not read as a path.
func atMost(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return usageError{fmt.Errorf("%s does not know what to do with %q: %s", cmd.CommandPath(), args[len(names)], cmd.UseLine())}
		}
		for i, a := range args {
			if a == "" {
				return usageError{fmt.Errorf("%s was given an empty text for %s: %s", cmd.CommandPath(), names[i], cmd.UseLine())}
			}
		}
		return nil
	}
}

// group makes a command that only holds others tell what it does not know. Cobra would print its help
// and call that a success.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownCommand(cmd, args[0])
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.SetUsageTemplate(strings.Replace(cmd.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}", 1))
	return cmd
}

func unknownCommand(parent *cobra.Command, name string) error {
	hint := ""
	switch like := parent.SuggestionsFor(name); {
	case len(like) > 0:
		hint = fmt.Sprintf("; did you mean \"%s\"?", strings.Join(like, "\", \""))
	case parent.HasParent():
		hint = "; there is " + strings.Join(commandNames(parent), ", ")
	}
	return usageError{fmt.Errorf("%s has no command %q%s", parent.CommandPath(), name, hint)}
}

func commandNames(parent *cobra.Command) (names []string) {
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]...",
		Short: "Tell about a command",
		RunE: func(help *cobra.Command, args []string) error {
			cmd := help.Root()
			for _, name := range args {
				next, _, err := cmd.Find([]string{name})
				if err != nil || next == cmd {
					return unknownCommand(cmd, name)
				}
				cmd = next
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
		ValidArgsFunction: func(help *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			if cmd, _, err := help.Root().Find(args); err == nil {
				for _, c := range cmd.Commands() {
					if c.IsAvailableCommand() {
						names = append(names, c.Name()+"\t"+c.Short)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// flagError says in words what is said in the terms of Go's strconv. A flag of a command that was forgotten is
// not what is wrong.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	for _, x := range []struct{ goes, says string }{
		{": strconv.ParseUint", "write a whole number, 0 or above"},
		{": strconv.ParseInt", "write a whole number"},
		{": time: ", "write a duration such as 90s or 24h"},
	} {
		if before, _, ok := strings.Cut(err.Error(), x.goes); ok {
			err = fmt.Errorf("%s: %s", before, x.says)
		}
	}
	return usageError{err}
}

// notAnAgent refuses a configuration that stands where an agent's name belongs.
func notAnAgent(cmd *cobra.Command, arg string) error {
	if strings.HasSuffix(arg, ".hcl") {
		return usageError{fmt.Errorf("%s is a configuration: name the agent before it: %s", arg, cmd.UseLine())}
	}
	return nil
}

// plain says in words why a path cannot be used.
func plain(err error) error {
	var at *fs.PathError
	switch {
	case !errors.As(err, &at):
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file or folder %s", at.Path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user has no permission for %s", at.Path)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s is a folder; name a file", at.Path)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("there is no file %s: a part of its path is not a folder", at.Path)
	}
	return err
}
