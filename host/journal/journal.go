package journal

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Options sets up a journal. Zero fields take the defaults.
type Options struct {
	// FrameBytesMax submits a frame when it holds this many bytes. Default: 64 KiB.
	FrameBytesMax int
	// FrameEntriesMax submits a frame when it holds this many entries. Default: 1024.
	FrameEntriesMax int
	// AheadMax is how many bytes a stream may run ahead of what is durable before Submit blocks; one
	// frame more may be open. Default: 1 MiB.
	AheadMax int
	// HighWaterPath is the file of the external high-water mark, best on another disk than the journal.
	// Empty: none is kept, and a journal that lost its tail cannot be told from one that never had it.
	HighWaterPath string
	// MarkEvery is the longest time that the mark lags behind what is durable. Default: 1 second.
	MarkEvery time.Duration
	// Inline commits on the goroutine that submits, at once: nothing happens that the caller did not do.
	// For simulations, where every run of a seed must be the same; an owner alone on its device loses
	// nothing by it, several do.
	Inline bool
	// Log receives what an operator should see. Nil: nothing is logged.
	Log hclog.Logger
}

func (o Options) withDefaults() Options {
	if o.FrameBytesMax <= 0 {
		o.FrameBytesMax = 64 << 10
	}
	if o.FrameEntriesMax <= 0 {
		o.FrameEntriesMax = 1024
	}
	if o.AheadMax <= 0 {
		o.AheadMax = 1 << 20
	}
	if o.MarkEvery <= 0 {
		o.MarkEvery = time.Second
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	return o
}

// Journal is the streams of one host. Its methods may be called by any goroutine.
type Journal struct {
	device  Device
	options Options
	mark    *mark
	archive bool // it ends before the entry that names its anchor

	// mu guards what streams and the committer share.
	mu      sync.Mutex
	queue   []*frame
	free    []*frame
	streams map[uint32]*Stream
	failure error

	// committing is held by whoever commits a batch: the writer, or an owner in Wait. gather is theirs.
	committing sync.Mutex
	gather     gather
	// company is how many streams the last batch held.
	company atomic.Int32

	wake    chan struct{}
	stop    chan struct{}
	stopped sync.WaitGroup
	closing sync.Once
	closed  error
}

// Open starts a journal on a device, which from here on belongs to it. If the device is read-only, only
// Streams, Read, Verify and Close work, and the high-water mark is compared but never written. If Open
// fails, the device is still the caller's to close.
func Open(d Device, o Options) (*Journal, error) {
	o = o.withDefaults()
	j := &Journal{
		device:  d,
		options: o,
		streams: make(map[uint32]*Stream),
		wake:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
	}
	var err error
	if j.mark, err = openMark(o.HighWaterPath); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := j.checkMarkThere(); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if !d.ReadOnly() && !o.Inline {
		j.stopped.Add(2)
		go j.write()
		go j.keepMark()
	}
	return j, nil
}

// Streams lists the streams of the device, held or not, by number. A stream that only the high-water
// mark knows comes last, with ID 0: it was lost, and Verify and Acquire say so.
func (j *Journal) Streams() ([]StreamInfo, error) {
	infos, err := j.device.Streams()
	if err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	return append(infos, j.mark.missing(infos)...), nil
}

// Close submits the open frames, waits until all is durable, releases the leases, writes the high-water
// mark and closes the device. The owners have stopped: none may use its stream during Close or after.
// Its error joins what went wrong; a stream that had failed before has told its owner, and is left out.
func (j *Journal) Close() error {
	j.closing.Do(func() { j.closed = j.close() })
	return j.closed
}

func (j *Journal) close() error {
	var errs []error
	if !j.device.ReadOnly() {
		leases := j.leases()
		for _, s := range j.held() {
			if err := s.Wait(s.position); err != nil {
				errs = append(errs, fmt.Errorf("flush stream %q: %w", s.name, err))
			}
			s.fail(ErrClosed)
		}
		j.refuse(ErrClosed)
		close(j.stop)
		j.stopped.Wait()
		errs = append(errs, j.device.Release(leases), j.mark.write())
	}
	errs = append(errs, j.device.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
