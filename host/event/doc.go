// Package event holds the nouns in which agenthost's stations speak to one another (instrument, bar,
// order, request, outcome, fill, event, turn) and the codec by which the journal keeps them.
//
// Every value is plain data: no clock is read, no randomness is drawn and nothing is locked here, so
// a value may be read by any number of goroutines as long as none writes it.
//
// Numbers are integers. A price counts 10^-PriceDecimals and a quantity 10^-QuantityDecimals of its
// instrument; money counts 10^-MoneyDecimals of its currency; a fraction counts 10^-FractionDecimals;
// a time is nanoseconds since the Unix epoch, UTC.
package event
