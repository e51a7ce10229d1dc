package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// liveGood is a live configuration without mistakes; tests change it.
const liveGood = `instrument "A" {}
feed "live" "prices" {
  url = "http://127.0.0.1:8750"
  interval = "1s"
  instruments = ["A"]
}
venue "http" "exchange" {
  base_url = "http://127.0.0.1:8750/"
  key_env = "VENUE_KEY"
}
agent "sma" {
  strategy = "sma.wasm"
  feed = "prices"
  venue = "exchange"
  instruments = ["A"]
}
`

// keyed is an environment in which the keys are.
func keyed(name string) (string, bool) {
	switch name {
	case "VENUE_KEY", "OTHER_KEY", "ALERT_TOKEN":
		return "secret", true
	}
	return "", false
}

func loadLive(t *testing.T, text string) *Config {
	t.Helper()
	c, d := loadText(t, text, Options{Environ: keyed})
	if len(d.All()) > 0 {
		t.Fatal(textOf(d))
	}
	return c
}

// venueWith is liveGood with something more in its venue.
func venueWith(more string) string {
	return strings.Replace(liveGood, `  key_env = "VENUE_KEY"`+"\n", `  key_env = "VENUE_KEY"`+"\n"+more+"\n", 1)
}

func TestLiveConfigurationIsLoadedWithTheDefaultsOfTheGuide(t *testing.T) {
	c := loadLive(t, liveGood)
	if c.Recorded() {
		t.Error("it is told to be recorded")
	}
	v := c.Venue("exchange")
	h := v.HTTP
	if v.InProcess() || v.Paper != nil || v.Test || h.BaseURL != "http://127.0.0.1:8750" || h.KeyOf("x") != (Key{Env: "VENUE_KEY"}) {
		t.Errorf("venue %+v", h)
	}
	d := DefaultHTTP()
	if e := h.Endpoints; e.Submit.Path != "/api/trade" || e.Fills.Query["after"] != "{cursor}" || e.Replace.Method != "PATCH" || e.Stream.Off() {
		t.Errorf("endpoints %+v", e)
	}
	if h.Timeout != 10*time.Second || h.Dedupe != "none" || !reflect.DeepEqual(h.Codes, d.Codes) || !reflect.DeepEqual(h.Fields.Request, d.Fields.Request) || !reflect.DeepEqual(h.Words.Status, d.Words.Status) {
		t.Errorf("venue %+v", h)
	}
	if want := DefaultOrderPath(); !reflect.DeepEqual(*v.Path, want) {
		t.Errorf("got %+v, want %+v", *v.Path, want)
	}
	f := c.Feed("prices")
	if f.Recorded() || !f.Provides("A") || f.Live.Transport != "websocket" || f.Live.StaleAfter != 10*time.Second || f.Live.PollEvery != 100*time.Millisecond || f.Live.Grace != 100*time.Millisecond || f.Live.Instruments[0].Symbol != "A" {
		t.Errorf("feed %+v", f.Live)
	}
}

