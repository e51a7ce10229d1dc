// Package paper is an exchange account in the process, which fills orders on bars. It is deterministic
// and counts in integers: the same requests and bars give the same outcomes on every machine, and its
// whole state goes into bytes and comes back.
//
// The rules are those of backtesting.py 0.6.6, so that results can be held against a peer that nobody
// here wrote. An order sent after bar i meets bar i+1, at its open: the queue is worked off in order,
// stops of open trades first. Opening fills pay the spread; every fill pays commission on its price and
// the fixed fee. An order opposite to open trades closes those first, the oldest first, each in a fill
// of its own; only the rest opens. Trades are kept apart by agent and instrument; money is the account's.
//
// Where it differs from the peer, on purpose:
//
//   - A stop order never fills at the close before it, also with TradeOnClose.
//   - A bankrupt account closes every trade, not every other one.
//   - Exclusive orders cancel all earlier ones of their agent and instrument, not every other one.
//   - A quantity is counted in lots where the peer counts in whole units.
//   - A price is rounded half to even to the instrument's price units after the spread, money half to
//     even to 10^-8 in each fill.
//   - An order has a time in force, can be post-only or reduce-only, and can fill in parts.
//
// Money saturates at ±92 billion instead of wrapping around. One goroutine uses a Venue at a time.
package paper
