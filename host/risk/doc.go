// Package risk is the station where intents become orders: each is judged by the agent's mode, its
// limits and the instrument's steps, and then numbered, or denied with a code and the two numbers that
// decided. It is a pure function of the intent, the agent's books, and the time of the event.
package risk
