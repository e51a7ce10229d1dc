package host

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// letterFold is the dead letters of all streams, and what was done with them, as far as it has been read.
// What is durable stays, so it goes on where it was, also after the journal has been opened anew.
type letterFold struct {
	book admin.Book
	read map[string]uint64 // the last position read, by stream
	// audits are the newest acts of persons, in the order in which they were read.
	audits []admin.AuditEntry
}

// stream takes in what is new in a stream.
func (f *letterFold) stream(j *journal.Journal, name string) error {
	if f.read == nil {
		f.read = map[string]uint64{}
	}
	for e, err := range j.ReadKept(name, f.read[name]+1) {
		if err != nil {
			return err
		}
		if err := f.entry(name, &e); err != nil {
			return fmt.Errorf("stream %s, position %d: %w", name, e.Position, err)
		}
		f.read[name] = e.Position
	}
	return nil
}

func (f *letterFold) entry(stream string, e *journal.Entry) error {
	switch e.Kind {
	case journal.KindDeadLetter:
		var l event.Letter
		if err := json.Unmarshal(e.Body, &l); err != nil {
			return fmt.Errorf("read dead letter: %w", err)
		}
		f.book.Letter(l, stream, e.Position)
	case journal.KindAudit:
		f.audit(stream, e)
		act, ok, err := event.ReadLetterAct(e.Body)
		if err != nil {
			return err
		}
		if ok {
			f.book.Act(act)
		}
	}
	return nil
}

// Letters are all dead letters of the host's agents and accounts.
func (c *Control) Letters(context.Context) ([]admin.Letter, error) {
	if err := c.readLetters(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.letters.book.Letters(), nil
}

// readLetters takes in what is new, on the caller's own goroutine: a long history holds up no order.
func (c *Control) readLetters() error {
	workers, err := c.workers()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range workers {
		for _, s := range w.live.streams {
			if err := c.letters.stream(w.live.journal, s.Name()); err != nil {
				return w.unlessStopped(err)
			}
		}
	}
	return nil
}

// unlessStopped: what fails because the group has ended meanwhile, and its journal with it, is no error of its own.
func (w *worker) unlessStopped(err error) error {
	select {
	case <-w.stopped:
		return notAtWork()
	default:
		return err
	}
}

// letter finds one, and the group of its stream.
func (c *Control) letter(id string) (admin.Letter, *worker, error) {
	if err := c.readLetters(); err != nil {
		return admin.Letter{}, nil, err
	}
	c.mu.Lock()
	letter, ok := c.letters.book.Get(id)
	c.mu.Unlock()
	if !ok {
		return admin.Letter{}, nil, admin.Missing("dead letter", id)
	}
	workers, err := c.workers()
	if err != nil {
		return admin.Letter{}, nil, err
	}
	for _, w := range workers {
		for _, s := range w.live.streams {
			if s.Name() == letter.Stream {
				return letter, w, nil
			}
		}
	}
	return admin.Letter{}, nil, notAtWork()
}

// Undelivered keeps an alert that could not be told as a dead letter: of its account, or of the first one.
func (c *Control) Undelivered(ctx context.Context, letter event.Letter) error {
	workers, err := c.workers()
	if err != nil {
		return err
	}
	to := workers[0]
	for _, w := range workers {
		if w.group.Plan.Venue == letter.Venue && w.group.Plan.Account == letter.Account {
			to = w
		}
	}
	return answered(to.order(ctx, Command{Dead: &letter}))
}

// Resolve settles a letter by a person's word.
func (c *Control) Resolve(ctx context.Context, id string, r admin.Resolve) (resolved admin.Letter, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{r.Act, "dead letter", id, "resolve", false}, err) }()
	letter, w, err := c.letter(id)
	if err != nil {
		return admin.Letter{}, err
	}
	if letter.State == admin.LetterResolved {
		return admin.Letter{}, admin.Refuse("state", "it is resolved already, as %s by %s", letter.Resolution.As, letter.Resolution.By)
	}
	command := Command{Letter: &event.LetterAct{
		ID: id, Act: event.LetterResolved, By: identity(r.Act), Reason: r.Reason, As: r.As, Filled: r.Filled, Price: r.Price, Origin: originOf(r.Act),
	}}
	if name, ok := strings.CutPrefix(letter.Stream, "agent/"); ok {
		command.Agent = name
	}
	failure := error(nil)
	err = ask(ctx, w, func(l *Live) { command.Act, failure = resolution(l, &letter, &r) })
	if err == nil {
		err = failure
	}
	if err == nil {
		err = answered(w.order(ctx, command))
	}
	if err != nil {
		return admin.Letter{}, err
	}
	letter, _, err = c.letter(id)
	return letter, err
}

