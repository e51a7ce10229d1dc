package host

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// permissions are what each mode allows; conditions intersect them.
func permissions(m event.Mode) event.Permission {
	return event.Permission(resilience.Mode(m).Permissions())
}

// health is what an agent's mode is computed from. Each field is a condition of its own; the most
// severe decides. All of it is a fold of the agent's events, so a replay comes to the same mode.
type health struct {
	trapsInRow int
	trapsMax   int
	bankrupt   bool
	// quarantined latches: a strategy that failed too often is not called any more, and the agent stays
	// close-only, until a person acts.
	quarantined bool
	// ordered is what a person ordered; outside what the host asks for that measured feeds, venue,
	// journal and machine.
	ordered, outside standing
	// account are the conditions on the agent's own money and its strategy, nil for none.
	account *resilience.Modes
	places  struct{ drawdown, drawdownDay, balance, traps int }
}

// bankruptReason is the reason of the mode event that tells of an account's end, which is for good.
const bankruptReason = "bankrupt: the venue closed the account"

// standing is a mode that stays until another is put in its place, and why.
type standing struct {
	mode   event.Mode
	reason string
}

// newHealth takes the conditions on the account's money and on the strategy; none is no condition.
func newHealth(trapsMax int, rules []resilience.ModeRule) (health, error) {
	h := health{trapsMax: trapsMax}
	if len(rules) == 0 {
		return h, nil
	}
	var err error
	if h.account, err = resilience.NewModes(rules); err != nil {
		return h, err
	}
	h.places.drawdown = h.account.Index("drawdown")
	h.places.drawdownDay = h.account.Index("drawdown_day")
	h.places.balance = h.account.Index("balance")
	h.places.traps = h.account.Index("traps_in_row")
	return h, nil
}

// money is what the account's conditions look at.
type money struct {
	equity, drawdown, dayPnL int64
	// at is when the oldest mark that it rests on was made; the event's own time without positions.
	at        int64
	estimated bool
}

// observe measures the account and the strategy at now.
func (h *health) observe(m money, now int64) {
	if h.account == nil {
		return
	}
	measure := func(place int, value int64) {
		if place >= 0 {
			h.account.Observe(place, resilience.Measure{Known: true, Value: value, Time: m.at, Estimated: m.estimated}, now)
		}
	}
	measure(h.places.drawdown, m.drawdown)
	measure(h.places.balance, m.equity)
	lost := int64(0)
	if begun := m.equity - m.dayPnL; m.dayPnL < 0 && begun > 0 {
		lost, _ = event.MulDiv(-m.dayPnL, event.One, begun, event.Up)
	}
	measure(h.places.drawdownDay, lost)
	h.observeTraps(now)
}

// observeTraps counts failed ticks: the count is the host's own, and as new as now.
func (h *health) observeTraps(now int64) {
	if h.account != nil && h.places.traps >= 0 {
		h.account.Observe(h.places.traps, resilience.Measure{Known: true, Value: int64(h.trapsInRow), Time: now}, now)
	}
}

// mode is station 3: what the agent may do now, and why.
func (h *health) mode(now int64) (event.Mode, string) {
	m, reason := event.ModeFull, ""
	raise := func(to event.Mode, why string) {
		if to > m {
			m, reason = to, why
		}
	}
	if h.trapsMax > 0 && h.trapsInRow >= h.trapsMax {
		h.quarantined = true
	}
	if h.quarantined {
		raise(event.ModeReadOnly, "quarantined: too many failed ticks in a row")
	}
	raise(h.outside.mode, h.outside.reason)
	raise(h.ordered.mode, h.ordered.reason)
	if h.account != nil {
		if d := h.account.Decide(now); event.Mode(d.Mode) > m {
			raise(event.Mode(d.Mode), reasonOf(h.account, now))
		}
	}
	if h.bankrupt {
		raise(event.ModeShutdown, bankruptReason)
	}
	return m, reason
}

// reset is a person opening what has latched. A condition that still holds closes again.
func (h *health) reset(now int64) {
	h.ordered, h.quarantined, h.trapsInRow = standing{}, false, 0
	h.observeTraps(now)
	if h.account == nil {
		return
	}
	for _, r := range h.account.Reasons(now, nil) {
		if r.Kind == resilience.ReasonLatched {
			_ = h.account.Reset(r.Name, now) // refused while it holds; it then shows as a reason again
		}
	}
}

// reasonOf puts into words the strictest condition that holds.
func reasonOf(m *resilience.Modes, now int64) string {
	var strictest resilience.Reason
	for _, r := range m.Reasons(now, nil) {
		if r.Mode > strictest.Mode {
			strictest = r
		}
	}
	return wordsOf(&strictest)
}

func (h *health) appendState(b []byte) []byte {
	b = append(b, byte(h.ordered.mode), byte(h.outside.mode))
	flags := byte(0)
	if h.quarantined {
		flags |= 1
	}
	if h.bankrupt {
		flags |= 2
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(h.trapsInRow))
	if h.account != nil {
		b = h.account.AppendState(b)
	}
	return b
}
