package config

import (
	"slices"
	"strings"
	"testing"
)

// liveMistake changes liveGood in one place; places leave out the line, which is said by mark: the text where
// the finding is.
type liveMistake struct {
	claim, old, new string
	summary, detail string
	// mark is what the finding's place begins with.
	mark string
}

func (m liveMistake) run(t *testing.T) {
	t.Run(m.claim, func(t *testing.T) {
		if !strings.Contains(liveGood, m.old) {
			t.Fatalf("liveGood has no %q", m.old)
		}
		text := strings.Replace(liveGood, m.old, m.new, 1)
		_, d := loadText(t, text, Options{Environ: keyed})
		all := d.All()
		if len(all) != 1 || all[0].Summary != m.summary || all[0].Severity != SeverityError || !strings.Contains(all[0].Detail, m.detail) {
			t.Fatalf("got %v\n%s", places(d), textOf(d))
		}
		if at := all[0].Range; at.File == "" || !strings.HasPrefix(text[at.Start.Byte:], m.mark) {
			t.Errorf("it is told at %s\n%s", at, textOf(d))
		}
	})
}

// inVenue, inFeed, inAgent and after put more into liveGood.
const (
	venueLine = `  key_env = "VENUE_KEY"` + "\n"
	feedLine  = `  interval = "1s"` + "\n"
	agentLine = `  venue = "exchange"` + "\n"
	lastLine  = `  instruments = ["A"]` + "\n}\n"
)

