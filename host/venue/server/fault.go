package server

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Where a request that is to fail does so.
const (
	FailBefore = "before" // nothing is executed
	FailAfter  = "after"  // it is executed, and the answer says that it failed
	FailMixed  = "mixed"  // one or the other, evenly
)

// Faults says what goes wrong on purpose. The zero value is a venue that works.
type Faults struct {
	// FailRate of the requests get one of FailCodes, FailWhere. A 4xx never executes. FailReads lets
	// lookups and lists fail and be dropped too, not only what changes something.
	FailRate  Fraction `json:"fail_rate"`
	FailCodes []int    `json:"fail_codes"`
	FailWhere string   `json:"fail_where"`
	FailReads bool     `json:"fail_reads"`
	// DropBeforeRate and DropAfterRate close the connection without an answer, before or after executing.
	DropBeforeRate Fraction `json:"drop_before_rate"`
	DropAfterRate  Fraction `json:"drop_after_rate"`
	// DelayRate of what changes something gets a 504 at once and is executed DelayBy later.
	DelayRate Fraction `json:"delay_rate"`
	DelayBy   Duration `json:"delay_by"`
	// Latency of every request, half before it executes and half before its answer.
	Latency Duration `json:"latency"`
	// DuplicateRate of the stream's fills are sent twice; ReorderRate of its orders and fills come after
	// the next message.
	DuplicateRate Fraction `json:"duplicate_rate"`
	ReorderRate   Fraction `json:"reorder_rate"`
	// PartialFills lets each price fill only a part of the open quantity, at least a quarter.
	PartialFills bool `json:"partial_fills"`
	// RetryAfter goes out with a 429, in whole seconds, rounded up.
	RetryAfter Duration `json:"retry_after"`
}

// DefaultFaults are none, with what is used once a rate is set.
func DefaultFaults() Faults {
	return Faults{FailCodes: []int{500, 503, 429}, FailWhere: FailBefore, DelayBy: Duration(30 * time.Second), RetryAfter: Duration(2 * time.Second)}
}

// Validate names the setting that cannot be.
func (f *Faults) Validate() error {
	for _, r := range [...]struct {
		name string
		rate Fraction
	}{
		{"fail_rate", f.FailRate},
		{"drop_before_rate", f.DropBeforeRate},
		{"drop_after_rate", f.DropAfterRate},
		{"delay_rate", f.DelayRate},
		{"duplicate_rate", f.DuplicateRate},
		{"reorder_rate", f.ReorderRate},
	} {
		if r.rate < 0 || r.rate > event.One {
			return fmt.Errorf("%s is %s; it is 0 to 1", r.name, r.rate)
		}
	}
	if sum := f.FailRate + f.DropBeforeRate + f.DropAfterRate + f.DelayRate; sum > event.One {
		return fmt.Errorf("fail_rate, drop_before_rate, drop_after_rate and delay_rate sum to %s; a request has one fault, so at most to 1", sum)
	}
	if f.DelayBy < 0 || f.Latency < 0 || f.RetryAfter < 0 {
		return fmt.Errorf("delay_by %s, latency %s, retry_after %s: none may be below zero", f.DelayBy, f.Latency, f.RetryAfter)
	}
	if !slices.Contains([]string{FailBefore, FailAfter, FailMixed}, f.FailWhere) {
		return fmt.Errorf("fail_where is %q; write before, after or mixed", f.FailWhere)
	}
	if f.FailRate > 0 && len(f.FailCodes) == 0 {
		return fmt.Errorf("fail_rate is %s and fail_codes is empty; name a status such as 503", f.FailRate)
	}
	for _, c := range f.FailCodes {
		if c < 400 || c > 599 {
			return fmt.Errorf("fail_codes has %d; a failure is 400 to 599", c)
		}
	}
	return nil
}

// Counts tells what was injected, by its name, and what the venue did by itself about repeated keys.
type Counts struct {
	Requests        uint64 `json:"requests"`
	FailBefore      uint64 `json:"fail_before"`
	FailAfter       uint64 `json:"fail_after"`
	DropBefore      uint64 `json:"drop_before"`
	DropAfter       uint64 `json:"drop_after"`
	Delayed         uint64 `json:"delayed"`
	DelayedExecuted uint64 `json:"delayed_executed"`
	DelayedLost     uint64 `json:"delayed_lost"`
	Duplicated      uint64 `json:"duplicated"`
	Reordered       uint64 `json:"reordered"`
	Replayed        uint64 `json:"replayed"`
	KeyReused       uint64 `json:"key_reused"`
}

// fate is what becomes of one request.
type fate uint8

const (
	fateWell fate = iota
	fateFailBefore
	fateFailAfter
	fateDropBefore
	fateDropAfter
	fateDelay
)

// verdict is a request's fate, and the status where it fails.
type verdict struct {
	fate   fate
	status int
}

// dice roll the faults: the same seed and order of requests roll the same.
type dice struct{ random *rand.Rand }

func newDice(seed uint64, purpose diceFor) dice {
	return dice{rand.New(rand.NewPCG(seed, uint64(purpose)))}
}

// diceFor keeps the dice of one purpose from following what another rolls: how many listen to the stream
// must not change which requests fail.
type diceFor uint64

const (
	diceForRequests diceFor = iota + 1
	diceForFills
	diceForStreams
)

// hits is true at the given rate.
func (d dice) hits(rate Fraction) bool { return rate > 0 && d.random.Int64N(event.One) < int64(rate) }

// roll decides about a request. One number decides between the faults, so that each has exactly its rate.
func (d dice) roll(f *Faults, changes bool) verdict {
	if !changes && !f.FailReads {
		return verdict{}
	}
	n := Fraction(d.random.Int64N(event.One))
	for _, c := range [...]struct {
		rate Fraction
		fate fate
	}{{f.DropBeforeRate, fateDropBefore}, {f.DropAfterRate, fateDropAfter}, {f.DelayRate, fateDelay}, {f.FailRate, fateFailBefore}} {
		if n >= c.rate {
			n -= c.rate
			continue
		}
		switch {
		case c.fate == fateDelay && !changes:
			return verdict{} // reading later is no fault
		case c.fate == fateFailBefore:
			return d.failure(f)
		}
		return verdict{fate: c.fate}
	}
	return verdict{}
}

func (d dice) failure(f *Faults) verdict {
	v := verdict{fateFailBefore, f.FailCodes[d.random.IntN(len(f.FailCodes))]}
	after := f.FailWhere == FailAfter || (f.FailWhere == FailMixed && d.random.IntN(2) == 0)
	if after && v.status >= http.StatusInternalServerError {
		v.fate = fateFailAfter // a 4xx after executing would be a lie that no client could live with
	}
	return v
}

// part is how much of an open quantity a price fills: all, or with PartialFills at least a quarter.
func (d dice) part(f *Faults, open, lot int64) int64 {
	if lots := open / lot; f.PartialFills && lots > 0 {
		least := (lots + 3) / 4
		return (least + d.random.Int64N(lots-least+1)) * lot
	}
	return 1<<63 - 1
}
