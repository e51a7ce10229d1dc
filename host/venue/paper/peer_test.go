package paper

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// peerCase is one script of testdata/peer.py and what backtesting.py made of it.
type peerCase struct {
	Seed   int    `json:"seed"`
	Kind   string `json:"kind"`
	Config struct {
		Cash, Fixed, Commission, Spread, Margin float64
		TradeOnClose                            bool `json:"trade_on_close"`
		Exclusive, Finalize                     bool
	} `json:"config"`
	Bars   [][4]int64   `json:"bars"` // cents
	Ops    []peerOp     `json:"ops"`
	Trades [][6]float64 `json:"trades"` // size, entry bar, exit bar, entry price, exit price, pnl
	Open   [][3]float64 `json:"open"`   // size, entry bar, entry price
	Equity []float64    `json:"equity"`
}

type peerOp struct {
	Bar                 int      `json:"bar"`
	Op, Side            string   // order, close, cancel
	Order               int      // which one to cancel
	Units               int64    // size, or
	Fraction            *float64 // of the margin available, nil for all of it
	Limit, Stop, SL, TP int64    // cents
}

// peerPriceDecimals hold cents and the spread.
const peerPriceDecimals = 8

func peerMoney(v float64) int64 { return int64(math.Round(v * event.One)) }

