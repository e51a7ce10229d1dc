package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
)

type auditCommand struct {
	hostFlags
	since string
	limit int
}

func newAuditList(con *console) *cobra.Command {
	a := &auditCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "audit [CONFIG]",
		Short: "List what persons changed: who, what, why and from where",
		Long: `audit lists the changes that the journal keeps: who made them, proved by the
system's user, a token or a certificate, what, why, and from where. What the host
refused, and a reload that changed nothing, are listed as such; --json has the
whole of what was said. It works when no host runs, too.`,
		Example:           "  agenthost audit my.hcl --since 24h",
		Args:              needs(0, "a configuration, a host's data folder, or a journal's file"),
		ValidArgsFunction: configAt(0),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), argument(args, 0)) },
	}
	a.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&a.since, "since", "", "from then on: a `TIME` before now such as 24h, a date, or a moment")
	f.IntVar(&a.limit, "limit", 100, "at most so many, the newest")
	completeFlag(cmd, "since", cobra.NoFileCompletions)
	completeFlag(cmd, "limit", cobra.NoFileCompletions)
	return cmd
}

func (a *auditCommand) run(ctx context.Context, arg string) error {
	since, err := parseSince(a.since, time.Now())
	if err != nil {
		return err
	}
	if a.limit < 1 || a.limit > admin.OrdersMax {
		return usageError{fmt.Errorf("--limit %d: write 1 to %d", a.limit, admin.OrdersMax)}
	}
	return a.read(ctx, arg, func(s source, _ *place) error {
		list, err := s.Audits(ctx, admin.AuditQuery{Since: since, Limit: a.limit})
		if err != nil {
			return err
		}
		return a.print(&list)
	})
}

func (a *auditCommand) print(list *admin.AuditList) error {
	if a.json {
		return encode(a.out, list.Entries...)
	}
	if list.Total == 0 {
		_, err := fmt.Fprintln(a.out, "nobody has changed anything")
		return err
	}
	t := newTable(a.out)
	t.row("time (UTC)", "what", "by", "from", "reason")
	for i := range list.Entries {
		x := &list.Entries[i]
		what := x.Subject + " " + x.ID + " " + x.Act
		if x.ID == "" {
			what = x.Subject + " " + x.Act
		}
		if x.Detail != "" {
			what += " " + x.Detail
		}
		t.row(when(x.Time), cut(what, whatMax), x.By, x.From, x.Reason)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if more := list.Total - len(list.Entries); more > 0 {
		fmt.Fprintf(a.out, "and %d older: --limit\n", more)
	}
	return nil
}

// whatMax is how much of a change a table shows; --json has all.
const whatMax = 72

// cut is the beginning of a text that is too long for a table.
func cut(text string, bytesMax int) string {
	if len(text) <= bytesMax {
		return text
	}
	return strings.ToValidUTF8(text[:bytesMax], "") + "…"
}

// Audits are the changes in a journal.
func (s *journalSource) Audits(_ context.Context, q admin.AuditQuery) (admin.AuditList, error) {
	streams, err := s.journal.Streams()
	if err != nil {
		return admin.AuditList{}, err
	}
	var all []admin.AuditEntry
	for _, i := range streams {
		for e, err := range s.journal.Read(i.Name, 1) {
			if err != nil {
				return admin.AuditList{}, err
			}
			if x, ok := host.AuditEntry(i.Name, &e); ok {
				all = append(all, x)
			}
		}
	}
	host.SortAudits(all)
	return q.Select(all), nil
}
