package resilience

import (
	"fmt"
	"math"
)

// Permission is a set of bits: what an agent may do. The numbers are the ABI's.
type Permission uint8

const (
	PermitAdd    Permission = 1 << iota // Orders that add risk.
	PermitReduce                        // Orders that only reduce.
	PermitCancel
	PermitTick // The strategy is called.
)

// Mode is a name for a set of permissions, the higher the stricter. The numbers are the ABI's.
type Mode uint8

const (
	ModeFull        Mode = iota + 1 // Everything.
	ModeReadOnly                    // Reduce and cancel only.
	ModeObservation                 // Cancel only; exits are the host's or a person's.
	ModeShutdown                    // Nothing; the host flattens.
)

var modeNames = [...]string{"", "full", "read_only", "observation", "shutdown"}

func (m Mode) String() string { return nameOf(modeNames[:], int(m)) }

// Permissions are what a mode allows; none for what is no mode.
func (m Mode) Permissions() Permission {
	switch m {
	case ModeFull:
		return PermitAdd | PermitReduce | PermitCancel | PermitTick
	case ModeReadOnly:
		return PermitReduce | PermitCancel | PermitTick
	case ModeObservation:
		return PermitCancel | PermitTick
	}
	return 0
}

// Measure is one reading of an agent's health. The zero value is one that is not known, and that is bad.
type Measure struct {
	Known bool
	Value int64
	// Time is that of the data read, not of the reading: a mark's own time.
	Time int64
	// Estimated marks a value that rests on a missing or old mark. It can stop adding, never flatten.
	Estimated bool
}

// MeasureFloat makes a measure of a float, in units of 1/scale, rounded away from zero. NaN, infinity and
// what does not fit are not known: NaN would pass every comparison.
func MeasureFloat(v float64, scale, time int64) Measure {
	v *= float64(scale)
	if math.IsNaN(v) || v >= math.MaxInt64 || v <= math.MinInt64 {
		return Measure{Time: time}
	}
	if v = math.Copysign(math.Ceil(math.Abs(v)), v); v >= math.MaxInt64 || v <= math.MinInt64 {
		return Measure{Time: time}
	}
	return Measure{Known: true, Value: int64(v), Time: time}
}

// Rule of health: when a measure demands a mode. It is only read.
type ModeRule struct {
	// Name is the condition's, unique in its Modes: reasons, journal and reset use it.
	Name string
	// Mode is what the condition demands while it holds.
	Mode Mode
	// The condition begins above Enter and ends at Leave or below; with Below it begins below Enter and
	// ends at Leave or above. Between them nothing changes.
	Enter, Leave int64
	Below        bool
	// Confirm is how many readings in a row, of different times, must be bad. Zero means 1, and 2 for
	// ModeShutdown, which never takes one.
	Confirm uint32
	// EnterAfter and LeaveAfter are how long it must have been bad, or good, without a break, in
	// nanoseconds.
	EnterAfter, LeaveAfter int64
	// FreshFor is how old data may be before the measure is not known, in nanoseconds. Zero is any age,
	// but not for ModeShutdown.
	FreshFor int64
	// Latch keeps it until a person resets it. ModeShutdown always latches.
	Latch bool
	// WriteDegraded: it is the venue's write side that fails. Exits then need it too: they are queued
	// and go by the breaker's lane.
	WriteDegraded bool
}

// Validate says what cannot work, naming both values.
func (r *ModeRule) Validate() error {
	switch {
	case r.Name == "" || len(r.Name) > nameMax:
		return fmt.Errorf("mode rule with a name of %d bytes; 1 to %d", len(r.Name), nameMax)
	case r.Mode < ModeReadOnly || r.Mode > ModeShutdown:
		return fmt.Errorf("mode rule %s demands mode %s; use read_only, observation or shutdown", r.Name, r.Mode)
	case !r.Below && r.Leave > r.Enter || r.Below && r.Leave < r.Enter:
		return fmt.Errorf("mode rule %s is entered at %d and left at %d: it would be left before it is entered", r.Name, r.Enter, r.Leave)
	case r.EnterAfter < 0 || r.LeaveAfter < 0 || r.FreshFor < 0:
		return fmt.Errorf("mode rule %s has a negative time", r.Name)
	case r.Mode == ModeShutdown && r.Confirm == 1:
		return fmt.Errorf("mode rule %s flattens on one reading; confirm at least 2", r.Name)
	case r.Mode == ModeShutdown && r.FreshFor == 0:
		return fmt.Errorf("mode rule %s flattens on data of any age; set FreshFor", r.Name)
	}
	return nil
}

