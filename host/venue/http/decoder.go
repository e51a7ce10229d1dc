package http

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// decoder reads the venue's answers. It is a pure function of the configuration and the bytes. Whatever it
// cannot read exactly is an error: an answer is taken whole or not at all.
type decoder struct {
	config  *Config
	symbols map[string]uint32
	// secret reports whether a text has the key in it.
	secret func(string) bool
}

func newDecoder(c *Config, secret func(string) bool) *decoder {
	d := &decoder{config: c, symbols: make(map[string]uint32, len(c.Instruments)), secret: secret}
	for i := range c.Instruments {
		d.symbols[c.Instruments[i].symbol()] = uint32(i)
	}
	return d
}

// scale reads numbers of one instrument.
type scale struct {
	index           uint32
	price, quantity uint8
}

func (d *decoder) scale(symbol string) scale {
	i, ok := d.symbols[symbol]
	if !ok {
		return scale{index: event.NoInstrument}
	}
	return scale{i, d.config.Instruments[i].PriceDecimals, d.config.Instruments[i].QuantityDecimals}
}

func (s scale) read(doc any, path string, decimals uint8) (v int64, found bool, err error) {
	if s.index == event.NoInstrument {
		_, found = field(doc, path)
		v, err = foreign(doc, path)
		return v, found, err
	}
	return decimal(doc, path, decimals)
}

// order reads one order and its fills. asked is the call that it answers, nil for none: what the order does not
// say of itself is then taken from the call, and what contradicts the call is an error.
func (d *decoder) order(doc any, asked *event.Call) (r event.OrderReport, fills []event.FillReport, err error) {
	if _, ok := doc.(map[string]any); !ok {
		return r, nil, fmt.Errorf("an order is no object")
	}
	a := &d.config.Answer
	if err = d.identity(doc, asked, &r); err != nil {
		return r, nil, err
	}
	if err = d.standing(doc, asked, &r); err != nil {
		return r, nil, err
	}
	s := d.scaleOf(&r, asked)
	quantities := []struct {
		path     string
		decimals uint8
		into     *int64
	}{{a.Quantity, s.quantity, &r.Quantity}, {a.FilledQuantity, s.quantity, &r.Filled}, {a.Price, s.price, &r.Price}}
	for _, q := range quantities {
		if *q.into, _, err = s.read(doc, q.path, q.decimals); err != nil {
			return r, nil, fmt.Errorf("order: %w", err)
		}
	}
	if r.Quantity < 0 || r.Filled < 0 || r.Quantity > 0 && r.Filled > r.Quantity {
		return r, nil, fmt.Errorf("order: filled %s of %s", text(doc, a.FilledQuantity), text(doc, a.Quantity))
	}
	if r.Time, err = d.at(doc, a.Time); err != nil {
		return r, nil, fmt.Errorf("order: %w", err)
	}
	d.why(doc, &r)
	fills, err = d.orderFills(doc, &r)
	return r, fills, err
}

// identity reads which order it is, and refuses one that was not asked for.
func (d *decoder) identity(doc any, asked *event.Call, r *event.OrderReport) (err error) {
	a := &d.config.Answer
	if r.VenueOrder, err = d.opaque(doc, a.OrderID); err != nil {
		return fmt.Errorf("order: %w", err)
	}
	client := text(doc, a.ClientOrderID)
	r.ID = orderID(client)
	if asked != nil {
		switch {
		case client != "" && r.ID != asked.Order.ID:
			return fmt.Errorf("the answer is about order %.40q, not %s", client, asked.Order.ID)
		case asked.VenueOrder != "" && r.VenueOrder != "" && asked.VenueOrder != r.VenueOrder:
			return fmt.Errorf("the answer is about the venue's order %.40q, not %.40q", r.VenueOrder, asked.VenueOrder)
		case client == "" && asked.Kind == event.CallLookup:
			return fmt.Errorf("the answer does not say which order it is about: %s is missing", a.ClientOrderID)
		}
		r.ID = asked.Order.ID
	}
	if client == "" && r.VenueOrder == "" {
		return fmt.Errorf("the answer names no order: neither %q nor %q is there", a.OrderID, a.ClientOrderID)
	}
	return nil
}

