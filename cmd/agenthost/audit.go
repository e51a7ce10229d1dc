package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// audit holds what a host's journal says of every order against what a venue's books say.
type audit struct {
	// wrong is what does not fit, in words.
	wrong []string
	// counts of the journaled orders, by what became of them; each is in one of them.
	total, denied, rejected, unsent, letters int
	atVenue                                  map[string]int // by the venue's word for its state
	lost, duplicates, orphans                int
	positions                                []auditPosition
}

// auditPosition is what an account holds of one instrument, in its decimals.
type auditPosition struct{ symbol, host, venue string }

// venueOrder is an order as the venue's books have it.
type venueOrder struct {
	ClientOrderID string `json:"client_order_id"`
	Symbol        string `json:"symbol"`
	Side          string `json:"side"`
	Status        string `json:"status"`
	Filled        string `json:"filled_quantity"`
}

// venuePosition is a position as the venue's books have it: signed.
type venuePosition struct {
	Symbol   string `json:"symbol"`
	Quantity string `json:"quantity"`
}

// newAudit compares orders. lettered are those that wait for a person, books all that the venue has.
func newAudit(orders []admin.Order, lettered map[string]bool, books []venueOrder) *audit {
	a := &audit{atVenue: map[string]int{}}
	byID := map[string][]venueOrder{}
	for _, v := range books {
		byID[v.ClientOrderID] = append(byID[v.ClientOrderID], v)
	}
	for i := range orders {
		at := byID[orders[i].ID]
		delete(byID, orders[i].ID)
		for _, id := range orders[i].SentAs {
			at = joined(at, byID[id])
			delete(byID, id)
		}
		a.order(&orders[i], lettered[orders[i].ID] && orders[i].State == "unknown", at)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		a.orphans++
		a.fail("order %q is at the venue and in no journal", id)
	}
	return a
}

// joined is one order that the venue knows by two ids, one after the other: it stands as the later one does, and
// what both filled is filled. Orders of one id stay apart: they are duplicates.
func joined(first, next []venueOrder) []venueOrder {
	if len(first) != 1 || len(next) != 1 {
		return append(first, next...)
	}
	both := next[0]
	a, errA := event.ParseDecimal(first[0].Filled, event.DecimalsMax)
	b, errB := event.ParseDecimal(next[0].Filled, event.DecimalsMax)
	if errA != nil || errB != nil {
		return append(first, next...)
	}
	both.Filled = event.FormatDecimal(a+b, event.DecimalsMax)
	return []venueOrder{both}
}

// add takes in what was found of another account.
func (a *audit) add(b *audit) {
	a.wrong, a.positions = append(a.wrong, b.wrong...), append(a.positions, b.positions...)
	a.total, a.denied, a.rejected, a.unsent, a.letters = a.total+b.total, a.denied+b.denied, a.rejected+b.rejected, a.unsent+b.unsent, a.letters+b.letters
	a.lost, a.duplicates, a.orphans = a.lost+b.lost, a.duplicates+b.duplicates, a.orphans+b.orphans
	for status, n := range b.atVenue {
		a.atVenue[status] += n
	}
}

func (a *audit) fail(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf(format, args...))
}

// order puts one order where it belongs, and looks whether both sides tell the same of it.
func (a *audit) order(o *admin.Order, lettered bool, at []venueOrder) {
	a.total++
	taken := slices.DeleteFunc(slices.Clone(at), func(v venueOrder) bool { return v.Status == "rejected" })
	if len(taken) > 1 {
		a.duplicates += len(taken) - 1
		a.fail("order %s is at the venue %d times", o.ID, len(taken))
	}
	switch {
	case len(taken) > 0:
		a.taken(o, lettered, &taken[len(taken)-1])
	case o.Filled != "0":
		a.miss(o, "which has never taken it, though %s of it filled", o.Filled)
	case o.State == "rejected":
		a.rejected++
	case len(at) > 0:
		a.rejected++
		if !lettered {
			a.fail("order %s is %s here and was rejected by the venue", o.ID, o.State)
		}
	case o.State == "denied":
		a.denied++
	case o.State == "expired", o.State == "cancelled":
		a.unsent++
	case lettered:
		a.letters++
	default:
		a.miss(o, "where it is not")
	}
}

func (a *audit) miss(o *admin.Order, where string, args ...any) {
	a.lost++
	a.fail("order %s is %s here, and nobody waits for it; at the venue, "+where, append([]any{o.ID, o.State}, args...)...)
}

