package paper

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

func TestTimeInForce(t *testing.T) {
	t.Run("an IOC limit that the next bar does not reach is cancelled", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Price: 90_00, TIF: event.IOC})
		d.quiet().flat().want("1 cancelled immediate: immediate: not filled on the bar it met (0, 1)")
	})
	t.Run("an IOC limit that the next bar reaches fills", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Price: 99_00, TIF: event.IOC})
		d.quiet().flat().want("1 fill buy 1 at 99 opens 1 maker last")
	})
	t.Run("a GTD order fills until a bar closes after its time", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Price: 90_00, TIF: event.GTD, ExpireTime: d.now + int64(2*time.Minute)})
		d.quiet().flat().flat().want()
		d.bar(100, 100, 80, 100).want("1 expired time_in_force")
		if o, _ := d.v.Lookup(orderID(1)); o.State != event.StateExpired {
			t.Errorf("it looks up as %s", o.State)
		}
	})
	t.Run("a GTD order expires though its instrument has no bar", func(t *testing.T) {
		d := newDesk(t, Config{Instruments: []event.Instrument{share2, share2}}).bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
		d.send(event.Order{Size: 1, Price: 90_00, TIF: event.GTD, ExpireTime: d.now + 1})
		d.quiet().bars([4]int64{}, [4]int64{50, 51, 49, 50}).want("1 expired time_in_force")
	})
	t.Run("a DAY order lives through the day of the first bar it meets", func(t *testing.T) {
		d := newDesk(t, Config{})
		d.step = 8 * time.Hour // bars end at 17:00, 01:00, 09:00
		d.flat()
		d.send(event.Order{Size: 1, Price: 90_00, TIF: event.DAY})
		d.quiet().flat().want() // opens on the 1st at 17:00
		d.bar(100, 100, 80, 100).want("1 expired time_in_force")
	})
	t.Run("a DAY order on daily bars has one bar", func(t *testing.T) {
		d := newDesk(t, Config{})
		d.step = 24 * time.Hour
		d.flat()
		d.send(event.Order{Size: 1, Price: 90_00, TIF: event.DAY})
		d.send(event.Order{Size: 1, Price: 99_00, TIF: event.DAY})
		d.quiet().flat().want("2 fill buy 1 at 99 opens 1 maker last")
		d.flat().want("1 expired time_in_force")
	})
	t.Run("a FOK order that closes and opens is all or nothing", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 50})
		d.flat().send(event.Order{Size: 151, Side: event.Sell, TIF: event.FOK})
		d.quiet().flat().want("2 cancelled immediate: immediate: not filled on the bar it met (0, 151)")
		d.send(event.Order{Size: 150, Side: event.Sell, TIF: event.FOK})
		d.quiet().flat().want("3 fill sell 50 at 100 closes 1", "3 fill sell 100 at 100 opens 3 last")
	})
}

func TestPostOnly(t *testing.T) {
	t.Run("one that would take at the next open is cancelled with both prices", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Price: 100_00, Flags: event.PostOnly})
		d.send(event.Order{Size: 1, Price: 100_00, Side: event.Sell, Flags: event.PostOnly})
		d.quiet().bar(100, 101, 99, 100).want(
			"1 cancelled by_venue: post-only: it would take at the open (10000, 10000)",
			"2 cancelled by_venue: post-only: it would take at the open (10000, 10000)")
	})
	t.Run("one that rests fills as a maker, also at a later open", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Price: 95_00, Flags: event.PostOnly})
		d.quiet().flat().bar(90, 91, 89, 90).want("1 fill buy 1 at 90 opens 1 maker last")
	})
}

