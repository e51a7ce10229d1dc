package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/alert"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// ControlOptions are what a host says of itself beside its groups.
type ControlOptions struct {
	// Config is the configuration's path, Version the host's own.
	Config, Version string
	// Alerts are told by it; nil is nobody.
	Alerts *alert.Dispatcher
	// Replan reads the configuration anew, for a reload; nil where that cannot be. What is wrong with it is
	// the error.
	Replan func(ctx context.Context) (*ServicePlan, error)
	// Disk measures the space where the journal is; nil is not known.
	Disk func() admin.DiskStatus
	// Show decodes an entry of a stream into what encoding/json can write; nil leaves it as it is.
	Show func(stream string, e *journal.Entry) (any, error)
}

// Control is a Service as a person sees and steers it: an admin.Host. Its methods may be called by any
// goroutine, before Run and after it too; what needs a group at work then answers with status 503.
type Control struct {
	service *Service
	options ControlOptions

	mu       sync.Mutex
	letters  letterFold
	counting sync.Mutex // letters are being counted for metrics

	// swapsMu is a lock of its own: a group's goroutine takes it, which must not wait for who reads a long journal.
	swapsMu sync.Mutex
	swaps   map[string]*admin.SwapStatus // under way, by agent
}

var _ admin.Host = (*Control)(nil)

// Control gives the way by which a person sees and steers the service.
func (s *Service) Control(o ControlOptions) *Control {
	return &Control{service: s, options: o}
}

// notAtWork is the answer while there is nobody to ask.
func notAtWork() error {
	return &admin.Error{Status: http.StatusServiceUnavailable, Code: "not_at_work", Message: "the host is starting, stopping, or being rebuilt from its journal; ask again in a moment"}
}

// workers are those of all groups.
func (c *Control) workers() ([]*worker, error) {
	c.service.mu.Lock()
	defer c.service.mu.Unlock()
	if len(c.service.workers) == 0 {
		return nil, notAtWork()
	}
	return c.service.workers, nil
}

// ask runs a question on a group's own goroutine.
func ask(ctx context.Context, w groupAtWork, question func(*Live)) error {
	return answered(w.ask(ctx, question))
}

// answered gives an error of a worker the form in which a person gets it.
func answered(err error) error {
	var refused *RefusedError
	switch {
	case errors.Is(err, errStopped):
		return notAtWork()
	case errors.As(err, &refused):
		return admin.Refuse("state", "%s", refused.Why)
	}
	return err
}

// identity is who acts, as the journal keeps it: what a person says, and whom the system knows.
func identity(a admin.Act) string {
	if a.Peer == "" || strings.HasPrefix(a.Peer, a.By+" ") || a.Peer == a.By {
		return a.By
	}
	if strings.HasSuffix(a.Peer, " "+a.By) { // "token ops" by ops
		return a.Peer
	}
	return a.By + " as " + a.Peer
}

// agentOf finds an agent and the group it is in.
func (c *Control) agentOf(name string) (*worker, error) {
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, w := range workers {
		for _, a := range w.group.Plan.Agents {
			if a.Name == name {
				return w, nil
			}
			known = append(known, a.Name)
		}
	}
	return nil, admin.Missing("agent", name, known...)
}

func (c *Control) accountOf(venue, account string) (*worker, error) {
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, w := range workers {
		if w.group.Plan.Venue == venue && w.group.Plan.Account == account {
			return w, nil
		}
		known = append(known, w.group.Plan.Venue+"/"+w.group.Plan.Account)
	}
	return nil, admin.Missing("account", venue+"/"+account, known...)
}

var modesByName = map[string]event.Mode{
	"full": event.ModeFull, "read_only": event.ModeReadOnly, "observation": event.ModeObservation, "shutdown": event.ModeShutdown,
}

// SetMode puts an agent's mode by hand.
func (c *Control) SetMode(ctx context.Context, agent string, m admin.ModeChange) (status admin.AgentStatus, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{m.Act, "agent", agent, "mode", false}, err) }()
	mode, ok := modesByName[m.Mode]
	if !ok {
		return admin.AgentStatus{}, &admin.Invalid{Message: fmt.Sprintf("mode %q: write full, read_only, observation or shutdown", m.Mode)}
	}
	w, err := c.agentOf(agent)
	if err != nil {
		return admin.AgentStatus{}, err
	}
	if err := answered(w.order(ctx, Command{Agent: agent, Mode: mode, By: identity(m.Act), Why: m.Reason, Audit: auditOf(m.Act, "agent", agent, "mode", m.Mode)})); err != nil {
		return admin.AgentStatus{}, err
	}
	var s admin.AgentStatus
	err = ask(ctx, w, func(l *Live) { s = c.agentStatus(l, l.agentNamed(agent)) })
	return s, err
}

// Halt stops agents; positions and their protective stops stay.
func (c *Control) Halt(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	return c.stop(ctx, t, a, event.ModeObservation)
}

// Flatten stops agents and closes their positions.
func (c *Control) Flatten(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	return c.stop(ctx, t, a, event.ModeShutdown)
}

// stop orders a mode, or a stricter one that was ordered before: to halt ends no flatten. One agent after
// the other; if one fails, those before it are stopped.
func (c *Control) stop(ctx context.Context, t admin.Target, act admin.Act, mode event.Mode) (admin.Stopping, error) {
	targets, err := c.targets(t)
	if err != nil {
		return admin.Stopping{}, err
	}
	stopping := admin.Stopping{Agents: []admin.StoppingAgent{}}
	var failures []error
	for _, target := range targets {
		s, err := c.stopAgent(ctx, target.worker, target.agent, act, mode)
		if err != nil {
			failures = append(failures, fmt.Errorf("agent %s: %w", target.agent, err))
			continue
		}
		stopping.Agents = append(stopping.Agents, s)
	}
	return stopping, errors.Join(failures...)
}