func TestEverythingOfAVenueCanBeWritten(t *testing.T) {
	c := loadLive(t, venueWith(`
  test                = true
  dedupe              = "window"
  dedupe_window       = "24h"
  timeout             = "4s"
  connect_timeout     = "1s"
  auth_header         = "X-Key"
  auth_scheme         = ""
  idempotency_header  = ""
  headers             = { "X-Version" = "2" }
  short               = false
  numbers             = true
  unknown_max         = "2m"
  calls_max           = 2
  orders_rate         = "100/1s"
  account_rate        = "5/1s"
  poll_every          = "1s"
  reconcile_every     = "30s"
  foreign             = "halt"
  clock_skew_max      = "250ms"
  endpoints {
    cancel {
      method = "POST"
      path   = "/v2/cancel"
      body   = { "order.id" = "{venue_order_id}" }
    }
    fills {
      query = { from = "{cursor}" }
    }
    stream {
      path = ""
    }
  }
  fields {
    request  = { quantity = "amount", post_only = "" }
    response = { order_id = "data.id" }
  }
  words {
    side   = { buy = "BUY", sell = "SELL" }
    type   = { stop = "", stop_limit = "" }
    status = { NEW = "open" }
  }
  codes {
    insufficient_funds = "permission"
    broke              = "funds"
    others             = { "-2013" = "no_such_order" }
  }
  not_found {
    status = 400
    code   = "-2013"
  }
  not_processed {
    statuses = [429, 503]
    codes    = ["overloaded"]
  }
  breaker {
    window_count = 50
    minimum      = 20
    failure_rate = "25%"
  }
  retry {
    jitter       = "decorrelated"
    attempts_max = 3
  }
  retry_budget {
    floor_every = "0s"
  }
  rate_limit {
    count  = 5
    period = "2s"
    shares {
      cancel = "30%"
    }
  }
  settle {
    absences = 5
    window   = "1m"
  }
  time_to_live {
    market = "2s"
  }`))
	v := c.Venue("exchange")
	h, p := v.HTTP, v.Path
	if !v.Test || h.Dedupe != "window" || h.DedupeWindow != day || h.Timeout != 4*time.Second || h.AuthHeader != "X-Key" || h.AuthScheme != "" || h.IdempotencyHeader != "" || h.Headers["X-Version"] != "2" || h.Short || !h.Numbers {
		t.Errorf("venue %+v", h)
	}
	if e := h.Endpoints; e.Cancel.Method != "POST" || e.Cancel.Body["order.id"] != "{venue_order_id}" || !e.Stream.Off() || e.Lookup.Off() {
		t.Errorf("endpoints %+v", e)
	}
	if q := h.Endpoints.Fills.Query; len(q) != 1 || q["from"] != "{cursor}" {
		t.Errorf("a query that is written takes the default's place; got %v", q)
	}
	if f := h.Fields; f.Request["quantity"] != "amount" || f.Request["symbol"] != "symbol" || f.Request["post_only"] != "" || f.Response["order_id"] != "data.id" {
		t.Errorf("fields %+v", f)
	}
	if w := h.Words; w.Side["buy"] != "BUY" || w.Type["stop"] != "" || w.Type["market"] != "market" || w.Status["NEW"] != "open" || w.Status["filled"] != "filled" {
		t.Errorf("words %+v", w)
	}
	if k := h.Codes; k["broke"] != "funds" || k["-2013"] != "no_such_order" || k["insufficient_funds"] != "permission" || k["halted"] != "halted" {
		t.Errorf("codes %v", k)
	}
	if !slices.Equal(h.NotFound.Codes, []string{"-2013"}) || h.NotFound.Status != 400 || !slices.Equal(h.NotProcessed.Statuses, []int{429, 503}) || h.NotProcessed.Codes[0] != "overloaded" {
		t.Errorf("not found %+v, not processed %+v", h.NotFound, h.NotProcessed)
	}
	if b := p.Breaker; b.WindowCount != 50 || b.WindowTime != 0 || b.FailureRate != One/4 || b.ConsecutiveMax != 5 {
		t.Errorf("breaker %+v", b)
	}
	if r := p.RateLimit; r.Count != 5 || r.Burst != 10 || r.Period != 2*time.Second || r.Shares.Cancel != One*3/10 || r.Shares.Close != One/10 {
		t.Errorf("rate limit %+v", r)
	}
	if p.Retry.Jitter != "decorrelated" || p.Retry.AttemptsMax != 3 || p.RetryBudget.FloorEvery != 0 || p.RetryBudget.Burst != 10 || p.Settle.Absences != 5 || p.TimeToLive.Market != 2*time.Second || p.TimeToLive.Limit != time.Minute {
		t.Errorf("path %+v", p)
	}
	if p.UnknownMax != 2*time.Minute || p.CallsMax != 2 || p.OrdersRate != (Rate{100, time.Second}) || p.AccountRate != (Rate{5, time.Second}) || p.Foreign != "halt" || p.ClockSkewMax != 250*time.Millisecond {
		t.Errorf("path %+v", p)
	}
	if got := c.Agent("sma").Modes.ClockSkewMax; got != p.ClockSkewMax {
		t.Errorf("an agent's clock_skew_max is its venue's where it is not written; got %s", got)
	}
	if DefaultHTTP().Codes["broke"] != "" || DefaultHTTP().Fields.Request["quantity"] != "quantity" {
		t.Error("what one venue says has become the default of all")
	}
}