// resolution is what the lane is told; nothing where nothing is left to decide.
func resolution(l *Live, letter *admin.Letter, r *admin.Resolve) (execution.Act, error) {
	none := execution.Act{}
	if letter.Order == nil {
		if r.As != event.LetterNoted {
			return none, admin.Refuse("state", "it is about %s: nothing is left to decide; resolve it as noted", article(letter.Kind))
		}
		return none, nil
	}
	o, known := l.lane.Order(parseID(letter.Order.ID))
	doubtful := known && o.Order.State == event.StateUnknown
	switch {
	case doubtful && r.As == event.LetterNoted:
		return none, admin.Refuse("state", "nobody knows what became of the order; look at the venue and say so: --as filled, cancelled or absent")
	case doubtful:
		return ending(l, &o, r)
	case r.As != event.LetterNoted && !(letter.Kind == event.LetterCancel && known && o.Life.State.Final()):
		return none, admin.Refuse("state", "%s", decided(&o, known))
	case known && o.Letter && o.Life.State.Final():
		return execution.Act{Kind: execution.ActResolve, Order: o.Order.ID, Ending: event.OrderState(o.Life.State), Filled: o.Life.Filled, Who: identity(r.Act), Why: r.Reason}, nil
	}
	return none, nil
}

func article(kind string) string {
	if kind == event.LetterAlert {
		return "an alert"
	}
	return "a " + kind
}

// decided says why a person's word is not needed.
func decided(o *execution.OrderStatus, known bool) string {
	switch {
	case !known:
		return "the order is over for long, and the books are closed on it; resolve it as noted"
	case o.Life.State.Final():
		return fmt.Sprintf("the order is %s, which is not in doubt; resolve it as noted", o.Life.State)
	}
	return fmt.Sprintf("the order is %s by the venue's own word, and the host goes on asking; resolve it as noted, or ask the venue now with agenthost account reconcile", o.Life.State)
}

// ending puts a person's word about an Unknown order into the lane's words.
func ending(l *Live, o *execution.OrderStatus, r *admin.Resolve) (act execution.Act, err error) {
	in := &l.plan.Instruments[o.Order.Instrument]
	act = execution.Act{Kind: execution.ActResolve, Order: o.Order.ID, Ending: event.StateCancelled, Filled: o.Life.Filled, Who: identity(r.Act), Why: r.Reason}
	quantity := max(o.Life.Quantity, o.Life.ReplaceQuantity)
	if r.Filled != "" {
		if act.Filled, err = event.ParseDecimal(r.Filled, in.QuantityDecimals); err != nil {
			return act, &admin.Invalid{Message: fmt.Sprintf("filled %q: %v; %s has %d decimals", r.Filled, err, in.Name, in.QuantityDecimals)}
		}
	} else if r.As == event.LetterFilled {
		if act.Filled = quantity; quantity == 0 {
			return act, &admin.Invalid{Message: "say how much was filled: the order's size is a fraction or an amount of money"}
		}
	}
	if r.Price != "" {
		if act.Price, err = event.ParseDecimal(r.Price, in.PriceDecimals); err != nil {
			return act, &admin.Invalid{Message: fmt.Sprintf("price %q: %v; %s has %d decimals", r.Price, err, in.Name, in.PriceDecimals)}
		}
	}
	switch {
	case r.As == event.LetterFilled && act.Filled >= quantity:
		act.Ending = event.StateFilled
	case r.As == event.LetterAbsent && o.Life.Filled > 0:
		return act, admin.Refuse("state", "%s of it are filled already: it was at the venue; resolve it as filled or cancelled", event.FormatDecimal(o.Life.Filled, in.QuantityDecimals))
	}
	return act, nil
}
