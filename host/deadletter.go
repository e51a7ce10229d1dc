package host

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/sandbox"
)

// deadLetter is a failed tick with what is needed to run it again: the body of a journal entry of kind
// dead letter, as JSON. The state before it is the fold of the stream up to the turn.
type deadLetter struct {
	Kind    string   `json:"kind"` // "tick"
	Agent   string   `json:"agent"`
	Turn    uint64   `json:"turn"`
	Time    int64    `json:"time"`
	Verdict string   `json:"verdict"`
	Trap    string   `json:"trap,omitempty"`
	Message string   `json:"message"`
	Code    int32    `json:"code,omitempty"`
	Stack   []string `json:"stack,omitempty"`
	Printed string   `json:"printed,omitempty"`
	Fuel    int64    `json:"fuel"`
	Budget  int64    `json:"budget"`
	Module  string   `json:"module_sha256"`
	Config  string   `json:"config_sha256"`
	Input   []byte   `json:"input"` // base64 in JSON
}

func newDeadLetter(a *Agent, in []byte, budget int64, cause error) *deadLetter {
	d := &deadLetter{
		Kind: "tick", Agent: a.plan.Name, Turn: a.sequence, Time: a.now, Verdict: a.turn.Verdict.String(),
		Message: cause.Error(), Fuel: a.turn.Fuel, Budget: budget,
		Module: fmt.Sprintf("%x", a.plan.Module.SHA256()), Config: fmt.Sprintf("%x", a.plan.ConfigSHA256),
		Input: append([]byte(nil), in...),
	}
	var trap *sandbox.Trap
	if errors.As(cause, &trap) {
		d.Trap, d.Message, d.Code, d.Stack, d.Printed = trap.Kind.String(), trap.Message, trap.Code, trap.Stack, trap.Printed
	}
	return d
}

func (d *deadLetter) encode() ([]byte, error) {
	const inputMax = 8 << 20 // base64 and the rest must fit into one entry of the journal
	if len(d.Input) > inputMax {
		d.Message += fmt.Sprintf(" (its input of %d bytes is left out here; a replay makes it again)", len(d.Input))
		d.Input = nil
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode dead letter: %w", err)
	}
	return b, nil
}
