package config

// requestWords are what a request can say of an order. DefaultFields sends each under its own name.
var requestWords = []string{
	"client_order_id", "symbol", "side", "type", "quantity", "price", "stop_price", "time_in_force", "expire_time",
	"reduce_only", "post_only", "account",
}

// responseWords are what an answer can say.
var responseWords = []string{
	"client_order_id", "order_id", "symbol", "side", "status", "quantity", "filled_quantity", "price", "time",
	"trade_id", "maker", "fee", "fee_currency", "currency", "total", "code", "message",
	"orders", "fills", "positions", "balances", "cursor", "complete",
}

// CodeMeanings are what a venue's code can mean. Those of the first line reject an order for good; those of the
// second say what is to be done.
var CodeMeanings = []string{
	"other", "funds", "price", "quantity", "notional", "post_only", "reduce_only", "halted", "permission", "rate", "trigger", "type",
	"not_processed", "unknown", "exists", "no_such_order", "hold", "misbuilt",
}

// rejections counts the meanings of the first line.
const rejections = 12

// DefaultFields are our own words. The account is not sent: the key says which it is.
func DefaultFields() Fields {
	f := Fields{Request: sameWords(requestWords), Response: sameWords(responseWords)}
	f.Request["account"] = ""
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
)

// DefaultWords are our own.
func DefaultWords() Words {
	return Words{Side: sameWords(sideWords), Type: sameWords(typeWords), TimeInForce: sameWords(timeInForceWords), Status: sameWords(statusWords)}
}

// DefaultCodes are those of `agenthost venue`.
func DefaultCodes() map[string]string {
	return map[string]string{
		"insufficient_funds": "funds", "invalid_price": "price", "invalid_quantity": "quantity", "invalid_notional": "notional",
		"post_only": "post_only", "reduce_only": "reduce_only", "halted": "halted", "unsupported_type": "type",
		"permission_denied": "hold", "rate_limited": "not_processed", "overloaded": "not_processed",
		"duplicate_order": "exists", "order_not_found": "no_such_order", "malformed": "misbuilt",
	}
}
