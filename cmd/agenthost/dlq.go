package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

func newDLQ(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Dead letters: what could not be done and waits for a person",
		Long: `A dead letter is an order, a cancel, a tick or an alert that the host could not
bring to an end by itself. It holds what is needed to understand it and to do it
again. 'dlq stats' says at a glance what went wrong, 'dlq show ID' what it means
and what can be done. list, show and stats also work when no host is running;
then they read its journal, or that of a run's folder.`,
	}
	cmd.AddCommand(newDLQList(con), newDLQShow(con), newDLQStats(con), newDLQRedrive(con), newDLQResolve(con))
	return group(cmd)
}

// letterFilter is the flags that say which letters are meant.
type letterFilter struct {
	kind, agent, cause, state, since string
	limit                            int
}

func (f *letterFilter) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "only letters of order, cancel, tick or alert")
	flags.StringVar(&f.agent, "agent", "", "only this agent's")
	flags.StringVar(&f.cause, "cause", "", "only of this cause, as stats names them")
	flags.StringVar(&f.since, "since", "", "only since `WHEN`: 24h, 2026-11-23, or a moment")
	completeFlag(cmd, "kind", words(event.LetterOrder, event.LetterCancel, event.LetterTick, event.LetterAlert))
	completeFlag(cmd, "cause", cobra.FixedCompletions(causeNames(), cobra.ShellCompDirectiveNoFileComp))
	for _, flag := range []string{"agent", "since"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
}

func (f *letterFilter) stateFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.state, "state", admin.LetterPending, "pending, redriven, resolved or all")
	completeFlag(cmd, "state", words(admin.LetterPending, admin.LetterRedriven, admin.LetterResolved, "all"))
}

// given reports whether a flag narrows down which letters are meant.
func (f *letterFilter) given() bool { return f.kind+f.agent+f.cause+f.since != "" }

func (f *letterFilter) query() (q admin.LetterQuery, err error) {
	q = admin.LetterQuery{Kind: f.kind, Agent: f.agent, Cause: f.cause, State: f.state, Limit: f.limit}
	switch f.kind {
	case "", event.LetterOrder, event.LetterCancel, event.LetterTick, event.LetterAlert:
	default:
		return q, usageError{fmt.Errorf("--kind %q: write order, cancel, tick or alert", f.kind)}
	}
	switch f.state {
	case "", admin.LetterPending, admin.LetterRedriven, admin.LetterResolved:
	case "all":
		q.State = ""
	default:
		return q, usageError{fmt.Errorf("--state %q: write pending, redriven, resolved or all", f.state)}
	}
	q.Since, err = parseSince(f.since, time.Now())
	return q, err
}

func limitFlag(cmd *cobra.Command, into *int, of string) {
	cmd.Flags().IntVar(into, "limit", 100, "at most so many "+of)
}

func checkLimit(n int) error {
	if n < 1 || n > admin.OrdersMax {
		return usageError{fmt.Errorf("--limit %d: write 1 to %d", n, admin.OrdersMax)}
	}
	return nil
}

type dlqList struct {
	hostFlags
	letterFilter
}

func newDLQList(con *console) *cobra.Command {
	l := &dlqList{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:               "list [CONFIG]",
		Short:             "List dead letters, the oldest first",
		Example:           "  agenthost dlq list my.hcl\n  agenthost dlq list my.hcl --cause rejected --agent sma --since 24h --state all\n  agenthost dlq list runs/20261123-181500-demo --json",
		Args:              needs(0, "a configuration, or a run's folder"),
		ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := l.query()
			if err != nil {
				return err
			}
			if err := checkLimit(l.limit); err != nil {
				return err
			}
			return l.read(cmd.Context(), argument(args, 0), func(s source, p *place) error { return l.run(cmd.Context(), s, p, q) })
		},
	}
	l.hostFlags.flags(cmd)
	l.letterFilter.flags(cmd)
	l.stateFlag(cmd)
	limitFlag(cmd, &l.limit, "letters")
	return cmd
}

func (l *dlqList) run(ctx context.Context, s source, p *place, q admin.LetterQuery) error {
	list, err := s.Letters(ctx, q)
	if err != nil {
		return err
	}
	if l.json {
		return encode(l.out, list.Letters...)
	}
	if list.Total == 0 {
		hint := ""
		if known := plainCauses(); q.Cause != "" && !slices.Contains(known, q.Cause) {
			hint = fmt.Sprintf("; the causes that have a meaning are %s", strings.Join(known, ", "))
		}
		_, err := fmt.Fprintf(l.out, "no dead letter fits%s\n", hint)
		return err
	}
	t := newTable(l.out)
	t.row("time (UTC)", "id", "kind", "agent", "cause", "state", "what happened")
	for i := range list.Letters {
		x := &list.Letters[i]
		t.row(when(x.Time), x.ID, x.Kind, x.Agent, x.Cause, x.State, x.Message)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if more := list.Total - len(list.Letters); more > 0 {
		fmt.Fprintf(l.out, "\n%d newer ones are not shown; --limit shows more\n", more)
	}
	_, err = fmt.Fprintf(l.out, "\nwhat one means, and what can be done: agenthost dlq show ID%s\n", p.arguments)
	return err
}

type dlqStats struct {
	hostFlags
	letterFilter
}

func newDLQStats(con *console) *cobra.Command {
	d := &dlqStats{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:               "stats [CONFIG]",
		Short:             "Say what went wrong at a glance: dead letters by cause",
		Example:           "  agenthost dlq stats my.hcl\n  agenthost dlq stats my.hcl --since 24h --json",
		Args:              needs(0, "a configuration, or a run's folder"),
		ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := d.query()
			if err != nil {
				return err
			}
			return d.read(cmd.Context(), argument(args, 0), func(s source, p *place) error { return d.run(cmd.Context(), s, p, q) })
		},
	}
	d.hostFlags.flags(cmd)
	d.letterFilter.flags(cmd)
	return cmd
}

func (d *dlqStats) run(ctx context.Context, s source, p *place, q admin.LetterQuery) error {
	stats, err := s.LetterStats(ctx, q)
	if err != nil {
		return err
	}
	if d.json {
		return encode(d.out, stats)
	}
	fmt.Fprintf(d.out, "dead letters: %d pending, %d redriven, %d resolved\n", stats.Pending, stats.Redriven, stats.Resolved)
	for i := range stats.Causes {
		d.cause(&stats.Causes[i], p)
	}
	return nil
}

func (d *dlqStats) cause(c *admin.CauseStats, p *place) {
	fmt.Fprintf(d.out, "\n%s %s: %d pending, %d redriven, %d resolved", c.Kind, visible(c.Cause), c.Pending, c.Redriven, c.Resolved)
	if len(c.Agents) > 0 {
		fmt.Fprintf(d.out, "; of %s", strings.Join(c.Agents, ", "))
	}
	span := when(c.Oldest)
	if c.Newest != c.Oldest {
		span += " to " + when(c.Newest)
	}
	fmt.Fprintf(d.out, "\n  %s\n", span)
	fmt.Fprintf(d.out, "  such as %s: %s\n", c.Example, visible(c.Message))
	if meaning := meaningOf(c.Kind, c.Cause); meaning != "" {
		fmt.Fprintln(d.out, wrapped(meaning, "  ", 78))
	}
	fmt.Fprintf(d.out, "  agenthost dlq show %s%s\n", c.Example, p.arguments)
}
