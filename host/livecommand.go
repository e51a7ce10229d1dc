package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// Command is a person's act on an agent or on the account.
type Command struct {
	// Agent and Mode: ModeFull takes back what was ordered before and opens what has latched;
	// ModeObservation halts, ModeShutdown flattens. By and Why are kept in the journal.
	Agent   string
	Mode    event.Mode
	By, Why string
	// Stop carries out each agent's on_stop.
	Stop bool
	// Act, if its kind is set, goes to the lane.
	Act execution.Act
	// Redrive, if it is set, tries an order again, with By and Why; what came of it is filled in.
	Redrive *Redrive
	// Letter, if it is set, is what was done with a dead letter, to be kept beside it: in the stream of
	// Agent, or in the lane's where Agent is empty.
	Letter *event.LetterAct
	// Dead, if it is set, is something that could not be done, to be kept in the lane's stream.
	Dead *event.Letter
	// swap, if it is set, puts something else to work in Agent.
	swap *swapCommand
	// checkpoint, if it is set, asks for one.
	checkpoint *checkpointWish
	// Audit, if it is set, is kept in the lane's stream with what is changed; alone it changes nothing.
	Audit *event.Audit
	// Done is told when the act is durable, or why it was refused.
	Done func(error)
}

// RefusedError says why a person's act was not carried out.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// command is a person's act.
func (l *Live) command(ctx context.Context, c *Command) error {
	refuse := func(err error) error {
		if c.Done != nil {
			c.Done(err)
		}
		return nil
	}
	if c.checkpoint != nil {
		if err := l.want(c.checkpoint); err != nil {
			return refuse(err)
		}
	}
	if c.Dead != nil {
		if err := l.keepLetter(c.Dead); err != nil {
			return err
		}
	} else if c.swap != nil {
		err := l.takeOver(ctx, c)
		if refused := (*RefusedError)(nil); errors.As(err, &refused) {
			return refuse(err)
		}
		if err != nil {
			return err
		}
	} else if c.Redrive != nil {
		err := l.redrive(ctx, c)
		if refused := (*RefusedError)(nil); errors.As(err, &refused) {
			return refuse(err)
		}
		if err != nil {
			return err
		}
		if c.Letter != nil && c.Redrive.Anew {
			c.Letter.NewID = c.Redrive.NewID.String()
		}
	} else if c.Act.Kind != 0 {
		err := l.pass(execution.Input{Kind: execution.InputOperator, Act: c.Act})
		if _, refused := err.(*RefusedError); refused {
			return refuse(err)
		}
		if err != nil {
			return err
		}
	} else if c.Letter == nil && c.Stop {
		for _, a := range l.agents {
			if !l.quiet && a.exits() {
				a.inbox.push(event.KindStop, l.now).Reason = c.Why
			}
		}
	} else if c.Letter == nil && (c.Agent != "" || c.Audit == nil) {
		a := l.agentNamed(c.Agent)
		if a == nil {
			return refuse(&RefusedError{fmt.Sprintf("no agent %q in account %s/%s", c.Agent, l.plan.Venue, l.plan.Account)})
		}
		e := a.inbox.push(event.KindOperator, l.now)
		e.Mode, e.Reason = c.Mode, fmt.Sprintf("ordered by %s: %s", c.By, c.Why)
	}
	if c.Letter != nil {
		if err := l.keepAct(c); err != nil {
			return refuse(err)
		}
	}
	if c.Audit != nil {
		if err := l.keepAudit(c.Audit); err != nil {
			return refuse(err)
		}
	}
	if c.Done != nil {
		l.done = append(l.done, c.Done)
	}
	return nil
}

// keepAct writes what a person did with a dead letter into the letter's own stream.
func (l *Live) keepAct(c *Command) error {
	c.Letter.Time = l.now
	body, err := event.AppendLetterAct(nil, c.Letter)
	if err != nil {
		return err
	}
	stream, sequence := l.stream, l.step
	if c.Agent != "" {
		a := l.agentNamed(c.Agent)
		if a == nil {
			return &RefusedError{fmt.Sprintf("no agent %q in account %s/%s", c.Agent, l.plan.Venue, l.plan.Account)}
		}
		stream, sequence = a.ledger.stream, a.sequence
	}
	if stream.Append(journal.KindAudit, sequence, l.now, body) == 0 {
		return stream.Failed()
	}
	return nil
}
