package http

import (
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

var errMissing = errors.New("missing, or not as it should be")

// list reads the answer to a call for a whole list into r.
func (d *decoder) list(doc any, r *event.Reply) (err error) {
	a := &d.config.Answer
	switch r.Kind {
	case event.CallOpenOrders:
		err = d.openOrders(doc, r)
	case event.CallFills:
		err = d.fills(doc, r)
	case event.CallPositions:
		err = d.positions(doc, r)
	case event.CallBalances:
		err = d.balances(doc, r)
	}
	if err != nil {
		r.Orders, r.Fills, r.Positions, r.Balances, r.Cursor = nil, nil, nil, nil, ""
		return err
	}
	r.Complete = true
	if a.Complete != "" {
		said, _ := at(doc, a.Complete)
		r.Complete, _ = said.(bool)
	}
	return nil
}

func (d *decoder) openOrders(doc any, r *event.Reply) error {
	list, err := items(doc, d.config.Answer.Orders, true)
	if err != nil {
		return err
	}
	for i, o := range list {
		one, fills, err := d.order(o, nil)
		if err != nil {
			return fmt.Errorf("order %d: %w", i, err)
		}
		r.Orders, r.Fills = append(r.Orders, one), append(r.Fills, fills...)
	}
	return nil
}

// fills reads a page. A page that may not be the last one must say where the next begins, or it would be asked
// for again and again.
func (d *decoder) fills(doc any, r *event.Reply) error {
	list, err := items(doc, d.config.Answer.Fills, true)
	if err != nil {
		return err
	}
	for i, f := range list {
		one, err := d.fill(f, nil)
		if err != nil {
			return fmt.Errorf("fill %d: %w", i, err)
		}
		r.Fills = append(r.Fills, one)
	}
	if r.Cursor, err = d.opaque(doc, d.config.Answer.Cursor); err != nil {
		return err
	}
	if d.config.Answer.Cursor != "" && r.Cursor == "" && len(list) > 0 {
		return fmt.Errorf("%s: %w", d.config.Answer.Cursor, errMissing)
	}
	return nil
}

func (d *decoder) positions(doc any, r *event.Reply) error {
	a := &d.config.Answer
	list, err := items(doc, a.Positions, true)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, p := range list {
		symbol, err := d.opaque(p, a.Symbol)
		if err != nil || symbol == "" || seen[symbol] {
			return fmt.Errorf("position %d: %s %.40q is there twice or %w", i, a.Symbol, symbol, orMissing(err))
		}
		seen[symbol] = true
		s := d.scale(symbol)
		q, found, err := s.read(p, a.PositionQuantity, s.quantity)
		if err != nil || !found {
			return fmt.Errorf("position %d: %s: %w", i, a.PositionQuantity, orMissing(err))
		}
		if q, err = d.signed(p, q); err != nil {
			return fmt.Errorf("position %d: %w", i, err)
		}
		r.Positions = append(r.Positions, event.PositionReport{Instrument: s.index, Symbol: symbol, Quantity: q})
	}
	return nil
}

// signed gives an unsigned quantity its side, where the venue tells it apart.
func (d *decoder) signed(p any, q int64) (int64, error) {
	path := d.config.Answer.PositionSide
	if path == "" || q == 0 {
		return q, nil
	}
	side, known := d.config.Words.sideOf(text(p, path))
	switch {
	case !known || q < 0:
		return 0, fmt.Errorf("%s %.40q with a quantity of %d", path, text(p, path), q)
	case side == event.Sell:
		return -q, nil
	}
	return q, nil
}

func (d *decoder) balances(doc any, r *event.Reply) error {
	a := &d.config.Answer
	list, err := items(doc, a.Balances, true)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, b := range list {
		currency, err := d.opaque(b, a.Currency)
		if err != nil || currency == "" || seen[currency] {
			return fmt.Errorf("balance %d: %s %.40q is there twice or %w", i, a.Currency, currency, orMissing(err))
		}
		seen[currency] = true
		total, found, err := money(b, a.Total)
		if err != nil || !found {
			return fmt.Errorf("balance %d: %s: %w", i, a.Total, orMissing(err))
		}
		r.Balances = append(r.Balances, event.BalanceReport{Currency: currency, Total: total})
	}
	return nil
}
