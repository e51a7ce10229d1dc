package admin

import (
	"cmp"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// States of a letter.
const (
	LetterPending  = "pending"
	LetterRedriven = event.LetterRedriven
	LetterResolved = event.LetterResolved
)

// Letter is a dead letter and what was done with it.
type Letter struct {
	event.Letter
	// State is LetterPending, LetterRedriven or LetterResolved.
	State string `json:"state"`
	// Redriven are all redrives, the first first; a letter that came back after one is pending again.
	Redriven   []Redriven  `json:"redriven,omitempty"`
	Resolution *Resolution `json:"resolution,omitempty"`
	// Stream and Position are its place in the journal, where that is known.
	Stream   string `json:"stream,omitempty"`
	Position uint64 `json:"position,omitempty"`
}

// Redriven is one redrive.
type Redriven struct {
	Time   int64  `json:"time"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	// NewID is the id it went out under, empty for its own.
	NewID string `json:"new_id,omitempty"`
}

// Resolution is how a person settled a letter.
type Resolution struct {
	Time   int64  `json:"time"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	As     string `json:"as"`
	Filled string `json:"filled,omitempty"`
	Price  string `json:"price,omitempty"`
}

// Redrive asks to do again what a letter could not.
type Redrive struct {
	Act
	// DryRun makes all checks and sends nothing.
	DryRun bool `json:"dry_run,omitempty"`
	// AgeMax refuses a letter that is older: the price it was meant for is gone. 0 is the host's own limit.
	AgeMax time.Duration `json:"age_max,omitempty"`
}

// RedriveResult is what a redrive does, or would do.
type RedriveResult struct {
	ID     string `json:"id"`
	DryRun bool   `json:"dry_run"`
	// Allowed: all checks passed. A redrive that is no dry run and is not allowed is a *Refusal instead.
	Allowed bool          `json:"allowed"`
	Age     time.Duration `json:"age"`
	// OrderID is what it goes out under; SameID says that this is the first one's own. A dry run knows no new one: it
	// is made from the old one and the act.
	OrderID string `json:"order_id,omitempty"`
	SameID  bool   `json:"same_id,omitempty"`
	// Order is what is sent.
	Order  *event.LetterOrderFacts `json:"order,omitempty"`
	Checks []Check                 `json:"checks"`
}

// Check is one of a redrive's.
type Check struct {
	// Name is "state", "age", "identity", "mode", "reduce_only", "price", "position", "risk", "lease" or "breaker".
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	// Text says what was found and what is allowed.
	Text string `json:"text"`
}

// Resolve settles a letter by a person's word.
type Resolve struct {
	Act
	// As is event.LetterFilled, LetterCancelled, LetterAbsent or LetterNoted.
	As string `json:"as"`
	// Filled is the executed quantity as a decimal: with LetterFilled empty means all of it, with
	// LetterCancelled nothing.
	Filled string `json:"filled,omitempty"`
	// Price is at what price it was executed, as a decimal; empty is the order's own limit. A market order
	// that is resolved as filled has none of its own.
	Price string `json:"price,omitempty"`
}

// validate checks what needs no letter.
func (r *Resolve) validate() error {
	switch r.As {
	case event.LetterFilled, event.LetterCancelled:
	case event.LetterAbsent, event.LetterNoted:
		if r.Filled != "" || r.Price != "" {
			return invalid("a letter resolved as %s has no filled quantity and no price; found %q and %q", r.As, r.Filled, r.Price)
		}
	default:
		return invalid("as %q: write %s, %s, %s or %s", r.As, event.LetterFilled, event.LetterCancelled, event.LetterAbsent, event.LetterNoted)
	}
	for _, number := range []struct{ name, text string }{{"filled", r.Filled}, {"price", r.Price}} {
		if number.text == "" {
			continue
		}
		if v, err := event.ParseDecimal(number.text, event.DecimalsMax); err != nil || v <= 0 {
			return invalid("%s %q is no number above zero: write a decimal such as 0.5", number.name, number.text)
		}
	}
	return nil
}

// LetterQuery says which letters are meant. Empty fields fit any.
type LetterQuery struct {
	// State is one of a letter's states.
	Kind, Agent, Cause, State string
	// Since is the earliest Time.
	Since int64
	// Limit is at most OrdersMax; 0 is 100.
	Limit int
}

// Matches reports whether a letter is meant.
func (q *LetterQuery) Matches(l *Letter) bool {
	return fits(q.Kind, l.Kind) && fits(q.Agent, l.Agent) && fits(q.Cause, l.Cause) && fits(q.State, l.State) && l.Time >= q.Since
}

// LetterList is an answer to a LetterQuery: oldest first.
type LetterList struct {
	Letters []Letter `json:"letters"`
	// Total counts all that match, those beyond the limit too.
	Total int `json:"total"`
}

// Select picks what is meant, oldest first.
func (q *LetterQuery) Select(letters []Letter) LetterList {
	list := LetterList{Letters: []Letter{}}
	for _, l := range oldestFirst(letters) {
		if !q.Matches(&l) {
			continue
		}
		list.Total++
		if len(list.Letters) < limit(q.Limit) {
			list.Letters = append(list.Letters, l)
		}
	}
	return list
}

func oldestFirst(letters []Letter) []Letter {
	sorted := slices.Clone(letters)
	slices.SortStableFunc(sorted, func(a, b Letter) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
	})
	return sorted
}

// Book folds the dead letters of any number of streams, and what was done with them. The zero value is
// empty. It is not safe for concurrent use.
type Book struct {
	letters map[string]*Letter
	order   []string
}

// Letter books a letter as pending. One that is there already came back after a redrive.
func (b *Book) Letter(l event.Letter, stream string, position uint64) {
	if b.letters == nil {
		b.letters = map[string]*Letter{}
	}
	known := b.letters[l.ID]
	if known == nil {
		known = &Letter{}
		b.letters[l.ID] = known
		b.order = append(b.order, l.ID)
	}
	known.Letter, known.State, known.Stream, known.Position = l, LetterPending, stream, position
}

// Act books what a person did with one. It returns false for a letter that is not there.
func (b *Book) Act(a event.LetterAct) bool {
	l := b.letters[a.ID]
	if l == nil {
		return false
	}
	l.State = a.Act
	if a.Act == event.LetterRedriven {
		l.Redriven = append(l.Redriven, Redriven{a.Time, a.By, a.Reason, a.NewID})
	} else {
		l.Resolution = &Resolution{a.Time, a.By, a.Reason, a.As, a.Filled, a.Price}
	}
	return true
}

// Get finds a letter by its id.
func (b *Book) Get(id string) (Letter, bool) {
	l := b.letters[id]
	if l == nil {
		return Letter{}, false
	}
	return l.copy(), true
}

// Letters are all of them, in the order in which they were booked.
func (b *Book) Letters() []Letter {
	all := make([]Letter, 0, len(b.order))
	for _, id := range b.order {
		all = append(all, b.letters[id].copy())
	}
	return all
}

// copy keeps what was handed out from changing with the book.
func (l *Letter) copy() Letter {
	c := *l
	c.Redriven = slices.Clone(l.Redriven)
	return c
}
