package resilience

import "fmt"

// Answer is what a venue's own code means, in the words of a venue's documents.
type Answer uint8

const (
	AnswerRejected     Answer = iota + 1 // It refused the order; final.
	AnswerNotProcessed                   // It did nothing with it: overloaded, too fast, in maintenance.
	AnswerUnknown                        // It does not know itself.
	AnswerExists                         // The id is already there: look it up and adopt, do not book a rejection.
	AnswerNoSuchOrder                    // In reply to a cancel, replace or lookup. By itself it proves nothing.
	AnswerHold                           // The key, the address or the account is refused.
	AnswerMisbuilt                       // The adapter built a request that the venue cannot read.
)

var answerNames = [...]string{"", "rejected", "not processed", "unknown", "exists", "no such order", "hold", "misbuilt"}

func (a Answer) String() string { return nameOf(answerNames[:], int(a)) }

var answers = [...]Failure{
	AnswerRejected:     refused("the venue's code: rejected"),
	AnswerNotProcessed: declared("the venue's code: not processed"),
	AnswerUnknown:      maybeSent(ClassAPI, "the venue's code: it does not know itself"),
	AnswerExists:       {ClassAPI, RetryNever, RecoverSettle, ProofExists, EffectSuccess, false, "the venue's code: the id is already there"},
	AnswerNoSuchOrder:  settled("the venue's code: no such order, which by itself proves nothing"),
	AnswerHold:         held("the venue's code: key, address or account refused"),
	AnswerMisbuilt:     misbuilt("the venue's code: the request is not well formed"),
}

// VenueCode is one row of a venue's table.
type VenueCode struct {
	Code string
	// Request narrows the row to one kind of request; RequestNone is any. The narrower row decides.
	Request RequestKind
	Answer  Answer
	// Why is for people; empty takes the answer's own words.
	Why string
}

// VenueCodes is what a venue's own codes mean. It is only read after NewVenueCodes and may be shared.
type VenueCodes struct {
	rows map[venueKey]Failure
}

type venueKey struct {
	code    string
	request RequestKind
}

// NewVenueCodes makes a table. It refuses an empty code, an answer that is not one, and two rows for one
// code and request.
func NewVenueCodes(codes ...VenueCode) (*VenueCodes, error) {
	v := &VenueCodes{rows: make(map[venueKey]Failure, len(codes))}
	for i, c := range codes {
		k := venueKey{c.Code, c.Request}
		switch _, twice := v.rows[k]; {
		case c.Code == "":
			return nil, fmt.Errorf("venue code %d: no code", i)
		case c.Answer == 0 || int(c.Answer) >= len(answers):
			return nil, fmt.Errorf("venue code %q: answer %d is none; use AnswerRejected to AnswerMisbuilt", c.Code, c.Answer)
		case twice:
			return nil, fmt.Errorf("venue code %q for %s is there twice; keep one", c.Code, c.Request)
		}
		f := answers[c.Answer]
		if c.Why != "" {
			f.Why = c.Why
		}
		v.rows[k] = f
	}
	return v, nil
}

// lookup finds the meaning of a happening's code. A hold of the status itself (401, 403, 418) is not
// overruled: a table that calls a ban a rejection must not get us banned for longer.
func (v *VenueCodes) lookup(h Happening) (Failure, bool) {
	if v == nil || h.Code == "" || h.Cause != CauseStatus && h.Cause != CauseVenueCode {
		return Failure{}, false
	}
	if h.Cause == CauseStatus && (h.Number == 401 || h.Number == 403 || h.Number == 418) {
		return Failure{}, false
	}
	f, ok := v.rows[venueKey{h.Code, h.Request}]
	if !ok {
		f, ok = v.rows[venueKey{h.Code, RequestNone}]
	}
	return f, ok
}
