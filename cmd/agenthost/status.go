package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

type statusCommand struct{ hostFlags }

func newStatus(con *console) *cobra.Command {
	s := &statusCommand{hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "status [CONFIG]",
		Short: "Show how a running host, its agents and its accounts are",
		Long: `status asks the host that runs a configuration: each agent's mode and why,
its equity, positions and open orders; each account's breaker, what is unknown
there, and when books and venue were last found equal; alerts that last; space
on disk. The exit code is 1 if no host is running.

The host is found by its CONFIG, by --socket, or by AGENTHOST_SOCKET in the
environment; so with every command that asks or tells a running host.`,
		Example:           "  agenthost status my.hcl\n  agenthost status --socket /var/lib/agenthost/control.sock --json",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.tell(argument(args, 0), func(c *admin.Client, p *place) error { return s.run(cmd.Context(), c, p) })
		},
	}
	s.flags(cmd)
	return cmd
}

func (s *statusCommand) run(ctx context.Context, c *admin.Client, p *place) error {
	st, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return encode(s.out, st)
	}
	fmt.Fprintf(s.out, "host %d runs %s since %s (%s)\n", st.PID, visible(st.Config), when(st.Started), ago(st.Started, st.Time))
	for _, section := range []func(*admin.Status, *place) error{s.agents, s.accounts, s.alerts, s.disk, s.next} {
		if err := section(&st, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *statusCommand) agents(st *admin.Status, _ *place) error {
	fmt.Fprintln(s.out)
	t := newTable(s.out)
	t.row("agent", "mode", "equity", "drawdown", "open", "unknown", "letters", "last bar", "last tick", "ticks", "traps")
	for i := range st.Agents {
		a := &st.Agents[i]
		t.row(a.Name, a.Mode, strings.TrimSpace(money(a.Equity)+" "+a.Currency), percent(a.Drawdown), a.OpenOrders, a.UnknownOrders, a.DeadLetters,
			ago(a.LastBar, st.Time), ago(a.LastTick, st.Time), a.Ticks, a.Traps)
	}
	if err := t.flush(); err != nil {
		return err
	}
	for i := range st.Agents {
		s.agentDetails(&st.Agents[i], st.Time)
	}
	return nil
}

// agentDetails are why an agent is in its mode, and what it holds.
func (s *statusCommand) agentDetails(a *admin.AgentStatus, now int64) {
	if a.Failed != "" {
		fmt.Fprintf(s.out, "  %s stopped: %s\n", a.Name, visible(a.Failed))
	}
	if a.Quarantined {
		fmt.Fprintf(s.out, "  %s is quarantined after %s in a row: its strategy is not called any more\n", a.Name, plural(a.TrapsInRow, "failed tick"))
	}
	for _, r := range a.Reasons {
		fmt.Fprintf(s.out, "  %s is %s for %s\n", a.Name, a.Mode, reasonText(&r, now))
	}
	for _, p := range a.Positions {
		fmt.Fprintf(s.out, "  %s holds %s\n", a.Name, positionText(&p))
	}
}

func reasonText(r *admin.ModeReason, now int64) string {
	since := ""
	if r.Since != 0 {
		since = " since " + ago(r.Since, now)
	}
	text := fmt.Sprintf("%s (%s%s): %s", r.Condition, r.Mode, since, visible(r.Text))
	if r.By != "" {
		text += ", by " + visible(r.By)
	}
	if r.Latched {
		text += "; it stays until a person sets the mode"
	}
	return text
}

func positionText(p *admin.Position) string {
	text := fmt.Sprintf("%s %s", p.Quantity, visible(p.Instrument))
	if p.Price != "" {
		text += " at " + p.Price
	}
	if p.Mark != "" {
		text += ", now " + p.Mark
	}
	if p.Unrealized != "" {
		text += ", unrealized " + p.Unrealized
	}
	if p.Dust {
		text += ", dust: too little for the venue to take"
	}
	return text
}

// percent writes a fraction such as "0.0512" as people read it; empty stays so.
func percent(fraction string) string {
	var f float64
	if _, err := fmt.Sscan(fraction, &f); err != nil {
		return fraction
	}
	return fmt.Sprintf("%.2f %%", 100*f)
}

func (s *statusCommand) accounts(st *admin.Status, p *place) error {
	fmt.Fprintln(s.out)
	t := newTable(s.out)
	t.row("account", "breaker", "in flight", "unknown", "letters", "reconciled", "clock")
	for i := range st.Accounts {
		a := &st.Accounts[i]
		breaker := a.Breaker
		if a.BreakerUntil > st.Time {
			breaker += " for " + rounded(time.Duration(a.BreakerUntil-st.Time))
		}
		t.row(a.Venue+"/"+a.Account, breaker, a.InFlight, a.Unknown, a.DeadLetters, ago(a.Reconciled, st.Time), skewText(a.Skew))
	}
	if err := t.flush(); err != nil {
		return err
	}
	for i := range st.Accounts {
		s.accountDetails(&st.Accounts[i], p)
	}
	return nil
}

// accountDetails are what is wrong with an account, and what can be done once it is put right.
func (s *statusCommand) accountDetails(a *admin.AccountStatus, p *place) {
	name := a.Venue + "/" + a.Account
	if a.BreakerReason != "" {
		fmt.Fprintf(s.out, "  %s: breaker %s: %s\n", name, a.Breaker, visible(a.BreakerReason))
	}
	if a.Held {
		fmt.Fprintf(s.out, "  %s is held, nothing that adds is sent: %s\n", name, visible(a.HeldReason))
		fmt.Fprintf(s.out, "    once it is put right: agenthost account release %s%s --reason \"…\"\n", name, p.arguments)
	}
	for _, d := range a.Differences {
		fmt.Fprintf(s.out, "  %s differs in %s: %s by our books, %s at the venue\n", name, visible(d.Instrument), d.Ours, d.Theirs)
	}
	if a.DifferReason != "" {
		fmt.Fprintf(s.out, "  %s: %s\n", name, visible(a.DifferReason))
	}
	if len(a.Differences) > 0 || a.DifferReason != "" {
		fmt.Fprintf(s.out, "    once it is looked into: agenthost account reconcile %s%s --reason \"…\"\n", name, p.arguments)
	}
}

// money rounds to two decimals, as people count; what is no number stays as it is.
func money(amount string) string {
	v, err := event.ParseDecimal(amount, event.MoneyDecimals)
	if err != nil {
		return amount
	}
	return event.FormatFixed(v, event.MoneyDecimals, 2)
}

func skewText(d time.Duration) string {
	switch {
	case d != 0 && d < time.Millisecond && d > -time.Millisecond:
		return "in step"
	case d > 0:
		return rounded(d) + " ahead"
	case d < 0:
		return rounded(-d) + " behind"
	}
	return ""
}

func (s *statusCommand) alerts(st *admin.Status, _ *place) error {
	if len(st.Alerts) == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	t := newTable(s.out)
	t.row("alert", "level", "of", "since", "what")
	for _, a := range st.Alerts {
		of := a.Agent
		if of == "" && a.Venue != "" {
			of = a.Venue + "/" + a.Account
		}
		text := a.Text
		if a.Times > 1 {
			text += fmt.Sprintf(" (found %d times)", a.Times)
		}
		if a.Undelivered != "" {
			text += " (not delivered: " + a.Undelivered + ")"
		}
		t.row(a.Key, a.Level, of, ago(a.Since, st.Time), text)
	}
	return t.flush()
}

func (s *statusCommand) disk(st *admin.Status, _ *place) error {
	d := &st.Disk
	if d.Path == "" {
		return nil
	}
	state := "can be written"
	if !d.Writable {
		state = "CANNOT BE WRITTEN, nothing is sent"
	}
	if d.Problem != "" {
		state += ": " + visible(d.Problem)
	}
	low := ""
	if d.Low {
		low = " (low: nothing that adds is sent)"
	}
	_, err := fmt.Fprintf(s.out, "\njournal in %s %s; %d MiB of it, %d MiB free%s, %d MiB of ballast; %s\n", visible(d.Path), state, d.Journal>>20, d.Free>>20, low, d.Ballast>>20, daysLeft(d))
	return err
}

// daysLeft says how long the disk lasts.
func daysLeft(d *admin.DiskStatus) string {
	switch {
	case d.DaysLeft == nil:
		return "days of disk left: unknown until ten minutes are measured"
	case *d.DaysLeft >= host.DaysMax:
		return "it does not grow"
	case *d.DaysLeft < 10:
		return fmt.Sprintf("%.1f days of disk left at %.1f MiB a day", *d.DaysLeft, float64(*d.GrowthPerDay)/(1<<20))
	}
	return fmt.Sprintf("%.0f days of disk left at %.1f MiB a day", *d.DaysLeft, float64(*d.GrowthPerDay)/(1<<20))
}

// next says what a person should look at.
func (s *statusCommand) next(st *admin.Status, p *place) error {
	letters := 0
	for i := range st.Agents {
		letters += st.Agents[i].DeadLetters
	}
	if letters == 0 {
		return nil
	}
	_, err := fmt.Fprintf(s.out, "\n%s for a person: agenthost dlq stats%s\n", waits(letters, "dead letter"), p.arguments)
	return err
}

func waits(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " waits"
	}
	return plural(n, noun) + " wait"
}
