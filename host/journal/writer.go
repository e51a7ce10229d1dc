package journal

import (
	"errors"
	"fmt"
	"runtime"
)

// A batch is bounded, so that one transaction holds up nobody for long.
const (
	batchBytesMax  = 4 << 20
	batchFramesMax = 1024
)

// freeMax bounds the frames kept for later: about 30 MB if each was full once.
const freeMax = 256

// gather is the batch being committed, and the memory it is made in again and again.
type gather struct {
	frames  []*frame
	streams []*Stream
	batches []Batch
}

// write commits what streams submit, until Close. While it commits one batch, the next one gathers in
// the queue.
func (j *Journal) write() {
	defer j.stopped.Done()
	for {
		// The owners that the last batch has woken are about to submit again: letting them go first makes
		// the next batch whole. Without it, batches of one and of all others take turns (measured: half
		// the acknowledgements a second with 64 streams).
		if j.company.Load() > 1 {
			runtime.Gosched()
		}
		j.committing.Lock()
		did := j.commit()
		j.committing.Unlock()
		if did {
			continue
		}
		select {
		case <-j.wake:
		case <-j.stop:
			return
		}
	}
}

// help commits one batch on the caller's goroutine, unless another does so just now or the last batch was
// of several streams: an owner that waits alone has nothing else to do, and two switches of goroutine are
// saved; in company it would commit its own entry only. False: wait for the writer.
func (j *Journal) help() bool {
	if j.options.Inline {
		j.wakeWriter()
		return true
	}
	if j.company.Load() > 1 || !j.committing.TryLock() {
		j.wakeWriter()
		return false
	}
	defer j.committing.Unlock()
	return j.commit()
}

// enqueue hands a frame to the writer. Without wake, the caller goes on to help.
func (j *Journal) enqueue(f *frame, wake bool) {
	j.mu.Lock()
	err := j.failure
	if err == nil {
		j.queue = append(j.queue, f)
	}
	j.mu.Unlock()
	if err != nil {
		f.stream.fail(err)
		return
	}
	if wake {
		j.wakeWriter()
	}
}

func (j *Journal) wakeWriter() {
	if j.options.Inline {
		j.committing.Lock()
		defer j.committing.Unlock()
		for j.commit() {
		}
		return
	}
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// commit makes one batch of what is queued durable and tells its streams. It returns false if nothing
// was queued. The caller holds committing.
func (j *Journal) commit() bool {
	g := &j.gather
	if !j.take(g) {
		return false
	}
	g.group()
	j.company.Store(int32(len(g.streams)))
	if len(g.batches) > 0 {
		j.settle(g, j.append(g.batches))
	}
	j.recycle(g)
	return true
}

// append stores the batches. Once the device cannot say what it has stored, nothing more is tried, and
// every stream fails: what follows would stand on an entry that may not be there.
func (j *Journal) append(batches []Batch) error {
	if err := j.Failed(); err != nil {
		return err
	}
	err := j.device.Append(batches)
	if errors.Is(err, ErrIndeterminate) {
		j.refuse(err)
		for _, s := range j.held() {
			s.fail(err)
		}
	}
	return err
}

// Failed is nil, or why the journal as a whole accepts nothing any more: ErrIndeterminate or ErrClosed.
func (j *Journal) Failed() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failure
}

// take moves frames from the queue to g, within the bounds of a batch.
func (j *Journal) take(g *gather) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	n, bytes := 0, 0
	for n < len(j.queue) && (n == 0 || j.queue[n-1].more || n < batchFramesMax && bytes+len(j.queue[n].bytes) <= batchBytesMax) {
		bytes += len(j.queue[n].bytes)
		n++
	}
	g.frames = append(g.frames[:0], j.queue[:n]...)
	left := copy(j.queue, j.queue[n:])
	clear(j.queue[left:])
	j.queue = j.queue[:left]
	return n > 0
}

// group sorts the frames by stream, keeping their order. Frames of a stream that has failed meanwhile
// are left out: they stand on what was not stored. So are those that were handed over together with one.
func (g *gather) group() {
	g.streams, g.batches = g.streams[:0], g.batches[:0]
	for from, i := 0, 0; i < len(g.frames); i++ {
		if !g.frames[i].more {
			failTogether(g.frames[from : i+1])
			from = i + 1
		}
	}
	for _, f := range g.frames {
		s := f.stream
		if s.Failed() != nil {
			continue
		}
		if s.batch == 0 {
			g.add(s, f.first-1)
		}
		b := &g.batches[s.batch-1]
		b.Frames = append(b.Frames, Frame{First: f.first, Last: f.last, Bytes: f.bytes})
		b.Position, b.Sequence, b.Hash = f.last, f.sequence, f.hash
	}
	for _, s := range g.streams {
		s.batch = 0
	}
}

// failTogether fails all streams of frames that were handed over together, if one of them has failed.
func failTogether(frames []*frame) {
	for _, bad := range frames {
		err := bad.stream.Failed()
		if err == nil {
			continue
		}
		for _, f := range frames {
			f.stream.fail(fmt.Errorf("stream %q: handed over together with stream %q: %w", f.stream.name, bad.stream.name, err))
		}
		return
	}
}

// add starts the batch of one stream, in the memory of an earlier one where there is some.
func (g *gather) add(s *Stream, expected uint64) {
	n := len(g.batches)
	if n < cap(g.batches) {
		g.batches = g.batches[:n+1]
	} else {
		g.batches = append(g.batches, Batch{})
	}
	g.batches[n] = Batch{Lease: s.lease, Expected: expected, Frames: g.batches[n].Frames[:0]}
	g.streams = append(g.streams, s)
	s.batch = n + 1
}

// settle tells each stream what became of its batch.
func (j *Journal) settle(g *gather, err error) {
	for i, s := range g.streams {
		b := &g.batches[i]
		if err != nil {
			s.fail(fmt.Errorf("append entry %d to stream %q: %w", b.Expected+1, s.name, err))
			continue
		}
		if b.Err != nil {
			s.fail(b.Err)
			continue
		}
		bytes := 0
		for _, f := range b.Frames {
			bytes += len(f.Bytes)
		}
		j.mark.raise(s.name, b)
		s.durable.Store(b.Position)
		s.ahead.Add(-int64(bytes))
		s.notify()
	}
	if err != nil {
		j.options.Log.Error("journal append failed", "streams", len(g.streams), "error", err)
	}
}

// refuse makes err the failure of the journal: no stream is acquired, nothing is submitted any more.
func (j *Journal) refuse(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure == nil {
		j.failure = err
	}
}

// takeFrame returns an empty frame for s, one used before where there is one.
func (j *Journal) takeFrame(s *Stream) *frame {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := len(j.free)
	if n == 0 {
		return &frame{stream: s}
	}
	f := j.free[n-1]
	j.free = j.free[:n-1]
	f.stream = s
	return f
}

// recycle keeps the frames of a finished batch for later, but none that one large entry blew up.
func (j *Journal) recycle(g *gather) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range g.frames {
		if len(j.free) < freeMax && cap(f.bytes) <= 4*j.options.FrameBytesMax+4*bodyRoom {
			*f = frame{bytes: f.bytes[:0]}
			j.free = append(j.free, f)
		}
	}
	clear(g.frames)
	clear(g.streams)
}
