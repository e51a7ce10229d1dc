package admin

import (
	"net/http"
	"slices"
	"strings"
)

// Route is one path of the API.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Changes: it needs a reason, and is journaled with who asked.
	Changes bool   `json:"changes"`
	Says    string `json:"says"`
	serve   func(s *Server, r *request) (any, error)
}

// Routes are all paths of the API, in the order in which it is documented.
func Routes() []Route { return append([]Route(nil), routes...) }

var routes []Route

func init() { // the list names handlers that list the routes
	routes = []Route{
		{"GET", "/v1", false, "The paths of this API.", (*Server).paths},
		{"GET", "/v1/status", false, "The host, its agents and accounts at one moment.", (*Server).status},
		{"GET", "/v1/agents", false, "All agents.", (*Server).agents},
		{"GET", "/v1/agents/{name}", false, "One agent.", (*Server).agent},
		{"POST", "/v1/agents/{name}/mode", true, "Set the mode by hand: mode.", (*Server).setMode},
		{"POST", "/v1/agents/{name}/halt", true, "Cancel adding orders and stop trading, latched; positions stay.", (*Server).halt},
		{"POST", "/v1/agents/{name}/flatten", true, "Halt, and close positions.", (*Server).flatten},
		{"POST", "/v1/halt", true, "Halt all agents.", (*Server).halt},
		{"POST", "/v1/flatten", true, "Flatten all agents.", (*Server).flatten},
		{"GET", "/v1/accounts", false, "All venue accounts.", (*Server).accounts},
		{"GET", "/v1/accounts/{venue}/{account}", false, "One venue account.", (*Server).account},
		{"POST", "/v1/accounts/{venue}/{account}/halt", true, "Halt all agents of the account.", (*Server).halt},
		{"POST", "/v1/accounts/{venue}/{account}/flatten", true, "Flatten all agents of the account.", (*Server).flatten},
		{"POST", "/v1/accounts/{venue}/{account}/breaker/isolate", true, "Open the breaker by hand.", changeAccount(BreakerIsolate)},
		{"POST", "/v1/accounts/{venue}/{account}/breaker/release", true, "Take that back.", changeAccount(BreakerRelease)},
		{"POST", "/v1/accounts/{venue}/{account}/hold", true, "Send nothing that adds.", changeAccount(AccountHold)},
		{"POST", "/v1/accounts/{venue}/{account}/release", true, "End a hold.", changeAccount(AccountRelease)},
		{"POST", "/v1/accounts/{venue}/{account}/reconcile", true, "Compare with the venue now.", changeAccount(AccountReconcile)},
		{"GET", "/v1/orders", false, "Orders, oldest first: agent, venue, account, instrument, state, since, limit.", (*Server).orders},
		{"GET", "/v1/orders/{id}", false, "One order's whole story.", (*Server).order},
		{"GET", "/v1/dlq", false, "Dead letters, oldest first: kind, agent, cause, state, since, limit.", (*Server).letters},
		{"GET", "/v1/dlq/stats", false, "Dead letters grouped by cause; the same filters.", (*Server).letterStats},
		{"GET", "/v1/dlq/{id}", false, "One dead letter.", (*Server).letter},
		{"POST", "/v1/dlq/{id}/redrive", true, "Do it again, with all checks: dry_run, age_max.", (*Server).redrive},
		{"POST", "/v1/dlq/{id}/resolve", true, "Settle it by a person's word: as, filled, price.", (*Server).resolve},
		{"POST", "/v1/alerts/test", true, "Send an alert through every channel.", (*Server).testAlert},
	}
}

func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for i := range routes {
		mux.HandleFunc(routes[i].Method+" "+routes[i].Path, s.answer(&routes[i]))
	}
	return mux
}

func (s *Server) paths(*request) (any, error) {
	return struct {
		Paths []Route `json:"paths"`
	}{Routes()}, nil
}

func (s *Server) status(r *request) (any, error) { return s.config.Host.Status(r.Context()) }

func (s *Server) agents(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	return struct {
		Agents []AgentStatus `json:"agents"`
	}{nonNil(st.Agents)}, err
}

func (s *Server) agent(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	if err != nil {
		return nil, err
	}
	if a := st.Agent(r.PathValue("name")); a != nil {
		return a, nil
	}
	var known []string
	for i := range st.Agents {
		known = append(known, st.Agents[i].Name)
	}
	return nil, Missing("agent", r.PathValue("name"), known...)
}

func (s *Server) accounts(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	return struct {
		Accounts []AccountStatus `json:"accounts"`
	}{nonNil(st.Accounts)}, err
}

func (s *Server) account(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	if err != nil {
		return nil, err
	}
	if a := st.Account(r.PathValue("venue"), r.PathValue("account")); a != nil {
		return a, nil
	}
	var known []string
	for i := range st.Accounts {
		known = append(known, st.Accounts[i].Venue+"/"+st.Accounts[i].Account)
	}
	return nil, Missing("account", r.PathValue("venue")+"/"+r.PathValue("account"), known...)
}

