package admin

import (
	"net/http"
	"time"
)

// Route is one path of the API.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Changes: it needs a reason, and is journaled with who asked.
	Changes bool `json:"changes"`
	// Scope is what a token needs for it.
	Scope Scope `json:"scope"`
	// Stream: the answer is a line of JSON for each thing that happened, or an event each, if text/event-stream
	// is asked for.
	Stream bool   `json:"stream,omitempty"`
	Says   string `json:"says"`
	// Query are the parameters that it knows.
	Query []Parameter `json:"query,omitempty"`

	// body and answer are of the types that are read and answered, for the document of the API.
	body, answer any
	serve        func(s *Server, r *request) (any, error)
	follow       func(s *Server, r *request, f *stream) error
	// bodyMax bounds the body in bytes, 0 for bodyBytesMax; most bounds the time, 0 for Config.RequestMax.
	bodyMax int64
	most    time.Duration
	// urgent: nothing is looked up in the journal before. Only what takes away is; doing it twice does no harm.
	urgent bool
}

// Parameter is one of a query's.
type Parameter struct {
	Name string `json:"name"`
	// Type is "string", "integer" or "boolean".
	Type string `json:"type"`
	Says string `json:"says"`
}

// Routes are all paths of the API, in the order in which it is documented.
func Routes() []Route { return append([]Route(nil), routes...) }

var routes []Route

// moduleBytesMax bounds a module that comes with a request, as base64 makes it larger by a third.
const moduleBytesMax = 64 << 20

// swapMax is how long compiling, warming up and comparing may take.
const swapMax = 10 * time.Minute

func init() { // the list names handlers that list the routes
	orders := []Parameter{
		{"agent", "string", "Of this agent."},
		{"venue", "string", "At this venue."},
		{"account", "string", "Of this account."},
		{"instrument", "string", "Of this instrument."},
		{"state", "string", "open (the default), over, all, or a state such as unknown."},
		since, most,
	}
	letters := []Parameter{
		{"kind", "string", "Of this kind."},
		{"agent", "string", "Of this agent."},
		{"cause", "string", "With this cause."},
		{"state", "string", "pending, redriven or resolved."},
		since, most,
	}
	routes = []Route{
		look("/v1", "The paths of this API.", PathList{}, (*Server).paths),
		look("/openapi.json", "This API as an OpenAPI 3.1 document.", map[string]any{}, (*Server).document),
		look("/v1/status", "The host, its agents and accounts at one moment.", Status{}, (*Server).status),
		look("/v1/agents", "All agents.", AgentList{}, (*Server).agents),
		look("/v1/agents/{name}", "One agent.", AgentStatus{}, (*Server).agent),
		alter("/v1/agents/{name}/mode", ScopeOperate, "Set the mode by hand.", ModeChange{}, AgentStatus{}, (*Server).setMode),
		alter("/v1/agents/{name}/halt", ScopeOperate, "Cancel adding orders and stop trading, latched; positions stay.", Act{}, Stopping{}, (*Server).halt).now(),
		alter("/v1/agents/{name}/flatten", ScopeOperate, "Halt, and close positions.", Act{}, Stopping{}, (*Server).flatten).now(),
		alter("/v1/agents/{name}/swap", ScopeAdmin, "Put in another module, or other parameters, between two ticks.", SwapOrder{}, SwapReport{}, (*Server).swap).long(moduleBytesMax*4/3 + bodyBytesMax),
		alter("/v1/agents/{name}/rollback", ScopeOperate, "Put back what it ran before its last swap.", Act{}, SwapReport{}, (*Server).rollback).long(0),
		alter("/v1/halt", ScopeOperate, "Halt all agents.", Act{}, Stopping{}, (*Server).halt).now(),
		alter("/v1/flatten", ScopeOperate, "Flatten all agents.", Act{}, Stopping{}, (*Server).flatten).now(),
		alter("/v1/reload", ScopeAdmin, "Read the configuration anew, and apply all that changed, or nothing.", ReloadOrder{}, ReloadReport{}, (*Server).reload).long(0),
		look("/v1/positions", "What all agents hold.", PositionList{}, (*Server).positions),
		look("/v1/accounts", "All venue accounts.", AccountList{}, (*Server).accounts),
		look("/v1/accounts/{venue}/{account}", "One venue account.", AccountStatus{}, (*Server).account),
		alter("/v1/accounts/{venue}/{account}/halt", ScopeOperate, "Halt all agents of the account.", Act{}, Stopping{}, (*Server).halt).now(),
		alter("/v1/accounts/{venue}/{account}/flatten", ScopeOperate, "Flatten all agents of the account.", Act{}, Stopping{}, (*Server).flatten).now(),
		alter("/v1/accounts/{venue}/{account}/breaker/isolate", ScopeOperate, "Open the breaker by hand.", Act{}, AccountStatus{}, changeAccount(BreakerIsolate)).now(),
		alter("/v1/accounts/{venue}/{account}/breaker/release", ScopeOperate, "Take that back.", Act{}, AccountStatus{}, changeAccount(BreakerRelease)),
		alter("/v1/accounts/{venue}/{account}/hold", ScopeOperate, "Send nothing that adds.", Act{}, AccountStatus{}, changeAccount(AccountHold)).now(),
		alter("/v1/accounts/{venue}/{account}/release", ScopeOperate, "End a hold.", Act{}, AccountStatus{}, changeAccount(AccountRelease)),
		alter("/v1/accounts/{venue}/{account}/reconcile", ScopeOperate, "Compare with the venue now.", Act{}, AccountStatus{}, changeAccount(AccountReconcile)),
		look("/v1/breakers", "The breakers of all accounts.", BreakerList{}, (*Server).breakers),
		look("/v1/orders", "Orders, oldest first.", OrderList{}, (*Server).orders, orders...),
		look("/v1/orders/{id}", "One order's whole story.", OrderStory{}, (*Server).order),
		look("/v1/dlq", "Dead letters, oldest first.", LetterList{}, (*Server).letters, letters...),
		look("/v1/dlq/stats", "Dead letters grouped by cause.", LetterStats{}, (*Server).letterStats, letters...),
		look("/v1/dlq/{id}", "One dead letter.", Letter{}, (*Server).letter),
		alter("/v1/dlq/{id}/redrive", ScopeOperate, "Do it again, with all checks.", Redrive{}, RedriveResult{}, (*Server).redrive),
		alter("/v1/dlq/{id}/resolve", ScopeOperate, "Settle it by a person's word.", Resolve{}, Letter{}, (*Server).resolve),
		alter("/v1/alerts/test", ScopeOperate, "Send an alert through every channel.", Act{}, DeliveryList{}, (*Server).testAlert),
		look("/v1/checkpoints", "The checkpoints that are kept, the newest first.", CheckpointList{}, (*Server).checkpoints),
		look("/v1/checkpoints/{id}", "One checkpoint.", Checkpoint{}, (*Server).checkpoint),
		alter("/v1/checkpoints", ScopeOperate, "Make a checkpoint of every account now.", Act{}, CheckpointList{}, (*Server).makeCheckpoints),
		look("/v1/audit", "What persons changed, oldest first.", AuditList{}, (*Server).audit, since, Parameter{"key", "string", "With this idempotency key."}, Parameter{"limit", "integer", "The newest so many; 100 if it is left out."}),
		look("/v1/journal", "The journal's streams.", StreamList{}, (*Server).streams),
		watch("/v1/journal/{stream}", "A stream's entries, decoded. A slash in its name is written %2F.", JournalEntry{}, (*Server).tail,
			Parameter{"from", "integer", "The first position; 1 if it is left out."}, Parameter{"last", "integer", "Begin so many entries before the end, instead of from."}, following),
		watch("/v1/logs", "What the host logged last, and goes on to log.", LogLine{}, (*Server).logs,
			Parameter{"level", "string", "The least: trace, debug, info (the default), warn or error."}, Parameter{"agent", "string", "About this agent."},
			Parameter{"from", "integer", "The first number."}, Parameter{"last", "integer", "At most so many of those that are kept."}, following),
	}
}

