package admin

import (
	"slices"
	"strings"
)

func (s *Server) paths(*request) (any, error) {
	return PathList{Routes()}, nil
}

func (s *Server) status(r *request) (any, error) { return s.config.Host.Status(r.Context()) }

func (s *Server) agents(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	return AgentList{nonNil(st.Agents)}, err
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
	return AccountList{nonNil(st.Accounts)}, err
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

func (s *Server) positions(r *request) (any, error) {
	all, err := s.config.Host.Positions(r.Context())
	return PositionList{nonNil(all)}, err
}

func (s *Server) breakers(r *request) (any, error) {
	st, err := s.config.Host.Status(r.Context())
	list := BreakerList{[]Breaker{}}
	for i := range st.Accounts {
		a := &st.Accounts[i]
		list.Breakers = append(list.Breakers, Breaker{a.Venue, a.Account, a.Breaker, a.BreakerUntil, a.BreakerReason, a.Held, a.HeldReason})
	}
	return list, err
}

func (s *Server) swap(r *request) (any, error) {
	var o SwapOrder
	if err := r.decode(&o, &o.Act); err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	return s.config.Host.Swap(r.Context(), r.PathValue("name"), o)
}

func (s *Server) rollback(r *request) (any, error) {
	var a Act
	if err := r.decode(&a, &a); err != nil {
		return nil, err
	}
	return s.config.Host.Rollback(r.Context(), r.PathValue("name"), a)
}

func (s *Server) reload(r *request) (any, error) {
	var o ReloadOrder
	if err := r.decode(&o, &o.Act); err != nil {
		return nil, err
	}
	report, err := s.config.Host.Reload(r.Context(), o)
	report.Changes = nonNil(report.Changes)
	return report, err
}

func (s *Server) audit(r *request) (any, error) {
	v := r.values()
	q := AuditQuery{Since: v.whole("since"), Key: v.text("key"), Limit: v.limit()}
	if v.err != nil {
		return nil, v.err
	}
	list, err := s.config.Host.Audits(r.Context(), q)
	list.Entries = nonNil(list.Entries)
	return list, err
}

func (s *Server) streams(r *request) (any, error) {
	all, err := s.config.Host.Streams(r.Context())
	return StreamList{nonNil(all)}, err
}

func (s *Server) orders(r *request) (any, error) {
	v := r.values()
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
	v := r.values()
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
	return DeliveryList{nonNil(channels)}, err
}

// nonNil makes an empty list [] in JSON, where nil would be null.
func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
