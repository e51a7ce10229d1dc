package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// defaultHTTPVenue is one without an address and a key.
func defaultHTTPVenue() Venue {
	h, o := DefaultHTTP(), DefaultOrderPath()
	return Venue{Type: "http", Currency: "USD", HTTP: &h, Path: &o}
}

func httpBlock() *block[Venue] {
	get := func(v *Venue) *HTTP { return v.HTTP }
	fields := []field[Venue]{
		currency("currency", func(v *Venue) *string { return &v.Currency }, "What accounts are kept in."),
		text("base_url", func(v *Venue) *string { return &v.HTTP.BaseURL }, baseRule, "The address that the paths of the endpoints are appended to.").like(`"https://api.example.com"`).must(),
	}
	fields = append(fields, keyFields(func(v *Venue) *Key { return &v.HTTP.Key })...)
	fields = append(fields,
		boolean("allow_plain", func(v *Venue) *bool { return &v.HTTP.AllowPlain }, "The address may be one of http:// on another machine, where everybody on the way can read the key and change the orders."),
		text("auth_header", func(v *Venue) *string { return &v.HTTP.AuthHeader }, headerRule, "The header that carries the key.").like(`"X-API-Key"`),
		text("auth_scheme", func(v *Venue) *string { return &v.HTTP.AuthScheme }, anyText, `The word before the key in its header; "" is the key alone.`).like(`""`),
		text("idempotency_header", func(v *Venue) *string { return &v.HTTP.IdempotencyHeader }, optionalHeaderRule, `The header that carries the client order id of a submit; "" is none.`).like(`"Idempotency-Key"`),
		mapping("headers", func(v *Venue) *map[string]string { return &v.HTTP.Headers }, nil, nil, "Headers that are sent with every request. They are no place for secrets.", `{ "X-Version" = "2" }`),
		boolean("test", func(v *Venue) *bool { return &v.Test }, "No real money is at stake there. Only then may there be chaos."),
		duration("timeout", func(v *Venue) *time.Duration { return &v.HTTP.Timeout }, time.Millisecond, "How long a call may take as a whole.", "10s"),
		duration("connect_timeout", func(v *Venue) *time.Duration { return &v.HTTP.ConnectTimeout }, time.Millisecond, "How long a connection may take to come about.", "5s"),
		duration("idle_timeout", func(v *Venue) *time.Duration { return &v.HTTP.IdleTimeout }, time.Millisecond, "After how long a connection that nobody used is closed. It should be sooner than the venue closes it, so that no order goes out on one that is being closed.", "15s"),
		size("body_max", func(v *Venue) *int64 { return &v.HTTP.BodyMax }, 1<<10, 64<<20, 1, "The greatest answer.").like(`"1MiB"`),
		oneOf("dedupe", func(v *Venue) *string { return &v.HTTP.Dedupe }, []string{"none", "open", "window", "forever"}, "How far the venue refuses a client order id that it has seen: never, while that order is open, for dedupe_window, or for ever. An order whose reply was lost is sent again only if it is refused twice; if this says more than the venue does, orders will be doubled."),
		duration("dedupe_window", func(v *Venue) *time.Duration { return &v.HTTP.DedupeWindow }, time.Second, `How long the venue remembers an id, where dedupe is "window".`, "24h"),
		boolean("lookup_past", func(v *Venue) *bool { return &v.HTTP.LookupPast }, "A lookup finds orders that are over, too. Where it does not, that an order is not found says nothing."),
		boolean("short", func(v *Venue) *bool { return &v.HTTP.Short }, "Positions may go below zero."),
		oneOf("time_unit", func(v *Venue) *string { return &v.HTTP.TimeUnit }, []string{"ns", "us", "ms", "s", "rfc3339"}, "How times are written, as so many units since 1970 or as text."),
		text("time_header", func(v *Venue) *string { return &v.HTTP.TimeHeader }, optionalHeaderRule, "The header with the venue's clock in that unit; where there is none, Date serves.").like(`"X-Server-Time"`),
		text("epoch_header", func(v *Venue) *string { return &v.HTTP.EpochHeader }, optionalHeaderRule, "The header that changes when the venue's books began anew.").like(`"X-Venue-Epoch"`),
		boolean("numbers", func(v *Venue) *bool { return &v.HTTP.Numbers }, "Prices and quantities are sent as JSON numbers, not as texts."),
		duration("stream_silence", func(v *Venue) *time.Duration { return &v.HTTP.StreamSilence }, 0, "After how long without any message a stream is dialled anew; 0s is never.", "10s"),
		text("proxy", func(v *Venue) *string { return &v.HTTP.Proxy }, urlRule("http", "https"), "An HTTP proxy; the environment's is not used.").like(`"http://proxy.example:3128"`).outside(),
		path("ca_file", func(v *Venue) *string { return &v.HTTP.CAFile }, true, "A PEM file of the authorities that are trusted instead of the system's.").like(`"ca.pem"`).outside(),
	)
	children := []child[Venue]{
		accountChild(),
		one(endpointsBlock(), func(v *Venue) *Endpoints { return &get(v).Endpoints }),
		one(fieldsBlock(), func(v *Venue) *Fields { return &get(v).Fields }),
		one(wordsBlock(), func(v *Venue) *Words { return &get(v).Words }),
		one(codesBlock(), get),
		one(notFoundBlock(), func(v *Venue) *NotFound { return &get(v).NotFound }),
		one(notProcessedBlock(), func(v *Venue) *NotProcessed { return &get(v).NotProcessed }),
	}
	return &block[Venue]{
		name: "venue", labels: []string{`"http"`, "NAME"},
		says:     "A venue behind an HTTP API. What is not written is the API that `agenthost venue` serves. What the venue cannot do, and how far it dedupes, decides what the host dares to do; `agenthost check` says what follows.",
		defaults: defaultHTTPVenue, source: func(v *Venue) *Source { return &v.Source },
		identify: func(v *Venue) string { return v.Type + " " + v.Name },
		fields:   append(fields, pathFields()...), children: append(children, pathChildren()...),
		check: checkHTTP,
	}
}

