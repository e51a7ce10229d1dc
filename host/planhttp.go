package host

import (
	"maps"
	"slices"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/http"
	"github.com/agenthost/agenthost/resilience"
)

// httpOf is an account of an HTTP venue as its adapter wants it.
func httpOf(v *config.Venue, account string, instruments []event.Instrument) http.Config {
	h, c := v.HTTP, http.DefaultConfig()
	key := h.KeyOf(account)
	c.Name, c.BaseURL, c.AllowPlain = v.Name, h.BaseURL, h.AllowPlain
	c.KeyEnv, c.KeyFile = key.Env, key.File
	c.AuthHeader, c.AuthScheme, c.IdempotencyHeader, c.Headers = h.AuthHeader, h.AuthScheme, h.IdempotencyHeader, h.Headers
	c.Timeout, c.ConnectTimeout, c.IdleTimeout, c.BodyMax = h.Timeout, h.ConnectTimeout, h.IdleTimeout, h.BodyMax
	c.Dedupe, c.DedupeWindow = dedupeOf(h.Dedupe), h.DedupeWindow
	c.LookupPast, c.Short, c.Numbers = h.LookupPast, h.Short, h.Numbers
	c.TimeUnit, c.TimeHeader, c.EpochHeader = h.TimeUnit, h.TimeHeader, h.EpochHeader
	c.Proxy, c.CAFile = h.Proxy, h.CAFile
	httpEndpoints(&c.Endpoints, &h.Endpoints)
	httpRequest(&c.Request, h.Fields.Request)
	httpAnswer(&c.Answer, &c.Errors, h.Fields.Response)
	httpStream(&c.Stream, h.Fields.Stream)
	c.Stream.Silence = h.StreamSilence
	httpWords(&c.Words, &h.Words)
	httpCodes(&c.Errors, h.Codes)
	c.NotFound = http.NotFound{Status: h.NotFound.Status, Codes: h.NotFound.Codes, Text: h.NotFound.Text}
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

func httpEndpoints(to *http.Endpoints, from *config.Endpoints) {
	for _, e := range []struct {
		to   *http.Endpoint
		from *config.Endpoint
	}{
		{&to.Submit, &from.Submit},
		{&to.Cancel, &from.Cancel},
		{&to.Replace, &from.Replace},
		{&to.Lookup, &from.Lookup},
		{&to.OpenOrders, &from.OpenOrders},
		{&to.Fills, &from.Fills},
		{&to.Positions, &from.Positions},
		{&to.Balances, &from.Balances},
		{&to.Time, &from.Time},
		{&to.Stream, &from.Stream},
	} {
		*e.to = http.Endpoint{Method: e.from.Method, Path: e.from.Path, Query: e.from.Query, Body: e.from.Body}
	}
}

// rename puts the venue's names where they belong; a name that the map does not have stays.
func rename(names map[string]string, fields map[string]*string) {
	for ours, field := range fields {
		if name, ok := names[ours]; ok {
			*field = name
		}
	}
}

func httpRequest(to *http.RequestFields, names map[string]string) {
	rename(names, map[string]*string{
		"symbol": &to.Symbol, "side": &to.Side, "type": &to.Type, "quantity": &to.Quantity, "price": &to.Price,
		"stop_price": &to.StopPrice, "time_in_force": &to.TimeInForce, "expire_time": &to.ExpireTime, "valid_until": &to.ValidUntil,
		"reduce_only": &to.ReduceOnly, "post_only": &to.PostOnly, "client_order_id": &to.ClientOrderID, "venue_order_id": &to.VenueOrderID,
	})
}

func httpAnswer(to *http.AnswerFields, errors *http.Errors, names map[string]string) {
	rename(names, map[string]*string{
		"order": &to.Order, "orders": &to.Orders, "fills": &to.Fills, "positions": &to.Positions, "balances": &to.Balances,
		"complete": &to.Complete, "cursor": &to.Cursor, "order_id": &to.OrderID, "client_order_id": &to.ClientOrderID,
		"duplicates": &to.Duplicates, "symbol": &to.Symbol, "side": &to.Side, "status": &to.Status, "quantity": &to.Quantity,
		"filled_quantity": &to.FilledQuantity, "price": &to.Price, "code": &to.Code, "message": &to.Message, "time": &to.Time,
		"order_fills": &to.OrderFills, "trade_id": &to.TradeID, "fill_quantity": &to.FillQuantity, "fill_price": &to.FillPrice,
		"fee": &to.Fee, "fee_currency": &to.FeeCurrency, "liquidity": &to.Liquidity, "fill_time": &to.FillTime,
		"position_quantity": &to.PositionQuantity, "position_side": &to.PositionSide, "currency": &to.Currency, "total": &to.Total,
		"server_time": &to.ServerTime, "error_code": &errors.Code, "error_message": &errors.Message, "error_order": &errors.Order,
		"error_processed": &errors.Processed,
	})
}

func httpStream(to *http.StreamFields, names map[string]string) {
	rename(names, map[string]*string{
		"type": &to.Type, "order_word": &to.OrderWord, "fill_word": &to.FillWord, "heartbeat_word": &to.HeartbeatWord,
		"order": &to.Order, "fill": &to.Fill, "sequence": &to.Sequence, "time": &to.Time,
	})
}

func httpWords(to *http.Words, from *config.Words) {
	rename(from.Side, map[string]*string{"buy": &to.Buy, "sell": &to.Sell})
	rename(from.Type, map[string]*string{"market": &to.Market, "limit": &to.Limit, "stop": &to.Stop, "stop_limit": &to.StopLimit})
	rename(from.TimeInForce, map[string]*string{"gtc": &to.GTC, "ioc": &to.IOC, "fok": &to.FOK, "gtd": &to.GTD, "day": &to.DAY})
	to.Maker = from.Maker
	to.Status, to.Cancel = map[string]event.ReportState{}, map[string]event.CancelCode{}
	for word, ours := range from.Status {
		to.Status[word] = reportStates[ours]
	}
	for word, ours := range from.Cancel {
		to.Cancel[word] = cancelCodes[ours]
	}
}

var cancelCodes = map[string]event.CancelCode{
	"immediate": event.CancelImmediate, "unfillable": event.CancelUnfillable, "venue": event.CancelByVenue, "exclusive": event.CancelExclusive,
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

// httpCodes say what the venue's codes mean.
func httpCodes(to *http.Errors, codes map[string]string) {
	to.Codes, to.KeyReused, to.KeyInProgress, to.None = nil, nil, nil, nil
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		meaning := codes[code]
		reject, rejects := rejectCodes[meaning]
		switch {
		case meaning == "key_reused":
			to.KeyReused = append(to.KeyReused, code)
		case meaning == "key_in_progress":
			to.KeyInProgress = append(to.KeyInProgress, code)
		case meaning == "none":
			to.None = append(to.None, code)
		case rejects:
			to.Codes = append(to.Codes, http.Code{Code: code, Answer: resilience.AnswerRejected, Reject: reject})
		default:
			to.Codes = append(to.Codes, http.Code{Code: code, Answer: answers[meaning]})
		}
	}
}
