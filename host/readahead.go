package host

import (
	"iter"

	"github.com/agenthost/agenthost/host/journal"
)

// aheadBytes is about how much of a stream is read ahead at a time, and aheadChunks how often.
const (
	aheadBytes  = 256 << 10
	aheadChunks = 4
)

// chunk is some entries in a row, their bodies copied.
type chunk struct {
	entries []journal.Entry
	bytes   []byte
	err     error
}

// readAhead yields what entries yields, read and verified on another goroutine: hashes and checksums cost
// about what a small strategy's tick does. An entry's Body is valid until the next iteration. The other
// goroutine has ended when the iteration has.
func readAhead(entries iter.Seq2[journal.Entry, error]) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		full, empty := make(chan *chunk, aheadChunks), make(chan *chunk, aheadChunks)
		for range aheadChunks {
			empty <- &chunk{}
		}
		stop := make(chan struct{})
		go fill(entries, full, empty, stop)
		defer func() {
			close(stop)
			for range full { // until the other goroutine has closed it
			}
		}()
		for c := range full {
			for i := range c.entries {
				if !yield(c.entries[i], nil) {
					return
				}
			}
			if c.err != nil {
				yield(journal.Entry{}, c.err)
				return
			}
			empty <- c
		}
	}
}

// fill reads into empty chunks and hands them over when they are full.
func fill(entries iter.Seq2[journal.Entry, error], full chan<- *chunk, empty <-chan *chunk, stop <-chan struct{}) {
	defer close(full)
	next := func() *chunk {
		select {
		case c := <-empty:
			c.entries, c.bytes, c.err = c.entries[:0], c.bytes[:0], nil
			return c
		case <-stop:
			return nil
		}
	}
	c := next()
	for e, err := range entries {
		if c == nil {
			return
		}
		if c.err = err; err != nil {
			break
		}
		at := len(c.bytes)
		c.bytes = append(c.bytes, e.Body...)
		e.Body = c.bytes[at:len(c.bytes):len(c.bytes)] // of the array that it was copied to, also if that grows later
		if c.entries = append(c.entries, e); len(c.bytes) < aheadBytes {
			continue
		}
		full <- c // there is room for all chunks
		c = next()
	}
	if c != nil {
		full <- c
	}
}
