package config

import (
	"errors"
	"fmt"
	"time"
)

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

func modesBlock() *block[Modes] {
	return &block[Modes]{
		name: "modes", says: "Bounds of the agent's health. Beyond one the agent may only reduce, only look on, or is shut down and its book flattened. In a recorded run those of the account (drawdown_max, drawdown_day_max, balance_min) count only where they are written.",
		defaults: DefaultModes, source: func(m *Modes) *Source { return &m.Source },
		fields: []field[Modes]{
			fraction("drawdown_max", func(m *Modes) *int64 { return &m.DrawdownMax }, 1, One, "How far equity may fall from its peak. Then the agent is shut down, its book flattened, until a person resets it.").like(`"20%"`),
			fraction("drawdown_day_max", func(m *Modes) *int64 { return &m.DrawdownDayMax }, 1, One, "How far equity may fall from the day's start. Then it may only reduce, until a person resets it.").like(`"10%"`),
			money("balance_min", func(m *Modes) *int64 { return &m.BalanceMin }, 0, "The least equity. Below, the agent is shut down, its book flattened, until a person resets it.").like("1000"),
			parsed("day_begins", "time of day", func(m *Modes) *time.Duration { return &m.DayBegins }, parseTimeOfDay, formatTimeOfDay, "When a day begins, in timezone.", "17:00"),
			parsed("timezone", "timezone", func(m *Modes) **time.Location { return &m.Timezone }, parseTimezone, (*time.Location).String, "The zone of day_begins, as in the IANA's list.", "America/New_York"),
			fraction("feed_age_max", func(m *Modes) *int64 { return &m.FeedAgeMax }, One/10, 1000*One, "How old the newest bar may be, as a multiple of what the feed allows (stale_after, or by its interval). Then the agent may only look on and cancel.").like("1.5"),
			whole("unknown_orders_max", func(m *Modes) *int { return &m.UnknownOrdersMax }, 0, 1<<16, "How many of its orders may be Unknown at once. With more it may only reduce.").like("3"),
			whole("dead_letters_max", func(m *Modes) *int { return &m.DeadLettersMax }, 0, 1<<16, "How many of its dead letters may wait for a person. With more it may only reduce.").like("10"),
			size("disk_free_min", func(m *Modes) *int64 { return &m.DiskFreeMin }, 0, 1<<40, 1, "How much of the journal's disk must be free. Below, it may only reduce.").like(`"256MiB"`).defaults("the host's disk.free_min"),
			duration("lag_max", func(m *Modes) *time.Duration { return &m.LagMax }, time.Millisecond, "How far the host may be behind what comes in. Beyond, it may only reduce.", "5s"),
			whole("traps_in_row_max", func(m *Modes) *int { return &m.TrapsInRowMax }, 0, 1_000_000, "How many of its ticks in a row may trap. With more it may only reduce, until a person resets it; traps_max quarantines it.").like("2"),
			duration("clock_skew_max", func(m *Modes) *time.Duration { return &m.ClockSkewMax }, time.Millisecond, "How far the venue's clock may be from ours. Beyond, it may only reduce.", "1s").defaults("the venue's"),
		},
	}
}

// inherit takes what is not written from the host and the venue; v may be nil.
func (m *Modes) inherit(h *Host, v *Venue) {
	if !m.Written("disk_free_min") {
		m.DiskFreeMin = h.Disk.FreeMin
	}
	if !m.Written("clock_skew_max") && v != nil && v.Path != nil {
		m.ClockSkewMax = v.Path.ClockSkewMax
	}
}

// parseTimeOfDay reads hours and minutes as the time since midnight.
func parseTimeOfDay(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, errors.New("is not a time of day from 00:00 to 23:59")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func formatTimeOfDay(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