func TestMistakesOfVenuesOutsideOfTheProcess(t *testing.T) {
	in := func(claim, more, summary, detail, mark string) liveMistake {
		return liveMistake{claim, venueLine, venueLine + more + "\n", summary, detail, mark}
	}
	const contradict, value = "Settings that contradict", "Value not allowed"
	for _, m := range []liveMistake{
		{"no key", venueLine, "", "Missing attribute", "key_file = \"venue.key\"", `venue "http"`},
		{"no address", `  base_url = "http://127.0.0.1:8750/"` + "\n", "", "Missing attribute", "needs base_url", `venue "http"`},
		in("two places of a key", `  key_file = "x"`, contradict, "Write one of them", ""),
		{"the key itself", `"VENUE_KEY"`, `"sk-12-34"`, value, "not the key itself", `"sk-12`},
		{"an address without a scheme", `"http://127.0.0.1:8750/"`, `"127.0.0.1:8750"`, value, "no URL", `"127`},
		{"an address of another scheme", `"http://127.0.0.1:8750/"`, `"ftp://x/"`, value, `its scheme is "ftp"; it can be "http" or "https"`, `"ftp`},
		{"an address with a password", `"http://127.0.0.1:8750/"`, `"https://a:b@x/"`, value, "Put the key into key_env", `"https`},
		{"an address with a query", `"http://127.0.0.1:8750/"`, `"https://x/?a=b"`, value, "has a query", `"https`},
		{"an address that is not encrypted", `"http://127.0.0.1:8750/"`, `"http://example.com"`, "Key in the clear", "Use https", `"http:`},
		in("a window without dedupe", `  dedupe_window = "1h"`, contradict, `dedupe is "none"`, `"1h"`),
		in("dedupe without its window", `  dedupe = "window"`, "Missing attribute", "dedupe_window = \"24h\"", `"window"`),
		in("a word of dedupe that is none", `  dedupe = "allways"`, value, `"none", "open", "window" or "forever"`, `"allways"`),
		in("connecting longer than calling", `  connect_timeout = "1m"`, contradict, "timeout", `"1m"`),
		in("settling sooner than calling", "  settle {\n    window = \"9s\"\n  }", contradict, "still under way", `"9s"`),
		in("dead before absence is proved", `  unknown_max = "20s"`, contradict, "before its absence could be proved", `"20s"`),
		in("a breaker that nothing trips", "  breaker {\n    consecutive_max = 0\n    failure_rate = 0\n    slow_rate = 0\n  }", contradict, "No rule trips", `breaker`),
		in("a breaker with two windows", "  breaker {\n    window_count = 10\n    window_time = \"1m\"\n  }", contradict, "Write one of them", `window_time`),
		in("a breaker whose rates never count", "  breaker {\n    window_count = 5\n  }", contradict, "holds 5 calls", `breaker`),
		in("a breaker that opens longer than the longest", "  breaker {\n    open_for = \"5m\"\n  }", contradict, "open_for_max is 2m", `"5m"`),
		in("a breaker that never closes", "  breaker {\n    probes_good = 2\n  }", contradict, "never close", `2`),
		in("more probes than there can be", "  breaker {\n    probes = 17\n  }", "Value out of range", "from 1 to 16", `17`),
		in("a retry with a cap below its base", "  retry {\n    cap = \"100ms\"\n  }", contradict, "below base, 500ms", `"100ms"`),
		in("a jitter that is none", "  retry {\n    jitter = \"ful\"\n  }", value, `Did you mean "full"?`, `"ful"`),
		in("a budget without income", "  retry_budget {\n    ratio = 0\n    floor_every = \"0s\"\n  }", contradict, "never be another", `retry_budget`),
		in("shares of more than all", "  rate_limit {\n    shares {\n      other = \"70%\"\n    }\n  }", contradict, "come to 1.1", `shares`),
		in("shares that leave nothing to add", "  rate_limit {\n    count = 1\n    burst = 1\n  }", contradict, "less than one call", `rate_limit`),
		in("one absence", "  settle {\n    absences = 1\n  }", "Value out of range", "from 2", `1`),
		in("an endpoint with a query in its path", "  endpoints {\n    balances {\n      path = \"/b?x=1\"\n    }\n  }", value, "put it into query", `"/b?`),
		in("an endpoint without a slash", "  endpoints {\n    balances {\n      path = \"b\"\n    }\n  }", value, "begins with a slash", `"b"`),
		in("a word in braces that is none", "  endpoints {\n    lookup {\n      path = \"/o/{client_orderid}\"\n    }\n  }", value, "Did you mean client_order_id?", `"/o/`),
		in("a word in braces of a query", "  endpoints {\n    fills {\n      query = { after = \"{cursor}\", x = \"{z}\" }\n    }\n  }", value, "There are {client_order_id}", `{ after`),
		in("a lookup of no order", "  endpoints {\n    lookup {\n      path = \"/orders\"\n    }\n  }", contradict, "lookup does not say which order", `"/orders"`),
		in("a submit without body", "  endpoints {\n    submit {\n      method = \"GET\"\n    }\n  }", contradict, "Use POST", `"GET"`),
		in("a body where there is none", "  endpoints {\n    cancel {\n      body = { x = \"1\" }\n    }\n  }", contradict, "has no body", `{ x`),
		in("no submit", "  endpoints {\n    submit {\n      path = \"\"\n    }\n  }", "Missing attribute", "needs the endpoint submit", `""`),
		in("fills that go on nowhere", "  endpoints {\n    fills {\n      query = { limit = \"10\" }\n    }\n  }", contradict, "does not send it", `{ limit`),
		in("an endpoint that is none is told with the one that was meant", "  endpoints {\n    open_order {}\n  }", "Unknown block", "Did you mean open_orders?", `open_order`),
		in("a field that is none is told with the one that was meant", `  fields {
    request = { quantty = "amount" }
  }`, "Unknown word", "Did you mean quantity?", `quantty`),
		in("a field that is no text", `  fields {
    request = { quantity = 5 }
  }`, "Wrong type", `"quantity" is the number 5`, `5`),
		in("fields that are no object", `  fields {
    request = "amount"
  }`, "Wrong type", "takes an object of texts in braces", `"amount"`),
		in("a field that an endpoint needs", `  fields {
    response = { status = "" }
  }`, contradict, "lookup needs the field status", `{ status`),
		in("an order that is sent without its id", "  idempotency_header = \"\"\n  fields {\n    request = { client_order_id = \"\" }\n  }", contradict, "could ever be found again", `{ client_order_id`),
		in("one word for buying and selling", `  words {
    side = { buy = "sell" }
  }`, contradict, "a word of its own", `{ buy`),
		in("a status that means nothing", `  words {
    status = { NEW = "opened" }
  }`, value, `Did you mean "open"?`, `"opened"`),
		in("a code that means nothing", `  codes {
    broke = "fund"
  }`, value, `Did you mean "funds"?`, `"fund"`),
		in("a number's code that means nothing", `  codes {
    others = { "-1" = "x" }
  }`, value, `it can be "other"`, `"x"`),
		in("an absence by status alone", "  not_found {\n    text = \"\"\n  }", "Missing attribute", "absence could never be proved", `not_found`),
		in("a status that is no failure", "  not_processed {\n    statuses = [200]\n  }", "Value out of range", "from 400 to 599", `200`),
		in("a status twice", "  not_processed {\n    statuses = [429, 429]\n  }", "Named twice", "429 twice", `429]`),
		in("a status that is no number", "  not_processed {\n    statuses = [\"busy\"]\n  }", "Not a number", "busy", `"busy"`),
		in("what only a paper venue has", `  cash = 5`, "Unknown attribute", "cash belongs in `venue \"paper\" NAME`.", `cash`),
		in("an account twice", "  account \"x\" { key_env = \"OTHER_KEY\" }\n  account \"x\" { key_env = \"OTHER_KEY\" }", "Duplicate block", "already", `account`),
		in("an account without a key", `  account "x" {}`, "Missing attribute", "needs its key", `account`),
	} {
		m.run(t)
	}
}

