package config

import (
	"fmt"
	"strings"
)

// checkHTTP looks at what must fit together within a venue, and says what follows from what it cannot.
func checkHTTP(p *place, v *Venue) {
	h := v.HTTP
	h.BaseURL = strings.TrimRight(h.BaseURL, "/")
	p.checkKey(h.Key, &v.Source)
	keyed := func(a Account) bool { return !a.Key.None() }
	if p.lacks("key_env", "key_file") && (len(h.Accounts) == 0 || !all(h.Accounts, keyed)) {
		p.fail(p.header, "Missing attribute", "%s needs the key of its account. Write, for example:\n  key_env = \"VENUE_KEY\"\nor\n  key_file = \"venue.key\"", p.title)
	}
	p.checkClear(v.At("base_url"), h.BaseURL, h.AllowPlain)
	if h.ConnectTimeout > h.Timeout {
		if v.Written("connect_timeout") {
			p.fail(v.At("connect_timeout"), "Settings that contradict", "connect_timeout is %s, and a call as a whole may take %s (timeout).", formatDuration(h.ConnectTimeout), formatDuration(h.Timeout))
		}
		h.ConnectTimeout = h.Timeout
	}
	checkDedupe(p, v)
	if s := &v.Path.Settle; s.Window <= h.Timeout {
		p.fail(firstPlace(s.At("window"), v.At("timeout")), "Settings that contradict", "settle.window is %s, and a call may take %s (timeout): an order could be taken for absent while it is still under way.", formatDuration(s.Window), formatDuration(h.Timeout))
	}
	if u := v.Path.UnknownMax; u <= v.Path.Settle.Window {
		p.fail(firstPlace(v.At("unknown_max"), v.Path.Settle.At("window")), "Settings that contradict", "unknown_max is %s, and settle.window %s: an order would be a dead letter before its absence could be proved.", formatDuration(u), formatDuration(v.Path.Settle.Window))
	}
	checkEndpoints(p, h)
	checkFields(p, h)
	warnOfAbilities(p, v)
}

// checkFields refuses to leave out what an endpoint cannot do without.
func checkFields(p *place, h *HTTP) {
	e, f := &h.Endpoints, &h.Fields
	need := func(where string, of map[string]string, endpoint string, off bool, words ...string) {
		for _, word := range words {
			if !off && of[word] == "" {
				p.fail(f.At(where), "Settings that contradict", "%s needs the field %s, which is \"\" in fields.%s: not there.", endpoint, word, where)
			}
		}
	}
	need("request", f.Request, "submit", e.Submit.Off(), "symbol", "side", "type", "quantity")
	need("response", f.Response, "lookup", e.Lookup.Off(), "client_order_id", "status", "filled_quantity")
	need("response", f.Response, "open_orders", e.OpenOrders.Off(), "symbol", "side")
	need("response", f.Response, "fills", e.Fills.Off(), "trade_id", "fill_quantity", "fill_price", "side", "symbol")
	need("response", f.Response, "positions", e.Positions.Off(), "symbol", "position_quantity")
	need("response", f.Response, "balances", e.Balances.Off(), "currency", "total")
	need("stream", f.Stream, "stream", e.Stream.Off(), "type")
	if f.Request["client_order_id"] == "" && h.IdempotencyHeader == "" && !e.Submit.mentions("client_order_id") {
		p.fail(f.At("request"), "Settings that contradict", "The client order id is sent neither as a field nor as a header (idempotency_header): no order could ever be found again.")
	}
}

func all[T any](list []T, holds func(T) bool) bool {
	for _, x := range list {
		if !holds(x) {
			return false
		}
	}
	return true
}

// firstPlace is the first of the ranges that is in a file.
func firstPlace(list ...Range) (r Range) {
	for _, r = range list {
		if r.File != "" {
			return r
		}
	}
	return r
}

func checkDedupe(p *place, v *Venue) {
	switch h := v.HTTP; {
	case h.Dedupe == "window" && p.lacks("dedupe_window"):
		p.fail(v.At("dedupe"), "Missing attribute", "dedupe is \"window\" and dedupe_window is not written. Write how long the venue remembers an id, for example `dedupe_window = \"24h\"`.")
	case h.Dedupe != "window" && v.Written("dedupe_window"):
		p.fail(v.At("dedupe_window"), "Settings that contradict", "dedupe_window is written and dedupe is %q. Write dedupe = \"window\", or leave the window out.", h.Dedupe)
	}
}

