package host

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
)

// deadLetter is a failed tick on its way into the agent's stream.
type deadLetter struct {
	event.Letter
	Turn    uint64
	Verdict string
}

func newDeadLetter(a *Agent, in []byte, budget int64, cause error) *deadLetter {
	verdict := a.turn.Verdict.String()
	d := &deadLetter{Turn: a.sequence, Verdict: verdict, Letter: event.Letter{
		ID: fmt.Sprintf("%s-%d", a.plan.Name, a.sequence), Kind: event.LetterTick, Agent: a.plan.Name,
		Time: a.now, Cause: verdict, Message: cause.Error(),
		Module: fmt.Sprintf("%x", a.plan.Module.SHA256()), Config: fmt.Sprintf("%x", a.plan.ConfigSHA256),
		Tick: &event.LetterTickFacts{Turn: a.sequence, Fuel: a.turn.Fuel, Budget: budget, Input: append([]byte(nil), in...)},
	}}
	var trap *sandbox.Trap
	if errors.As(cause, &trap) {
		d.Message = trap.Message
		d.Tick.Trap, d.Tick.Code, d.Tick.Stack, d.Tick.Printed = trap.Kind.String(), trap.Code, trap.Stack, trap.Printed
	}
	return d
}

// encode is the letter's form in the journal, which a replay must make again byte for byte.
func (d *deadLetter) encode() ([]byte, error) {
	const inputMax = 8 << 20 // base64 and the rest must fit into one entry of the journal
	if n := len(d.Tick.Input); n > inputMax {
		d.Message += fmt.Sprintf(" (its input of %d bytes is left out here; a replay makes it again)", n)
		d.Tick.Input = nil
	}
	b, err := json.Marshal(&d.Letter)
	if err != nil {
		return nil, fmt.Errorf("encode dead letter: %w", err)
	}
	return b, nil
}
