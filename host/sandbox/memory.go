package sandbox

// linearMemory backs one guest's memory, reserved once at its limit so that growing neither moves nor
// copies it: growth page by page cost 2,300 ns a unit of fuel when wazero copied. It is outside of
// the Go heap, where thousands of mostly empty 64 MiB reservations would mislead the collector.
// It implements wazero's experimental.LinearMemory.
//
// Its beginning is the module's image, where there is one, and zeros beyond: who makes the instance fills in
// what is to be there.
type linearMemory struct {
	reserved  []byte
	image     *image // that is mapped; nil for none
	onHeap    bool
	populated uint64 // up to where the kernel has been asked for pages
}

// lazyBytes of a guest's memory are left for the guest to touch first, which costs 0.5 to 2 µs for each
// 4 KiB and holds up the scheduler meanwhile, 7 ms in all. The rest is asked for when the guest grows into
// it, in a system call, which holds up nobody.
const lazyBytes = 16 << 20

func newLinearMemory(limit uint64, shared *image) *linearMemory {
	m := &linearMemory{populated: lazyBytes}
	m.reserved = reserve(limit)
	if m.reserved != nil && shared != nil && shared.size() <= len(m.reserved) {
		if shared.mapped.over(m.reserved) {
			m.image = shared
		} else { // no more mappings (vm.max_map_count)
			release(m.reserved)
			m.reserved = nil
		}
	}
	if m.reserved == nil {
		m.reserved, m.onHeap = make([]byte, limit), true
	}
	return m
}

// Reallocate gives the first size bytes; nil beyond the limit, which the guest sees as memory.grow's -1.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		return nil
	}
	if size > m.populated && !m.onHeap {
		populate(m.reserved[m.populated:size])
		m.populated = size
	}
	return m.reserved[:size:size]
}

// Free gives the reservation back. Freeing twice does no harm.
func (m *linearMemory) Free() {
	if m.reserved != nil && !m.onHeap {
		release(m.reserved)
	}
	m.reserved, m.image = nil, nil
}