func TestFeedsStandInForOneAnother(t *testing.T) {
	c := loadLive(t, strings.Replace(liveGood, `  interval = "1s"`, `  interval = "1s"
  transport = "http"
  poll_every = "200ms"
  fallback = ["backup"]`, 1)+`
feed "live" "backup" {
  url      = "wss://example.com"
  key_env  = "OTHER_KEY"
  interval = "1s"
  instrument "A" { symbol = "XA" }
}
`)
	f := c.Feed("prices")
	if !slices.Equal(f.Fallback, []string{"backup"}) || f.Live.PollEvery != 200*time.Millisecond || f.Live.Grace != 300*time.Millisecond {
		t.Errorf("feed %+v", f)
	}
	if b := c.Feed("backup").Live; b.Instruments[0].Symbol != "XA" || b.Key.Env != "OTHER_KEY" {
		t.Errorf("backup %+v", b)
	}
}

func TestHostsOfLiveRuns(t *testing.T) {
	c := loadLive(t, liveGood+`
host {
  data_dir           = "state"
  high_water_path    = "/mnt/mark"
  orders_rate        = "50/1s"
  order_notional_max = 5000
  disk {
    free_min = "1GiB"
    ballast  = "0B"
  }
  alert "command" "page" {
    command   = ["/bin/page", "me", "me"]
    level_min = "critical"
  }
  alert "log" "operator" {
    repeat_every = "0s"
  }
  alert "webhook" "chat" {
    url         = "https://example.com/hook"
    headers_env = { Authorization = "ALERT_TOKEN" }
    timeout     = "3s"
  }
}
`)
	h := c.Host
	if filepath.Base(h.DataDir) != "state" || h.Control.Socket != filepath.Join(h.DataDir, "control.sock") || h.HighWaterPath != "/mnt/mark" || h.OrdersRate != (Rate{50, time.Second}) || h.OrderNotionalMax != 5000*One || h.Disk.FreeMin != 1<<30 || h.Disk.Ballast != 0 || h.Chaos != nil {
		t.Errorf("host %+v", h)
	}
	if got := nameList(h.Alerts, func(a *Alert) string { return a.Type + " " + a.Name }); !slices.Equal(got, []string{"command page", "log operator", "webhook chat"}) {
		t.Fatalf("alerts in another order than written: %v", got)
	}
	if a := h.Alerts[0]; !slices.Equal(a.Command, []string{"/bin/page", "me", "me"}) || a.LevelMin != "critical" || a.Timeout != 10*time.Second || a.EscalateAfter != 30*time.Minute {
		t.Errorf("command %+v", a)
	}
	if a := h.Alerts[1]; a.RepeatEvery != 0 || a.LevelMin != "warning" {
		t.Errorf("log %+v", a)
	}
	if a := h.Alerts[2]; a.URL == "" || a.HeadersEnv["Authorization"] != "ALERT_TOKEN" || a.Timeout != 3*time.Second {
		t.Errorf("webhook %+v", a)
	}
	if m := c.Agent("sma").Modes; m.DiskFreeMin != 1<<30 || m.Written("disk_free_min") {
		t.Errorf("an agent's disk_free_min is the host's where it is not written: %+v", m)
	}
}

func TestChaosIsReadWhereEveryVenueIsATest(t *testing.T) {
	chaos := `
host {
  chaos {
    seed       = 7
    kill_every = "20s"
    venue {
      fail_rate  = "30%"
      codes      = [500, 503]
      latency    = "500ms"
      drop_after = 0.05
    }
    feed { nan_rate = "1%" }
    store { full_after = "1MiB" }
  }
}
`
	c := loadLive(t, venueWith("  test = true")+chaos)
	x := c.Host.Chaos
	if x == nil || x.Seed != 7 || x.KillEvery != 20*time.Second || x.Venue.FailRate != One*3/10 || !slices.Equal(x.Venue.Codes, []int{500, 503}) || x.Venue.Latency != 500*time.Millisecond || x.Venue.DropAfter != One/20 || x.Venue.DelayBy != time.Minute || x.Feed.NaNRate != One/100 || x.Store.FullAfter != 1<<20 {
		t.Errorf("chaos %+v", x)
	}
	if _, d := loadText(t, good+chaos, Options{}); len(d.All()) > 0 {
		t.Errorf("a paper venue is a test: %s", textOf(d))
	}
	_, d := loadText(t, liveGood+chaos, Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"19:3 Chaos with real money"}) || !strings.Contains(d.All()[0].Detail, `venue "exchange" is not marked as a test`) {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
}