func (r *ModeRule) confirm() uint32 {
	if r.Confirm == 0 && r.Mode == ModeShutdown {
		return 2
	}
	return max(r.Confirm, 1)
}

func (r *ModeRule) latches() bool { return r.Latch || r.Mode == ModeShutdown }

func (r *ModeRule) bad(v int64) bool {
	if r.Below {
		return v < r.Enter
	}
	return v > r.Enter
}

func (r *ModeRule) good(v int64) bool {
	if r.Below {
		return v >= r.Leave
	}
	return v <= r.Leave
}

// Act is something that is done for an agent, by whomever.
type Act uint8

const (
	ActTick     Act = iota // The strategy is called.
	ActAdd                 // The strategy's orders that add risk.
	ActReduce              // The strategy's orders that only reduce.
	ActCancel              // The strategy's cancels.
	ActRest                // Its orders that add risk stay at the venue.
	ActHostExit            // Exits by the host or a person.
	ActRead                // Lookups, fills, reconciliation, journal, alerts.
	actEnd
)

var actNames = [...]string{
	"strategy is ticked", "strategy adds risk", "strategy reduces", "strategy cancels",
	"its adding orders stay at the venue", "host or person exits", "lookups, fills, reconciliation, alerts",
}

func (a Act) String() string { return nameOf(actNames[:], int(a)) }

// capabilities is the matrix of acts and modes, full to shutdown.
var capabilities = [actEnd][4]bool{
	ActTick:     {true, true, true, false},
	ActAdd:      {true, false, false, false},
	ActReduce:   {true, true, false, false},
	ActCancel:   {true, true, true, false},
	ActRest:     {true, true, false, false},
	ActHostExit: {true, true, true, true},
	ActRead:     {true, true, true, true},
}

// Can says whether an act is done in a mode. Nothing is done in what is no mode but exits and reading.
func (m Mode) Can(a Act) bool {
	if a >= actEnd {
		return false
	}
	if m < ModeFull || m > ModeShutdown {
		m = ModeShutdown
	}
	return capabilities[a][m-ModeFull]
}

// DefaultModeRules are the conditions that the host measures, with thresholds that its configuration
// replaces. Fractions are of One; times in nanoseconds.
func DefaultModeRules() []ModeRule {
	return []ModeRule{
		{Name: "drawdown", Mode: ModeShutdown, Enter: One / 5, Leave: One * 15 / 100, FreshFor: 120e9},
		{Name: "drawdown_day", Mode: ModeReadOnly, Enter: One / 10, Leave: One * 8 / 100, FreshFor: 120e9, Latch: true},
		{Name: "balance", Mode: ModeShutdown, Enter: 0, Leave: 0, Below: true, FreshFor: 120e9},
		// Age over what the feed's interval and session allow: a daily bar is not stale after a minute.
		{Name: "feed_age", Mode: ModeObservation, Enter: One, Leave: One / 2, LeaveAfter: 10e9},
		{Name: "breaker", Mode: ModeReadOnly, Enter: 0, Leave: 0, LeaveAfter: 5e9, WriteDegraded: true},
		{Name: "orders_unknown", Mode: ModeReadOnly, Enter: 3, Leave: 0},
		{Name: "dead_letters", Mode: ModeReadOnly, Enter: 10, Leave: 5},
		{Name: "journal_failed", Mode: ModeReadOnly, Enter: 0, Leave: 0, LeaveAfter: 10e9},
		{Name: "disk_free", Mode: ModeReadOnly, Enter: 256 << 20, Leave: 512 << 20, Below: true, FreshFor: 120e9},
		{Name: "lag", Mode: ModeReadOnly, Enter: 5e9, Leave: 1e9, EnterAfter: 5e9, LeaveAfter: 10e9},
		{Name: "traps_in_row", Mode: ModeReadOnly, Enter: 2, Leave: 0, Latch: true},
		{Name: "positions_differ", Mode: ModeReadOnly, Enter: 0, Leave: 0, Latch: true},
		{Name: "clock_skew", Mode: ModeReadOnly, Enter: 1e9, Leave: 500e6, LeaveAfter: 60e9},
	}
}
