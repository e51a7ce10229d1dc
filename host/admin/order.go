package admin

// Order is one order. Numbers are decimal strings, empty where there is none.
type Order struct {
	ID         string `json:"id"`
	Agent      string `json:"agent"`
	Venue      string `json:"venue"`
	Account    string `json:"account"`
	Instrument string `json:"instrument"`
	VenueOrder string `json:"venue_order,omitempty"`
	// SentAs are the ids of orders that went out in its place: a replace by cancel and new, a close that was cut
	// to what is held.
	SentAs []string `json:"sent_as,omitempty"`
	// Redrives is the order that a person wished once more as this one, RedrivenAs the one that this was wished as.
	Redrives   string `json:"redrives,omitempty"`
	RedrivenAs string `json:"redriven_as,omitempty"`
	Side       string `json:"side"`
	Type       string `json:"type"`
	TIF        string `json:"time_in_force"`
	// SizeKind is "units", "notional" or "fraction": what Size counts.
	SizeKind   string `json:"size_kind"`
	Size       string `json:"size"`
	Price      string `json:"price,omitempty"`
	StopPrice  string `json:"stop_price,omitempty"`
	Filled     string `json:"filled"`
	State      string `json:"state"`
	ReduceOnly bool   `json:"reduce_only,omitempty"`
	PostOnly   bool   `json:"post_only,omitempty"`
	// ByHost marks an exit that the host made.
	ByHost bool   `json:"by_host,omitempty"`
	Tag    string `json:"tag,omitempty"`
	// Created is the turn that admitted it, Updated when something became of it last, ValidUntil how
	// long it may still be sent.
	Created    int64 `json:"created"`
	Updated    int64 `json:"updated"`
	ValidUntil int64 `json:"valid_until,omitempty"`
	// Attempts counts the sendings of the submit.
	Attempts int `json:"attempts"`
	// Letter is its dead letter, empty for none.
	Letter string `json:"letter,omitempty"`
}

// over are the states in which nothing more becomes of an order.
var over = map[string]bool{"filled": true, "cancelled": true, "expired": true, "rejected": true, "denied": true}

// Over reports whether nothing more becomes of it.
func (o *Order) Over() bool { return over[o.State] }

// Words of an OrderQuery's State beside the states themselves.
const (
	OrdersOpen = "open"
	OrdersOver = "over"
	OrdersAll  = "all"
)

// OrderQuery says which orders are meant. Empty fields fit any; State "" is OrdersOpen.
type OrderQuery struct {
	Agent, Venue, Account, Instrument string
	// State is OrdersOpen (not over), OrdersOver, OrdersAll, or a state such as "unknown".
	State string
	// Since is the earliest Created.
	Since int64
	// Limit is at most OrdersMax; 0 is 100.
	Limit int
}

// OrdersMax is the most orders or letters in one answer.
const OrdersMax = 10_000

// limitDefault is how many an answer has if nobody says.
const limitDefault = 100

// Matches reports whether an order is meant.
func (q *OrderQuery) Matches(o *Order) bool {
	switch q.State {
	case "", OrdersOpen:
		if o.Over() {
			return false
		}
	case OrdersOver:
		if !o.Over() {
			return false
		}
	case OrdersAll:
	default:
		if o.State != q.State {
			return false
		}
	}
	return fits(q.Agent, o.Agent) && fits(q.Venue, o.Venue) && fits(q.Account, o.Account) &&
		fits(q.Instrument, o.Instrument) && o.Created >= q.Since
}

func fits(want, got string) bool { return want == "" || want == got }

// Select picks what is meant out of orders that are oldest first.
func (q *OrderQuery) Select(orders []Order) OrderList {
	list := OrderList{Orders: []Order{}}
	for i := range orders {
		if !q.Matches(&orders[i]) {
			continue
		}
		list.Total++
		if len(list.Orders) < limit(q.Limit) {
			list.Orders = append(list.Orders, orders[i])
		}
	}
	return list
}

func limit(n int) int {
	if n <= 0 {
		return limitDefault
	}
	return min(n, OrdersMax)
}

// OrderList is an answer to an OrderQuery.
type OrderList struct {
	Orders []Order `json:"orders"`
	// Total counts all that match, those beyond the limit too.
	Total int `json:"total"`
}

// OrderStory is one order and all that became of it, in order.
type OrderStory struct {
	Order  Order        `json:"order"`
	Events []OrderEvent `json:"events"`
	// Letters are its dead letters.
	Letters []Letter `json:"letters,omitempty"`
}

// OrderEvent is one thing that became of an order.
type OrderEvent struct {
	Time int64 `json:"time"`
	// What is a fixed word: "admitted", "denied", "sent", "answered", "accepted", "rejected", "fill",
	// "cancelled", "expired", "replaced", "settled", "dead_letter", "wish", "operator".
	What string `json:"what"`
	// Text is for people.
	Text string `json:"text,omitempty"`
	// Call and Attempt name the sending, of "sent" and "answered"; Proof and Cause say what an answer
	// proves and what went wrong; Status is HTTP's.
	Call    string `json:"call,omitempty"`
	Attempt uint32 `json:"attempt,omitempty"`
	Proof   string `json:"proof,omitempty"`
	Cause   string `json:"cause,omitempty"`
	Status  int    `json:"status,omitempty"`
	// Quantity, Price, Fee and Trade are a fill's.
	Quantity string `json:"quantity,omitempty"`
	Price    string `json:"price,omitempty"`
	Fee      string `json:"fee,omitempty"`
	Trade    string `json:"trade,omitempty"`
	// Stream and Position are its place in the journal.
	Stream   string `json:"stream,omitempty"`
	Position uint64 `json:"position,omitempty"`
}
