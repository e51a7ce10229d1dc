package http

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// DefaultConfig is the API of the customer's guide as docs/VENUE.md extends it. BaseURL, the key and the
// instruments are missing. Dedupe is none: what a venue does with an id that it knows must be said on purpose.
func DefaultConfig() Config {
	return Config{
		Name: "http", AuthHeader: "Authorization", AuthScheme: "Bearer", IdempotencyHeader: "Idempotency-Key",
		Endpoints: defaultEndpoints(),
		Request: RequestFields{
			Symbol: "symbol", Side: "side", Type: "type", Quantity: "quantity", Price: "price", StopPrice: "stop_price",
			TimeInForce: "time_in_force", ExpireTime: "expire_time", ReduceOnly: "reduce_only", PostOnly: "post_only",
			ClientOrderID: "client_order_id",
		},
		Answer:     defaultAnswer(),
		Stream:     StreamFields{Type: "type", OrderWord: "order", FillWord: "fill", HeartbeatWord: "heartbeat", Order: "order", Fill: "fill", Sequence: "sequence", Time: "time", Silence: 10 * time.Second},
		Words:      defaultWords(),
		Errors:     defaultErrors(),
		NotFound:   NotFound{Status: 404, Codes: []string{"order_not_found"}},
		Dedupe:     resilience.DedupeNone,
		LookupPast: true, Short: true,
		Timeout: 10 * time.Second, ConnectTimeout: 5 * time.Second, IdleTimeout: 15 * time.Second, BodyMax: 1 << 20,
		TimeUnit: "ns", TimeHeader: "X-Server-Time", EpochHeader: "X-Venue-Epoch",
	}
}

func defaultEndpoints() Endpoints {
	const order = "/api/orders/{client_order_id}"
	return Endpoints{
		Submit:     Endpoint{Method: "POST", Path: "/api/trade"},
		Cancel:     Endpoint{Method: "DELETE", Path: order},
		Replace:    Endpoint{Method: "PATCH", Path: order},
		Lookup:     Endpoint{Method: "GET", Path: order},
		OpenOrders: Endpoint{Method: "GET", Path: "/api/orders", Query: map[string]string{"status": "open"}},
		Fills:      Endpoint{Method: "GET", Path: "/api/fills", Query: map[string]string{"after": "{cursor}"}},
		Positions:  Endpoint{Method: "GET", Path: "/api/positions"},
		Balances:   Endpoint{Method: "GET", Path: "/api/balances"},
		Time:       Endpoint{Method: "GET", Path: "/api/time"},
		Stream:     Endpoint{Path: "/api/stream", Query: map[string]string{"channels": "orders,fills"}},
	}
}

func defaultAnswer() AnswerFields {
	return AnswerFields{
		Orders: "orders", Fills: "fills", Positions: "positions", Balances: "balances", Complete: "complete", Cursor: "cursor",
		OrderID: "order_id", ClientOrderID: "client_order_id", Duplicates: "duplicates", Symbol: "symbol", Side: "side", Status: "status",
		Quantity: "quantity", FilledQuantity: "filled_quantity", Price: "price", Code: "code", Message: "message", Time: "update_time",
		OrderFills: "fills", TradeID: "trade_id", FillQuantity: "quantity", FillPrice: "price", Fee: "fee", FeeCurrency: "fee_currency",
		Liquidity: "liquidity", FillTime: "time", PositionQuantity: "quantity", Currency: "currency", Total: "total", ServerTime: "time",
	}
}

func defaultWords() Words {
	return Words{
		Buy: "buy", Sell: "sell", Market: "market", Limit: "limit", Stop: "stop", StopLimit: "stop_limit",
		GTC: "gtc", IOC: "ioc", FOK: "fok", GTD: "gtd", DAY: "day", Maker: "maker",
		Status: map[string]event.ReportState{
			"open": event.ReportOpen, "partially_filled": event.ReportOpen, "filled": event.ReportFilled,
			"cancelled": event.ReportCancelled, "expired": event.ReportExpired, "rejected": event.ReportRejected,
		},
		Cancel: map[string]event.CancelCode{
			"immediate": event.CancelImmediate, "unfillable": event.CancelUnfillable, "venue": event.CancelByVenue,
		},
	}
}

func defaultErrors() Errors {
	rejected := func(code string, why event.RejectCode) Code {
		return Code{Code: code, Answer: resilience.AnswerRejected, Reject: why}
	}
	misbuilt := func(code string) Code { return Code{Code: code, Answer: resilience.AnswerMisbuilt} }
	return Errors{
		Code: "error.code", Message: "error.message", Order: "order", Processed: "error.processed",
		KeyReused: []string{"idempotency_key_reused"},
		Codes: []Code{
			misbuilt("malformed"), misbuilt("cursor_unknown"), misbuilt("not_found"), misbuilt("method_not_allowed"), misbuilt("too_large"),
			{Code: "order_not_found", Answer: resilience.AnswerNoSuchOrder},
			{Code: "order_final", Answer: resilience.AnswerNoSuchOrder, Why: "the venue's code: the order is over; the order itself says how"},
			{Code: "duplicate_id", Answer: resilience.AnswerExists, Reject: event.RejectDuplicate},
			rejected("insufficient_funds", event.RejectFunds), rejected("invalid_quantity", event.RejectQuantity),
			rejected("invalid_price", event.RejectPrice), rejected("invalid_notional", event.RejectNotional),
			rejected("invalid_trigger", event.RejectTrigger), rejected("invalid_type", event.RejectType),
			rejected("invalid_expire_time", event.RejectOther), rejected("unknown_symbol", event.RejectOther),
			rejected("post_only", event.RejectPostOnly), rejected("reduce_only", event.RejectReduceOnly),
			rejected("halted", event.RejectHalted), rejected("permission", event.RejectPermission), rejected("rejected", event.RejectOther),
		},
	}
}
