package server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/paper"
)

// account is the books of one key. The server's mutex guards it.
type account struct {
	name        string
	currency    string
	instruments []event.Instrument
	book        *paper.Venue
	orders      []*order // order n at n-1
	byClient    map[string][]*order
	fills       []fill
	keys        map[string]*memory
	transfers   []transfer

	// What the last call changed, for the stream.
	changed  []*order
	newFills int
	refused  refusal // of the last replace
}

// transfer is money that moved without a trade: a bankrupt account brought to zero.
type transfer struct {
	Amount   Decimal `json:"amount"`
	Currency string  `json:"currency"`
	Reason   string  `json:"reason"`
	Time     int64   `json:"time"`
}

// bookConfig is the paper account's. All volume of a bar may be taken: how much that is, the server decides
// (see depth).
func bookConfig(c *Config, name string) paper.Config {
	return paper.Config{
		Venue: "venue", Account: name, Currency: c.Currency, Cash: c.Cash, Commission: c.Commission, FeeFixed: c.FeeFixed,
		Spread: c.Spread, Margin: c.Margin, SlippageVolume: event.One, Instruments: c.Instruments,
	}
}

func newAccount(c *Config, name string) (*account, error) {
	book, err := paper.New(bookConfig(c, name))
	if err != nil {
		return nil, err
	}
	return &account{
		name: name, currency: c.Currency, instruments: c.Instruments, book: book,
		byClient: map[string][]*order{}, keys: map[string]*memory{},
	}, nil
}

// submit takes an order into the books, also one that is refused. meet lets the book see the last price,
// where orders are filled at once.
func (a *account) submit(w *wish, now int64, meet func(*account, uint32)) *order {
	o := &order{Number: uint64(len(a.orders)) + 1, Wish: *w, Status: statusOpen, Time: now, Updated: now}
	a.orders = append(a.orders, o)
	a.byClient[w.ClientOrderID] = append(a.byClient[w.ClientOrderID], o)
	q, no := w.order(a.instruments)
	if no.code != "" {
		o.end(statusRejected, no.code, no.message)
		a.touched(o, now)
		return o
	}
	q.ID, q.Created = o.bookID(), now
	a.fold(a.book.Handle(&event.Request{Kind: event.RequestSubmit, Order: q}, now, nil))
	if !o.final() {
		meet(a, q.Instrument)
	}
	// What the book takes only to drop it at the same price is refused, as a venue would that looks first.
	if o.Status == statusCancelled && o.Filled == 0 && o.Code != "immediate" {
		o.Status = statusRejected
	}
	return o
}

// cancel takes an open order out of the book.
func (a *account) cancel(o *order, now int64) {
	a.fold(a.book.Handle(&event.Request{Kind: event.RequestCancel, Order: event.Order{ID: o.bookID()}}, now, nil))
}

// replace changes an open order, or says why not.
func (a *account) replace(o *order, c *change, now int64, meet func(*account, uint32)) refusal {
	at := find(a.instruments, o.Wish.Symbol)
	q := event.Order{ID: o.bookID(), Instrument: uint32(at), SizeKind: event.SizeUnits}
	if no := c.into(&q, &a.instruments[at]); no.code != "" {
		return no
	}
	for _, f := range [...]struct {
		given Decimal
		value int64
		code  string
	}{{c.Quantity, q.Size, "invalid_quantity"}, {c.Price, q.Price, "invalid_price"}, {c.StopPrice, q.StopPrice, "invalid_price"}} {
		if f.given != "" && f.value <= 0 {
			return refusal{f.code, fmt.Sprintf("%s is not above zero; leave out what is to stay", f.given)}
		}
	}
	a.refused = refusal{}
	a.fold(a.book.Handle(&event.Request{Kind: event.RequestReplace, Order: q}, now, nil))
	if a.refused.code == "" {
		meet(a, q.Instrument)
	}
	return a.refused
}

// lookup finds the newest order of a client order id, and how many others have it. It takes an order id too.
func (a *account) lookup(id string) (o *order, others int) {
	if isOrderID(id) {
		n, err := strconv.ParseUint(strings.TrimPrefix(id, orderIDPrefix), 10, 64)
		if err != nil || n == 0 || n > uint64(len(a.orders)) {
			return nil, 0
		}
		return a.orders[n-1], 0
	}
	all := a.byClient[id]
	if len(all) == 0 {
		return nil, 0
	}
	return all[len(all)-1], len(all) - 1
}

// target is the order that a cancel or replace is about: the newest that is open, else the newest.
func (a *account) target(id string) *order {
	if all := a.byClient[id]; !isOrderID(id) {
		for i := len(all) - 1; i >= 0; i-- {
			if !all[i].final() {
				return all[i]
			}
		}
	}
	o, _ := a.lookup(id)
	return o
}

// open is how much all open orders of an instrument still want, in quantity units.
func (a *account) open(instrument uint32) (sum int64) {
	for _, o := range a.book.OpenOrders(nil) {
		if o.Instrument == instrument {
			sum, _ = event.Add(sum, o.Size-o.Filled)
		}
	}
	return sum
}

func (a *account) touched(o *order, now int64) {
	o.Updated = now
	for _, c := range a.changed {
		if c == o {
			return
		}
	}
	a.changed = append(a.changed, o)
}
