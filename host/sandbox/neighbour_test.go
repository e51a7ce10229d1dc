package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// neighbour is a well-behaved agent in the same runtime as the hostile ones. It ticks all the time, and
// in the end it must be in exactly the state of one that had a runtime to itself. Beside it beats the
// host's heart, and the collector runs, which a guest holds up as long as it computes.
type neighbour struct {
	t        testing.TB
	instance *Instance
	ticks    int
	gap      atomic.Int64
	quit     chan struct{}
	done     sync.WaitGroup
}

func startNeighbour(t testing.TB, r *Runtime) *neighbour {
	n := &neighbour{t: t, instance: instantiate(t, loadGuest(t, r, "counter.wasm", Limits{}), InstanceConfig{Seed: 3}), quit: make(chan struct{})}
	n.done.Add(3)
	go n.live()
	go n.beat()
	go n.collect()
	return n
}

func (n *neighbour) tick(i *Instance, number int) {
	input := binary.LittleEndian.AppendUint64(nil, uint64(number))
	if _, _, err := i.Tick(input, int64(number)*1000, 2_000_000); err != nil {
		n.t.Errorf("neighbour's tick %d: %v", number, err)
	}
}

func (n *neighbour) live() {
	defer n.done.Done()
	for n.wait(100 * time.Microsecond) {
		n.ticks++
		n.tick(n.instance, n.ticks)
	}
}

func (n *neighbour) beat() {
	defer n.done.Done()
	const pause = 100 * time.Microsecond
	for last := time.Now(); n.wait(pause); {
		now := time.Now()
		if gap := int64(now.Sub(last) - pause); gap > n.gap.Load() {
			n.gap.Store(gap)
		}
		last = now
	}
}

func (n *neighbour) collect() {
	defer n.done.Done()
	for n.wait(5 * time.Millisecond) {
		runtime.GC()
	}
}

// wait sleeps: this is a test of what real time does. It is false when the neighbour is to stop.
func (n *neighbour) wait(d time.Duration) bool {
	select {
	case <-n.quit:
		return false
	case <-time.After(d):
		return true
	}
}

// takeGap is the longest gap between two heartbeats since it was asked last.
func (n *neighbour) takeGap() time.Duration { return time.Duration(n.gap.Swap(0)) }

// stop compares the neighbour with one that lived alone.
func (n *neighbour) stop() int {
	close(n.quit)
	n.done.Wait()
	alone := instantiate(n.t, loadGuest(n.t, newRuntime(n.t, Config{}), "counter.wasm", Limits{}), InstanceConfig{Seed: 3})
	for number := 1; number <= n.ticks; number++ {
		n.tick(alone, number)
	}
	if stateOf(n.instance) != stateOf(alone) {
		n.t.Errorf("after %d ticks the neighbour is in another state than one that lived alone", n.ticks)
	}
	return n.ticks
}

func stateOf(i *Instance) [32]byte {
	h := sha256.New()
	i.Hash(h)
	return [32]byte(h.Sum(nil))
}
