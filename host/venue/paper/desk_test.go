package paper

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// desk sends orders to an account and writes down in words what becomes of them. After each step it
// holds the account against a ledger of its own, made of nothing but the outcomes.
type desk struct {
	t       testing.TB
	v       *Venue
	now     int64
	step    time.Duration
	orders  byte
	said    []string
	outs    []event.Outcome
	control control
}

var monday = time.Date(2024, 1, 1, 9, 0, 0, 0, time.UTC)

func newDesk(t testing.TB, c Config) *desk {
	if c.Cash == 0 {
		c.Cash = 10_000 * event.One
	}
	if len(c.Instruments) == 0 {
		c.Instruments = []event.Instrument{share2}
	}
	return &desk{t: t, v: account(t, c), now: monday.UnixNano(), step: time.Minute, control: newControl(c)}
}

// bar is one group of one bar, in whole units of price; sent at the next step of time.
func (d *desk) bar(open, high, low, close int64) *desk {
	return d.bars([4]int64{open, high, low, close})
}

// bars are one group; the bar of an instrument with a zero open is missing.
func (d *desk) bars(prices ...[4]int64) *desk {
	var bars []event.Bar
	for i, p := range prices {
		if p[0] != 0 {
			bars = append(bars, event.Bar{Instrument: uint32(i), Open: p[0] * 100, High: p[1] * 100, Low: p[2] * 100, Close: p[3] * 100, Volume: 10})
		}
	}
	return d.group(bars)
}

func (d *desk) group(bars []event.Bar) *desk {
	opened := d.now
	d.now += int64(d.step)
	for i := range bars {
		bars[i].OpenTime, bars[i].CloseTime, bars[i].Interval = opened, d.now, int64(d.step)
		d.control.marks[bars[i].Instrument] = bars[i].Close
	}
	return d.took(d.v.Market(&event.Market{Time: d.now, Bars: bars}, nil))
}

func (d *desk) flat() *desk { return d.bar(100, 101, 99, 100) }

func orderID(n byte) (id event.OrderID) {
	copy(id[:], event.IDTag[:])
	id[15] = n
	return id
}

// send submits an order and returns its number. A missing side is a buy, a missing size kind units, a
// missing time in force GTC, a missing type what its prices say.
func (d *desk) send(o event.Order) byte {
	d.orders++
	o.ID, o.Created = orderID(d.orders), d.now
	if o.Side == 0 {
		o.Side = event.Buy
	}
	if o.SizeKind == 0 {
		o.SizeKind = event.SizeUnits
	}
	if o.TIF == 0 {
		o.TIF = event.GTC
	}
	if o.Type == 0 {
		o.Type = typeOf(&o)
	}
	d.took(d.v.Handle(&event.Request{Kind: event.RequestSubmit, Order: o}, d.now, nil))
	return d.orders
}

func typeOf(o *event.Order) event.OrderType {
	switch {
	case o.Price != 0 && o.StopPrice != 0:
		return event.OrderStopLimit
	case o.Price != 0:
		return event.OrderLimit
	case o.StopPrice != 0:
		return event.OrderStop
	}
	return event.OrderMarket
}

func (d *desk) cancel(n byte) *desk {
	return d.took(d.v.Handle(&event.Request{Kind: event.RequestCancel, Order: event.Order{ID: orderID(n)}}, d.now, nil))
}

func (d *desk) replace(n byte, o event.Order) *desk {
	o.ID = orderID(n)
	return d.took(d.v.Handle(&event.Request{Kind: event.RequestReplace, Order: o}, d.now, nil))
}

func (d *desk) finalize() *desk { return d.took(d.v.Finalize(d.now, nil)) }

func (d *desk) took(out []event.Outcome) *desk {
	d.t.Helper()
	for i := range out {
		d.said = append(d.said, words(&out[i]))
		d.control.fold(&out[i])
	}
	d.outs = append(d.outs, out...)
	if err := d.control.check(d.v); err != nil {
		d.t.Fatalf("%v\nafter %s", err, strings.Join(d.said, "\n      "))
	}
	return d
}

// quiet forgets what was said so far.
func (d *desk) quiet() *desk {
	d.said = nil
	return d
}

// want holds what was said since the last time against lines.
func (d *desk) want(lines ...string) *desk {
	d.t.Helper()
	have, want := strings.Join(d.said, "\n"), strings.Join(lines, "\n")
	if have != want {
		d.t.Errorf("said:\n%s\nwant:\n%s", have, want)
	}
	return d.quiet()
}

func (d *desk) wantEquity(want string) {
	d.t.Helper()
	if have := event.FormatDecimal(d.v.Equity(), event.MoneyDecimals); have != want {
		d.t.Errorf("equity %s, want %s", have, want)
	}
}

func name(id event.OrderID) string {
	if owned(id) {
		return "own"
	}
	return fmt.Sprint(binary.BigEndian.Uint16(id[14:]))
}

// words tells an outcome as "1 fill buy 10 at 100 opens 1 last".
func words(o *event.Outcome) string {
	s := name(o.Order) + " " + o.Kind.String()
	numbers := fmt.Sprintf(" (%d, %d)", o.Found, o.Allowed)
	switch o.Kind {
	case event.EventRejected:
		return s + " " + event.RejectCode(o.Code).String() + ": " + o.Reason + numbers
	case event.EventCancelled:
		return s + " " + event.CancelCode(o.Code).String() + ": " + o.Reason + numbers
	case event.EventExpired:
		return s + " " + event.ExpireCode(o.Code).String()
	case event.EventTransfer:
		return s + " " + event.FormatDecimal(o.Amount, event.MoneyDecimals)
	case event.EventReplaced:
		s += fmt.Sprintf(" size %d price %d stop %d", o.Size, o.Price, o.StopPrice)
		if o.Code != 0 {
			s += " refused " + event.RejectCode(o.Code).String() + ": " + o.Reason + numbers
		}
		return s
	case event.EventFill, event.EventLiquidation:
		return s + fillWords(&o.Fill)
	}
	return s
}

func fillWords(f *event.Fill) string {
	s := fmt.Sprintf(" %s %d at %s", f.Side, f.Quantity, event.FormatDecimal(f.Price, 2))
	if f.Fee != 0 {
		s += " fee " + event.FormatDecimal(f.Fee, event.MoneyDecimals)
	}
	if f.Closes == 0 {
		s += fmt.Sprintf(" opens %d", f.TradeID)
	} else {
		s += fmt.Sprintf(" closes %d", f.Closes)
	}
	for _, flag := range [...]struct {
		bit  event.FillFlags
		word string
	}{{event.FillMaker, " maker"}, {event.FillVenue, " venue"}, {event.FillLast, " last"}} {
		if f.Flags&flag.bit != 0 {
			s += flag.word
		}
	}
	return s
}
