package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"

	"github.com/agenthost/agenthost/host/event"
)

// barsMax is how many bars of each symbol are kept for GET /api/bars.
const barsMax = 10_000

// barView is a bar as the API tells it.
type barView struct {
	Symbol    string  `json:"symbol"`
	OpenTime  int64   `json:"open_time"`
	CloseTime int64   `json:"close_time"`
	Interval  int64   `json:"interval"`
	Open      Decimal `json:"open"`
	High      Decimal `json:"high"`
	Low       Decimal `json:"low"`
	Close     Decimal `json:"close"`
	Volume    Decimal `json:"volume"`
}

func viewBar(b *event.Bar, in *event.Instrument) barView {
	p, q := in.PriceDecimals, in.QuantityDecimals
	return barView{
		in.Name, b.OpenTime, b.CloseTime, b.Interval, decimal(b.Open, p), decimal(b.High, p), decimal(b.Low, p), decimal(b.Close, p), decimal(b.Volume, q),
	}
}

// step publishes one market: its bars close now, meet every book, and go out to the streams. It returns
// io.EOF where the prices have ended; the last ones go on to hold.
func (s *Server) step() error {
	if err := s.config.Prices.Next(&s.market); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("prices after %d bars: %w", s.published, err)
	}
	now := max(s.now, s.closed+1)
	s.now, s.closed, s.market.Time = now, now, now
	s.published++
	for i := range s.market.Bars {
		b := &s.market.Bars[i]
		h := &s.prices[b.Instrument]
		b.OpenTime, b.CloseTime, b.Interval, b.Flags = now-int64(s.config.Interval), now, int64(s.config.Interval), event.BarClosed
		if h.seen {
			b.OpenTime = h.last.CloseTime
		}
		h.add(*b)
	}
	for _, a := range s.accounts {
		s.show(a, &s.market)
	}
	for i := range s.market.Bars {
		b := &s.market.Bars[i]
		s.streams.bar(s.market.Time, viewBar(b, &s.config.Instruments[b.Instrument]))
	}
	return nil
}

// show lets an account's book meet prices. How much of the open quantity they fill is the dice's.
func (s *Server) show(a *account, m *event.Market) {
	shown := *m
	shown.Bars = append([]event.Bar(nil), m.Bars...)
	for i := range shown.Bars {
		b := &shown.Bars[i]
		b.Volume = s.depth.part(&s.faults, a.open(b.Instrument), s.config.Instruments[b.Instrument].Lot)
	}
	a.fold(a.book.Market(&shown, nil))
	s.tell(a)
}

// meet shows the book the last price of an instrument once more, as a bar without extent: what is
// marketable fills there at once, at the price that the client saw last.
func (s *Server) meet(a *account, instrument uint32) {
	h := &s.prices[instrument]
	if s.config.Fill != FillImmediate || !h.seen {
		return
	}
	price := h.last.Close
	s.show(a, &event.Market{Time: s.now, Bars: []event.Bar{{
		Instrument: instrument, Flags: event.BarClosed, OpenTime: s.now, CloseTime: s.now, Open: price, High: price, Low: price, Close: price,
	}}})
}

// history is the published bars of one instrument, the newest last.
type history struct {
	seen bool
	last event.Bar
	bars []event.Bar
}

func (h *history) add(b event.Bar) {
	h.seen, h.last = true, b
	if len(h.bars) == 2*barsMax { // so that moving them costs little
		h.bars = h.bars[:copy(h.bars, h.bars[barsMax:])]
	}
	h.bars = append(h.bars, b)
}

// page is up to limit bars that closed after a time, or without one the newest.
func (h *history) page(after int64, given bool, limit int) (page []event.Bar, complete bool) {
	kept := h.bars[max(0, len(h.bars)-barsMax):]
	from := max(0, len(kept)-limit)
	if given {
		from = sort.Search(len(kept), func(i int) bool { return kept[i].CloseTime > after })
	}
	to := min(len(kept), from+limit)
	return kept[from:to], to == len(kept)
}

// listBars is GET /api/bars.
func (s *Server) listBars(c *call) answer {
	q := c.request.URL.Query()
	at := find(s.config.Instruments, q.Get("symbol"))
	if at < 0 {
		return failure(http.StatusNotFound, "unknown_symbol", "there is no instrument %.40q; name one as symbol=", q.Get("symbol"))
	}
	limit, err := c.limit()
	after, wrong := parseTime(q.Get("after"))
	if err = errors.Join(err, wrong); err != nil {
		return failure(http.StatusBadRequest, "malformed", "%v", err)
	}
	page, complete := s.prices[at].page(after, q.Get("after") != "", limit)
	out := []barView{}
	for i := range page {
		out = append(out, viewBar(&page[i], &s.config.Instruments[at]))
	}
	return success(map[string]any{"bars": out, "complete": complete})
}