var (
	since     = Parameter{"since", "integer", "Not before this time, in nanoseconds since the Unix epoch."}
	most      = Parameter{"limit", "integer", "At most so many; 100 if it is left out."}
	following = Parameter{"follow", "boolean", "Go on with what comes, until the client leaves."}
)

func look(path, says string, answer any, serve func(*Server, *request) (any, error), query ...Parameter) Route {
	return Route{Method: http.MethodGet, Path: path, Scope: ScopeRead, Says: says, Query: query, answer: answer, serve: serve}
}

func alter(path string, scope Scope, says string, body, answer any, serve func(*Server, *request) (any, error)) Route {
	return Route{Method: http.MethodPost, Path: path, Changes: true, Scope: scope, Says: says, body: body, answer: answer, serve: serve}
}

func watch(path, says string, line any, serve func(*Server, *request, *stream) error, query ...Parameter) Route {
	return Route{Method: http.MethodGet, Path: path, Scope: ScopeRead, Stream: true, Says: says, Query: query, answer: line, follow: serve}
}

func (r Route) now() Route { r.urgent = true; return r }

func (r Route) long(bodyMax int64) Route { r.bodyMax, r.most = bodyMax, swapMax; return r }

// names are the parameters' names.
func (r *Route) names() (names []string) {
	for _, p := range r.Query {
		names = append(names, p.Name)
	}
	return names
}

// mux leads to the routes, and byPattern finds them by what the mux calls them.
func (s *Server) mux() (mux *http.ServeMux, byPattern map[string]*Route) {
	mux, byPattern = http.NewServeMux(), map[string]*Route{}
	for i := range routes {
		route := &routes[i]
		pattern := route.Method + " " + route.Path
		byPattern[pattern] = route
		if route.Stream {
			mux.HandleFunc(pattern, s.streaming(route))
		} else {
			mux.HandleFunc(pattern, s.answer(route))
		}
	}
	return mux, byPattern
}

// Lists, as they are answered.
type (
	PathList struct {
		Paths []Route `json:"paths"`
	}
	AgentList struct {
		Agents []AgentStatus `json:"agents"`
	}
	AccountList struct {
		Accounts []AccountStatus `json:"accounts"`
	}
	PositionList struct {
		Positions []Position `json:"positions"`
	}
	BreakerList struct {
		Breakers []Breaker `json:"breakers"`
	}
	DeliveryList struct {
		Channels []AlertDelivery `json:"channels"`
	}
	StreamList struct {
		Streams []StreamStatus `json:"streams"`
	}
)

// Breaker is what stands between the host and a venue account.
type Breaker struct {
	Venue   string `json:"venue"`
	Account string `json:"account"`
	// State, Until and Reason are AccountStatus's Breaker, BreakerUntil and BreakerReason.
	State  string `json:"state"`
	Until  int64  `json:"until,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Held: nothing that adds is sent, until a person releases it.
	Held       bool   `json:"held,omitempty"`
	HeldReason string `json:"held_reason,omitempty"`
}
