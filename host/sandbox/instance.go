package sandbox

import (
	"hash"

	"github.com/agenthost/agenthost/abi"
)

// InstanceConfig is what one instance is given.
type InstanceConfig struct {
	// Name is for messages.
	Name string
	// Seed of the guest's randomness; the same seed gives the same run.
	Seed uint64
	// Time is the virtual clock while the instance is made, nanoseconds since the Unix epoch, UTC.
	Time int64
	// Parameters are the values of the declared parameters, in declared order. nil: their defaults.
	Parameters []abi.Value
	// Limits: zero fields take those of the module's Load. Memory, stack and tables are the module's.
	Limits Limits
	// Output receives what the guest prints, line by line, without control bytes, cut at the limit.
	// It is called during the call that prints, on its goroutine. nil: nobody listens.
	Output func(stream Stream, line string)
}

// Instance is one running strategy. It is not concurrency safe: one call at a time, Close included.
type Instance struct{}

// Tick gives the guest an input and returns its output, a view into the guest's memory that is valid
// until the next call of any method: parse it at once. now is the virtual clock, budget the fuel; used
// is the fuel that it took. The error is a *Trap, after which the instance is poisoned; ErrPoisoned
// if it was. Tick does not allocate when it succeeds and the guest prints nothing.
func (i *Instance) Tick(input []byte, now, budget int64) (output []byte, used int64, err error) {
	panic("in work")
}

// CanSave tells whether the module has strategy_save, CanLoad whether it has strategy_load.
func (i *Instance) CanSave() bool { panic("in work") }

// CanLoad tells whether the module has strategy_load.
func (i *Instance) CanLoad() bool { panic("in work") }

// Save asks the guest for what a next version may know: the bytes of strategy_save behind the header
// of abi.AppendState. ErrNotExported if the module has none.
func (i *Instance) Save(now int64) ([]byte, error) { panic("in work") }

// Load gives the guest what Save returned, perhaps of another module.
func (i *Instance) Load(now int64, state []byte) error { panic("in work") }

// Snapshot copies the instance's whole state into s, whose memory it reuses.
func (i *Instance) Snapshot(s *Snapshot) error { panic("in work") }

// Hash writes guest memory, mutable globals (fuel and depth apart), virtual clock and random position.
func (i *Instance) Hash(h hash.Hash) { panic("in work") }

// MemoryBytes is the size of the guest's memory now; it never shrinks.
func (i *Instance) MemoryBytes() int64 { panic("in work") }

// Poisoned tells that a call trapped.
func (i *Instance) Poisoned() bool { panic("in work") }

// Close frees the instance. The last output is gone with it.
func (i *Instance) Close() error { panic("in work") }
