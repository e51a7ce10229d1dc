package host

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/http"
	"github.com/agenthost/agenthost/resilience"
)

// httpOf is an account of an HTTP venue as its adapter wants it. What the configuration leaves as it is
// has the adapter's defaults, which are the same API.
func httpOf(v *config.Venue, account string, instruments []event.Instrument) http.Config {
	h, c := v.HTTP, http.DefaultConfig()
	a := h.Account(account)
	c.Name, c.BaseURL, c.AllowPlain = v.Name, h.BaseURL, v.Test
	c.KeyEnv, c.KeyFile = a.Key.Env, a.Key.File
	c.AuthHeader, c.IdempotencyHeader = h.KeyHeader, h.IDHeader
	c.AuthScheme = strings.TrimSpace(h.KeyPrefix)
	c.Timeout, c.ConnectTimeout = h.Timeout, h.ConnectTimeout
	c.Dedupe, c.DedupeWindow = dedupeOf(h.Dedupe), h.DedupeWindow
	httpEndpoints(&c.Endpoints, &h.Endpoints, a.ID)
	httpRequest(&c.Request, h.Fields.Request)
	httpAnswer(&c.Answer, &c.Errors, h.Fields.Response)
	httpWords(&c.Words, &h.Words)
	c.Errors.Codes = append(httpCodes(h.Codes), c.Errors.Codes...)
	c.NotFound = http.NotFound{Status: h.NotFound.Status}
	if h.NotFound.Code != "" {
		c.NotFound.Codes = []string{h.NotFound.Code}
	}
	c.Errors.NotProcessed = nil
	for _, status := range h.NotProcessed.Statuses {
		c.Errors.NotProcessed = append(c.Errors.NotProcessed, http.NotProcessed{Status: status})
	}
	for _, code := range h.NotProcessed.Codes {
		c.Errors.NotProcessed = append(c.Errors.NotProcessed, http.NotProcessed{Code: code})
	}
	c.Instruments = nil
	for i := range instruments {
		c.Instruments = append(c.Instruments, http.Instrument{Instrument: instruments[i]})
	}
	return c
}

func dedupeOf(word string) resilience.Dedupe {
	switch word {
	case "open":
		return resilience.DedupeOpen
	case "window":
		return resilience.DedupeWindow
	case "forever":
		return resilience.DedupeForever
	}
	return resilience.DedupeNone
}

// httpEndpoints takes over what is written; the same path as the default leaves the adapter's own query.
func httpEndpoints(to *http.Endpoints, from *config.Endpoints, account string) {
	standard := config.DefaultEndpoints()
	for _, e := range []struct {
		to             *http.Endpoint
		from, standard *config.Endpoint
	}{
		{&to.Submit, &from.Submit, &standard.Submit}, {&to.Cancel, &from.Cancel, &standard.Cancel},
		{&to.Replace, &from.Replace, &standard.Replace}, {&to.Lookup, &from.Lookup, &standard.Lookup},
		{&to.OpenOrders, &from.OpenOrders, &standard.OpenOrders}, {&to.Fills, &from.Fills, &standard.Fills},
		{&to.Positions, &from.Positions, &standard.Positions}, {&to.Balances, &from.Balances, &standard.Balances},
		{&to.Time, &from.Time, &standard.Time}, {&to.Stream, &from.Stream, &standard.Stream},
	} {
		if e.from.Path == e.standard.Path && e.from.Method == e.standard.Method && e.from.Body == "" {
			continue
		}
		*e.to = httpEndpoint(e.from, account)
	}
}

func httpEndpoint(e *config.Endpoint, account string) http.Endpoint {
	path := strings.NewReplacer("{order_id}", "{venue_order_id}", "{account}", url.PathEscape(account)).Replace(e.Path)
	path, query, _ := strings.Cut(path, "?")
	out := http.Endpoint{Method: e.Method, Path: path}
	for _, pair := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			if out.Query == nil {
				out.Query = map[string]string{}
			}
			out.Query[name] = value
		}
	}
	return out
}