// Stopping says how far agents are that were halted or flattened.
func (c *Control) Stopping(ctx context.Context, t admin.Target) (admin.Stopping, error) {
	out := admin.Stopping{Agents: []admin.StoppingAgent{}}
	targets, err := c.targets(t)
	for _, t := range targets {
		if err == nil {
			err = ask(ctx, t.worker, func(l *Live) { out.Agents = append(out.Agents, stoppingOf(l, l.agentNamed(t.agent))) })
		}
	}
	return out, err
}

// Settled reports whether every account has looked up what was open when the host started, and nothing is
// on its way to a venue.
func (c *Control) Settled(ctx context.Context) (bool, error) {
	workers, err := c.workers()
	settled := err == nil
	for _, w := range workers {
		if err == nil {
			err = ask(ctx, w, func(l *Live) {
				h := l.lane.Health(l.now)
				settled = settled && h.Ready && h.CallsOut == 0
			})
		}
	}
	return settled, err
}

type target struct {
	worker *worker
	agent  string
}

func (c *Control) targets(t admin.Target) (targets []target, err error) {
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	switch {
	case t.Agent != "":
		w, err := c.agentOf(t.Agent)
		return []target{{w, t.Agent}}, err
	case !t.All:
		w, err := c.accountOf(t.Venue, t.Account)
		if err != nil {
			return nil, err
		}
		workers = []*worker{w}
	}
	for _, w := range workers {
		for _, a := range w.group.Plan.Agents {
			targets = append(targets, target{w, a.Name})
		}
	}
	return targets, nil
}

func (c *Control) stopAgent(ctx context.Context, w *worker, agent string, act admin.Act, mode event.Mode) (s admin.StoppingAgent, err error) {
	err = ask(ctx, w, func(l *Live) { mode = max(mode, l.agentNamed(agent).health.ordered.mode) })
	if err != nil {
		return s, err
	}
	if err := answered(w.order(ctx, Command{Agent: agent, Mode: mode, By: identity(act), Why: act.Reason, Audit: auditOf(act, "agent", agent, "stop", mode.String())})); err != nil {
		return s, err
	}
	err = ask(ctx, w, func(l *Live) { s = stoppingOf(l, l.agentNamed(agent)) })
	return s, err
}

// stoppingOf says how far an agent is on its way to a stop.
func stoppingOf(l *Live, a *Agent) admin.StoppingAgent {
	s := admin.StoppingAgent{Name: a.plan.Name, Mode: a.mode.String()}
	for i := range a.Orders() {
		if a.Orders()[i].State == event.StateCancelPending {
			s.Cancelling++
		}
	}
	open := s.Cancelling > 0
	if a.leaving() {
		for _, p := range positionsOf(a) {
			if !p.Dust {
				s.Closing, open = append(s.Closing, p), true
			}
		}
	}
	h := l.lane.Health(l.now)
	switch {
	case !open:
	case h.Held != "":
		s.Problem = fmt.Sprintf("nothing is sent on the account: %s; once it is put right: agenthost account release %s/%s", h.Held, l.plan.Venue, l.plan.Account)
	case h.OrdersUnknown > 0:
		s.Problem = fmt.Sprintf("%d orders of the account are unknown; what they hold is closed when they are settled", h.OrdersUnknown)
	}
	return s
}

// acts are a person's acts on an account, in the lane's words.
var acts = map[admin.AccountAct]execution.Act{
	admin.BreakerIsolate:   {Kind: execution.ActIsolate, Lane: true},
	admin.BreakerRelease:   {Kind: execution.ActRelease},
	admin.AccountHold:      {Kind: execution.ActHold},
	admin.AccountRelease:   {Kind: execution.ActUnhold},
	admin.AccountReconcile: {Kind: execution.ActReconcile},
}

// ChangeAccount isolates or releases a breaker, holds, releases or reconciles an account.
func (c *Control) ChangeAccount(ctx context.Context, venue, account string, what admin.AccountAct, a admin.Act) (status admin.AccountStatus, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{a, "account", venue + "/" + account, string(what), false}, err) }()
	act, ok := acts[what]
	if !ok {
		return admin.AccountStatus{}, &admin.Invalid{Message: fmt.Sprintf("there is no act %q", what)}
	}
	w, err := c.accountOf(venue, account)
	if err != nil {
		return admin.AccountStatus{}, err
	}
	act.Who, act.Why = identity(a), a.Reason
	if err := answered(w.order(ctx, Command{Act: act, Audit: auditOf(a, "account", venue+"/"+account, string(what), "")})); err != nil {
		return admin.AccountStatus{}, err
	}
	var s admin.AccountStatus
	err = ask(ctx, w, func(l *Live) { s = accountStatus(l) })
	return s, err
}

// TestAlert sends an alert through every channel and says what became of it. While the host is not at work
// only its log says that it was asked for: nothing of an agent or an account changes.
func (c *Control) TestAlert(ctx context.Context, a admin.Act) ([]admin.AlertDelivery, error) {
	if workers, err := c.workers(); err == nil {
		err := answered(workers[0].order(ctx, Command{Audit: auditOf(a, "alert", "", "test", "")}))
		if err != nil && err.Error() != notAtWork().Error() {
			return nil, err
		}
	}
	if c.options.Alerts == nil {
		return nil, nil
	}
	var out []admin.AlertDelivery
	for _, r := range c.options.Alerts.Test(ctx) {
		d := admin.AlertDelivery{Channel: r.Sink, Delivered: r.Err == nil, Took: r.Took}
		if r.Err != nil {
			d.Error = r.Err.Error()
		}
		out = append(out, d)
	}
	return out, nil
}