func TestModesHoldWhatIsWrittenAndSayWhatIs(t *testing.T) {
	c := loadLive(t, strings.Replace(liveGood, `  feed = "prices"`, `  feed = "prices"
  modes {
    drawdown_max    = "30%"
    balance_min     = 500
    day_begins      = "17:30"
    timezone        = "America/New_York"
    feed_age_max    = 2.5
    lag_max         = "1s"
    disk_free_min   = "0B"
  }
  risk {
    price_collar       = "5%"
    price_collar_close = "10%"
    close_rate         = "3/1s"
    exposure_max       = 900
    self_trade         = "allow"
  }`, 1))
	m := c.Agent("sma").Modes
	if m.DrawdownMax != One*3/10 || m.BalanceMin != 500*One || m.DayBegins != 17*time.Hour+30*time.Minute || m.Timezone.String() != "America/New_York" || m.FeedAgeMax != One*5/2 || m.LagMax != time.Second || m.DiskFreeMin != 0 || m.UnknownOrdersMax != 3 {
		t.Errorf("%+v", m)
	}
	if !m.Written("drawdown_max") || m.Written("drawdown_day_max") {
		t.Error("a recorded run must be able to tell what is written")
	}
	if r := c.Agent("sma").Risk; r.PriceCollarClose != One/10 || r.CloseRate != (Rate{3, time.Second}) || r.ExposureMax != 900*One || r.SelfTrade != "allow" {
		t.Errorf("%+v", r)
	}
}

func TestAccountsHaveKeysOfTheirOwn(t *testing.T) {
	two := `
agent "two" {
  strategy = "sma.wasm"
  feed = "prices"
  venue = "exchange"
  instruments = ["A"]
}
`
	_, d := loadText(t, liveGood+two, Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"18:1 Accounts that cannot be told apart"}) {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
	c := loadLive(t, venueWith("  account \"two\" {\n    key_env = \"OTHER_KEY\"\n  }")+two)
	if h := c.Venue("exchange").HTTP; h.KeyOf("two").Env != "OTHER_KEY" || h.KeyOf("sma").Env != "VENUE_KEY" {
		t.Errorf("accounts %+v", h.Accounts)
	}
	only := strings.Replace(liveGood, `  key_env = "VENUE_KEY"`, "  account \"two\" {\n    key_env = \"OTHER_KEY\"\n  }", 1) + two
	_, d = loadText(t, only, Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"13:1 Account without a key"}) {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
}

func TestWarningsSayWhatFollowsFromWhatAVenueCannot(t *testing.T) {
	off := func(names ...string) string {
		text := "  endpoints {\n"
		for _, name := range names {
			text += "    " + name + " {\n      path = \"\"\n    }\n"
		}
		return text + "  }"
	}
	for _, c := range []struct {
		claim, venue, summary, detail string
	}{
		{"no dedupe and no lookup", off("lookup"), "Orders that may be lost", "an order whose reply is lost becomes a dead letter for a person"},
		{"dedupe of open orders and no lookup", "  dedupe = \"open\"\n" + off("lookup"), "Orders that may be lost", `dedupe = "open"`},
		{"dedupe in a window and no lookup", "  dedupe = \"window\"\n  dedupe_window = \"1h\"\n" + off("lookup"), "Orders that may be lost", "within dedupe_window, 1h"},
		{"dedupe for ever and no lookup", "  dedupe = \"forever\"\n" + off("lookup"), "Orders that may be lost", "only by sending it again"},
		{"a lookup of open orders only", "  lookup_past = false", "Orders that may be lost", "absence proves nothing"},
		{"no cancel", off("cancel"), "Orders that cannot be cancelled", "on flatten"},
		{"no lists", off("open_orders", "balances"), "Account that cannot be reconciled", "2 lists:\n  - open_orders: foreign orders"},
		{"no positions", off("positions"), "Account that cannot be reconciled", "1 list:\n  - positions"},
		{"no cursor", "  fields {\n    response = { cursor = \"\" }\n  }\n  endpoints {\n    fills {\n      query = {}\n    }\n  }", "Fills without a cursor", "others are missed"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			_, d := loadText(t, venueWith(c.venue), Options{Environ: keyed})
			if d.HasErrors() || d.Warnings() != 1 || d.All()[0].Summary != c.summary || !strings.Contains(d.All()[0].Detail, c.detail) || d.All()[0].Range.File == "" {
				t.Errorf("got %v\n%s", places(d), textOf(d))
			}
		})
	}
	if _, d := loadText(t, venueWith(off("stream", "replace", "time")), Options{Environ: keyed}); len(d.All()) > 0 {
		t.Errorf("what has a substitute is no warning: %s", textOf(d))
	}
}

