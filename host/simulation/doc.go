// Package simulation runs the whole host in seeded worlds: many agents, venues that misbehave, disks that lose
// power, and after each run the invariants of the order path. One seed gives one world, to the last byte: market,
// faults, crash points and what the strategies wish. There are no goroutines and no clocks in a world.
//
// Its parts can be used alone. Disk is a journal.Device whose power may fail at any step. Venue is an exchange
// behind a bad network, in virtual time. Market makes price paths. Checker compares the venue's books with what
// the host says. Plan is what a seed decides.
//
//go:generate make -C strategies
package simulation
