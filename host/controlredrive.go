package host

import (
	"context"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// Redrive tries an order again with all checks: under its own id if it never went out or the venue refuses to take it
// twice, under a new one if the venue has refused it or is proved never to have had it. What it refuses, it refuses
// with the words of what to do instead.
func (c *Control) Redrive(ctx context.Context, id string, r admin.Redrive) (result admin.RedriveResult, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{r.Act, "dead letter", id, "redrive", r.DryRun}, err) }()
	letter, w, err := c.letter(id)
	if err != nil {
		return admin.RedriveResult{}, err
	}
	if refusal := notAnOrder(letter.Kind); refusal != "" {
		return admin.RedriveResult{}, admin.Refuse("unsupported", "%s", refusal)
	}
	if letter.State != admin.LetterPending {
		return admin.RedriveResult{}, admin.Refuse("state", "the letter is %s", letterState(&letter))
	}
	wish := Redrive{Order: parseID(letter.Order.ID), Time: letter.Time, AgeMax: r.AgeMax}
	if r.DryRun {
		err := ask(ctx, w, func(l *Live) { l.checkRedrive(&wish) })
		return redriveResult(&letter, &wish, true), err
	}
	who := identity(r.Act)
	err = w.order(ctx, Command{
		Redrive: &wish, By: who, Why: r.Reason,
		Letter: &event.LetterAct{ID: id, Act: event.LetterRedriven, By: who, Reason: r.Reason, Origin: originOf(r.Act)},
	})
	if bad := wish.failed(); err != nil && bad != nil {
		return admin.RedriveResult{}, admin.Refuse(bad.Name, "%s", bad.Text)
	}
	return redriveResult(&letter, &wish, false), answered(err)
}

// letterState says what was done with a letter, and by whom.
func letterState(l *admin.Letter) string {
	if l.State == admin.LetterResolved {
		return "resolved as " + l.Resolution.As + " by " + l.Resolution.By
	}
	text := l.State
	if n := len(l.Redriven); n > 0 {
		if text += " by " + l.Redriven[n-1].By; l.Redriven[n-1].NewID != "" {
			text += " as " + l.Redriven[n-1].NewID
		}
	}
	return text
}

func redriveResult(letter *admin.Letter, r *Redrive, dry bool) admin.RedriveResult {
	out := admin.RedriveResult{
		ID: letter.ID, DryRun: dry, Allowed: r.failed() == nil, Age: r.Age, SameID: !r.Anew, Order: letter.Order, Checks: r.Checks,
	}
	switch {
	case !r.Anew:
		out.OrderID = letter.Order.ID
	case !r.NewID.IsZero():
		out.OrderID = r.NewID.String()
	}
	return out
}

// notAnOrder says why there is nothing to do again.
func notAnOrder(kind string) string {
	switch kind {
	case event.LetterTick:
		return "a failed tick is not done again: what the strategy would have been told comes with its next tick; put the strategy right, then resolve the letter as noted"
	case event.LetterAlert:
		return "an alert is not told again: what still lasts is told anew; see that the channel works (agenthost alert test), then resolve the letter as noted"
	case event.LetterCancel:
		return "the host goes on cancelling by itself; look at the venue, and resolve the letter when the order is gone there"
	}
	return ""
}
