package config

import "time"

// Modes are the bounds of an agent's health beyond which its mode changes. Where a bound is not written it is
// package resilience's. A recorded run leaves out the conditions of the account (drawdown_max,
// drawdown_day_max, balance_min) unless they are Written, for a backtest is to show what becomes of it.
type Modes struct {
	Source
	// DrawdownMax is how far equity may fall from its peak, as a fraction, before the agent is shut down and
	// its book flattened; DrawdownDayMax from the day's start, before it may only reduce.
	DrawdownMax, DrawdownDayMax int64
	// BalanceMin is the least equity, in money, below which it is shut down.
	BalanceMin int64
	// DayBegins is when a day begins, since midnight in Timezone.
	DayBegins time.Duration
	Timezone  *time.Location
	// FeedAgeMax is how old the newest bar may be, as a multiple (fraction, One is once) of what the feed's
	// interval and session allow.
	FeedAgeMax int64
	// UnknownOrdersMax and DeadLettersMax are how many there may be.
	UnknownOrdersMax, DeadLettersMax int
	// DiskFreeMin is bytes. Where it is not written it is the host's.
	DiskFreeMin int64
	// LagMax is how far the host may be behind its inputs.
	LagMax time.Duration
	// TrapsInRowMax is how many ticks in a row may trap.
	TrapsInRowMax int
	// ClockSkewMax is how far the venue's clock may be off. Where it is not written it is the venue's.
	ClockSkewMax time.Duration
}

// DefaultModes are the thresholds of package resilience.
func DefaultModes() Modes {
	return Modes{
		DrawdownMax: One / 5, DrawdownDayMax: One / 10, Timezone: time.UTC, FeedAgeMax: One,
		UnknownOrdersMax: 3, DeadLettersMax: 10, DiskFreeMin: 256 << 20, LagMax: 5 * time.Second,
		TrapsInRowMax: 2, ClockSkewMax: time.Second,
	}
}
