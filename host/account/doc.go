// Package account is the fold of an agent's events: balances per currency, positions, orders that are
// not final, equity, peak and drawdown. It is a pure function of what it is given: the same events in
// the same order give the same bytes of AppendState.
//
// Everything is an integer: money counts 10^-8 of its currency (event.MoneyDecimals), products are made
// in 128 bits or more, and averages, profits and fees are rounded half to even where they do not come out even.
// A value of this package is used by one goroutine at a time.
package account
