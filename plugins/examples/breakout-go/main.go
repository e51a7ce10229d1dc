// Command breakout-go trades breakouts of Donchian channels in several instruments at once.
//
// It waits with a stop order at the edge of the channel, sized so that the distance to its protective
// stop costs a set fraction of equity. Entry, stop and target go out together, the latter two
// contingent on the first. While the order waits, all three follow the channel; once it is filled, the
// stop follows the price. The portfolio has limits of its own: the risk of all that is open, how many
// instruments, and a drawdown at which it closes everything and rests.
//
// Which order is which it reads from the tick, never from memory: an order's ref says what it is for.
// So a restart, a swap, a partial fill or a denial leaves it with nothing to repair. A bar that was
// withheld or flagged makes it wait for clean ones.
//
// It shows what a whole strategy has to think of. It is no advice.
package main

import (
	"errors"

	"github.com/agenthost/agenthost/abi"
	agenthost "github.com/agenthost/agenthost/plugins/sdk/go"
)

func main() {}

func init() {
	agenthost.Register(agenthost.Strategy{Description: description, Init: configure, Tick: tick, Save: save, Load: load})
}

const (
	instrumentsMax = 32 // More are ignored, and the log says so.
	lookbackMax    = 250
	atrMax         = 100
	seriesShown    = 16 // Instruments whose channels are drawn: a tick may give so many values of series.
)

func decimal(name string, value, least, most int64, help string) abi.Parameter {
	return abi.Parameter{Name: name, Type: abi.ParameterDecimal, Default: abi.Value{Number: value}, Min: least, Max: most, Help: help}
}

func integer(name string, value, least, most int64, help string) abi.Parameter {
	return abi.Parameter{Name: name, Type: abi.ParameterInteger, Default: abi.Value{Number: value}, Min: least, Max: most, Help: help}
}

const one = abi.FractionOne

var description = abi.Description{
	Name: "breakout", Version: "1.0.0",
	Summary: "Trades breakouts of Donchian channels in several instruments, sized by volatility, within a risk budget of its own.",
	Parameters: []abi.Parameter{
		integer("lookback", 20, 2, lookbackMax, "Bars in the channel."),
		integer("atr", 20, 2, atrMax, "Bars in the average true range."),
		decimal("stop_atr", 2*one, one/10, 20*one, "Distance of the protective stop from the entry, in average true ranges."),
		decimal("trail_atr", 3*one, one/10, 20*one, "Distance at which the stop follows the close, in average true ranges."),
		decimal("target_atr", 0, 0, 100*one, "Distance of the target from the entry, in average true ranges; 0 means no target."),
		decimal("risk", one/100, 1, one/4, "Fraction of equity that one position may lose at its first stop."),
		decimal("risk_open_max", one/20, 1, one, "Fraction of equity that all positions and waiting entries may lose together."),
		integer("positions_max", 4, 1, instrumentsMax, "Instruments with a position or a waiting entry at one time."),
		decimal("drawdown_max", one/5, one/100, one, "Fall of equity from its peak at which everything is closed."),
		{
			Name: "rest", Type: abi.ParameterDuration, Default: abi.Value{Number: 30 * 24 * 3_600_000_000_000}, Min: 0, Max: 1 << 62,
			Help: "How long to rest after such a fall, before the peak is counted anew.",
		},
		{Name: "shorts", Type: abi.ParameterBoolean, Default: abi.Value{Number: 1}, Help: "Whether to sell breakouts downwards."},
	},
	Series: []abi.SeriesDeclaration{
		{Name: "channel_high", Unit: abi.UnitPrice},
		{Name: "channel_low", Unit: abi.UnitPrice},
		{Name: "stop", Unit: abi.UnitPrice},
		{Name: "open_risk", Unit: abi.UnitFraction},
	},
}

// The places of the series in the description.
const (
	seriesHigh = iota
	seriesLow
	seriesStop
	seriesRisk
)

// parameters are set once, by configure.
type parameters struct {
	lookback, atr                  int
	stopATR, trailATR, targetATR   float64
	risk, riskOpenMax, drawdownMax float64
	positionsMax                   int
	rest                           int64
	shorts                         bool
}

var settings parameters

func configure(p *abi.Params) error {
	if p.Len() != len(description.Parameters) {
		return errors.New("breakout has eleven parameters")
	}
	fraction := func(i int) float64 { return float64(p.Value(i)) / one }
	settings = parameters{
		lookback: int(p.Value(0)), atr: int(p.Value(1)),
		stopATR: fraction(2), trailATR: fraction(3), targetATR: fraction(4),
		risk: fraction(5), riskOpenMax: fraction(6), positionsMax: int(p.Value(7)),
		drawdownMax: fraction(8), rest: p.Value(9), shorts: p.Boolean(10),
	}
	if settings.risk > settings.riskOpenMax {
		return errors.New("risk must not exceed risk_open_max: not even one position would fit")
	}
	markets = [instrumentsMax]market{}
	book = portfolio{}
	for i := range markets {
		markets[i].window = newWindow(settings.lookback, settings.atr)
	}
	return nil
}

// markets are the instruments by their number; only the first book.count are there.
var markets [instrumentsMax]market

// tick is the strategy: see what is, learn what happened, then decide instrument by instrument.
func tick(t *abi.Tick, out *abi.OutputWriter) {
	observe(t)
	for i := range t.Events() {
		e := t.Event(i)
		learn(&e)
	}
	fresh := false
	for i := range t.Bars() {
		b := t.Bar(i)
		if b.Instrument < uint32(book.count) && b.Flags&abi.BarClosed != 0 {
			markets[b.Instrument].take(&b)
			fresh = true
		}
	}
	book.measure()
	if t.Header().Trigger == abi.TriggerStop {
		return // What rests and what is held is the operator's to decide (on_stop).
	}
	if book.watchDrawdown(out) {
		return
	}
	for i := range book.count {
		markets[i].manage(out)
	}
	if fresh {
		show(out)
	}
}

// show gives the report what the strategy sees.
func show(out *abi.OutputWriter) {
	for i := range min(book.count, seriesShown) {
		m := &markets[i]
		if !m.fresh || !m.window.ready() {
			continue
		}
		out.Series(&abi.Series{Series: seriesHigh, Instrument: m.id, Value: m.window.high()})
		out.Series(&abi.Series{Series: seriesLow, Instrument: m.id, Value: m.window.low()})
		if m.position != 0 && m.stop.there {
			out.Series(&abi.Series{Series: seriesStop, Instrument: m.id, Value: m.stop.price})
		}
	}
	if book.equity > 0 {
		out.Series(&abi.Series{Series: seriesRisk, Instrument: abi.NoInstrument, Value: int64(book.risk / book.equity * one)})
	}
}
