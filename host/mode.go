package host

import "github.com/agenthost/agenthost/host/event"

// permissions are what each mode allows; conditions intersect them.
func permissions(m event.Mode) event.Permission {
	switch m {
	case event.ModeFull:
		return event.PermitAdd | event.PermitReduce | event.PermitCancel | event.PermitTick
	case event.ModeReadOnly:
		return event.PermitTick | event.PermitReduce | event.PermitCancel
	case event.ModeObservation:
		return event.PermitTick | event.PermitCancel
	}
	return 0
}

// health is what an agent's mode is computed from. Each field is a condition of its own; the most
// severe decides.
type health struct {
	trapsInRow int
	trapsMax   int
	bankrupt   bool
	// ordered is the mode that a person or the host ordered, 0 for none.
	ordered event.Mode
	// quarantined latches: a strategy that failed too often is not called any more, and the agent stays
	// close-only, until a person acts.
	quarantined bool
}

// mode is station 3: what the agent may do now, and why.
func (h *health) mode() (event.Mode, string) {
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
	if h.ordered != 0 {
		raise(h.ordered, "ordered")
	}
	if h.bankrupt {
		raise(event.ModeShutdown, "bankrupt: the venue closed the account")
	}
	return m, reason
}
