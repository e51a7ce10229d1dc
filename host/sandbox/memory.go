package sandbox

// linearMemory backs one guest's memory, reserved once at its limit so that growing neither moves nor
// copies it: growth page by page cost 2,300 ns a unit of fuel when wazero copied. It is outside of
// the Go heap, where thousands of mostly empty 64 MiB reservations would mislead the collector.
// It implements wazero's experimental.LinearMemory.
type linearMemory struct {
	reserved []byte
	free     func([]byte)
}

func newLinearMemory(limit uint64) *linearMemory {
	b, free := reserve(limit)
	return &linearMemory{reserved: b, free: free}
}

// Reallocate gives the first size bytes; nil beyond the limit, which the guest sees as memory.grow's -1.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.reserved)) {
		return nil
	}
	return m.reserved[:size:size]
}

// Free gives the reservation back. Freeing twice does no harm.
func (m *linearMemory) Free() {
	if m.reserved != nil && m.free != nil {
		m.free(m.reserved)
	}
	m.reserved = nil
}

func reserveOnHeap(limit uint64) ([]byte, func([]byte)) { return make([]byte, limit), nil }