func TestPaperVenuesRefuseWhatIsAboutTheWayToAVenue(t *testing.T) {
	for _, m := range []mistake{
		{"a breaker", `"paper" {}`, "\"paper\" {\n  breaker {}\n}", []string{"8:3 Unknown block"}, "nothing on the way can be lost, refused or late"},
		{"settling", `"paper" {}`, "\"paper\" {\n  settle {}\n}", []string{"8:3 Unknown block"}, "run `agenthost venue` and write `venue \"http\" \"…\"`"},
		{"an attribute", `"paper" {}`, "\"paper\" {\n  unknown_max = \"5m\"\n}", []string{"8:3 Unknown attribute"}, "unknown_max is about the way to a venue outside of this process"},
		{"a test, which it always is", `"paper" {}`, "\"paper\" {\n  test = true\n}", []string{"8:3 Unknown attribute"}, "always is a test"},
		{"what only an HTTP venue has", `"paper" {}`, "\"paper\" {\n  base_url = \"x\"\n}", []string{"8:3 Unknown attribute"}, "base_url belongs in `venue \"http\" NAME`."},
	} {
		m.run(t)
	}
}

func TestMistakesOfLiveFeeds(t *testing.T) {
	in := func(claim, more, summary, detail, mark string) liveMistake {
		return liveMistake{claim, feedLine, feedLine + more + "\n", summary, detail, mark}
	}
	const contradict = "Settings that contradict"
	for _, m := range []liveMistake{
		{"no interval", feedLine, "", "Missing attribute", "needs interval", `feed "live"`},
		{"no instruments", feedLine + `  instruments = ["A"]` + "\n", feedLine, "Missing attribute", "instruments = [\"GOOG\"]", `feed "live"`},
		{"no url", `  url = "http://127.0.0.1:8750"` + "\n", "", "Missing attribute", "needs url", `feed "live"`},
		{"a url with a query", `"http://127.0.0.1:8750"` + "\n", `"http://127.0.0.1:8750/?key=x"` + "\n", "Value not allowed", "has a query", `"http`},
		{"a url that is not encrypted", `"http://127.0.0.1:8750"` + "\n", `"ws://example.com"` + "\n", "Key in the clear", "Use wss", `"ws:`},
		in("asking a feed that tells by itself", `  poll_every = "1s"`, contradict, `transport = "http"`, `"1s"`),
		in("listening to a feed that is asked", "  transport = \"http\"\n  silent_after = \"1s\"", contradict, "this one is asked", `"1s"`),
		in("stale between two bars", `  stale_after = "500ms"`, contradict, "between any two bars", `"500ms"`),
		in("an instrument twice", `  instrument "A" {}`, "Named twice", "in the list, or in a block", `instrument`),
		in("what only a recorded feed has", `  file = "x.csv"`, "Unknown attribute", "file belongs in `feed \"csv\" NAME`.", `file`),
		in("a fallback that is not there", `  fallback = ["x"]`, "Unknown feed", `There is "prices".`, `"x"`),
		in("itself as fallback", `  fallback = ["prices"]`, contradict, "for itself", `"prices"`),
	} {
		m.run(t)
	}
}

