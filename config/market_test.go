package config

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// loadFeed loads a feed with what it needs around it.
func loadFeed(t *testing.T, feed string) *Feed {
	t.Helper()
	c, d := loadText(t, "instrument \"GOOG\" {}\ninstrument \"IBM\" {}\nvenue \"paper\" \"paper\" {}\nagent \"sma\" {\n  strategy = \"sma.wasm\"\n  feed = \"daily\"\n  venue = \"paper\"\n  instruments = [\"GOOG\"]\n}\nfeed \"csv\" \"daily\" {\n"+feed+"\n}\n", Options{})
	if d.HasErrors() {
		t.Fatal(textOf(d))
	}
	return c.Feed("daily")
}

func TestFeedOfOneInstrumentIsItsOwnSource(t *testing.T) {
	f := loadFeed(t, "instrument = \"GOOG\"\nfiles = [\"GOOG.csv\", \"IBM.csv\"]\ntime_is = \"open\"\ninterval = \"1d\"\nfrom = \"2010-01-01\"\nspeed = \"60x\"\nquality {\n  ohlc = \"flag\"\n  calendar = \"always\"\n}")
	if len(f.Sources) != 1 {
		t.Fatalf("%d sources", len(f.Sources))
	}
	s := f.Sources[0]
	if s.Instrument != "GOOG" || len(s.Files) != 2 || filepath.Base(s.Files[1]) != "IBM.csv" || s.TimeIs != "open" {
		t.Errorf("%+v", s)
	}
	if f.Interval != day || f.From != time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano() || f.To != 0 || f.Speed != 60 || f.Quality.OHLC != "flag" || f.Quality.Calendar != "always" {
		t.Errorf("%+v", f)
	}
}

func TestSourcesTakeFromTheirFeedWhatTheyLeaveOut(t *testing.T) {
	f := loadFeed(t, `
  header      = false
  separator   = ";"
  time_format = "unix_ms"
  timezone    = "UTC"
  source "GOOG" { file = "GOOG.csv" }
  source "IBM" {
    file      = "IBM.csv"
    header    = true
    separator = "\t"
    columns {
      close = "Last"
      open  = ""
    }
  }
  columns {
    time  = 1
    close = 3
  }`)
	a, b := f.Sources[0], f.Sources[1]
	if a.Header || a.Separator != ';' || a.TimeFormat != "unix_ms" || a.Columns.Time.Index != 1 || a.Columns.Close.Index != 3 || a.Columns.Volume.Declared() {
		t.Errorf("first %+v", a)
	}
	if !b.Header || b.Separator != '\t' || b.TimeFormat != "unix_ms" || b.Columns.Time.Index != 1 {
		t.Errorf("second %+v", b)
	}
	if c := b.Columns; c.Close != (Column{Named: true, Name: "Last"}) || c.Open != (Column{Named: true}) || !c.Open.Declared() {
		t.Errorf("columns %+v", c)
	}
	if !a.Written("header") || a.At("header").Start.Line != f.At("header").Start.Line || a.Written("file") == false {
		t.Errorf("header of the first is at %s", a.At("header"))
	}
}

func TestWhatTheFileDoesNotSayIsLeftToTheFeed(t *testing.T) {
	f := loadFeed(t, "instrument = \"GOOG\"\nfile = \"GOOG.csv\"")
	s := f.Sources[0]
	if s.Written("header") || s.Separator != 0 || s.TimeFormat != "auto" || s.TimeIs != "" || s.Timezone != time.UTC || f.Interval != 0 || f.Quality.Calendar != "" || f.Quality.OHLC != "quarantine" {
		t.Errorf("%+v %+v", f, s)
	}
}

