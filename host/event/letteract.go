package event

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What a person does with a dead letter.
const (
	LetterRedriven = "redriven"
	LetterResolved = "resolved"
)

// As what a letter is resolved. Of an order that is Unknown the answer counts in the books; of everything
// else there is nothing left to decide, and LetterNoted says that a person has seen it.
const (
	// LetterFilled: the venue executed it; Filled says how much, where it was not all.
	LetterFilled = "filled"
	// LetterCancelled: the venue had it and it is over; Filled says how much was executed before.
	LetterCancelled = "cancelled"
	// LetterAbsent: it never was at the venue.
	LetterAbsent = "absent"
	// LetterNoted: seen, nothing is left to decide.
	LetterNoted = "noted"
)

// letterActSubject tells a letter's act from the other acts of persons that a journal keeps.
const letterActSubject = "letter"

// LetterAct is what a person did with a dead letter: the body of a journal entry of kind audit, as JSON,
// in the letter's own stream.
type LetterAct struct {
	// ID is the letter's.
	ID string
	// Act is LetterRedriven or LetterResolved.
	Act string
	// By is who, Reason why, in that person's words.
	By, Reason string
	Time       int64
	// As is LetterFilled, LetterCancelled, LetterAbsent or LetterNoted, of a resolved one. Filled is the
	// executed quantity as a decimal, empty for all of it (LetterFilled) or nothing; Price is at what price
	// what is not booked yet was executed, empty for the order's own.
	As, Filled, Price string
	// NewID is the order's new id, of a redriven one; empty if it went out under its own again.
	NewID string
	// Origin is how it reached the host.
	Origin
}

// letterActBody is its form in the journal.
type letterActBody struct {
	Subject string `json:"subject"`
	Act     string `json:"act"`
	ID      string `json:"id"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
	Time    int64  `json:"time"`
	As      string `json:"as,omitempty"`
	Filled  string `json:"filled,omitempty"`
	Price   string `json:"price,omitempty"`
	NewID   string `json:"new_id,omitempty"`
	Origin
}

// AppendLetterAct appends a's form in the journal to b. It fails only for an act that Validate refuses.
func AppendLetterAct(b []byte, a *LetterAct) ([]byte, error) {
	if err := a.Validate(); err != nil {
		return b, fmt.Errorf("encode act on letter %q: %w", a.ID, err)
	}
	body, err := json.Marshal(letterActBody{letterActSubject, a.Act, a.ID, a.By, a.Reason, a.Time, a.As, a.Filled, a.Price, a.NewID, a.Origin})
	if err != nil {
		return b, fmt.Errorf("encode act on letter %q: %w", a.ID, err)
	}
	return append(b, body...), nil
}

// ReadLetterAct decodes the body of an audit entry. ok is false, without an error, if it is about
// something else than a letter.
func ReadLetterAct(body []byte) (a LetterAct, ok bool, err error) {
	var probe struct {
		Subject any `json:"subject"`
	}
	if json.Unmarshal(body, &probe) != nil || probe.Subject != letterActSubject {
		return a, false, nil
	}
	var v letterActBody
	if err := json.Unmarshal(body, &v); err != nil {
		return a, true, fmt.Errorf("read act on a letter: %w", err)
	}
	a = LetterAct{v.ID, v.Act, v.By, v.Reason, v.Time, v.As, v.Filled, v.Price, v.NewID, v.Origin}
	if err := a.Validate(); err != nil {
		return a, true, fmt.Errorf("read act on letter %q: %w", a.ID, err)
	}
	return a, true, nil
}

// Validate checks that it says what was done, to what, by whom and why.
func (a *LetterAct) Validate() error {
	switch {
	case a.ID == "":
		return errors.New("it names no letter")
	case a.By == "" || a.Reason == "":
		return errors.New("it does not say who did it, or why")
	case a.Act == LetterRedriven:
		return nil
	case a.Act != LetterResolved:
		return fmt.Errorf("act %q is neither %s nor %s", a.Act, LetterRedriven, LetterResolved)
	}
	switch a.As {
	case LetterFilled, LetterCancelled, LetterAbsent, LetterNoted:
		return nil
	}
	return fmt.Errorf("resolved as %q; known are %s, %s, %s and %s", a.As, LetterFilled, LetterCancelled, LetterAbsent, LetterNoted)
}
