package execution

import (
	"github.com/agenthost/agenthost/host/event"
)

// InputKind says what comes into a lane.
type InputKind uint8

const (
	// InputRequest is one request of an agent's turn.
	InputRequest InputKind = iota + 1
	// InputReply is what came of a call, or what a stream told (Call 0).
	InputReply
	// InputTime is nothing but time passing: Lane.Next says when the lane wants it.
	InputTime
	// InputStart says that the host has started, or started again: calls without a journaled reply are lost.
	InputStart
	// InputPermissions says what an agent's mode allows from now on. Until the first one an agent may
	// everything.
	InputPermissions
	// InputOperator is a person's act.
	InputOperator
)

var inputNames = [...]string{"", "request", "reply", "time", "start", "permissions", "operator"}

// String names the input as journals do.
func (k InputKind) String() string {
	if k > 0 && int(k) < len(inputNames) {
		return inputNames[k]
	}
	return "input_unknown"
}

// ActKind is what a person does.
type ActKind uint8

const (
	// ActIsolate shuts the breaker; Lane lets closes and cancels pass, few and spaced. ActRelease lets
	// probes decide.
	ActIsolate ActKind = iota + 1
	ActRelease
	// ActHold stops all calls of the account; ActUnhold lets them go again.
	ActHold
	ActUnhold
	// ActRedrive tries an order again that was never sent, or is a dead letter at a venue that dedupes,
	// under its own id, until ValidUntil (0: the default time to live). Where Lane.Redrivable says that it goes out
	// anew, the act ends a dead letter whose absence is proved, and the new order comes as a request that Redrives it.
	ActRedrive
	// ActResolve says what became of a dead letter: Ending filled, cancelled, expired or rejected, after
	// Filled units in all at Price. Cancelled with nothing filled says that it never arrived, too.
	ActResolve
	// ActReconcile compares with the venue at once, and takes back what a person has looked into:
	// contradictions, strange orders, fills that changed. What is still wrong is found again.
	ActReconcile
	// ActRestored says that the journal was put back from a backup: only questions go out, until ActUnhold. The
	// host gives it before the first InputStart after a restore.
	ActRestored
)

var actNames = [...]string{"", "isolate", "release", "hold", "unhold", "redrive", "resolve", "reconcile", "restored"}

// String names the act as journals do.
func (k ActKind) String() string {
	if k > 0 && int(k) < len(actNames) {
		return actNames[k]
	}
	return "act_unknown"
}

// Act is a person's act with who and why.
type Act struct {
	Kind ActKind
	// Order is what redrive and resolve are about.
	Order event.OrderID
	// Lane belongs to isolate.
	Lane bool
	// ValidUntil belongs to redrive.
	ValidUntil int64
	// Ending, Filled and Price belong to resolve. Price 0 takes the order's own.
	Ending        event.OrderState
	Filled, Price int64
	Who, Why      string
}

// Input is one thing that comes in.
type Input struct {
	Kind InputKind
	// Time is event time. One that goes back is taken as the latest seen.
	Time int64
	// Agent is the lane's index of the agent, for requests and permissions.
	Agent uint32
	// Sequence and Place say where a request stands: the turn, and its place in the turn from 0. A request
	// that is not after the last one taken of its agent is ignored.
	Sequence   uint64
	Place      uint32
	Request    event.Request
	Reply      event.Reply
	Permission event.Permission
	Act        Act
}
