package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// letterChoice is which letters a change is about: one by its id, or the pending ones that fit.
type letterChoice struct {
	letterFilter
	all bool
}

func (c *letterChoice) flags(cmd *cobra.Command) {
	c.letterFilter.flags(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "every pending letter that fits the filters")
}

func (c *letterChoice) args(cmd *cobra.Command, args []string) error {
	if c.all {
		return needs(0, "a configuration file or folder")(cmd, args)
	}
	if c.given() {
		return usageError{errors.New("--kind, --agent, --cause and --since choose among all pending letters: say --all with them, and no id")}
	}
	return needs(1, "a dead letter's id, or --all", "a configuration file or folder")(cmd, args)
}

// split takes the id off the front, if there is one.
func (c *letterChoice) split(args []string) (id, config string) {
	if c.all {
		return "", argument(args, 0)
	}
	return args[0], argument(args, 1)
}

// letters are the ids that are meant, the oldest first.
func (c *letterChoice) letters(ctx context.Context, from changer, id string) ([]string, error) {
	if !c.all {
		return []string{id}, nil
	}
	c.state, c.limit = admin.LetterPending, admin.OrdersMax
	q, err := c.query()
	if err != nil {
		return nil, err
	}
	list, err := from.Letters(ctx, q)
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range list.Letters {
		ids = append(ids, list.Letters[i].ID)
	}
	return ids, nil
}

type dlqRedrive struct {
	hostFlags
	actFlags
	letterChoice
	dryRun bool
	ageMax time.Duration
}

func newDLQRedrive(con *console) *cobra.Command {
	d := &dlqRedrive{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "redrive ID|--all [CONFIG]",
		Short: "Do again what a dead letter could not, with all checks",
		Long: `redrive sends an order again as a first attempt is sent: age, mode, price,
position, risk and breaker are checked at that moment. It goes out under its own
id, if it never reached the venue, or if the venue refuses an id twice. What the
venue rejected, or is proved never to have had, goes out as another order, under
a new id that names the old one; it is admitted anew, as the strategy's orders
are. While nobody knows what became of an order, it is not redriven. --dry-run
makes the checks and sends nothing. With --all the pending letters are taken the oldest first; one
that is refused does not hold up the next, and the exit code is then 1.`,
		Example: `  agenthost dlq redrive a6e75d0c93be4f2f00000000000000a1 my.hcl --dry-run
  agenthost dlq redrive a6e75d0c93be4f2f00000000000000a1 my.hcl --reason "paid in"
  agenthost dlq redrive --all --cause expired my.hcl --age-max 1h --reason "moved"`,
		Args:              d.args,
		ValidArgsFunction: configAt(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args) },
	}
	d.hostFlags.flags(cmd)
	d.actFlags.flags(cmd)
	d.letterChoice.flags(cmd)
	cmd.Flags().BoolVar(&d.dryRun, "dry-run", false, "make all checks, send nothing")
	cmd.Flags().DurationVar(&d.ageMax, "age-max", 0, "refuse what is older (default: as the host does)")
	return cmd
}

func (d *dlqRedrive) run(ctx context.Context, args []string) error {
	if d.dryRun && d.reason == "" {
		d.reason = "a dry run"
	}
	act, err := d.act()
	if err != nil {
		return err
	}
	if d.ageMax < 0 {
		return usageError{fmt.Errorf("--age-max %v: write a duration above zero", d.ageMax)}
	}
	id, config := d.split(args)
	return d.change(ctx, config, func(c changer, _ *place) error {
		ids, err := d.letters(ctx, c, id)
		if err != nil {
			return err
		}
		redrive := admin.Redrive{Act: act, DryRun: d.dryRun, AgeMax: d.ageMax}
		return d.each(ids, func(id string) error {
			r, err := c.Redrive(ctx, id, redrive)
			if err != nil {
				return err
			}
			return d.print(&r)
		})
	})
}

