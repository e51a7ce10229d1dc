package host

import (
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// wordsOf tells a condition to a person: its name, what was found and what is allowed.
func wordsOf(r *resilience.Reason) string {
	if found := foundBy[r.Name]; found != "" && (r.Kind == resilience.ReasonHolds || r.Kind == resilience.ReasonSuspect) {
		return r.Name + ": " + found
	}
	switch r.Kind {
	case resilience.ReasonOrdered:
		return fmt.Sprintf("ordered by %s: %s", r.Who, r.Why)
	case resilience.ReasonUnknown:
		return r.Name + ": not known yet, or too long ago"
	case resilience.ReasonSuspect:
		return fmt.Sprintf("%s: %s, the limit is %s; being confirmed", r.Name, measured(r.Name, r.Value), measured(r.Name, r.Limit))
	case resilience.ReasonLatched:
		return fmt.Sprintf("%s: was %s, the limit is %s; latched until a person opens it", r.Name, measured(r.Name, r.Value), measured(r.Name, r.Limit))
	}
	return fmt.Sprintf("%s: %s, the limit is %s", r.Name, measured(r.Name, r.Value), measured(r.Name, r.Limit))
}

// foundBy says what was found by conditions that are not a matter of more or less.
var foundBy = map[string]string{
	"breaker":          "the venue's breaker is not closed, or the account is held",
	"positions_differ": "books and venue do not add up",
	"journal_failed":   "the journal cannot be written",
}

// measured writes a measure in the unit of its condition.
func measured(condition string, v int64) string {
	switch condition {
	case "drawdown", "drawdown_day":
		return event.FormatFixed(100*v, event.FractionDecimals, 2) + " %"
	case "balance":
		return event.FormatFixed(v, event.MoneyDecimals, 2)
	case "feed_age":
		return event.FormatFixed(v, event.FractionDecimals, 1) + " intervals"
	case "lag", "clock_skew":
		return time.Duration(v).String()
	case "disk_free":
		return fmt.Sprintf("%d MiB", v>>20)
	}
	return fmt.Sprint(v)
}