func TestKeysThatAreNotThereAreWarnings(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	_, d := loadText(t, liveGood, Options{Environ: none})
	if got := places(d); !slices.Equal(got, []string{"9:13 Key not set"}) || d.HasErrors() {
		t.Errorf("got %v", got)
	}
	inFile := strings.Replace(liveGood, `key_env = "VENUE_KEY"`, `key_file = "key"`, 1)
	_, d = loadText(t, inFile, Options{Environ: none})
	if got := places(d); !slices.Equal(got, []string{"9:14 Key not set"}) || d.HasErrors() {
		t.Errorf("got %v", got)
	}
	dir := folder(t)
	path := write(t, dir, "key", "secret\n")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	c, d := Load(write(t, dir, "config.hcl", inFile), Options{WorkDir: dir})
	if got := places(d); !slices.Equal(got, []string{"9:14 Key that others can read"}) || d.HasErrors() {
		t.Errorf("got %v", got)
	}
	if c.Venue("exchange").HTTP.Key.File != path {
		t.Errorf("key is at %q", c.Venue("exchange").HTTP.Key.File)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, d = Load(filepath.Join(dir, "config.hcl"), Options{WorkDir: dir}); len(d.All()) > 0 {
		t.Error(textOf(d))
	}
}

func TestHashOfLiveRunsLeavesOutWhereKeysAreAndWhoIsTold(t *testing.T) {
	hash := func(text string) [32]byte {
		c, d := loadText(t, text, Options{Environ: keyed})
		if d.HasErrors() {
			t.Fatal(textOf(d))
		}
		return c.Agents[0].Hash
	}
	same := hash(liveGood)
	for claim, text := range map[string]string{
		"where a key is":     strings.Replace(liveGood, "VENUE_KEY", "OTHER_KEY", 1),
		"who is told":        liveGood + "host {\n  alert \"log\" \"x\" {}\n}\n",
		"where history is":   liveGood + "host {\n  data_dir = \"x\"\n}\n",
		"a default as it is": venueWith("  retry {\n    jitter = \"full\"\n  }\n  codes {\n    halted = \"halted\"\n  }"),
		"the form of a list": strings.Replace(liveGood, `instruments = ["A"]`, `instrument "A" {}`, 1),
		"a slash at the end": strings.Replace(liveGood, "8750/", "8750", 1),
	} {
		if hash(text) != same {
			t.Errorf("%s counts", claim)
		}
	}
	for claim, text := range map[string]string{
		"the venue's address": strings.Replace(liveGood, "8750/", "8751", 1),
		"a policy":            venueWith("  retry {\n    jitter = \"none\"\n  }"),
		"dedupe":              venueWith("  dedupe = \"forever\""),
		"a code's meaning":    venueWith("  codes {\n    broke = \"funds\"\n  }"),
		"an endpoint":         venueWith("  endpoints {\n    cancel {\n      path = \"\"\n    }\n  }"),
		"a query":             venueWith("  endpoints {\n    open_orders {\n      query = { status = \"live\" }\n    }\n  }"),
		"a symbol":            strings.Replace(liveGood, `instruments = ["A"]`, `instrument "A" { symbol = "XA" }`, 1),
		"a mode's bound":      strings.Replace(liveGood, `  feed = "prices"`, "  feed = \"prices\"\n  modes { lag_max = \"1s\" }", 1),
		"a host's cap":        liveGood + "host {\n  orders_rate = \"1/1s\"\n}\n",
		"chaos":               venueWith("  test = true") + "host {\n  chaos {}\n}\n",
	} {
		if hash(text) == same {
			t.Errorf("%s does not count", claim)
		}
	}
}

func TestExampleOfALiveRunIsValid(t *testing.T) {
	c, d := Load("live.hcl", Options{Environ: keyed})
	for _, x := range d.All() {
		if x.Summary != "File not found" { // modules are not checked in
			t.Errorf("%s: %s", x.Summary, x.Detail)
		}
	}
	if v := c.Venue("exchange"); c.Recorded() || v == nil || !v.Test || v.HTTP.Dedupe != "forever" {
		t.Errorf("venue %+v", v)
	}
}
