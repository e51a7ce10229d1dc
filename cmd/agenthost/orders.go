package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

func newOrders(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "orders",
		Short: "List orders, or tell one's whole story",
		Long: `orders asks the running host or, where none runs, reads its journal or that of a
run's folder.`,
	}
	cmd.AddCommand(newOrdersList(con), newOrdersShow(con))
	return group(cmd)
}

type ordersList struct {
	hostFlags
	agent, account, instrument, state, since string
	limit                                    int
}

// orderStates are the words of --state.
var orderStates = []string{
	admin.OrdersOpen, admin.OrdersOver, admin.OrdersAll,
	"pending", "in_flight", "partial", "cancel_pending", "replace_pending", "unknown", "contingent",
	"filled", "cancelled", "expired", "rejected", "denied",
}

func newOrdersList(con *console) *cobra.Command {
	o := &ordersList{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "list [CONFIG]",
		Short: "List orders, the oldest first",
		Long: `list prints the orders that are not over, or those that --state names: open (not
over), over, all, or one state such as unknown or rejected.`,
		Example:           "  agenthost orders list my.hcl\n  agenthost orders list my.hcl --state unknown\n  agenthost orders list runs/20261123-181500-demo --state all --agent sma --json",
		Args:              needs(0, "a configuration, or a run's folder"),
		ValidArgsFunction: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := o.query()
			if err != nil {
				return err
			}
			return o.read(cmd.Context(), argument(args, 0), func(s source, p *place) error { return o.run(cmd.Context(), s, p, q) })
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.agent, "agent", "", "only this agent's")
	f.StringVar(&o.account, "account", "", "only of this `VENUE/ACCOUNT`")
	f.StringVar(&o.instrument, "instrument", "", "only of this instrument")
	f.StringVar(&o.state, "state", admin.OrdersOpen, "open, over, all, or one state")
	f.StringVar(&o.since, "since", "", "only since `WHEN`: 24h, 2026-11-23, or a moment")
	limitFlag(cmd, &o.limit, "orders")
	completeFlag(cmd, "state", words(orderStates...))
	for _, flag := range []string{"agent", "account", "instrument", "since"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (o *ordersList) query() (q admin.OrderQuery, err error) {
	q = admin.OrderQuery{Agent: o.agent, Instrument: o.instrument, State: o.state, Limit: o.limit}
	if !slices.Contains(orderStates, o.state) {
		return q, usageError{fmt.Errorf("--state %q: write %s", o.state, strings.Join(orderStates, ", "))}
	}
	if o.account != "" {
		t, err := parseTarget(o.account)
		if err != nil || t.Agent != "" {
			return q, usageError{fmt.Errorf("--account %q: write VENUE/ACCOUNT", o.account)}
		}
		q.Venue, q.Account = t.Venue, t.Account
	}
	if err := checkLimit(o.limit); err != nil {
		return q, err
	}
	q.Since, err = parseSince(o.since, time.Now())
	return q, err
}

func (o *ordersList) run(ctx context.Context, s source, p *place, q admin.OrderQuery) error {
	list, err := s.Orders(ctx, q)
	if err != nil {
		return err
	}
	if o.json {
		return encode(o.out, list.Orders...)
	}
	if list.Total == 0 {
		hint := ""
		if o.state == admin.OrdersOpen {
			hint = "; --state all shows those that are over, too"
		}
		_, err := fmt.Fprintf(o.out, "no order fits%s\n", hint)
		return err
	}
	t := newTable(o.out)
	t.row("created (UTC)", "id", "agent", "instrument", "side", "size", "filled", "type", "price", "state")
	for i := range list.Orders {
		x := &list.Orders[i]
		t.row(when(x.Created), x.ID, x.Agent, x.Instrument, x.Side, sizeText(x), x.Filled, x.Type, priceText(x), x.State)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if more := list.Total - len(list.Orders); more > 0 {
		fmt.Fprintf(o.out, "\n%d newer ones are not shown; --limit shows more\n", more)
	}
	_, err = fmt.Fprintf(o.out, "\na whole story: agenthost orders show ID%s\n", p.arguments)
	return err
}

// sizeText writes what is ordered: units, money, or a part of the equity.
func sizeText(o *admin.Order) string {
	switch o.SizeKind {
	case "notional":
		return o.Size + " of money"
	case "fraction":
		return percent(o.Size)
	}
	return o.Size
}

func priceText(o *admin.Order) string {
	switch {
	case o.StopPrice != "" && o.Price != "":
		return "stop " + o.StopPrice + ", " + o.Price
	case o.StopPrice != "":
		return "stop " + o.StopPrice
	}
	return o.Price
}

type ordersShow struct{ hostFlags }

func newOrdersShow(con *console) *cobra.Command {
	o := &ordersShow{hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:               "show ID [CONFIG]",
		Short:             "Tell an order's whole story",
		Long:              `show prints an order and all that became of it, in order: admission, each sending, each answer and what it proves, fills, wishes to cancel, and what persons did.`,
		Example:           "  agenthost orders show a6e75d0c93be4f2f00000000000000a1 my.hcl",
		Args:              needs(1, "an order's id", "a configuration, or a run's folder"),
		ValidArgsFunction: configAt(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.read(cmd.Context(), argument(args, 1), func(s source, p *place) error { return o.run(cmd.Context(), s, p, args[0]) })
		},
	}
	cmd.Long = wrapped(cmd.Long, "", 80)
	o.flags(cmd)
	return cmd
}

func (o *ordersShow) run(ctx context.Context, s source, p *place, id string) error {
	story, err := s.Order(ctx, id)
	if err != nil {
		return err
	}
	if o.json {
		return encode(o.out, story)
	}
	x := &story.Order
	fmt.Fprintf(o.out, "%s: %s %s %s, %s\n", x.ID, x.Side, sizeText(x), visible(x.Instrument), strings.ToUpper(x.State))
	if err := o.facts(x); err != nil {
		return err
	}
	fmt.Fprintln(o.out)
	t := newTable(o.out)
	t.row("time (UTC)", "what", "attempt", "proves", "details")
	for i := range story.Events {
		e := &story.Events[i]
		attempt := ""
		if e.Attempt != 0 {
			attempt = fmt.Sprintf("%s %d", e.Call, e.Attempt)
		}
		t.row(when(e.Time), e.What, attempt, e.Proof, eventText(e))
	}
	if err := t.flush(); err != nil {
		return err
	}
	for i := range story.Letters {
		l := &story.Letters[i]
		fmt.Fprintf(o.out, "\nit has a dead letter, %s (%s): agenthost dlq show %s%s\n", visible(l.Cause), l.State, l.ID, p.arguments)
	}
	return nil
}

func (o *ordersShow) facts(x *admin.Order) error {
	t := newTable(o.out)
	t.fact("agent", x.Agent)
	if x.Venue != "" {
		t.fact("account", x.Venue+"/"+x.Account)
	}
	kind := strings.TrimSpace(x.Type + " " + strings.TrimPrefix(priceText(x), x.Type+" "))
	t.fact("type", strings.TrimSuffix(kind+", "+x.TIF, ", "))
	t.fact("filled", x.Filled)
	t.fact("venue's id", x.VenueOrder)
	t.fact("redrives", x.Redrives)
	t.fact("redriven as", x.RedrivenAs)
	var flags []string
	for _, f := range []struct {
		set  bool
		name string
	}{{x.ReduceOnly, "reduce-only"}, {x.PostOnly, "post-only"}, {x.ByHost, "made by the host"}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	t.fact("flags", strings.Join(flags, ", "))
	t.fact("tag", x.Tag)
	if x.ValidUntil != 0 {
		t.fact("valid until", when(x.ValidUntil))
	}
	return t.flush()
}

// eventText says what is worth saying of one thing that became of an order.
func eventText(e *admin.OrderEvent) string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", e.Quantity)
	add("at %s", e.Price)
	add("fee %s", e.Fee)
	add("trade %s", e.Trade)
	add("%s", e.Cause)
	if e.Status != 0 {
		parts = append(parts, fmt.Sprint(e.Status))
	}
	add("%s", e.Text)
	return strings.Join(parts, ", ")
}
