package sandbox

import (
	"errors"
	"strconv"
)

// ErrPoisoned is returned by every call into an instance after its first trap. wazero would run such
// an instance on, with whatever half-done state the trap left behind.
var ErrPoisoned = errors.New("instance is poisoned by an earlier trap")

// TrapKind says what ended a call into a guest.
type TrapKind uint8

// The kinds of trap. The numbers are kept in journals: they never change.
const (
	TrapFuel        TrapKind = 1  // The budget of fuel is used up.
	TrapStack       TrapKind = 2  // Calls are nested too deep.
	TrapBounds      TrapKind = 3  // An access outside of the memory.
	TrapDivide      TrapKind = 4  // Integer division by zero.
	TrapOverflow    TrapKind = 5  // Integer overflow, or a float that does not fit an integer.
	TrapUnreachable TrapKind = 6  // The guest gave up by itself: a panic, an assertion, abort().
	TrapTable       TrapKind = 7  // An indirect call of something that is not there, or of another type.
	TrapFail        TrapKind = 8  // The guest called agenthost.fail or env.abort.
	TrapExit        TrapKind = 9  // The guest called proc_exit.
	TrapOutput      TrapKind = 10 // What the guest handed back lies outside of its memory or is too large.
	TrapHostLimit   TrapKind = 11 // A limit of the host: an input too large, no buffer for it.
	TrapRefused     TrapKind = 12 // strategy_init or strategy_load answered with an error code.
	TrapArgument    TrapKind = 13 // A host function was given a pointer outside of the memory.
	TrapOther       TrapKind = 14 // Anything else: exceptions, null references, an error of the host itself.
)

var trapKindNames = [...]string{"", "fuel", "stack", "bounds", "divide", "overflow", "unreachable", "table", "fail",
	"exit", "output", "host_limit", "refused", "argument", "other"}

func (k TrapKind) String() string {
	if int(k) < len(trapKindNames) {
		return trapKindNames[k]
	}
	return "trap_kind(" + strconv.Itoa(int(k)) + ")"
}

// Trap is the error of a call into a guest that did not end well. It is deterministic: the same
// module, state, input and budget give the same trap, Message and Stack apart on other engines.
type Trap struct {
	Kind    TrapKind
	Call    string   // The export that was called, such as strategy_tick; "start" for the start function.
	Message string   // In words, without control bytes; what the guest said where it said something.
	Code    int32    // Of fail, exit and refused; else 0.
	Stack   []string // The guest's frames, innermost first, names from its name section.
	Printed string   // The end of what the guest printed in this call.
	Fuel    int64    // Units used by this call. May exceed the budget by the last stretch of code.
}

func (t *Trap) Error() string {
	s := t.Call + ": " + t.Kind.String() + ": " + t.Message
	if len(t.Stack) > 0 {
		s += " (in " + t.Stack[0] + ")"
	}
	return s
}
