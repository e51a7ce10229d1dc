package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/agenthost/agenthost/host/journal"
)

// ErrAppend is a write that failed by a fault and stored nothing.
var ErrAppend = errors.New("chaos: the write failed")

// device is a journal.Device whose appends fail. Everything else is the device's own.
type device struct {
	journal.Device
	chaos   *Chaos
	appends *seam

	mu sync.Mutex
	// used counts bytes since the beginning or since the disk was made free; fullSince is when an append
	// did not fit, 0 while all fit.
	used, fullSince int64
}

// Device wraps a journal's device. It keeps the contract: an append that fails stores nothing, unless it
// says journal.ErrIndeterminate.
func (c *Chaos) Device(inner journal.Device) journal.Device {
	return &device{Device: inner, chaos: c, appends: c.seam("store", "journal")}
}

// The faults of an append, in the order in which they are drawn.
const (
	fateAppendFails = iota
	fateIndeterminate
)

// Append stores the batches, unless a fault comes between.
func (d *device) Append(batches []journal.Batch) error {
	f := &d.chaos.config.Store
	dice := roll(d.chaos.config.Seed, "store", d.appends.next())
	if wait := dice.around(saltLatencyBefore, f.Latency); wait > 0 {
		d.appends.count(FaultLatency)
		if err := d.chaos.config.Sleep(context.Background(), wait); err != nil {
			return fmt.Errorf("%w: %w", ErrAppend, err)
		}
	}
	if d.full(size(batches)) {
		d.appends.count(FaultDiskFull)
		return fmt.Errorf("chaos: %w", journal.ErrFull)
	}
	switch dice.one(saltFate, f.FailRate, f.Indeterminate) {
	case fateAppendFails:
		d.appends.count(FaultAppendFails)
		return ErrAppend
	case fateIndeterminate:
		return d.indeterminate(batches, dice)
	}
	if err := d.Device.Append(batches); err != nil {
		return err
	}
	d.take(size(batches))
	return nil
}

// indeterminate stores or does not, and does not say which.
func (d *device) indeterminate(batches []journal.Batch, dice dice) error {
	if dice.draw(saltStored)&1 == 0 {
		d.appends.count(FaultIndeterminateLost)
		return fmt.Errorf("chaos: %w", journal.ErrIndeterminate)
	}
	if err := d.Device.Append(batches); err != nil {
		return err
	}
	d.take(size(batches))
	d.appends.count(FaultIndeterminateStored)
	return fmt.Errorf("chaos: %w", journal.ErrIndeterminate)
}

// full reports whether so many bytes do not fit. Somebody makes room after FullFor.
func (d *device) full(n int64) bool {
	f := &d.chaos.config.Store
	if f.FullAfter == 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.chaos.config.Now()
	if d.fullSince != 0 && f.FullFor > 0 && now-d.fullSince >= int64(f.FullFor) {
		d.used, d.fullSince = 0, 0
	}
	if d.fullSince == 0 && d.used+n > f.FullAfter {
		d.fullSince = now
	}
	return d.fullSince != 0
}

func (d *device) take(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used += n
}

func size(batches []journal.Batch) (n int64) {
	for i := range batches {
		for k := range batches[i].Frames {
			n += int64(len(batches[i].Frames[k].Bytes))
		}
	}
	return n
}
