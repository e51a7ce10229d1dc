package simulation

import (
	"fmt"
	"time"
)

// Invariant is the number of one of the promises that every world is held to.
type Invariant int

const (
	InvariantOnce        Invariant = 1
	InvariantNoneLost    Invariant = 2
	InvariantNoOrphan    Invariant = 3
	InvariantPositions   Invariant = 4
	InvariantJournal     Invariant = 5
	InvariantPartition   Invariant = 6
	InvariantBreaker     Invariant = 7
	InvariantBudget      Invariant = 8
	InvariantNeighbour   Invariant = 9
	InvariantFailedTick  Invariant = 10
	InvariantDeterminism Invariant = 11
	InvariantRisk        Invariant = 12
	InvariantKill        Invariant = 13
	InvariantLiveness    Invariant = 14
	InvariantSometimes   Invariant = 15
	InvariantSwap        Invariant = 16
	InvariantReversal    Invariant = 17
)

var invariantNames = map[Invariant]string{
	InvariantOnce:        "an intent is at the venue at most once",
	InvariantNoneLost:    "no durable intent vanishes",
	InvariantNoOrphan:    "every order at the venue has an intent",
	InvariantPositions:   "positions agree, or trading is halted",
	InvariantJournal:     "the journal is whole and replays to the same state",
	InvariantPartition:   "dead, done and open orders are all orders",
	InvariantBreaker:     "no more probes than permits; an open breaker survives a restart",
	InvariantBudget:      "retries stay within the budget",
	InvariantNeighbour:   "a failing strategy changes nothing for others",
	InvariantFailedTick:  "a failed tick emits no order",
	InvariantDeterminism: "the same seed gives the same run",
	InvariantRisk:        "limits hold at every moment",
	InvariantKill:        "nothing that adds goes out after the kill switch",
	InvariantLiveness:    "with faults off all is resolved",
	InvariantSometimes:   "every point is reached sometimes",
	InvariantSwap:        "a swap is one numbered turn, once, or nothing",
	InvariantReversal:    "a close is not overtaken by what its agent wished after it",
}

// String is the promise in words.
func (i Invariant) String() string { return invariantNames[i] }

// Violation is a broken promise.
type Violation struct {
	Invariant Invariant
	Seed      uint64
	// Time is virtual, since the world began; -1 if it was found at the end.
	Time    int64
	Account string
	Text    string
}

// String is one line: number and name, seed, time, account, what was found.
func (v *Violation) String() string {
	at := "end"
	if v.Time >= 0 {
		at = time.Duration(v.Time).String()
	}
	return fmt.Sprintf("invariant %d (%s) broken: seed %d, %s, %s: %s", v.Invariant, v.Invariant, v.Seed, at, v.Account, v.Text)
}