// modes are what can be set by hand.
var modes = []string{"full", "read_only", "observation", "shutdown"}

func (s *Server) setMode(r *request) (any, error) {
	var c ModeChange
	if err := r.decode(&c, &c.Act); err != nil {
		return nil, err
	}
	if !slices.Contains(modes, c.Mode) {
		return nil, invalid("mode %q: write full, read_only, observation or shutdown", c.Mode)
	}
	return s.config.Host.SetMode(r.Context(), r.PathValue("name"), c)
}

func (s *Server) halt(r *request) (any, error) {
	t, a, err := r.target()
	if err != nil {
		return nil, err
	}
	return s.config.Host.Halt(r.Context(), t, a)
}

func (s *Server) flatten(r *request) (any, error) {
	t, a, err := r.target()
	if err != nil {
		return nil, err
	}
	return s.config.Host.Flatten(r.Context(), t, a)
}

// target is whom a halt or a flatten is about, and who wants it. All is said by the route alone: an empty
// name must never come to mean everybody.
func (r *request) target() (t Target, a Act, err error) {
	if err := r.decode(&a, &a); err != nil {
		return t, a, err
	}
	t = Target{Agent: r.PathValue("name"), Venue: r.PathValue("venue"), Account: r.PathValue("account")}
	t.All = !strings.Contains(r.Pattern, "{")
	if !t.All && t.Agent == "" && (t.Venue == "" || t.Account == "") {
		return t, a, invalid("%s names nobody", r.URL.Path)
	}
	return t, a, nil
}

func changeAccount(what AccountAct) func(*Server, *request) (any, error) {
	return func(s *Server, r *request) (any, error) {
		var a Act
		if err := r.decode(&a, &a); err != nil {
			return nil, err
		}
		return s.config.Host.ChangeAccount(r.Context(), r.PathValue("venue"), r.PathValue("account"), what, a)
	}
}

func (s *Server) orders(r *request) (any, error) {
	v := r.values("agent", "venue", "account", "instrument", "state", "since", "limit")
	q := OrderQuery{
		Agent: v.text("agent"), Venue: v.text("venue"), Account: v.text("account"), Instrument: v.text("instrument"),
		State: v.text("state"), Since: v.whole("since"), Limit: v.limit(),
	}
	if v.err != nil {
		return nil, v.err
	}
	list, err := s.config.Host.Orders(r.Context(), q)
	list.Orders = nonNil(list.Orders)
	return list, err
}

func (s *Server) order(r *request) (any, error) {
	return s.config.Host.Order(r.Context(), r.PathValue("id"))
}

func (s *Server) letters(r *request) (any, error) {
	q, all, err := s.lettersOf(r)
	if err != nil {
		return nil, err
	}
	return q.Select(all), nil
}

func (s *Server) letterStats(r *request) (any, error) {
	q, all, err := s.lettersOf(r)
	if err != nil {
		return nil, err
	}
	return q.Stats(all), nil
}

func (s *Server) lettersOf(r *request) (*LetterQuery, []Letter, error) {
	v := r.values("kind", "agent", "cause", "state", "since", "limit")
	q := &LetterQuery{
		Kind: v.text("kind"), Agent: v.text("agent"), Cause: v.text("cause"), State: v.text("state"),
		Since: v.whole("since"), Limit: v.limit(),
	}
	if v.err != nil {
		return nil, nil, v.err
	}
	all, err := s.config.Host.Letters(r.Context())
	return q, all, err
}

func (s *Server) letter(r *request) (any, error) {
	all, err := s.config.Host.Letters(r.Context())
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == r.PathValue("id") {
			return all[i], nil
		}
	}
	return nil, Missing("dead letter", r.PathValue("id"))
}

func (s *Server) redrive(r *request) (any, error) {
	var d Redrive
	if err := r.decode(&d, &d.Act); err != nil {
		return nil, err
	}
	if d.AgeMax < 0 {
		return nil, invalid("age_max %d: write nanoseconds, 0 or above", int64(d.AgeMax))
	}
	return s.config.Host.Redrive(r.Context(), r.PathValue("id"), d)
}

func (s *Server) resolve(r *request) (any, error) {
	var d Resolve
	if err := r.decode(&d, &d.Act); err != nil {
		return nil, err
	}
	if err := d.validate(); err != nil {
		return nil, err
	}
	return s.config.Host.Resolve(r.Context(), r.PathValue("id"), d)
}

func (s *Server) testAlert(r *request) (any, error) {
	var a Act
	if err := r.decode(&a, &a); err != nil {
		return nil, err
	}
	channels, err := s.config.Host.TestAlert(r.Context(), a)
	return struct {
		Channels []AlertDelivery `json:"channels"`
	}{nonNil(channels)}, err
}

// nonNil makes an empty list [] in JSON, where nil would be null.
func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
