// Package execution is the lane: the reducer that carries the orders of one venue account to the venue.
//
// A lane is a deterministic machine. An [Input] goes in, an [Entry] comes out: the input and the facts of
// what it did, among them the calls to make. Time is in the input, randomness derives from the seed and a
// counter of the state. [Lane.Step] decides, and changes state by facts only; [Lane.Apply] changes it by
// the same facts again after a crash, so no version or configuration ever decides the past anew. Whoever
// drives it makes the entry durable before it releases the calls.
//
// An order goes out at most once, unless the venue refuses an id twice or every earlier attempt has expired
// there; what became of it is asked and never guessed; what cannot be found out is a dead letter for a
// person. The rules are those of docs/RESILIENCE.md, whose package holds the policies.
//
// # Replace
//
// Where the venue amends in place, a replace is one call. Elsewhere it is a cancel and a new order: the
// cancel is sent, its final filled quantity awaited, and only the rest goes out, under an id derived from the
// agent's. For the agent it stays one order under one id: [event.EventReplaced] tells that the new one is in
// place, fills go on under the old id. A replace that the venue refuses is told as EventReplaced with the
// order's values as they are and a RejectCode. Size is the whole quantity, what is filled included.
//
// # Memory
//
// Orders that are over are forgotten after [Config.RetentionTime] or beyond [Config.RetentionMax], whichever
// comes first, but not before their fills are complete (at the latest when there are twice RetentionMax).
// The trade ids by which fills are told apart are
// kept with their order. Of the forgotten the lane keeps the last 16384 ids: a fill of one of those is
// neither booked nor taken for foreign; it raises an alert, and reconciliation finds what is missing.
// Foreign fills are told apart among the last 4096.
package execution
