package server

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

// Prices are where bars come from. Their times are of no account: the server gives them its own.
type Prices interface {
	// Next reads the next bars, at most one of each instrument, into m. io.EOF ends them.
	Next(m *event.Market) error
	Close() error
}

// Recorded are prices from files, again and again unless Once.
type Recorded struct {
	config feed.Config
	once   bool
	feed   *feed.Recorded
	any    bool // this pass had bars
}

// NewRecorded opens a recorded feed. Its instruments are the server's, in the same order.
func NewRecorded(c feed.Config, once bool) (*Recorded, error) {
	f, err := feed.Open(c)
	if err != nil {
		return nil, err
	}
	return &Recorded{config: c, once: once, feed: f}, nil
}

// Next reads the next bars; after the last of the files come the first again.
func (r *Recorded) Next(m *event.Market) error {
	for {
		err := r.feed.Next(m)
		switch {
		case err == nil && len(m.Bars) > 0:
			r.any = true
			return nil
		case err == nil:
			continue // notes alone
		case !errors.Is(err, io.EOF) || r.once:
			return err
		case !r.any:
			return fmt.Errorf("feed %s holds no bar", r.config.Name)
		}
		if err := r.again(); err != nil {
			return err
		}
	}
}

func (r *Recorded) again() error {
	f, err := feed.Open(r.config)
	if err != nil {
		return err
	}
	err = r.feed.Close()
	r.feed, r.any = f, false
	return err
}

// Close closes the files.
func (r *Recorded) Close() error { return r.feed.Close() }

// Synthetic are prices made up: a random walk for each instrument, the same for the same seed and name.
type Synthetic struct {
	instruments []event.Instrument
	walks       []walk
}

type walk struct {
	random *rand.Rand
	price  int64
	tick   int64
}

// steps of a bar, each of up to stepMax of the price: 0.1 %.
const (
	steps   = 4
	stepMax = 1000
)

// NewSynthetic begins each walk at a price of 100.
func NewSynthetic(seed uint64, instruments []event.Instrument) *Synthetic {
	s := &Synthetic{instruments: instruments}
	for i := range instruments {
		in := &instruments[i]
		h := fnv.New64a()
		h.Write([]byte(in.Name)) // never fails
		start := 100 * event.Pow10(int(in.PriceDecimals))
		s.walks = append(s.walks, walk{rand.New(rand.NewPCG(seed, h.Sum64())), max(start-start%in.Tick, in.Tick), in.Tick})
	}
	return s
}

// Next makes one bar of each instrument. It never ends.
func (s *Synthetic) Next(m *event.Market) error {
	m.Bars, m.Notes = m.Bars[:0], m.Notes[:0]
	for i := range s.walks {
		b := s.walks[i].bar()
		b.Instrument = uint32(i)
		b.Volume = (1 + s.walks[i].random.Int64N(1000)) * s.instruments[i].Lot
		m.Bars = append(m.Bars, b)
	}
	return nil
}

// bar walks on from the last close. A step is at least one tick wide, and the price stays above zero.
func (w *walk) bar() event.Bar {
	b := event.Bar{Open: w.price, High: w.price, Low: w.price}
	for range steps {
		ticks := max(w.price/stepMax/w.tick, 1)
		w.price = max(w.price+(w.random.Int64N(2*ticks+1)-ticks)*w.tick, w.tick)
		b.High, b.Low = max(b.High, w.price), min(b.Low, w.price)
	}
	b.Close = w.price
	return b
}

// Close does nothing.
func (s *Synthetic) Close() error { return nil }
