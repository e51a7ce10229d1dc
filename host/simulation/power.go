package simulation

import (
	"errors"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/journal"
)

// ErrPower is what everything of a host says after its power failed: the host is gone, and the driver starts
// another. It is ErrIndeterminate too, so that a journal that meets it accepts nothing any more.
var ErrPower = fmt.Errorf("power failed: %w", journal.ErrIndeterminate)

// Point is a kind of step at which power may fail.
type Point uint8

const (
	// PointAppend is an append to the journal: none, a part or all of it may be stored.
	PointAppend Point = iota
	// PointLease is a lease acquired, renewed or released.
	PointLease
	// PointRead is a read of the journal, as recovery makes many.
	PointRead
	// PointRound is between two rounds of the host.
	PointRound
	// PointRelease is between the calls of a round that go out to the venue.
	PointRelease
	// PointCheckpoint is a list, read, write or commit of checkpoints.
	PointCheckpoint
	// PointPrune is when the beginning of a stream is dropped: before its anchor is durable, or among the frames.
	PointPrune
	pointEnd
)

var pointNames = [pointEnd]string{"append", "lease", "read", "round", "release", "checkpoint", "prune"}

// String names the point as reports and traces do.
func (p Point) String() string {
	if p < pointEnd {
		return pointNames[p]
	}
	return "point_unknown"
}

// Power is a host's electricity. It counts the steps that the host makes and fails at one of them; from there
// on every step of that incarnation fails. One goroutine.
type Power struct {
	steps uint64
	fails []uint64
	// incarnation counts the hosts that were started, from 1.
	incarnation int
	off         bool
	crashed     [pointEnd]uint64
}

// NewPower makes a supply that fails at each of the given steps, which rise; steps are counted from 1 over all
// incarnations.
func NewPower(fails ...uint64) *Power { return &Power{fails: slices.Clone(fails), incarnation: 1} }

// Step counts a step and reports whether the power fails at it, or has failed before.
func (p *Power) Step(at Point) bool {
	if p.off {
		return true
	}
	p.steps++
	if len(p.fails) == 0 || p.steps < p.fails[0] {
		return false
	}
	p.fails = p.fails[1:]
	p.fail(at)
	return true
}

// fail ends the incarnation.
func (p *Power) fail(at Point) {
	p.off = true
	p.crashed[at]++
}

// Off reports whether the power is off.
func (p *Power) Off() bool { return p.off }

// Restore starts the next incarnation. A fail that lies behind is forgotten.
func (p *Power) Restore() {
	p.off = false
	p.incarnation++
	for len(p.fails) > 0 && p.fails[0] <= p.steps {
		p.fails = p.fails[1:]
	}
}

// Near reports whether the power fails within so many steps from now.
func (p *Power) Near(steps uint64) bool { return len(p.fails) > 0 && p.fails[0] <= p.steps+steps }

// FailAfter makes the power fail so many steps from now, if not before.
func (p *Power) FailAfter(steps uint64) {
	if !p.Near(steps) {
		p.fails = slices.Insert(p.fails, 0, p.steps+steps)
	}
}

// Calm makes the power fail no more.
func (p *Power) Calm() { p.fails = nil }

// Steps is how many steps were counted.
func (p *Power) Steps() uint64 { return p.steps }

// Incarnation counts the hosts started so far.
func (p *Power) Incarnation() int { return p.incarnation }

// Crashes is how many times the power failed at each point.
func (p *Power) Crashes() map[Point]uint64 {
	m := make(map[Point]uint64)
	for i, n := range p.crashed {
		if n > 0 {
			m[Point(i)] = n
		}
	}
	return m
}

// IsPower reports whether err comes of a power failure.
func IsPower(err error) bool { return errors.Is(err, ErrPower) }
