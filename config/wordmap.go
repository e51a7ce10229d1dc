package config

import "maps"

// Placeholders are what a path, a query or a body may hold in braces.
var Placeholders = []string{
	"client_order_id", "venue_order_id", "symbol", "cursor", "side", "type", "quantity", "price", "stop_price",
	"time_in_force", "expire_time", "valid_until",
}

// requestWords are what a request can say of an order.
var requestWords = []string{
	"symbol", "side", "type", "quantity", "price", "stop_price", "time_in_force", "expire_time", "valid_until",
	"reduce_only", "post_only", "client_order_id", "venue_order_id",
}

// responseWords are what an answer can say: where its lists are, and the fields of orders, fills, positions,
// balances and errors.
var responseWords = []string{
	"order", "orders", "fills", "positions", "balances", "complete", "cursor",
	"order_id", "client_order_id", "duplicates", "symbol", "side", "status", "quantity", "filled_quantity", "price",
	"code", "message", "time", "order_fills",
	"trade_id", "fill_quantity", "fill_price", "fee", "fee_currency", "liquidity", "fill_time",
	"position_quantity", "position_side", "currency", "total", "server_time",
	"error_code", "error_message", "error_order", "error_processed",
}

// streamWords are what a stream's messages say: the field that tells what a message is, its values, and where
// the rest is.
var streamWords = []string{"type", "order_word", "fill_word", "heartbeat_word", "order", "fill", "sequence", "time"}

// CodeMeanings are what a venue's code can mean. Those of the first line reject an order for good.
var CodeMeanings = []string{
	"other", "funds", "price", "quantity", "notional", "post_only", "reduce_only", "halted", "permission", "rate", "trigger", "type",
	"not_processed", "unknown", "exists", "no_such_order", "hold", "misbuilt", "key_reused", "key_in_progress", "none",
}

// rejections counts the meanings of the first line.
const rejections = 12

// DefaultFields are those of `agenthost venue`. Ends of orders are sent by expire_time; valid_until is not, for
// that is only for what the venue enforces.
func DefaultFields() Fields {
	f := Fields{Request: sameWords(requestWords), Response: sameWords(responseWords), Stream: sameWords(streamWords)}
	maps.Copy(f.Request, map[string]string{"valid_until": "", "venue_order_id": ""})
	maps.Copy(f.Response, map[string]string{
		"order": "", "time": "update_time", "order_fills": "fills", "fill_quantity": "quantity", "fill_price": "price", "fill_time": "time",
		"position_quantity": "quantity", "position_side": "", "server_time": "time",
		"error_code": "error.code", "error_message": "error.message", "error_order": "order", "error_processed": "error.processed",
	})
	maps.Copy(f.Stream, map[string]string{"order_word": "order", "fill_word": "fill", "heartbeat_word": "heartbeat"})
	return f
}

func sameWords(words []string) map[string]string {
	m := make(map[string]string, len(words))
	for _, w := range words {
		m[w] = w
	}
	return m
}

var (
	sideWords        = []string{"buy", "sell"}
	typeWords        = []string{"market", "limit", "stop", "stop_limit"}
	timeInForceWords = []string{"gtc", "ioc", "fok", "gtd", "day"}
	statusWords      = []string{"open", "filled", "cancelled", "expired", "rejected"}
	cancelWords      = []string{"immediate", "unfillable", "venue", "exclusive"}
)

// DefaultWords are those of `agenthost venue`.
func DefaultWords() Words {
	w := Words{
		Side: sameWords(sideWords), Type: sameWords(typeWords), TimeInForce: sameWords(timeInForceWords),
		Status: sameWords(statusWords), Cancel: sameWords(cancelWords[:3]), Maker: "maker",
	}
	w.Status["partially_filled"] = "open"
	return w
}

// DefaultCodes are those of `agenthost venue`.
func DefaultCodes() map[string]string {
	return map[string]string{
		"malformed": "misbuilt", "cursor_unknown": "misbuilt", "not_found": "misbuilt", "method_not_allowed": "misbuilt", "too_large": "misbuilt",
		"order_not_found": "no_such_order", "order_final": "no_such_order", "duplicate_id": "exists", "idempotency_key_reused": "key_reused",
		"insufficient_funds": "funds", "invalid_quantity": "quantity", "invalid_price": "price", "invalid_notional": "notional",
		"invalid_trigger": "trigger", "invalid_type": "type", "invalid_expire_time": "other", "unknown_symbol": "other",
		"post_only": "post_only", "reduce_only": "reduce_only", "halted": "halted", "permission": "permission", "rejected": "other",
	}
}