// standing reads symbol, side and state.
func (d *decoder) standing(doc any, asked *event.Call, r *event.OrderReport) (err error) {
	a, w := &d.config.Answer, &d.config.Words
	if r.Symbol, err = d.opaque(doc, a.Symbol); err != nil {
		return fmt.Errorf("order: %w", err)
	}
	r.Instrument = d.scale(r.Symbol).index
	if asked != nil {
		if r.Symbol != "" && r.Instrument != asked.Order.Instrument {
			return fmt.Errorf("order %s is of %.40q, which was not asked for", asked.Order.ID, r.Symbol)
		}
		r.Instrument = asked.Order.Instrument
	} else if r.Symbol == "" {
		return fmt.Errorf("order: %q is missing", a.Symbol)
	}
	if word := text(doc, a.Side); word != "" {
		side, known := w.sideOf(word)
		if !known {
			return fmt.Errorf("side %.40q is no word of ours; add it to words", word)
		}
		if asked != nil && asked.Kind == event.CallSubmit && side != asked.Order.Side {
			return fmt.Errorf("order %s is told to be on the other side", asked.Order.ID)
		}
		r.Side = side
	} else if asked == nil {
		return fmt.Errorf("order: %q is missing", a.Side)
	} else {
		r.Side = asked.Order.Side
	}
	return d.state(doc, asked, r)
}

// state reads where the order stands. An answer to a submit that does not say it has taken the order; a lookup
// that does not say it is no answer.
func (d *decoder) state(doc any, asked *event.Call, r *event.OrderReport) error {
	word := text(doc, d.config.Answer.Status)
	if word == "" {
		if asked == nil || asked.Kind == event.CallLookup {
			return fmt.Errorf("order: %q is missing", d.config.Answer.Status)
		}
		r.State = event.ReportOpen
		return nil
	}
	state, known := d.config.Words.stateOf(word)
	if !known {
		return fmt.Errorf("status %.40q is no word of ours; add it to words", word)
	}
	r.State = state
	return nil
}

func (d *decoder) scaleOf(r *event.OrderReport, asked *event.Call) scale {
	if asked != nil && int(asked.Order.Instrument) < len(d.config.Instruments) {
		return d.scale(d.config.Instruments[asked.Order.Instrument].symbol())
	}
	return d.scale(r.Symbol)
}

// why reads the reason of an end.
func (d *decoder) why(doc any, r *event.OrderReport) {
	a := &d.config.Answer
	code := text(doc, a.Code)
	switch r.State {
	case event.ReportRejected:
		r.Code = uint16(d.config.RejectCode(code))
	case event.ReportCancelled:
		r.Code = uint16(d.config.Words.Cancel[code])
	case event.ReportExpired:
		r.Code = uint16(event.ExpireTimeInForce)
	default:
		return
	}
	r.Reason = strings.TrimSuffix(code+": "+text(doc, a.Message), ": ")
	r.Reason = strings.TrimPrefix(r.Reason, ": ")
}

// orderID reads a client order id; zero where it is none of ours.
func orderID(s string) (id event.OrderID) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(id) {
		return id
	}
	copy(id[:], b)
	if !id.Ours() {
		return event.OrderID{}
	}
	return id
}

// orderFills reads the fills within an order, which leave out what the order says.
func (d *decoder) orderFills(doc any, r *event.OrderReport) ([]event.FillReport, error) {
	list, err := items(doc, d.config.Answer.OrderFills, false)
	if err != nil {
		return nil, err
	}
	fills := make([]event.FillReport, 0, len(list))
	for i, f := range list {
		one, err := d.fill(f, r)
		if err != nil {
			return nil, fmt.Errorf("fill %d: %w", i, err)
		}
		fills = append(fills, one)
	}
	return fills, nil
}

