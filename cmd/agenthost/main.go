// Command agenthost runs trading strategies compiled to WebAssembly: see agenthost --help.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // time zones of feeds, also where the system has no files of them

	"github.com/spf13/cobra"
)

// Exit codes. Signals that stop a run cleanly end with exitOK: a stop that was asked for is no failure.
const (
	exitOK      = 0
	exitProblem = 1 // the configuration, module, data or journal has a problem, which was printed
	exitUsage   = 2 // the command line was not understood
)

func main() { os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// errPrinted ends a command whose problem is already on the screen.
var errPrinted = errors.New("printed")

func execute(args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot(&console{in: in, out: out, err: errOut})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteC()
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errPrinted):
		return exitProblem
	case errors.As(err, &usage):
		fmt.Fprintf(errOut, "agenthost: %v\nRun '%s --help' for usage.\n", err, cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(errOut, "agenthost: %v\n", err)
	return exitProblem
}

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "agenthost",
		Short: "Run trading strategies compiled to WebAssembly",
		Long: `agenthost runs trading agents. A strategy is a WebAssembly module compiled from
any language. For each tick the host hands the module what it may know and
takes back the orders it wishes; limits of fuel and memory end a bad tick, and
the host does the rest: risk checks, numbering, a durable journal, the venue.
Everything is set in one HCL file.`,
		Example: `  agenthost run config/demo.hcl                     run over recorded prices
  agenthost run my.hcl --report report.html         and draw what they did
  agenthost run my.hcl --resume                     go on where it was stopped
  agenthost check my.hcl                            find every mistake
  agenthost plugin inspect strategy.wasm            what a module is and wants
  agenthost journal verify runs/20261123-181500-my  prove nothing was changed`,
		Version:       currentVersions().text(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelp())
	root.AddCommand(newRun(c), newCheck(c), newFormat(c), newPlugin(c), newJournal(c), newVersion(c), newConfigHelp(c),
		newCompletion(c), newVenue(c), newChaos(c), newSim(c), newCompileChild())
	root.AddCommand(newStatus(c), newMode(c), newHalt(c), newFlatten(c), newOrders(c), newDLQ(c), newAlert(c), newAccount(c), newBreaker(c))
	root.AddCommand(newBackup(c), newRestore(c), newPrune(c), newReplay(c))
	root.AddCommand(newAgents(c), newLogs(c), newSwap(c), newRollback(c), newReload(c), newAuditList(c), newToken(c))
	root.AddCommand(newCheckpoint(c))
	return group(root)
}
