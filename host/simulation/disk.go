package simulation

import (
	"slices"
	"sync"

	"github.com/agenthost/agenthost/host/journal"
)

// DiskFaults are what may be wrong with a disk besides its power. Rates are parts of a million appends.
type DiskFaults struct {
	// Indeterminate appends end in ErrIndeterminate, stored or not.
	Indeterminate uint32
	// Lies: an append is acknowledged and stays in a cache that a power failure loses, unless a later one is
	// synced.
	Lies uint32
	// Tears: at a power failure the last frame of the append is stored in part, and the disk does not notice.
	Tears uint32
	// Whole: a power failure stores an append whole or not at all, as SQLite does. Otherwise any part of it,
	// stream by stream and entry by entry, may be stored.
	Whole bool
}

// Disk is what survives of a simulated journal: streams with their frames and leases, those that are durable
// and those that only seem so. Each incarnation of a host has its own Device on it. This type is concurrency
// safe; a simulation uses it from one goroutine, and then it is deterministic.
type Disk struct {
	mu      sync.Mutex
	power   *Power
	random  random
	faults  DiskFaults
	streams []*diskStream // a stream's number is its index + 1
	full    bool
	// incarnation is whose devices still work.
	incarnation int
	dirty       bool
	// rewritten counts how often something that could be read was lost or made another.
	rewritten uint64
	injected  Counts
}

// diskStream is one stream: what reads show, and the part of it that a power failure leaves.
type diskStream struct {
	info   journal.StreamInfo
	frames []journal.Frame
	// synced frames and info are what is on the platter.
	synced     int
	syncedInfo journal.StreamInfo
	// dropped frames were pruned. They stay for those who look from outside; the host has not got them any more.
	dropped int
}

// NewDisk makes an empty disk that draws its accidents from the seed. power is the host's.
func NewDisk(seed uint64, power *Power, f DiskFaults) *Disk {
	return &Disk{power: power, random: newRandom(seed, "disk"), faults: f, injected: Counts{}}
}

// Open gives the device of a new incarnation. The devices of earlier ones fail with ErrPower from here on.
func (d *Disk) Open() journal.Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.incarnation++
	return &device{disk: d, incarnation: d.incarnation}
}

// Look gives a device that only reads, whether there is power or not: it counts no steps, and what was pruned is
// there.
func (d *Disk) Look() journal.Device { return &device{disk: d, looks: true, whole: true} }

// LookAtKept is Look without what was pruned: what a host finds.
func (d *Disk) LookAtKept() journal.Device { return &device{disk: d, looks: true} }

// Whole is a copy of the disk with all that was pruned and without accidents.
func (d *Disk) Whole() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDisk(0, NewPower(), DiskFaults{})
	for _, s := range d.streams {
		one := *s
		one.frames, one.dropped, one.info.Anchor, one.syncedInfo.Anchor = slices.Clip(s.frames), 0, journal.Anchor{}, journal.Anchor{}
		c.streams = append(c.streams, &one)
	}
	return c
}

// SetFull makes appends fail with ErrFull, or work again.
func (d *Disk) SetFull(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

func (d *Disk) isFull() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.full
}

// SetFaults changes what may be wrong from here on.
func (d *Disk) SetFaults(f DiskFaults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = f
}

// Injected is what was done to the host so far, by name.
func (d *Disk) Injected() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.injected.clone()
}

func (d *Disk) stream(id uint32) *diskStream {
	if id == 0 || int(id) > len(d.streams) {
		return nil
	}
	return d.streams[id-1]
}

func (d *Disk) named(name string) *diskStream {
	i := slices.IndexFunc(d.streams, func(s *diskStream) bool { return s.info.Name == name })
	if i < 0 {
		return nil
	}
	return d.streams[i]
}

// lose is what a power failure does to what was never synced.
func (d *Disk) lose() {
	if !d.dirty {
		return
	}
	d.dirty = false
	for _, s := range d.streams {
		if len(s.frames) > s.synced {
			d.injected.add("disk lost what it acknowledged", 1)
			d.rewritten++
		}
		s.frames = s.frames[:s.synced]
		// The lease is older than the loss or part of it; tokens never go back, or an old owner could write.
		token, owner, until := s.info.Token, s.info.Owner, s.info.Until
		s.info = s.syncedInfo
		s.info.Token, s.info.Owner, s.info.Until = token, owner, until
	}
}

// sync makes all that seems stored durable.
func (d *Disk) sync() {
	d.dirty = false
	for _, s := range d.streams {
		s.synced, s.syncedInfo = len(s.frames), s.info
	}
}
