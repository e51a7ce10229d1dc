// Package resilience holds the policies of the order path as deterministic functions: what a failure is
// and what it proves (Classify), whether a venue may be called (Breaker), when to try again (Backoff,
// Budget), how fast and whose turn it is (Limiter, Fair), where an order stands (Life), and what an agent
// may do (Modes).
//
// Nothing here reads a clock, draws a random number, starts a goroutine or takes a lock. Time is an int64
// argument in nanoseconds since the Unix epoch, UTC; randomness is a uint64 argument, uniform over all
// values. So the same calls give the same state live, in a backtest, in replay and in the simulator. Every
// state is written by AppendState and read by ReadState, so that it survives restart and swap: a breaker
// that a restart closed would let the whole storm through again.
//
// A value of this package belongs to one goroutine at a time. Configurations are only read and may be
// shared. Rates and shares are fractions: int64 with 1.0 = One.
package resilience

// One is the fraction 1.0.
const One = 100_000_000
