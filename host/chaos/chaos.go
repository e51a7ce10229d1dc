package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Chaos holds the faults of one host and counts them.
type Chaos struct {
	config Config
	// alive ends when Close gives up what is still to be made.
	alive   context.Context
	abandon context.CancelFunc
	late    late

	mu    sync.Mutex
	seams []*seam
}

// New makes the faults. Errors: ErrNotAllowed, or what Validate finds.
func New(c Config) (*Chaos, error) {
	if !c.Allowed {
		return nil, ErrNotAllowed
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("chaos: %w", err)
	}
	if c.Now == nil {
		c.Now = systemNow
	}
	if c.Sleep == nil {
		c.Sleep = systemSleep
	}
	if c.Venue.ReorderMax == 0 {
		c.Venue.ReorderMax = time.Second
	}
	alive, abandon := context.WithCancel(context.Background())
	return &Chaos{config: c, alive: alive, abandon: abandon}, nil
}

// Wait returns when every delayed call has been made, or with ctx's error. Look at a venue's books after it.
func (c *Chaos) Wait(ctx context.Context) error {
	select {
	case <-c.late.done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for delayed calls: %w", ctx.Err())
	}
}

// Close abandons the delayed calls that are not made yet, as a network does that is switched off, and waits
// for the others.
func (c *Chaos) Close() {
	c.abandon()
	<-c.late.done()
}

// late counts the goroutines of delayed calls: one each, which ends when its call is made or abandoned.
type late struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0; nil while nobody waits
}

func (l *late) add() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
}

func (l *late) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n--; l.n == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

// done is closed when nothing is late any more.
func (l *late) done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	return l.idle
}
