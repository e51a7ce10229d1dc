package sandbox

import (
	"errors"
	"strconv"
	"strings"
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
	TrapOutput      TrapKind = 10 // What the guest handed back is malformed, too large or outside of its memory.
	TrapHostLimit   TrapKind = 11 // A limit of the host: an input too large, no buffer for it.
	TrapRefused     TrapKind = 12 // strategy_init or strategy_load answered with an error code.
	TrapArgument    TrapKind = 13 // A host function was given a pointer outside of the memory.
	TrapOther       TrapKind = 14 // Anything else: an error of the host itself.
)

var trapKindNames = [...]string{
	"", "fuel", "stack", "bounds", "divide", "overflow", "unreachable", "table", "fail",
	"exit", "output", "host_limit", "refused", "argument", "other",
}

func (k TrapKind) String() string {
	if k > 0 && int(k) < len(trapKindNames) {
		return trapKindNames[k]
	}
	return "trap_kind(" + strconv.Itoa(int(k)) + ")"
}

// Trap is the error of a call into a guest that did not end well. Kind, Call, Message, Code, Printed and
// Fuel are the same wherever the same module gets the same state, input and budget; Stack may differ
// between engines.
type Trap struct {
	Kind    TrapKind
	Call    string   // The export that was called, such as strategy_tick; "start" for the start function.
	Message string   // In words, without control bytes; what the guest said where it said something.
	Code    int32    // Of fail, exit and refused; else 0.
	Stack   []string // The guest's frames, innermost first, names from its name section; at most 30.
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

// engineTraps are wazero's errors by their text, which its API gives no names for. A test holds every
// one of them.
var engineTraps = map[string]TrapKind{
	"stack overflow":                TrapStack,
	"invalid conversion to integer": TrapOverflow,
	"integer overflow":              TrapOverflow,
	"integer divide by zero":        TrapDivide,
	"unreachable":                   TrapUnreachable,
	"out of bounds memory access":   TrapBounds,
	"invalid table access":          TrapTable,
	"indirect call type mismatch":   TrapTable,
}

// poison ends the instance's life for err.
func (i *Instance) poison(call string, budget int64, err error) *Trap {
	t := i.trap(call, budget, err)
	i.printer.end()
	i.failed = ErrPoisoned
	return t
}

// trap tells what err was: the meter's own limits first, for they too arrive as "unreachable".
func (i *Instance) trap(call string, budget int64, err error) *Trap {
	t := &Trap{Call: call, Stack: guestStack(err), Printed: i.printer.printed(), Fuel: i.used(budget)}
	var fault *guestFault
	switch {
	case i.fuel != nil && int64(i.fuel.Get()) < 0:
		t.Kind = TrapFuel
		t.Message = "out of fuel: the budget is " + strconv.FormatInt(budget, 10) + " units"
	case i.depth != nil && int32(i.depth.Get()) < 0:
		t.Kind = TrapStack
		t.Message = "calls are nested too deep: the limit is " + strconv.Itoa(int(i.module.limits.StackSlots)) + " slots of 8 bytes (stack_slots)"
	case errors.As(err, &fault):
		t.Kind, t.Code, t.Message = fault.kind, fault.code, fault.message
	default:
		t.Kind, t.Message = engineTrap(err)
	}
	return t
}

// engineTrap finds wazero's error at the root of err.
func engineTrap(err error) (TrapKind, string) {
	root := err
	for next := errors.Unwrap(root); next != nil; next = errors.Unwrap(root) {
		root = next
	}
	text, _, _ := strings.Cut(root.Error(), "\n")
	if kind, ok := engineTraps[text]; ok {
		return kind, text
	}
	return TrapOther, cleanText([]byte(text))
}

// frameTextMax bounds one frame: names come from the guest.
const frameTextMax = 200

// guestStack reads the frames out of wazero's error, which has them only as text.
func guestStack(err error) []string {
	_, text, ok := strings.Cut(err.Error(), "wasm stack trace:\n\t")
	if !ok {
		return nil
	}
	text, _, _ = strings.Cut(text, "\n\n") // an error of the host goes on with the host's own stack
	frames := strings.Split(text, "\n\t")
	for n, f := range frames {
		frames[n] = cleanText([]byte(strings.TrimPrefix(f[:min(len(f), frameTextMax)], ".")))
	}
	return frames
}