func readPeer(t testing.TB, path string) []peerCase {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []peerCase
	if err := json.NewDecoder(z).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// player plays one script through a venue, as the engine would.
type player struct {
	t     testing.TB
	c     *peerCase
	v     *Venue
	next  uint64
	sent  []event.OrderID
	out   []event.Outcome
	fills []event.Outcome
	all   []byte // every outcome, as the journal keeps it
	// every is called between steps.
	every func(*player)
}

func newPlayer(t testing.TB, c *peerCase) *player {
	v, err := New(Config{
		Venue: "paper", Account: "peer", Currency: "USD",
		Cash: peerMoney(c.Config.Cash), Commission: peerMoney(c.Config.Commission), FeeFixed: peerMoney(c.Config.Fixed),
		Spread: peerMoney(c.Config.Spread), Margin: peerMoney(c.Config.Margin), TradeOnClose: c.Config.TradeOnClose,
		ExclusiveOrders: c.Config.Exclusive, FinalizeTrades: c.Config.Finalize,
		Instruments: []event.Instrument{{
			Name: "made-up", Kind: event.Equity, Quote: "USD", Settle: "USD", PriceDecimals: peerPriceDecimals,
			Tick: 1_000_000, Lot: 1, QuantityMin: 1, Multiplier: event.One,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &player{t: t, c: c, v: v, every: func(*player) {}}
}

func (p *player) id() (id event.OrderID) {
	p.next++
	copy(id[:], event.IDTag[:])
	binary.BigEndian.PutUint64(id[8:], p.next)
	return id
}

func price(cents int64) int64 { return cents * 1_000_000 }

// play returns the equity after each bar.
func (p *player) play() []float64 {
	equity := make([]float64, len(p.c.Bars))
	op := 0
	for i := range p.c.Bars {
		b := p.c.Bars[i]
		m := event.Market{Time: int64(i), Bars: []event.Bar{{
			CloseTime: int64(i), Open: price(b[0]), High: price(b[1]), Low: price(b[2]), Close: price(b[3]), Volume: 1000,
		}}}
		p.take(p.v.Market(&m, p.out[:0]))
		equity[i] = float64(p.v.Equity()) / event.One
		for ; op < len(p.c.Ops) && p.c.Ops[op].Bar == i; op++ {
			p.do(&p.c.Ops[op], int64(i))
		}
	}
	last := len(p.c.Bars) - 1
	p.take(p.v.Finalize(int64(last), p.out[:0]))
	equity[last] = float64(p.v.Equity()) / event.One
	return equity
}

func (p *player) take(out []event.Outcome) {
	for i := range out {
		p.all = event.AppendOutcome(p.all, &out[i])
		if out[i].Kind == event.EventFill || out[i].Kind == event.EventLiquidation {
			p.fills = append(p.fills, out[i])
		}
	}
	p.out = out
	p.every(p)
}

func (p *player) submit(o event.Order, now int64) {
	o.ID, o.TIF, o.Created = p.id(), event.GTC, now
	p.take(p.v.Handle(&event.Request{Kind: event.RequestSubmit, Order: o}, now, p.out[:0]))
}

func (p *player) do(op *peerOp, now int64) {
	switch op.Op {
	case "cancel":
		if op.Order < len(p.sent) {
			q := event.Request{Kind: event.RequestCancel, Order: event.Order{ID: p.sent[op.Order]}}
			p.take(p.v.Handle(&q, now, p.out[:0]))
		}
	case "close":
		for _, held := range p.v.Positions(nil) {
			o := event.Order{Side: event.Sell, Type: event.OrderMarket, SizeKind: event.SizeUnits, Size: abs(held.Quantity), Flags: event.ReduceOnly | event.Closing}
			if held.Quantity < 0 {
				o.Side = event.Buy
			}
			p.submit(o, now)
		}
	default:
		p.order(op, now)
	}
}

func (p *player) order(op *peerOp, now int64) {
	o := event.Order{Side: event.Buy, Type: event.OrderMarket, SizeKind: event.SizeUnits, Size: op.Units, Price: price(op.Limit), StopPrice: price(op.Stop)}
	if op.Side == "sell" {
		o.Side = event.Sell
	}
	switch {
	case op.Limit != 0 && op.Stop != 0:
		o.Type = event.OrderStopLimit
	case op.Limit != 0:
		o.Type = event.OrderLimit
	case op.Stop != 0:
		o.Type = event.OrderStop
	}
	if op.Units == 0 {
		o.SizeKind, o.Size = event.SizeFraction, event.One
		if op.Fraction != nil {
			o.Size = peerMoney(*op.Fraction)
		}
	}
	p.submit(o, now)
	parent := o
	binary.BigEndian.PutUint64(parent.ID[8:], p.next)
	copy(parent.ID[:], event.IDTag[:])
	p.sent = append(p.sent, parent.ID)
	for _, child := range [...]event.Order{
		{Type: event.OrderStop, StopPrice: price(op.SL)}, {Type: event.OrderLimit, Price: price(op.TP)},
	} {
		if child.Price != 0 || child.StopPrice != 0 {
			child.Side, child.SizeKind, child.Parent, child.Flags = 3-o.Side, event.SizeUnits, parent.ID, event.ReduceOnly
			p.submit(child, now)
		}
	}
}

// trades makes the peer's table of the fills: each closing fill against the one it closes. As the peer
// does, the fixed fee of the entry is counted in each part.
func (p *player) trades() (closed [][6]float64, open [][3]float64) {
	c := &p.c.Config
	opened := map[uint64]event.Fill{}
	left := map[uint64]int64{}
	f64 := func(v int64) float64 { return float64(v) / math.Pow10(peerPriceDecimals) }
	fee := func(q, price float64) float64 { return c.Fixed + math.Abs(q)*price*c.Commission }
	sign := func(s event.Side) float64 {
		if s == event.Sell {
			return -1
		}
		return 1
	}
	for i := range p.fills {
		f := p.fills[i].Fill
		if f.Closes == 0 {
			opened[f.TradeID], left[f.TradeID] = f, f.Quantity
			continue
		}
		e := opened[f.Closes]
		left[f.Closes] -= f.Quantity
		q, in, out := sign(e.Side)*float64(f.Quantity), f64(e.Price), f64(f.Price)
		closed = append(closed, [6]float64{q, float64(e.Time), float64(f.Time), in, out, q*(out-in) - fee(q, in) - fee(q, out)})
	}
	for id, q := range left {
		if q != 0 {
			open = append(open, [3]float64{sign(opened[id].Side) * float64(q), float64(opened[id].Time), f64(opened[id].Price)})
		}
	}
	return closed, open
}

// differ says how what the venue did differs from what the peer did, "" if it does not.
func (p *player) differ(equity []float64) string {
	closed, open := p.trades()
	for i := range equity {
		if i > 0 && math.Abs(equity[i]-p.c.Equity[i]) > 1e-6 {
			return fmt.Sprintf("equity at bar %d is %.7f, the peer's %.7f", i, equity[i], p.c.Equity[i])
		}
	}
	p.liquidateRest()
	if d := differ(closed, p.c.Trades); d != "" {
		return "closed trades: " + d
	}
	if d := differ(open, p.c.Open); d != "" {
		return "open trades: " + d
	}
	return ""
}

// liquidateRest closes what the peer forgot to: at a bankruptcy it goes over its trades while it takes
// them out, and so closes every other one.
func (p *player) liquidateRest() {
	c := p.c
	for bar, e := range c.Equity {
		if e != 0 {
			continue
		}
		for _, t := range c.Open {
			exit := float64(c.Bars[bar][3]) / 100
			pnl := t[0] * (exit - t[2])
			for _, at := range [...]float64{t[2], exit} {
				pnl -= c.Config.Fixed + math.Abs(t[0])*at*c.Config.Commission
			}
			c.Trades = append(c.Trades, [6]float64{t[0], t[1], float64(bar), t[2], exit, pnl})
		}
		c.Open = nil
		return
	}
}

func differ[T [6]float64 | [3]float64](have, want []T) string {
	if len(have) != len(want) {
		return fmt.Sprintf("%d, the peer's %d: %v, %v", len(have), len(want), have, want)
	}
	for _, list := range [][]T{have, want} {
		sort.Slice(list, func(i, j int) bool { return fmt.Sprintf("%.4f", list[i]) < fmt.Sprintf("%.4f", list[j]) })
	}
	for i := range have {
		for k := range len(have[i]) {
			if math.Abs(have[i][k]-want[i][k]) > 1e-6 {
				return fmt.Sprintf("%v, the peer's %v", have[i], want[i])
			}
		}
	}
	return ""
}

func TestVenueTradesAsThePeerDoes(t *testing.T) {
	path := "testdata/peer.json.gz"
	if other := os.Getenv("PAPER_PEER"); other != "" {
		path = other
	}
	cases := readPeer(t, path)
	if len(cases) < 200 {
		t.Fatalf("%d scripts; at least 200 make the comparison worth something", len(cases))
	}
	trades, bad := 0, map[string]int{}
	for i := range cases {
		c := &cases[i]
		p := newPlayer(t, c)
		d := p.differ(p.play())
		trades += len(c.Trades)
		if d != "" {
			bad[c.Kind]++
			t.Errorf("seed %d, %s: %s", c.Seed, c.Kind, d)
		}
	}
	t.Logf("%d scripts, %d closed trades, differing by kind: %v", len(cases), trades, bad)
	if trades == 0 {
		t.Fatal("no script traded")
	}
}