func TestReduceOnly(t *testing.T) {
	t.Run("without a position it is rejected", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, Side: event.Sell, Flags: event.ReduceOnly})
		d.want("1 rejected reduce_only: reduce-only: there is nothing to reduce (1, 0)")
	})
	t.Run("on the side of the position it is rejected", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1})
		d.flat().quiet().send(event.Order{Size: 1, Flags: event.ReduceOnly})
		d.want("2 rejected reduce_only: reduce-only: there is nothing to reduce (1, 0)")
	})
	t.Run("at the fill it is cut to the position", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 5})
		d.flat()
		d.send(event.Order{Size: 8, Side: event.Sell, Flags: event.ReduceOnly})
		d.quiet().flat().want(
			"2 fill sell 5 at 100 closes 1",
			"2 cancelled unfillable: reduce-only: nothing is left to reduce (5, 8)")
	})
	t.Run("a fraction is cut to the position", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 5})
		d.flat()
		d.send(event.Order{Size: event.One, SizeKind: event.SizeFraction, Side: event.Sell, Flags: event.ReduceOnly})
		d.quiet().flat().want(
			"2 fill sell 5 at 100 closes 1",
			"2 cancelled unfillable: reduce-only: nothing is left to reduce (5, 94)")
	})
	t.Run("what is gone by then cancels it", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 5})
		d.flat()
		d.send(event.Order{Size: 5, Side: event.Sell, StopPrice: 90_00, Flags: event.ReduceOnly})
		d.send(event.Order{Size: 5, Side: event.Sell})
		d.quiet().flat().bar(90, 90, 80, 85).want(
			"3 fill sell 5 at 100 closes 1 last",
			"2 cancelled unfillable: reduce-only: nothing is left to reduce (0, 5)")
	})
	t.Run("a close is worked off before all that was sent earlier", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 100})
		d.flat().send(event.Order{Size: 100})
		d.send(event.Order{Size: 100, Side: event.Sell, Flags: event.ReduceOnly | event.Closing})
		d.quiet().flat().want("3 fill sell 100 at 100 closes 1 last", "2 fill buy 100 at 100 opens 3 last")
	})
}

func TestVolume(t *testing.T) {
	half := Config{SlippageVolume: event.One / 2} // bars have a volume of 10
	t.Run("an order takes its share of each bar until it is filled", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 12})
		d.quiet().flat().want("1 fill buy 5 at 100 opens 1")
		d.bar(101, 101, 101, 101).bar(102, 102, 102, 102).want("1 fill buy 5 at 101 opens 2", "1 fill buy 2 at 102 opens 3 last")
	})
	t.Run("all orders of a bar share its volume", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 3})
		d.send(event.Order{Size: 3})
		d.quiet().flat().want("1 fill buy 3 at 100 opens 1 last", "2 fill buy 2 at 100 opens 2")
	})
	t.Run("an IOC order is filled in part and the rest cancelled", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 12, TIF: event.IOC})
		d.quiet().flat().want("1 fill buy 5 at 100 opens 1", "1 cancelled immediate: immediate: not filled on the bar it met (5, 12)")
	})
	t.Run("a FOK order that the bar cannot fill whole is not filled", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 6, TIF: event.FOK})
		d.send(event.Order{Size: 5, TIF: event.FOK})
		d.quiet().flat().want("1 cancelled immediate: immediate: not filled on the bar it met (0, 6)", "2 fill buy 5 at 100 opens 1 last")
	})
	t.Run("a fraction is sized once, at its first fill", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: event.One / 10, SizeKind: event.SizeFraction})
		d.quiet().flat().bar(50, 50, 50, 50).want("1 fill buy 5 at 100 opens 1", "1 fill buy 5 at 50 opens 2 last")
	})
	t.Run("a bar without volume fills nothing", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 1})
		d.quiet().group([]event.Bar{{Open: 1, High: 1, Low: 1, Close: 1}}).want()
	})
	t.Run("with trade_on_close only the first part fills at the close before", func(t *testing.T) {
		d := newDesk(t, Config{SlippageVolume: event.One / 2, TradeOnClose: true}).bar(100, 100, 100, 90)
		d.send(event.Order{Size: 10})
		d.quiet().bar(95, 95, 95, 80).bar(85, 85, 85, 85).want("1 fill buy 5 at 90 opens 1", "1 fill buy 5 at 85 opens 2 last")
	})
	t.Run("a child that closes what its parent has so far ends the parent", func(t *testing.T) {
		d := newDesk(t, half).flat()
		d.send(event.Order{Size: 12})
		d.send(event.Order{Side: event.Sell, StopPrice: 90_00, Parent: orderID(1)})
		d.quiet().flat().want("1 fill buy 5 at 100 opens 1")
		d.bar(89, 89, 89, 89).want("2 fill sell 5 at 89 closes 1 last", "1 cancelled group_filled: a child closed what the order had opened (5, 12)")
	})
	t.Run("finalising takes no account of volume", func(t *testing.T) {
		d := newDesk(t, Config{SlippageVolume: event.One / 2, FinalizeTrades: true}).flat()
		d.send(event.Order{Size: 10})
		d.flat().flat()
		d.quiet().finalize().want("own fill sell 5 at 100 closes 1 venue last", "own fill sell 5 at 100 closes 2 venue last")
	})
}