// warnOfAbilities says what the host will not dare, or not see, at this venue.
func warnOfAbilities(p *place, v *Venue) {
	h, e := v.HTTP, &v.HTTP.Endpoints
	at := func(x *Endpoint, others ...Range) Range {
		return firstPlace(append([]Range{x.At("path"), e.Range}, append(others, p.header)...)...)
	}
	switch {
	case !e.Lookup.Off():
	case h.Dedupe == "none" || h.Dedupe == "open":
		p.warn(at(&e.Lookup, v.At("dedupe")), "Orders that may be lost", "The venue cannot look an order up, and does not refuse an id that it has seen (dedupe = %q): an order whose reply is lost becomes a dead letter for a person.", h.Dedupe)
	case h.Dedupe == "window":
		p.warn(at(&e.Lookup), "Orders that may be lost", "The venue cannot look an order up: an order whose reply is lost is sent again within dedupe_window, %s, and after that becomes a dead letter for a person.", formatDuration(h.DedupeWindow))
	default:
		p.warn(at(&e.Lookup), "Orders that may be lost", "The venue cannot look an order up: what became of an order whose reply is lost is learned only by sending it again, while its time to live lasts. After that it becomes a dead letter for a person.")
	}
	if e.Cancel.Off() {
		p.warn(at(&e.Cancel), "Orders that cannot be cancelled", "The venue cannot cancel: an order that rests stays until it fills or ends by itself, also on a halt, on flatten and when the host stops.")
	}
	warnUnreconciled(p, e, h.Fields.Response["cursor"] != "", at)
	if !e.Lookup.Off() && len(h.NotFound.Codes) == 0 && h.NotFound.Text == "" {
		p.fail(firstPlace(h.NotFound.Range, p.header), "Missing attribute", "not_found has a status, %d, and no code and no text: a path that has moved answers so, too, and absence could never be proved.", h.NotFound.Status)
	}
	if !e.Lookup.Off() && !h.LookupPast {
		p.warn(v.At("lookup_past"), "Orders that may be lost", "A lookup finds open orders only (lookup_past = false): one that filled at once is not found, so that absence proves nothing, and an order whose reply is lost becomes a dead letter for a person unless a list tells of it.")
	}
}

// warnUnreconciled says what cannot be compared with the venue's own books. cursor says that answers with fills
// have one.
func warnUnreconciled(p *place, e *Endpoints, cursor bool, at func(*Endpoint, ...Range) Range) {
	var missing []string
	var first *Endpoint
	for _, x := range []struct {
		endpoint *Endpoint
		says     string
	}{
		{&e.OpenOrders, "open_orders: foreign orders are not seen, and ours are asked for one by one"},
		{&e.Fills, "fills: fees, and fills that are not ours, are not seen, and of a fill only the quantity is known"},
		{&e.Positions, "positions: that a position is another one than ours is not noticed"},
		{&e.Balances, "balances: deposits, withdrawals and funding are not noticed, and equity and drawdown are by our own books alone"},
	} {
		if !x.endpoint.Off() {
			continue
		}
		if first == nil {
			first = x.endpoint
		}
		missing = append(missing, "  - "+x.says)
	}
	if first != nil {
		p.warn(at(first), "Account that cannot be reconciled", "The venue cannot be asked for %s:\n%s", plural(len(missing), "list"), strings.Join(missing, "\n"))
	}
	if !e.Fills.Off() && !e.Fills.mentions("cursor") && !cursor {
		p.warn(at(&e.Fills), "Fills without a cursor", "Fills are asked for without {cursor}: all of them each time. Where the venue gives only the newest, others are missed.")
	}
}

// checkAccounts refuses two accounts at a venue that it cannot tell apart: each would take the other's orders and
// positions for its own, or for foreign.
func (r *reader) checkAccounts(v *Venue) {
	if v.HTTP == nil {
		return
	}
	first := map[string]*Agent{}
	byKey := map[Key]*Agent{}
	for i := range r.config.Agents {
		a := &r.config.Agents[i]
		if a.Venue != v.Name || first[a.Account] != nil {
			continue
		}
		first[a.Account] = a
		key := v.HTTP.KeyOf(a.Account)
		if key.None() && len(v.HTTP.Accounts) > 0 {
			p := &place{reader: r, title: fmt.Sprintf("agent %q", a.Name)}
			p.fail(firstPlace(a.At("account"), a.Range), "Account without a key", "Account %q of venue %q has no key. Write it in the venue: `account %q { key_env = \"…\" }`.", a.Account, v.Name, a.Account)
			continue
		}
		other, twice := byKey[key]
		if !twice {
			byKey[key] = a
			continue
		}
		p := &place{reader: r, title: fmt.Sprintf("agent %q", a.Name)}
		p.fail(firstPlace(a.At("account"), a.Range), "Accounts that cannot be told apart",
			"Agents %q and %q have accounts of their own, %q and %q, and venue %q gets the same key for both: it is one account there. Write the same account in both agents, or in the venue an account block with a key for each.", other.Name, a.Name, other.Account, a.Account, v.Name)
	}
}