func TestMistakesOfFallbacks(t *testing.T) {
	text := strings.Replace(liveGood, feedLine, feedLine+"  fallback = [\"backup\"]\n", 1)
	for _, c := range []struct{ claim, feed, summary, detail string }{
		{"other bars", "feed \"live\" \"backup\" {\n  url = \"http://127.0.0.1:1\"\n  interval = \"2s\"\n  instruments = [\"A\"]\n}\n", "Settings that contradict", "bars of 2s"},
		{"an instrument less", "instrument \"B\" {}\nfeed \"live\" \"backup\" {\n  url = \"http://127.0.0.1:1\"\n  interval = \"1s\"\n  instruments = [\"B\"]\n}\n", "Instrument without data", `no data of "A"`},
		{"recorded prices", "feed \"csv\" \"backup\" {\n  instrument = \"A\"\n  file = \"GOOG.csv\"\n}\n", "Recorded feed as fallback", "prices are over"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			_, d := loadText(t, text+c.feed, Options{Environ: keyed})
			if all := d.All(); len(all) != 1 || all[0].Summary != c.summary || !strings.Contains(all[0].Detail, c.detail) || all[0].Range.Start.Line != 5 {
				t.Errorf("got %v\n%s", places(d), textOf(d))
			}
		})
	}
}

func TestInstrumentsOfLiveFeedsAreDeclared(t *testing.T) {
	_, d := loadText(t, strings.Replace(liveGood, `instruments = ["A"]`, `instruments = ["A", "MSFT"]`, 1), Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"5:23 Unknown instrument"}) || !strings.Contains(d.All()[0].Detail, "`instrument \"MSFT\" {}`") {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
}

func TestMistakesOfLiveAgentsAndHosts(t *testing.T) {
	in := func(claim, more, summary, detail, mark string) liveMistake {
		return liveMistake{claim, agentLine, agentLine + more + "\n", summary, detail, mark}
	}
	host := func(claim, more, summary, detail, mark string) liveMistake {
		return liveMistake{claim, agentLine + lastLine, agentLine + lastLine + "host {\n" + more + "\n}\n", summary, detail, mark}
	}
	const contradict, value = "Settings that contradict", "Value not allowed"
	for _, m := range []liveMistake{
		in("a day that begins at no time", "  modes {\n    day_begins = \"24:00\"\n  }", "Not a time of day", "from 00:00 to 23:59", `"24:00"`),
		in("a drawdown of more than all", "  modes {\n    drawdown_max = 2\n  }", "Value out of range", "to 1", `2`),
		in("a drawdown of nothing", "  modes {\n    drawdown_max = 0\n  }", "Value out of range", "from 0.00000001", `0`),
		in("a collar for closing narrower than for opening", "  risk {\n    price_collar = \"5%\"\n    price_collar_close = \"1%\"\n  }", contradict, "could not be sold again", `"1%"`),
		in("trading with oneself", "  risk {\n    self_trade = \"yes\"\n  }", value, `"deny" or "allow"`, `"yes"`),
		host("an alert of a type that is none", `  alert "mail" "x" {}`, "Unknown type", `"log", "webhook" and "command"`, `"mail"`),
		host("an alert without a name", `  alert "log" {}`, "Wrong labels", "`alert \"log\" \"NAME\" { … }`", `alert`),
		host("two alerts of one name", "  alert \"log\" \"x\" {}\n  alert \"command\" \"x\" { command = [\"y\"] }", "Duplicate name", "there already", `alert "command"`),
		host("a webhook without its address", `  alert "webhook" "x" {}`, "Missing attribute", "needs url", `alert`),
		host("a command without its program", "  alert \"command\" \"x\" { command = [\"\"] }", value, "has no program", `""`),
		host("a level that is none", "  alert \"log\" \"x\" { level_min = \"error\" }", value, `"info", "warning" or "critical"`, `"error"`),
		host("a token in place of its variable", "  alert \"webhook\" \"x\" {\n    url = \"https://x\"\n    headers_env = { Authorization = \"Bearer x\" }\n  }", value, "the name of an environment variable", `{ Auth`),
		host("a header that is none", "  alert \"webhook\" \"x\" {\n    url = \"https://x\"\n    headers = { \"a b\" = \"x\" }\n  }", value, "letters, digits and dashes", `{ "a b"`),
		host("a socket whose path no system takes", "  control {\n    socket = \"/"+strings.Repeat("x", 104)+"\"\n  }", "Value out of range", "at most 103 bytes", `"/xxx`),
		host("a rate that is none", `  orders_rate = "50"`, "Not a rate", "100/1s", `"50"`),
	} {
		m.run(t)
	}
	test := strings.Replace(liveGood, venueLine, venueLine+"  test = true\n", 1)
	_, d := loadText(t, test+"host {\n  chaos {\n    venue {\n      fail_rate = \"60%\"\n      drop_before = \"50%\"\n    }\n  }\n}\n", Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"20:5 Settings that contradict"}) || !strings.Contains(d.All()[0].Detail, "come to 1.1") {
		t.Errorf("got %v", got)
	}
}

