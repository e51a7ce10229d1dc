// Package risk is the station where intents become orders: each is judged by the agent's mode, its
// limits and the instrument's steps, and then numbered, or denied with a code and the two numbers that
// decided. It is a pure function of the intent, the agent's books, the open orders of its siblings where
// the book offers them, and the time of the event.
//
// What may add is held to limits of rate, burst, size, worth, position and exposure, in which every order
// that is not over counts at its worst, also Unknown ones and dead letters; while one is Unknown, nothing is
// added on its instrument. What only reduces skips those limits and has a rate and a collar of its own; all
// of it together takes no more than is held, unless the venue enforces reduce-only.
package risk