func httpRequest(to *http.RequestFields, names map[string]string) {
	for ours, field := range map[string]*string{
		"symbol": &to.Symbol, "side": &to.Side, "type": &to.Type, "quantity": &to.Quantity, "price": &to.Price,
		"stop_price": &to.StopPrice, "time_in_force": &to.TimeInForce, "expire_time": &to.ExpireTime,
		"reduce_only": &to.ReduceOnly, "post_only": &to.PostOnly, "client_order_id": &to.ClientOrderID,
	} {
		if name, ok := names[ours]; ok {
			*field = name
		}
	}
}

// httpAnswer takes over the names that differ from ours: ours are what the adapter begins with.
func httpAnswer(to *http.AnswerFields, errors *http.Errors, names map[string]string) {
	for ours, fields := range map[string][]*string{
		"client_order_id": {&to.ClientOrderID}, "order_id": {&to.OrderID}, "symbol": {&to.Symbol}, "side": {&to.Side},
		"status": {&to.Status}, "quantity": {&to.Quantity, &to.FillQuantity, &to.PositionQuantity},
		"filled_quantity": {&to.FilledQuantity}, "price": {&to.Price, &to.FillPrice}, "time": {&to.Time, &to.FillTime},
		"trade_id": {&to.TradeID}, "maker": {&to.Liquidity}, "fee": {&to.Fee}, "fee_currency": {&to.FeeCurrency},
		"currency": {&to.Currency}, "total": {&to.Total}, "code": {&errors.Code}, "message": {&errors.Message},
		"orders": {&to.Orders}, "fills": {&to.Fills}, "positions": {&to.Positions}, "balances": {&to.Balances},
		"cursor": {&to.Cursor}, "complete": {&to.Complete},
	} {
		name, ok := names[ours]
		if !ok || name == ours {
			continue
		}
		for _, f := range fields {
			*f = name
		}
	}
}

func httpWords(to *http.Words, from *config.Words) {
	take := func(field *string, words map[string]string, ours string) {
		if w, ok := words[ours]; ok {
			*field = w
		}
	}
	take(&to.Buy, from.Side, "buy")
	take(&to.Sell, from.Side, "sell")
	take(&to.Market, from.Type, "market")
	take(&to.Limit, from.Type, "limit")
	take(&to.Stop, from.Type, "stop")
	take(&to.StopLimit, from.Type, "stop_limit")
	take(&to.GTC, from.TimeInForce, "gtc")
	take(&to.IOC, from.TimeInForce, "ioc")
	take(&to.FOK, from.TimeInForce, "fok")
	take(&to.GTD, from.TimeInForce, "gtd")
	take(&to.DAY, from.TimeInForce, "day")
	if maps.Equal(from.Status, config.DefaultWords().Status) {
		return
	}
	to.Status = map[string]event.ReportState{}
	for word, ours := range from.Status {
		to.Status[word] = reportStates[ours]
	}
}

var reportStates = map[string]event.ReportState{
	"open": event.ReportOpen, "filled": event.ReportFilled, "cancelled": event.ReportCancelled,
	"expired": event.ReportExpired, "rejected": event.ReportRejected,
}

var rejectCodes = map[string]event.RejectCode{
	"other": event.RejectOther, "funds": event.RejectFunds, "price": event.RejectPrice, "quantity": event.RejectQuantity,
	"notional": event.RejectNotional, "post_only": event.RejectPostOnly, "reduce_only": event.RejectReduceOnly,
	"halted": event.RejectHalted, "permission": event.RejectPermission, "rate": event.RejectRate,
	"trigger": event.RejectTrigger, "type": event.RejectType,
}

var answers = map[string]resilience.Answer{
	"not_processed": resilience.AnswerNotProcessed, "unknown": resilience.AnswerUnknown, "exists": resilience.AnswerExists,
	"no_such_order": resilience.AnswerNoSuchOrder, "hold": resilience.AnswerHold, "misbuilt": resilience.AnswerMisbuilt,
}

// httpCodes are those that the adapter's own table does not have: what is left as it is by default is there.
func httpCodes(codes map[string]string) []http.Code {
	standard := config.DefaultCodes()
	var out []http.Code
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		meaning := codes[code]
		if standard[code] == meaning {
			continue
		}
		if reject, ok := rejectCodes[meaning]; ok {
			out = append(out, http.Code{Code: code, Answer: resilience.AnswerRejected, Reject: reject})
			continue
		}
		out = append(out, http.Code{Code: code, Answer: answers[meaning]})
	}
	return out
}
