package simulation

// Result is what came of a world.
type Result struct {
	Seed       uint64
	Plan       *Plan
	Violations []Violation
	// Injected are the faults, Crashes the failures of power by point, Sometimes the points reached.
	Injected  Counts
	Crashes   Counts
	Sometimes Sometimes
	// Denied are the orders that admission denied, by code; Failed the ticks that failed, by verdict.
	Denied, Failed Counts
	// Steps is how many steps could have failed; Orders, Fills and Calls what went on at the venues.
	Steps                uint64
	Orders, Fills, Calls uint64
	// Compared counts the agents that a restart brought back to a turn after which their state was known.
	Compared uint64
	// Replayed counts the groups that a restart brought back from a checkpoint, and that were held against what comes of
	// the journal alone.
	Replayed uint64
	// GroupHashes are over the journal streams and the venue's book of each group, Hash over all: one for
	// each seed.
	GroupHashes [][32]byte
	Hash        [32]byte
}
