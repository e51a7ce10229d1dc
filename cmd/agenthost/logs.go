package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

type logsCommand struct {
	hostFlags
	query  admin.LogQuery
	stream string
}

func newLogs(con *console) *cobra.Command {
	l := &logsCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "logs [CONFIG]",
		Short: "Print what a running host logged last, and follow it",
		Long: `logs prints the last lines of a running host's log, which it keeps in memory
(4096 of them), and with -f goes on with those that come, until Ctrl-C. With
--stream it prints an agent's or an account's journal instead, decoded.`,
		Example: `  agenthost logs -f my.hcl
  agenthost logs my.hcl --level warn --agent sma
  agenthost logs -f my.hcl --stream agent/sma --last 20`,
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return l.tell(argument(args, 0), func(c *admin.Client, _ *place) error { return l.run(cmd.Context(), c) })
		},
	}
	l.flags(cmd)
	f := cmd.Flags()
	f.BoolVarP(&l.query.Follow, "follow", "f", false, "go on with what comes")
	f.StringVar(&l.query.Level, "level", "", "the least: trace, debug, info, warn or error (default: info)")
	f.StringVar(&l.query.Agent, "agent", "", "only what is about this agent")
	f.Uint64Var(&l.query.Last, "last", 0, "at most so many of what is there (default: all)")
	f.StringVar(&l.stream, "stream", "", "entries of this journal's `STREAM` instead, such as agent/sma")
	completeFlag(cmd, "level", words("trace", "debug", "info", "warn", "error"))
	for _, flag := range []string{"agent", "last", "stream"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (l *logsCommand) run(ctx context.Context, c *admin.Client) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var err error
	if l.stream != "" {
		if l.query.Level != "" || l.query.Agent != "" {
			return usageError{errors.New("--level and --agent are about the log; --stream prints a journal's")}
		}
		err = c.Tail(ctx, admin.TailQuery{Stream: l.stream, Last: l.query.Last, Follow: l.query.Follow}, l.entry)
	} else {
		err = c.Logs(ctx, l.query, l.line)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // Ctrl-C is how it ends
	}
	return err
}

func (l *logsCommand) line(x admin.LogLine) error {
	if l.json {
		return encode(l.out, x)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-5s %s", time.Unix(0, x.Time).UTC().Format("2006-01-02T15:04:05.000Z"), strings.ToUpper(x.Level), visible(x.Message))
	for _, f := range x.Fields {
		fmt.Fprintf(&b, "  %s=%s", visible(f.Name), visible(f.Value))
	}
	_, err := fmt.Fprintln(l.out, b.String())
	return err
}

func (l *logsCommand) entry(x admin.JournalEntry) error {
	if l.json {
		return encode(l.out, x)
	}
	_, err := fmt.Fprintf(l.out, "%8d %8d  %-11s %-30s %s\n", x.Position, x.Sequence, visible(x.Kind), x.Time, visible(string(x.Body)))
	return err
}
