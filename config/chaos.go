package config

import "time"

// Chaos are faults put in on purpose. Rates are fractions: how often it happens.
type Chaos struct {
	Source
	// Seed decides which calls fail: the same seed, the same faults.
	Seed  uint64
	Venue ChaosVenue
	Feed  ChaosFeed
	Store ChaosStore
	// KillEvery ends the process without a word, after this time on average; 0 is never.
	KillEvery time.Duration
}

// ChaosVenue are faults between the host and the venue.
type ChaosVenue struct {
	Source
	// FailRate of the calls are answered with one of Codes, which are HTTP statuses.
	FailRate int64
	Codes    []int
	// Latency is added to each call, the half to one and a half of it.
	Latency time.Duration
	// DropBefore of the calls are lost before they reach the venue, DropAfter after it has carried them out.
	DropBefore, DropAfter int64
	// Duplicate of the calls reach the venue twice.
	Duplicate int64
	// Delay of the calls reach the venue DelayBy later, when the caller has given up.
	Delay   int64
	DelayBy time.Duration
	// Reorder of the answers come after the next one; Partial of the orders are filled in part first.
	Reorder, Partial int64
}

// ChaosFeed are faults of the bars: without a number, from the past, or missing.
type ChaosFeed struct {
	Source
	NaNRate, StaleRate, GapRate int64
}

// ChaosStore are faults of the journal's disk.
type ChaosStore struct {
	Source
	// FullAfter is how many bytes fit before the disk is full, for FullFor; 0 is never, or for ever.
	FullAfter int64
	FullFor   time.Duration
	// FailRate of the writes fail.
	FailRate int64
}

// DefaultChaosVenue has no faults; those that fail by rate are the usual ones.
func DefaultChaosVenue() ChaosVenue {
	return ChaosVenue{Codes: []int{429, 500, 502, 503, 504}, DelayBy: time.Minute}
}

// DefaultChaos has no faults.
func DefaultChaos() Chaos { return Chaos{Venue: DefaultChaosVenue()} }