func headerRule(s string) string {
	wrong := strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.", c))
	})
	if s == "" || len(s) > nameLength || wrong {
		return "a header's name has letters, digits and dashes."
	}
	return ""
}

func optionalHeaderRule(s string) string {
	if s == "" {
		return ""
	}
	return headerRule(s)
}

func accountBlock() *block[Account] {
	return &block[Account]{
		name: "account", labels: []string{"NAME"}, says: "An account that agents name, with its own key. Without such a block every account has the venue's key.",
		defaults: func() Account { return Account{} }, source: func(a *Account) *Source { return &a.Source },
		identify: func(a *Account) string { return a.Name }, fields: keyFields(func(a *Account) *Key { return &a.Key }),
		check: func(p *place, a *Account) {
			if p.lacks("key_env", "key_file") {
				p.fail(p.header, "Missing attribute", "%s needs its key: key_env or key_file.", p.title)
			}
			p.checkKey(a.Key, &a.Source)
		},
	}
}

func accountChild() child[Venue] {
	b := accountBlock()
	return child[Venue]{
		name: "account", many: true, describe: b.describe,
		dump: func(c *canon, v *Venue) {
			for i := range v.HTTP.Accounts {
				b.dump(c, &v.HTTP.Accounts[i])
			}
		},
		read: func(p *place, x *hclsyntax.Block, v *Venue) {
			a := b.defaults()
			named := p.labels(x, `"NAME"`) && p.nameRule(x, 0, nameRule)
			if named {
				a.Name = x.Labels[0]
			}
			b.read(p.inner(x), &a)
			twice := slices.IndexFunc(v.HTTP.Accounts, func(o Account) bool { return o.Name == a.Name })
			switch {
			case !named:
			case twice >= 0:
				p.fail(rangeOf(x.DefRange()), "Duplicate block", "%s has an account %q already, at %s. Write one.", p.title, a.Name, v.HTTP.Accounts[twice].Range)
			default:
				v.HTTP.Accounts = append(v.HTTP.Accounts, a)
			}
		},
	}
}

func fieldsBlock() *block[Fields] {
	says := func(what string, words []string) string {
		return "The venue's names of what " + what + ", by ours: " + wordList(words, "and") + "."
	}
	return &block[Fields]{
		name: "fields", says: "What the venue calls things. What is not written is called as we call it. \"\" is not sent, or not answered; points lead into objects within: \"data.order.id\".",
		defaults: DefaultFields, source: func(f *Fields) *Source { return &f.Source },
		fields: []field[Fields]{
			mapping("request", func(f *Fields) *map[string]string { return &f.Request }, requestWords, nil, says("is sent", requestWords), `{ quantity = "amount" }`).defaults("our words"),
			mapping("response", func(f *Fields) *map[string]string { return &f.Response }, responseWords, nil, says("is answered", responseWords)+" order is where one order is in an answer, order_fills where an order has its fills, error_… where an error says what it is.", `{ order_id = "data.id" }`).defaults("as `agenthost venue` answers"),
			mapping("stream", func(f *Fields) *map[string]string { return &f.Stream }, streamWords, nil, says("a stream's messages have", streamWords)+" type is the field that tells what a message is, …_word its values.", `{ type = "event" }`).defaults("as `agenthost venue` streams"),
		},
	}
}

