package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
)

func newCompletion(con *console) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that lets a shell complete commands, flags and files",
		Long: `completion prints a script for a shell. To complete in every new shell:

  bash   agenthost completion bash > ~/.local/share/bash-completion/completions/agenthost
         (needs the package bash-completion)
  zsh    agenthost completion zsh > "${fpath[1]}/_agenthost"
  fish   agenthost completion fish > ~/.config/fish/completions/agenthost.fish

or in this one only: source <(agenthost completion bash)`,
		Args:      exactly("a shell: bash, zsh, fish or powershell"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(con.out, true)
			case "zsh":
				return root.GenZshCompletion(con.out)
			case "fish":
				return root.GenFishCompletion(con.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(con.out)
			}
			return usageError{fmt.Errorf("there is no completion for %q: write %s", args[0], strings.Join(shells, ", "))}
		},
	}
}

// firstFile completes the first argument to files with an ending, and nothing after it.
func firstFile(endings ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// oneFile completes the first argument to any file or folder, and nothing after it.
func oneFile(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// files completes a flag to files with an ending.
func files(endings ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// words completes to one of a few words.
func words(w ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(w, cobra.ShellCompDirectiveNoFileComp)
}

// completeFlag is cobra's RegisterFlagCompletionFunc, which fails only for a flag that does not exist.
func completeFlag(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// completeRuns offers the runs of the configuration that has been typed, the newest first.
func (r *runCommand) completeRuns(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir := "runs"
	if len(args) > 0 {
		if c, _, err := r.load(args[0]); err == nil && c.Host.RunsDir != "" {
			dir = c.Host.RunsDir
		}
	}
	return runNames(dir), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeArguments offers a configuration, and after --resume a run.
func (r *runCommand) completeArguments(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 && r.resume == resumeLast {
		return r.completeRuns(cmd, args, toComplete)
	}
	return firstFile("hcl")(cmd, args, toComplete)
}

// runNames lists the runs of a folder, the newest first.
func runNames(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // no run was ever made
	}
	for _, e := range entries {
		if exists(filepath.Join(dir, e.Name(), "run.json")) {
			names = append(names, e.Name())
		}
	}
	slices.Reverse(names)
	return names
}

// completeStreams offers the streams of the journal that has been typed.
func completeStreams(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	j, err := openReadOnly(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer j.Close()
	streams, err := j.Streams()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return streamNames(streams), cobra.ShellCompDirectiveNoFileComp
}

// completeBlocks offers the blocks of a configuration.
func completeBlocks(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return topics(config.Describe(), ""), cobra.ShellCompDirectiveNoFileComp
}

func topics(blocks []config.Block, before string) (names []string) {
	for i := range blocks {
		name := before + blocks[i].Name
		names = append(append(names, name), topics(blocks[i].Blocks, name+".")...)
	}
	return names
}