// each does one after the other. What the host refuses is told, and the rest go on; any other error ends it.
func (h *hostFlags) each(ids []string, do func(id string) error) error {
	refused := 0
	for _, id := range ids {
		err := do(id)
		var no *admin.Refusal
		if errors.As(err, &no) || errors.Is(err, errPrinted) {
			refused++
			if no != nil {
				fmt.Fprintf(h.err, "agenthost: %s: %s\n", id, visible(no.Message))
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	switch {
	case len(ids) == 0:
		fmt.Fprintln(h.err, "agenthost: no pending letter fits")
	case refused > 0:
		return errPrinted
	}
	return nil
}

// print says what was done, or would be. A dry run that does not pass is a failure.
func (d *dlqRedrive) print(r *admin.RedriveResult) error {
	var err error
	if d.json {
		err = encode(d.out, r)
	} else {
		err = d.text(r)
	}
	if err == nil && !r.Allowed {
		return errPrinted
	}
	return err
}

func (d *dlqRedrive) text(r *admin.RedriveResult) error {
	done := "goes out again"
	switch {
	case r.DryRun && r.Allowed:
		done = "would go out again"
	case !r.Allowed:
		done = "would NOT go out"
	}
	if r.OrderID != "" && r.SameID {
		done += " under its own id"
	} else if r.OrderID != "" {
		done += " as " + r.OrderID
	} else {
		done += " under a new id"
	}
	fmt.Fprintf(d.out, "%s %s; it is %s old\n", r.ID, done, rounded(r.Age))
	t := newTable(d.out)
	for _, c := range r.Checks {
		passed := "passed"
		if !c.Passed {
			passed = "FAILED"
		}
		t.row("  "+passed, c.Name, c.Text)
	}
	return t.flush()
}

type dlqResolve struct {
	hostFlags
	actFlags
	letterChoice
	as, filled, price string
}

func newDLQResolve(con *console) *cobra.Command {
	d := &dlqResolve{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "resolve ID|--all [CONFIG] --as OUTCOME",
		Short: "Settle a dead letter by your word",
		Long: `resolve says what became of something, for the host's books and for the journal.
Look at the venue first: what you say of an unknown order is believed.

  --as filled      it was executed; in full, or as much as --filled says, at
                   --price, or at the order's own limit
  --as cancelled   it was at the venue and is over; --filled for what was filled
  --as absent      it never was at the venue
  --as noted       seen; there is nothing left to decide (rejected and expired
                   orders, ticks, alerts)`,
		Example: `  agenthost dlq resolve a6e75d0c93be4f2f00000000000000a1 my.hcl \
      --as filled --filled 0.5 --reason "trade 4711 in the venue's history"
  agenthost dlq resolve --all --kind tick my.hcl --as noted --reason "v2"`,
		Args:              d.args,
		ValidArgsFunction: configAt(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args) },
	}
	d.hostFlags.flags(cmd)
	d.actFlags.flags(cmd)
	d.letterChoice.flags(cmd)
	cmd.Flags().StringVar(&d.as, "as", "", "filled, cancelled, absent or noted")
	cmd.Flags().StringVar(&d.filled, "filled", "", "the executed quantity, as a decimal number")
	cmd.Flags().StringVar(&d.price, "price", "", "at what price (default: the order's own limit)")
	completeFlag(cmd, "as", words(event.LetterFilled, event.LetterCancelled, event.LetterAbsent, event.LetterNoted))
	for _, flag := range []string{"filled", "price"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (d *dlqResolve) run(ctx context.Context, args []string) error {
	switch d.as {
	case event.LetterFilled, event.LetterCancelled, event.LetterAbsent, event.LetterNoted:
	case "":
		return usageError{errors.New("say what became of it: --as filled, cancelled, absent or noted")}
	default:
		return usageError{fmt.Errorf("--as %q: write filled, cancelled, absent or noted", d.as)}
	}
	if d.all && d.as != event.LetterNoted {
		return usageError{fmt.Errorf("--all with --as %s: what became of an order is said of one at a time", d.as)}
	}
	act, err := d.act()
	if err != nil {
		return err
	}
	id, config := d.split(args)
	return d.change(ctx, config, func(c changer, _ *place) error {
		ids, err := d.letters(ctx, c, id)
		if err != nil {
			return err
		}
		return d.each(ids, func(id string) error {
			l, err := c.Resolve(ctx, id, admin.Resolve{Act: act, As: d.as, Filled: d.filled, Price: d.price})
			if err != nil {
				return err
			}
			return d.print(&l)
		})
	})
}

func (d *dlqResolve) print(l *admin.Letter) error {
	if d.json {
		return encode(d.out, l)
	}
	_, err := fmt.Fprintf(d.out, "%s is resolved as %s\n", l.ID, d.as)
	return err
}