func wordsBlock() *block[Words] {
	return &block[Words]{
		name: "words", says: "The venue's words for ours, where they differ.",
		defaults: DefaultWords, source: func(w *Words) *Source { return &w.Source },
		fields: []field[Words]{
			mapping("side", func(w *Words) *map[string]string { return &w.Side }, sideWords, nil, "The venue's words for buy and sell.", `{ buy = "BUY", sell = "SELL" }`).defaults("our words"),
			mapping("type", func(w *Words) *map[string]string { return &w.Type }, typeWords, nil, `The venue's words for market, limit, stop and stop_limit; "" says that it has no such orders.`, `{ market = "MARKET", stop = "" }`).defaults("our words"),
			mapping("time_in_force", func(w *Words) *map[string]string { return &w.TimeInForce }, timeInForceWords, nil, `The venue's words for gtc, ioc, fok, gtd and day; "" says that it has no such thing.`, `{ gtc = "GTC", day = "" }`).defaults("our words"),
			mapping("status", func(w *Words) *map[string]string { return &w.Status }, nil, statusWords, "What the venue's words for an order's state mean: open, filled, cancelled, expired or rejected.", `{ NEW = "open", PARTIALLY_FILLED = "open" }`).defaults(`our words, and "partially_filled" is open`),
			mapping("cancel", func(w *Words) *map[string]string { return &w.Cancel }, nil, cancelWords, "What the venue's codes of cancelled orders mean: immediate (it could not fill at once), unfillable, venue (by itself) or exclusive.", `{ IOC = "immediate" }`).defaults("our words"),
			text("maker", func(w *Words) *string { return &w.Maker }, anyText, "The venue's word for the liquidity of a fill that rested.").like(`"M"`),
		},
		check: func(p *place, w *Words) {
			if strings.EqualFold(w.Side["buy"], w.Side["sell"]) || w.Side["buy"] == "" || w.Side["sell"] == "" {
				p.fail(w.At("side"), "Settings that contradict", "buy is %q and sell is %q. Each needs a word of its own.", w.Side["buy"], w.Side["sell"])
			}
		},
	}
}

// codesBlock takes any attribute: what codes there are, the venue says.
func codesBlock() *block[HTTP] {
	return &block[HTTP]{
		name: "codes", says: "What the venue's codes mean.",
		openSays: "Each attribute is a code, and its value what it means. " + quotedList(CodeMeanings[:rejections], "or") + ": the order is rejected for good. \"not_processed\": the venue did nothing and may be asked again. \"unknown\": it does not know itself. \"exists\": the id is there already, so the order is looked up. \"no_such_order\": by itself it proves nothing. \"hold\": key or account are refused, nothing is sent until a person has looked. \"misbuilt\": the request was not understood. \"key_reused\", \"key_in_progress\": the idempotency key came with other content, or its first request is still at work. \"none\": no error.",
		defaults: DefaultHTTP, source: func(h *HTTP) *Source { return &h.codesSource },
		fields: []field[HTTP]{
			mapping("others", func(h *HTTP) *map[string]string { return &h.otherCodes }, nil, CodeMeanings, "Codes that cannot be attributes, such as numbers.", `{ "-2013" = "no_such_order" }`),
		},
		open: readCode, openDump: dumpCodes,
		check: func(_ *place, h *HTTP) { maps.Copy(h.Codes, h.otherCodes) },
	}
}

func readCode(p *place, x *hclsyntax.Attribute, h *HTTP) {
	v, ok := p.evaluate(x, x.Name+` = "other"`)
	if !ok || v.IsNull() {
		return
	}
	if s, ok := v.text(); ok && v.among(s, CodeMeanings) {
		h.Codes[x.Name] = s
		h.codesSource.attributes[x.Name] = v.at
	}
}

func dumpCodes(c *canon, h *HTTP) { c.line("codes", shownMapping(h.Codes)) }

func notFoundBlock() *block[NotFound] {
	return &block[NotFound]{
		name: "not_found", says: "The answer to a lookup that says that there is no such order. Status and code must both be as written: a path that does not exist answers 404, too.",
		defaults: DefaultNotFound, source: func(n *NotFound) *Source { return &n.Source }, check: checkNotFound,
		fields: []field[NotFound]{
			whole("status", func(n *NotFound) *int { return &n.Status }, 200, 599, "The status.").like("404"),
			listed("code", func(n *NotFound) *[]string { return &n.Codes }, "The code in the body.").like(`"order_not_found"`).defaults("as codes"),
			names("codes", func(n *NotFound) *[]string { return &n.Codes }, "The codes, where there are several: one of them.").like(`["order_not_found", "unknown_order"]`),
			text("text", func(n *NotFound) *string { return &n.Text }, anyText, "A text within the body, where the venue has no codes.").like(`"no such order"`),
		},
	}
}

// checkNotFound takes a text alone as it is written: a code beside it would be one more way.
func checkNotFound(p *place, n *NotFound) {
	p.exclusive("code", "codes")
	if n.Written("text") && !n.Written("code") && !n.Written("codes") {
		n.Codes = nil
	}
}

func notProcessedBlock() *block[NotProcessed] {
	return &block[NotProcessed]{
		name: "not_processed", says: "Answers with which the venue says for sure that it has done nothing with a request, so that it may be sent again.",
		defaults: func() NotProcessed { return NotProcessed{} }, source: func(n *NotProcessed) *Source { return &n.Source },
		fields: []field[NotProcessed]{
			wholes("statuses", func(n *NotProcessed) *[]int { return &n.Statuses }, 400, 599, "Statuses, whatever the code. Not every 503 is one: many a gateway answers it for a request that was carried out.").like("[429, 503]"),
			names("codes", func(n *NotProcessed) *[]string { return &n.Codes }, "Codes in the body, whatever the status.").like(`["overloaded"]`),
		},
	}
}
