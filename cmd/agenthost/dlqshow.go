package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

type dlqShow struct{ hostFlags }

func newDLQShow(con *console) *cobra.Command {
	d := &dlqShow{hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:               "show ID [CONFIG]",
		Short:             "Show one dead letter: what happened, what it means, what can be done",
		Example:           "  agenthost dlq show a6e75d0c93be4f2f00000000000000a1 my.hcl",
		Args:              needs(1, "a dead letter's id", "a configuration, or a run's folder"),
		ValidArgsFunction: configAt(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.read(cmd.Context(), argument(args, 1), func(s source, p *place) error { return d.run(cmd.Context(), s, p, args[0]) })
		},
	}
	d.flags(cmd)
	return cmd
}

func (d *dlqShow) run(ctx context.Context, s source, p *place, id string) error {
	l, err := s.Letter(ctx, id)
	if err != nil {
		return err
	}
	if d.json {
		return encode(d.out, l)
	}
	fmt.Fprintf(d.out, "%s, a dead letter of kind %s, %s\n", l.ID, l.Kind, l.State)
	t := newTable(d.out)
	t.fact("when", when(l.Time))
	t.fact("agent", l.Agent)
	if l.Venue != "" {
		t.fact("account", l.Venue+"/"+l.Account)
	}
	t.fact("instrument", l.Instrument)
	t.fact("cause", l.Cause)
	t.fact("message", l.Message)
	orderFacts(t, l.Order)
	tickFacts(t, l.Tick)
	t.fact("module", l.Module)
	t.fact("configuration", l.Config)
	if l.Stream != "" {
		t.fact("journal", fmt.Sprintf("stream %s, position %d", l.Stream, l.Position))
	}
	if err := t.flush(); err != nil {
		return err
	}
	if err := attemptTable(d.out, l.Attempts); err != nil {
		return err
	}
	d.acts(&l)
	d.advice(&l, p)
	return nil
}

func orderFacts(t *table, o *event.LetterOrderFacts) {
	if o == nil {
		return
	}
	text := fmt.Sprintf("%s %s, %s, %s", o.Side, o.Size, o.Type, o.TIF)
	if o.Price != "" {
		text += ", price " + o.Price
	}
	if o.StopPrice != "" {
		text += ", stop " + o.StopPrice
	}
	if o.ReduceOnly {
		text += ", reduce-only"
	}
	t.fact("order", text)
	t.fact("order id", o.ID)
	t.fact("venue's id", o.VenueOrder)
	t.fact("state", o.State)
	t.fact("filled", o.Filled)
	t.fact("tag", o.Tag)
	t.fact("created", when(o.Created))
	if o.ValidUntil != 0 {
		t.fact("valid until", when(o.ValidUntil))
	}
}

func tickFacts(t *table, k *event.LetterTickFacts) {
	if k == nil {
		return
	}
	t.fact("turn", k.Turn)
	t.fact("trap", k.Trap)
	if k.Code != 0 {
		t.fact("code", k.Code)
	}
	t.fact("fuel", fmt.Sprintf("%d of %d units", k.Fuel, k.Budget))
	t.fact("stack", strings.Join(k.Stack, " < "))
	t.fact("printed", k.Printed)
	t.fact("input", plural(len(k.Input), "byte")+", in base64 with --json")
}

func attemptTable(out interface{ Write([]byte) (int, error) }, attempts []event.LetterAttempt) error {
	if len(attempts) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	t := newTable(out)
	t.row("attempt", "call", "sent (UTC)", "answered (UTC)", "proves", "cause", "status", "detail")
	for _, a := range attempts {
		answered, status := "no answer", ""
		if a.Answered != 0 {
			answered = when(a.Answered)
		}
		if a.Status != 0 {
			status = fmt.Sprint(a.Status)
		}
		t.row(a.Number, a.Call, when(a.Sent), answered, a.Proof, a.Cause, status, a.Detail)
	}
	return t.flush()
}

func (d *dlqShow) acts(l *admin.Letter) {
	if len(l.Redriven) > 0 || l.Resolution != nil {
		fmt.Fprintln(d.out)
	}
	for _, r := range l.Redriven {
		as := "under its own id"
		if r.NewID != "" {
			as = "as " + r.NewID
		}
		fmt.Fprintf(d.out, "redriven %s at %s by %s: %s\n", as, when(r.Time), visible(r.By), visible(r.Reason))
	}
	if r := l.Resolution; r != nil {
		as := r.As
		if r.Filled != "" {
			as += ", filled " + r.Filled
		}
		if r.Price != "" {
			as += " at " + r.Price
		}
		fmt.Fprintf(d.out, "resolved as %s at %s by %s: %s\n", as, when(r.Time), visible(r.By), visible(r.Reason))
	}
}

// advice says what a pending letter means and what can be done.
func (d *dlqShow) advice(l *admin.Letter, p *place) {
	if meaning := meaningOf(l.Kind, l.Cause); meaning != "" {
		fmt.Fprintf(d.out, "\n%s\n", wrapped(meaning, "", 80))
	}
	if l.State != admin.LetterPending {
		return
	}
	fmt.Fprintf(d.out, "\nwhat can be done\n")
	for _, s := range stepsOf(l.Kind, l.Cause, l.ID, p.arguments) {
		fmt.Fprintf(d.out, "  %s\n", s)
	}
}