// fill reads one execution. of is the order that it was found in, nil for none.
func (d *decoder) fill(doc any, of *event.OrderReport) (f event.FillReport, err error) {
	if _, ok := doc.(map[string]any); !ok {
		return f, fmt.Errorf("a fill is no object")
	}
	a := &d.config.Answer
	if err = d.fillOrder(doc, of, &f); err != nil {
		return f, err
	}
	trade, err := d.opaque(doc, a.TradeID)
	if err != nil || trade == "" {
		return f, fmt.Errorf("it has no %s by which to tell it from others: %w", a.TradeID, orMissing(err))
	}
	if n, err := strconv.ParseUint(trade, 10, 64); err == nil && strconv.FormatUint(n, 10) == trade {
		f.Fill.TradeID = n
	} else {
		f.Fill.VenueTrade = trade
	}
	if err = d.fillNumbers(doc, &f); err != nil {
		return f, err
	}
	f.Fill.Time, err = d.at(doc, a.FillTime)
	return f, err
}

func (d *decoder) fillOrder(doc any, of *event.OrderReport, f *event.FillReport) (err error) {
	a := &d.config.Answer
	if of != nil {
		f.Order, f.VenueOrder, f.Symbol, f.Instrument, f.Fill.Side = of.ID, of.VenueOrder, of.Symbol, of.Instrument, of.Side
		return nil
	}
	if f.VenueOrder, err = d.opaque(doc, a.OrderID); err != nil {
		return err
	}
	f.Order = orderID(text(doc, a.ClientOrderID))
	if f.Symbol, err = d.opaque(doc, a.Symbol); err != nil || f.Symbol == "" {
		return fmt.Errorf("%s: %w", a.Symbol, orMissing(err))
	}
	f.Instrument = d.scale(f.Symbol).index
	side, known := d.config.Words.sideOf(text(doc, a.Side))
	if !known {
		return fmt.Errorf("side %.40q is no word of ours; add it to words", text(doc, a.Side))
	}
	f.Fill.Side = side
	return nil
}

func (d *decoder) fillNumbers(doc any, f *event.FillReport) (err error) {
	a := &d.config.Answer
	s := scale{index: event.NoInstrument}
	if int64(f.Instrument) < int64(len(d.config.Instruments)) {
		s = d.scale(d.config.Instruments[f.Instrument].symbol())
	}
	var found bool
	if f.Fill.Quantity, found, err = s.read(doc, a.FillQuantity, s.quantity); err != nil || !found || f.Fill.Quantity <= 0 {
		return fmt.Errorf("%s must be above zero: %w", a.FillQuantity, orMissing(err))
	}
	if f.Fill.Price, found, err = s.read(doc, a.FillPrice, s.price); err != nil || !found {
		return fmt.Errorf("%s: %w", a.FillPrice, orMissing(err))
	}
	if f.Fill.Fee, _, err = money(doc, a.Fee); err != nil {
		return err
	}
	if f.Fill.FeeCurrency, err = d.opaque(doc, a.FeeCurrency); err != nil {
		return err
	}
	if f.Fill.FeeCurrency == "" && f.Fill.Fee != 0 && s.index != event.NoInstrument {
		f.Fill.FeeCurrency = d.config.Instruments[s.index].Settle
	}
	if w := text(doc, a.Liquidity); w != "" && strings.EqualFold(w, d.config.Words.Maker) {
		f.Fill.Flags |= event.FillMaker
	}
	return nil
}

func orMissing(err error) error {
	if err == nil {
		return errMissing
	}
	return err
}

// items are a list's. Where it must be there, its absence is an error: a body without a list is no empty list.
func items(doc any, path string, must bool) ([]any, error) {
	v, found := at(doc, path)
	if path == "" && !must {
		return nil, nil
	}
	if !found && !must {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%q is no list", path)
	}
	return list, nil
}

// find is the one order of an answer: what path leads to, or, where that is a list, the one of the id.
func (d *decoder) find(doc any, path string, id event.OrderID) (any, bool, error) {
	v, found := at(doc, path)
	list, isList := v.([]any)
	if !isList {
		return v, found, nil
	}
	own := func(o any) bool { return orderID(text(o, d.config.Answer.ClientOrderID)) == id }
	i := slices.IndexFunc(list, own)
	if i < 0 {
		return nil, false, nil
	}
	if slices.ContainsFunc(list[i+1:], own) {
		return nil, false, fmt.Errorf("the answer has several orders %s", id)
	}
	return list[i], true, nil
}
