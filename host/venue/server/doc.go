// Package server is a paper exchange behind HTTP: what agenthost venue runs. Its API is docs/VENUE.md's.
//
// Each key has an account with a book of its own (package paper) and everything that ever reached it: two
// orders of one client id, where Dedupe allows them, are two. That makes it the judge of hosts that are
// killed while they trade: what it holds is compared with what their journals say. Faults are injected
// around the book, never in it: the book is always right.
//
// Goroutines: one for each request and stream, ended by their connection or by Close; one for each request
// that executes late, ended by its time or by Close; Run's caller, who publishes the bars. One mutex
// guards the books, the prices and the dice.
package server