func TestRecordedFeedsAreKeptFromVenuesOutsideOfTheProcess(t *testing.T) {
	text := strings.Replace(good, `venue "paper" "paper" {}`, "venue \"http\" \"paper\" {\n  base_url = \"https://x\"\n  key_env = \"VENUE_KEY\"\n}", 1)
	c, d := loadText(t, text, Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"13:17 Recorded feed with a real venue"}) || c.Recorded() {
		t.Errorf("got %v, recorded %v", got, c.Recorded())
	}
}

func TestLiveFeedsAreKeptFromVenuesOfThisProcess(t *testing.T) {
	text := strings.Replace(liveGood, "venue \"http\" \"exchange\" {\n  base_url = \"http://127.0.0.1:8750/\"\n  key_env = \"VENUE_KEY\"\n}", `venue "paper" "exchange" {}`, 1)
	c, d := loadText(t, text, Options{Environ: keyed})
	if got := places(d); !slices.Equal(got, []string{"10:10 Live feed with a venue of this process"}) || !strings.Contains(d.All()[0].Detail, "Run `agenthost venue`") || c.Recorded() {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
}

func TestOneInstrumentComesFromOneFeed(t *testing.T) {
	second := "feed \"csv\" \"hourly\" {\n  source \"GOOG\" { file = \"GOOG.csv\" }\n}\n"
	agent := "agent \"two\" {\n  strategy = \"sma.wasm\"\n  feed = \"hourly\"\n  venue = \"paper\"\n  instruments = [\"GOOG\"]\n  ACCOUNT\n}\n"
	for claim, c := range map[string]struct {
		text string
		want []string
	}{
		"two feeds of an agent": {strings.Replace(good, `feed        = "daily"`, `feeds = ["daily", "hourly"]`, 1) + second, []string{"10:21 Instrument from two feeds"}},
		"two feeds of an account": {
			strings.Replace(strings.Replace(good, `["GOOG", "IBM"]`, `["IBM"]`, 1), `venue       = "paper"`, "venue = \"paper\"\n  account = \"x\"", 1) + second + strings.Replace(agent, "ACCOUNT", `account = "x"`, 1),
			[]string{"20:10 Instrument from two feeds"},
		},
		"two feeds of two accounts":            {good + second + strings.Replace(agent, "  ACCOUNT\n", "", 1), nil},
		"two feeds, but not of what is traded": {strings.Replace(strings.Replace(good, `["GOOG", "IBM"]`, `["IBM"]`, 1), `feed        = "daily"`, `feeds = ["daily", "hourly"]`, 1) + second, nil},
	} {
		t.Run(claim, func(t *testing.T) {
			_, d := loadText(t, c.text, Options{})
			if got := places(d); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v\n%s", got, c.want, textOf(d))
			}
		})
	}
	both := strings.Replace(liveGood, feedLine, feedLine+"  fallback = [\"backup\"]\n", 1)
	both = strings.Replace(both, `feed = "prices"`, `feeds = ["backup", "prices"]`, 1) + "feed \"live\" \"backup\" {\n  url = \"http://127.0.0.1:1\"\n  interval = \"1s\"\n  instruments = [\"A\"]\n}\n"
	if _, d := loadText(t, both, Options{Environ: keyed}); len(d.All()) > 0 {
		t.Errorf("a feed and its fallback are one source: %s", textOf(d))
	}
}
