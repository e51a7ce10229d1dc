package paper

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// reborn is a new venue that read v's state.
func reborn(t testing.TB, v *Venue) *Venue {
	t.Helper()
	state := v.AppendState(nil)
	fresh, err := New(v.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.ReadState(state); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh.AppendState(nil), state) {
		t.Fatal("the state that was read is written differently")
	}
	return fresh
}

func TestAVenueRebornAtEveryStepGivesTheSameOutcomes(t *testing.T) {
	for i, c := range readPeer(t, "testdata/peer.json.gz") {
		if i%3 != 0 {
			continue
		}
		whole, reread := newPlayer(t, &c), newPlayer(t, &c)
		reread.every = func(p *player) { p.v = reborn(t, p.v) }
		whole.play()
		reread.play()
		if !bytes.Equal(whole.all, reread.all) {
			t.Errorf("seed %d: outcomes differ", c.Seed)
		}
		if !bytes.Equal(whole.v.AppendState(nil), reread.v.AppendState(nil)) {
			t.Errorf("seed %d: states differ", c.Seed)
		}
	}
}

// busy is an account with something of everything in its state.
func busy(t testing.TB) *desk {
	d := newDesk(t, Config{SlippageVolume: event.One / 2, ExclusiveOrders: true, Instruments: []event.Instrument{share2, share2, share2}})
	both := func() { d.bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50}) }
	both()
	d.send(event.Order{Agent: 1, Size: 3, Tag: "first"})
	d.send(event.Order{Agent: 1, Side: event.Sell, StopPrice: 90_00, Parent: orderID(1)})
	d.send(event.Order{Agent: 2, Size: 30, Instrument: 1, TIF: event.DAY})
	both()
	d.send(event.Order{Agent: 1, Size: event.One / 2, SizeKind: event.SizeFraction, StopPrice: 120_00, Price: 119_00})
	d.send(event.Order{Agent: 1, Side: event.Sell, Price: 200_00, Parent: orderID(4)})
	d.send(event.Order{Agent: 1, Size: -1})
	return d
}

func TestStateHoldsEverything(t *testing.T) {
	d := busy(t)
	v := reborn(t, d.v)
	if v.Equity() != d.v.Equity() || len(v.Positions(nil)) != 2 || len(v.OpenOrders(nil)) != len(d.v.OpenOrders(nil)) {
		t.Errorf("equity %d, %d positions, %d orders", v.Equity(), len(v.Positions(nil)), len(v.OpenOrders(nil)))
	}
	for n := byte(1); n <= d.orders; n++ {
		have, _ := v.Lookup(orderID(n))
		want, ok := d.v.Lookup(orderID(n))
		if have != want || !ok {
			t.Errorf("order %d looks up as %+v, before as %+v", n, have, want)
		}
	}
	have, want := v.Fills(1, nil), d.v.Fills(1, nil)
	if len(have) == 0 || len(have) != len(want) || have[0] != want[0] || have[0].Fill.TradeID != 2 {
		t.Errorf("fills after the first are %v, before %v", have, want)
	}
	if b := v.Balances(nil)[0]; b != d.v.Balances(nil)[0] {
		t.Errorf("balance %+v", b)
	}
}

func TestStatesThatAreNone(t *testing.T) {
	d := busy(t)
	good := d.v.AppendState(nil)
	for n := range good {
		if err := d.v.ReadState(good[:n]); !errors.Is(err, ErrState) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
	}
	other := account(t, Config{Cash: 1})
	format := append([]byte{StateFormat + 1}, good[1:]...)
	for _, c := range []struct {
		claim string
		v     *Venue
		state []byte
		want  string
	}{
		{"of another format", d.v, format, "format 2; this host reads 1"},
		{"of another list of instruments", other, good, "3 instruments; the account has 0"},
		{"with something behind it", d.v, append(good[:len(good):len(good)], 0), "1 bytes after its end"},
	} {
		if err := c.v.ReadState(c.state); err == nil || !errors.Is(err, ErrState) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a state %s: error %v, want %q", c.claim, err, c.want)
		}
	}
	if !bytes.Equal(d.v.AppendState(nil), good) {
		t.Error("a state that was refused changed the account")
	}
}

func TestBalances(t *testing.T) {
	d := newDesk(t, Config{Margin: event.One / 2, FeeFixed: event.One}).flat()
	d.send(event.Order{Size: 100})
	d.flat().bar(110, 110, 110, 110)
	want := Balance{Currency: "USD", Total: 9_999 * event.One, Free: 5_499 * event.One, Locked: 5_500 * event.One}
	if b := d.v.Balances(nil)[0]; b != want {
		t.Errorf("balance %+v, want %+v", b, want)
	}
}
