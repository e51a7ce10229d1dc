package host

import (
	"errors"
	"io"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

// merged plays several recorded feeds as one: all bars that close at one time, on whichever feed, are
// one step. Feeds keep their order within a step.
type merged struct {
	feeds []*feed.Recorded
	heads []head
	step  event.Market
	ready bool
	count uint64
}

type head struct {
	market event.Market
	loaded bool
	ended  bool
}

func openMerged(configs []feed.Config) (*merged, error) {
	m := &merged{heads: make([]head, len(configs))}
	for _, c := range configs {
		f, err := feed.Open(c)
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		m.feeds = append(m.feeds, f)
	}
	return m, nil
}

// peek returns the next step, the same until take; io.EOF at the end of all feeds.
func (m *merged) peek() (*event.Market, error) {
	if m.ready {
		return &m.step, nil
	}
	if len(m.feeds) == 1 {
		// One feed needs no merging and no copy.
		if err := m.feeds[0].Next(&m.step); err != nil {
			return nil, err
		}
		return m.number(), nil
	}
	next, err := m.earliest()
	if err != nil {
		return nil, err
	}
	s := &m.step
	s.Time, s.Received = next, next
	s.Bars, s.Notes = s.Bars[:0], s.Notes[:0]
	for i := range m.heads {
		h := &m.heads[i]
		if h.loaded && h.market.Time == next {
			s.Bars = append(s.Bars, h.market.Bars...)
			s.Notes = append(s.Notes, h.market.Notes...)
			s.Received = max(s.Received, h.market.Received)
			h.loaded = false
		}
	}
	return m.number(), nil
}

func (m *merged) number() *event.Market {
	m.count++
	m.step.Cursor = m.count
	m.ready = true
	return &m.step
}

// earliest loads every feed's head and returns the least time among them.
func (m *merged) earliest() (int64, error) {
	var first *head
	for i := range m.heads {
		h := &m.heads[i]
		if !h.loaded && !h.ended {
			err := m.feeds[i].Next(&h.market)
			switch {
			case errors.Is(err, io.EOF):
				h.ended = true
			case err != nil:
				return 0, err
			default:
				h.loaded = true
			}
		}
		if h.loaded && (first == nil || h.market.Time < first.market.Time) {
			first = h
		}
	}
	if first == nil {
		return 0, io.EOF
	}
	return first.market.Time, nil
}

// take goes on to the next step.
func (m *merged) take() { m.ready = false }

func (m *merged) progress() (done, total int64) {
	for _, f := range m.feeds {
		d, t := f.Progress()
		done, total = done+d, total+t
	}
	return done, total
}

func (m *merged) close() error {
	var err error
	for _, f := range m.feeds {
		err = errors.Join(err, f.Close())
	}
	return err
}