// taken is an order that the venue has. Where the host does not know that, it has lost it, unless a person was told.
func (a *audit) taken(o *admin.Order, lettered bool, v *venueOrder) {
	a.atVenue[v.Status]++
	if lettered {
		return
	}
	if o.Filled != v.Filled {
		a.fail("order %s: %s filled here, %s at the venue", o.ID, o.Filled, v.Filled)
	}
	open := v.Status == "open" || v.Status == "partially_filled"
	switch {
	case open && (o.Over() || o.State == "pending" || o.State == "in_flight" || o.State == "unknown"):
		a.lost++
		a.fail("order %s rests at the venue and is %s here", o.ID, o.State)
	case !open && o.State != v.Status:
		a.fail("order %s is %s here and %s at the venue", o.ID, o.State, v.Status)
	}
}

// holdings compares positions: what the fills told to agents add up to, and what the venue says.
func (a *audit) holdings(orders []admin.Order, positions []venuePosition) error {
	host, venue := map[string]int64{}, map[string]int64{}
	for i := range orders {
		o := &orders[i]
		v, err := event.ParseDecimal(o.Filled, event.DecimalsMax)
		if err != nil {
			return fmt.Errorf("order %s: filled: %w", o.ID, err)
		}
		if o.Side == event.Sell.String() {
			v = -v
		}
		host[o.Instrument] += v
	}
	for _, p := range positions {
		v, err := event.ParseDecimal(p.Quantity, event.DecimalsMax)
		if err != nil {
			return fmt.Errorf("position in %s: %w", p.Symbol, err)
		}
		venue[p.Symbol] += v
		host[p.Symbol] += 0
	}
	for _, symbol := range slices.Sorted(maps.Keys(host)) {
		a.positions = append(a.positions, auditPosition{symbol, event.FormatDecimal(host[symbol], event.DecimalsMax), event.FormatDecimal(venue[symbol], event.DecimalsMax)})
		if host[symbol] != venue[symbol] {
			last := a.positions[len(a.positions)-1]
			a.fail("position in %s: %s here, %s at the venue", symbol, last.host, last.venue)
		}
	}
	return nil
}

// writeText is the comparison as a table, and what is wrong behind it.
func (a *audit) writeText(w io.Writer) error {
	t := newLines(w)
	t.line("journaled orders", a.total)
	t.line("  denied", a.denied)
	t.line("  rejected", a.rejected)
	t.line("  expired or cancelled unsent", a.unsent)
	there := 0
	for _, status := range slices.Sorted(maps.Keys(a.atVenue)) {
		t.line("  at the venue, "+status, a.atVenue[status])
		there += a.atVenue[status]
	}
	t.line("  dead letters, absent there", a.letters)
	t.line("  sum", a.denied+a.rejected+a.unsent+there+a.letters)
	t.line("duplicates", a.duplicates)
	t.line("lost", a.lost)
	t.line("at the venue, in no journal", a.orphans)
	for _, p := range a.positions {
		t.line("position "+p.symbol, p.host+" here, "+p.venue+" there")
	}
	for i, text := range a.wrong {
		if i == 20 {
			t.line("WRONG", fmt.Sprintf("and %d more", len(a.wrong)-20))
			break
		}
		t.line("WRONG", text)
	}
	return t.err
}

// lines writes lines of a name and a value, and keeps the first error.
type lines struct {
	w   io.Writer
	err error
}

func newLines(w io.Writer) *lines { return &lines{w: w} }

func (l *lines) line(name string, value any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, "%-34s %v\n", name, value)
	}
}

// journaled reads all orders of a journal, and which of them wait for a person.
func (s *journalSource) journaled() (orders []admin.Order, lettered map[string]bool, err error) {
	b := &orderBook{places: map[event.OrderID]int{}}
	if err := s.fold(b); err != nil {
		return nil, nil, err
	}
	if err := s.successors(b.orders); err != nil {
		return nil, nil, err
	}
	letters, err := s.book()
	if err != nil {
		return nil, nil, err
	}
	lettered = map[string]bool{}
	for _, l := range letters.Letters() {
		if l.Kind == event.LetterOrder && l.Order != nil && l.Resolution == nil && l.Cause == "unknown" {
			lettered[l.Order.ID] = true
		}
	}
	return b.orders, lettered, nil
}