func TestInstrumentsScaleTheirNumbers(t *testing.T) {
	c, d := loadText(t, good+`
instrument "BTC/USDT" {
  kind         = "spot"
  base         = "BTC"
  quote        = "USDT"
  tick         = "0.01"
  quantity_min = 0.0001
  notional_min = 5
  fee_taker    = "0.1%"
}
instrument "PART" {
  quantity_decimals = 3
}
instrument "ES" {
  kind              = "future"
  price_decimals    = 2
  quantity_decimals = 0
  tick              = 0.25
  lot               = 1
  multiplier        = 50
}
`, Options{})
	if d.HasErrors() {
		t.Fatal(textOf(d))
	}
	if i := c.Instrument("BTC/USDT"); i.QuantityDecimals != 8 || i.Tick != 1_000_000 || i.Lot != 1 || i.QuantityMin != 10_000 || i.NotionalMin != 5*One || i.FeeTaker != 100_000 || i.Settle != "USDT" {
		t.Errorf("spot %+v", i)
	}
	if i := c.Instrument("PART"); i.Lot != 1000 || i.Tick != 1 {
		t.Errorf("a share's lot is one share: %+v", i)
	}
	if i := c.Instrument("ES"); i.Tick != 25 || i.Lot != 1 || i.Multiplier != 50*One {
		t.Errorf("future %+v", i)
	}
}

func TestPaperVenueTakesPercentAndDecimalsAlike(t *testing.T) {
	c, d := loadText(t, good+`
venue "paper" "all" {
  cash             = "1e6"
  commission       = "0.2%"
  fee_fixed        = 1.25
  spread           = 0.0002
  margin           = "50%"
  trade_on_close   = true
  exclusive_orders = "true"
  finalize_trades  = true
  slippage_volume  = "10%"
}
`, Options{})
	if d.HasErrors() {
		t.Fatal(textOf(d))
	}
	want := Paper{Cash: 1_000_000 * One, Commission: 200_000, FeeFixed: 125_000_000, Spread: 20_000, Margin: One / 2, TradeOnClose: true, ExclusiveOrders: true, FinalizeTrades: true, SlippageVolume: One / 10}
	if got := *c.Venue("all").Paper; got != want {
		t.Errorf("got %+v", got)
	}
}

func TestRiskScalesByEachInstrument(t *testing.T) {
	c, d := loadText(t, `
instrument "GOOG" {}
instrument "BTC" { kind = "spot" }
feed "csv" "daily" {
  source "GOOG" { file = "GOOG.csv" }
  source "BTC" { file = "IBM.csv" }
}
venue "paper" "paper" {}
agent "sma" {
  strategy    = "sma.wasm"
  sha256      = "`+"AB"+`cdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
  feeds       = ["daily"]
  venue       = "paper"
  account     = "main"
  instruments = ["GOOG", "BTC"]
  capital     = "2500.50"
  ticks_on    = ["order", "start"]
  seed        = 7
  params {
    fast = 10
    name = "x"
    on   = true
    skip = null
  }
  limits {
    memory    = "16MiB"
    fuel_bank = 20000000
  }
  risk {
    position_max = 5
    orders_rate  = "10/1s"
    price_collar = "5%"
  }
}
`, Options{})
	if d.HasErrors() {
		t.Fatal(textOf(d))
	}
	a := c.Agent("sma")
	if !slices.Equal(a.Risk.PositionMax, []int64{5, 500_000_000}) || a.Risk.OrderQuantityMax != nil || a.Risk.OrdersRate != (Rate{10, time.Second}) || a.Risk.PriceCollar != 5_000_000 {
		t.Errorf("risk %+v", a.Risk)
	}
	if a.SHA256[:4] != "abcd" || a.Account != "main" || a.Capital != 250_050_000_000 || a.Seed != 7 || a.Limits.Memory != 16<<20 || a.Limits.FuelBank != 20_000_000 || !slices.Equal(a.TicksOn, []string{"order", "start"}) {
		t.Errorf("agent %+v", a)
	}
	p := a.Params
	if len(p) != 3 || p["fast"].Kind != ParamNumber || p["fast"].Text != "10" || p["name"].Kind != ParamText || p["on"].Kind != ParamBoolean || p["on"].Text != "true" {
		t.Errorf("params %+v", p)
	}
}
