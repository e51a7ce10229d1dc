package host

import (
	"context"
	"fmt"
	"sync"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/metrics"
)

var _ metrics.Health = (*Control)(nil)

// Snapshot is what metrics can only look at. Every group is asked at once, on its own goroutine, and has
// until ctx ends; one that does not answer holds up neither the others nor the scrape.
func (c *Control) Snapshot(ctx context.Context) *metrics.Snapshot {
	workers, _ := c.workers() // none are at work: that is what is told
	s := &metrics.Snapshot{Disk: metrics.DiskGauges{Free: -1, Ballast: -1, Journal: -1, FullAfter: -1}, Writable: len(workers) > 0}
	pending := c.countPending(ctx)
	parts := make([]groupGauges, len(workers))
	c.each(ctx, workers, func(i int, l *Live) { parts[i] = gaugesOf(l) })
	for i, w := range workers {
		a := &parts[i].account
		a.Venue, a.Account, a.Inputs = w.group.Plan.Venue, w.group.Plan.Account, len(w.inbox)
		a.LettersPending = pending[a.Venue+"/"+a.Account]
		s.Accounts, s.Agents = append(s.Accounts, *a), append(s.Agents, parts[i].agents...)
	}
	s.Ready = len(c.Ready(ctx)) == 0
	if c.options.Disk != nil {
		d := c.options.Disk()
		s.Writable = s.Writable && d.Writable
		s.Disk = metrics.DiskGauges{Free: d.Free, Ballast: d.Ballast, Journal: d.Journal, FullAfter: -1}
		if d.DaysLeft != nil {
			s.Disk.FullAfter = *d.DaysLeft * 86400
		}
	}
	if c.options.Alerts != nil {
		h := c.options.Alerts.Health()
		s.Alerts = metrics.AlertGauges{Active: h.Lasting, Waiting: h.Waiting, ChannelsFailing: len(h.Failing), Undelivered: h.Undelivered, Overflowed: h.Overflowed}
	}
	return s
}

// each asks all groups at once and tells which answered.
func (c *Control) each(ctx context.Context, workers []*worker, question func(i int, l *Live)) []bool {
	answered := make([]bool, len(workers))
	var asking sync.WaitGroup
	for i, w := range workers {
		asking.Go(func() {
			answered[i] = w.ask(ctx, func(l *Live) { question(i, l) }) == nil
		})
	}
	asking.Wait()
	return answered
}

// groupGauges are what a group says of itself.
type groupGauges struct {
	agents  []metrics.AgentGauges
	account metrics.AccountGauges
}

func gaugesOf(l *Live) groupGauges {
	h := l.lane.Health(l.now)
	g := groupGauges{agents: make([]metrics.AgentGauges, 0, len(l.agents))}
	g.account = metrics.AccountGauges{
		Answers: true, Breaker: h.Breaker.String(), Held: h.Held != "", Differs: h.Differ != "", Ready: h.Ready, Reconciled: h.Reconciled,
		Skew: float64(h.Skew) / 1e9, CallsOut: h.CallsOut, OrdersUnknown: h.OrdersUnknown, Waiting: float64(max(0, h.Blocked-l.now)) / 1e9,
	}
	unknown := make([]int, len(l.agents))
	l.lane.CountUnknown(unknown)
	for i, a := range l.agents {
		g.agents = append(g.agents, agentGauges(l, a))
		g.agents[i].OrdersUnknown = unknown[i]
	}
	return g
}

func agentGauges(l *Live, a *Agent) metrics.AgentGauges {
	g := metrics.AgentGauges{
		Names: metrics.Names{Agent: a.plan.Name, Venue: l.plan.Venue, Account: l.plan.Account},
		Mode:  a.mode.String(), Currency: a.plan.Currency, OrdersOpen: a.orders.Len(), LastTick: a.lastTick,
		Equity: scaled(a.Equity(), event.MoneyDecimals), Drawdown: scaled(a.account.Drawdown(), event.FractionDecimals),
		FailedInRow: a.health.trapsInRow, Quarantined: a.health.quarantined,
	}
	for _, r := range reasonsOf(l, a) {
		g.Reasons = append(g.Reasons, r.Condition)
	}
	for i := range a.plan.Instruments {
		in := &a.plan.Instruments[i]
		g.Positions = append(g.Positions, metrics.PositionGauge{Instrument: in.Name, Quantity: scaled(a.account.Positions()[i].Quantity, in.QuantityDecimals)})
	}
	for _, at := range l.watches[a.index].newest {
		g.LastBar = max(g.LastBar, at)
	}
	return g
}

// scaled is a number of so many decimals as a float, for people's eyes only.
func scaled(v int64, decimals uint8) float64 {
	f := float64(v)
	for range decimals {
		f /= 10
	}
	return f
}

// countPending counts the dead letters that wait for a person, by account and kind; nil if they are not
// known in time. A long history is read on, and known at a later scrape.
func (c *Control) countPending(ctx context.Context) map[string]map[string]int {
	known := make(chan map[string]map[string]int, 1)
	if c.counting.TryLock() {
		go func() {
			defer c.counting.Unlock()
			known <- c.pendingLetters()
		}()
	} else {
		return nil
	}
	select {
	case counts := <-known:
		return counts
	case <-ctx.Done():
		return nil
	}
}

func (c *Control) pendingLetters() map[string]map[string]int {
	all, err := c.Letters(context.Background())
	if err != nil {
		return nil // not at work any more, or the journal fails, which its own metrics tell
	}
	accounts, counts := map[string]string{}, map[string]map[string]int{}
	for _, g := range c.service.plan.Groups {
		name := g.Plan.Venue + "/" + g.Plan.Account
		counts[name] = map[string]int{}
		for _, a := range g.Plan.Agents {
			accounts[a.Name] = name
		}
	}
	for i := range all {
		l := &all[i]
		if l.State != admin.LetterPending {
			continue
		}
		name := l.Venue + "/" + l.Account
		if of, ok := accounts[l.Agent]; ok {
			name = of
		}
		if counts[name] == nil { // of the host itself
			name = c.service.plan.Groups[0].Plan.Venue + "/" + c.service.plan.Groups[0].Plan.Account
		}
		counts[name][l.Kind]++
	}
	return counts
}

// Alive tells which goroutines do not answer by the end of ctx. While the host is being rebuilt from its
// journal there is none to ask, which is no reason to end it: another start would do the same.
func (c *Control) Alive(ctx context.Context) (reasons []string) {
	workers, _ := c.workers()
	for i, answers := range c.each(ctx, workers, func(int, *Live) {}) {
		if answers || workers[i].hasEnded() {
			continue
		}
		reasons = append(reasons, fmt.Sprintf("account %s/%s: its goroutine does not answer", workers[i].group.Plan.Venue, workers[i].group.Plan.Account))
	}
	return reasons
}

// Ready tells what keeps the host from trading: recovery, the journal, or a venue it was not compared with.
func (c *Control) Ready(ctx context.Context) (reasons []string) {
	if c.options.Disk != nil {
		if d := c.options.Disk(); !d.Writable {
			reasons = append(reasons, "the journal cannot be written: "+d.Problem)
		}
	}
	workers, err := c.workers()
	if err != nil {
		return append(reasons, err.Error())
	}
	said := make([]string, len(workers))
	answered := c.each(ctx, workers, func(i int, l *Live) { said[i] = unready(l) })
	for i, w := range workers {
		if !answered[i] {
			said[i] = "its goroutine does not answer"
		}
		if said[i] != "" {
			reasons = append(reasons, fmt.Sprintf("account %s/%s: %s", w.group.Plan.Venue, w.group.Plan.Account, said[i]))
		}
	}
	return reasons
}

// unready is why a group does not trade yet, empty if it does.
func unready(l *Live) string {
	if err := l.journal.Failed(); err != nil {
		return "the journal cannot be written: " + err.Error()
	}
	switch h := l.lane.Health(l.now); {
	case !h.Ready:
		return "what rested at the venue at the start is not looked up yet"
	case h.Differ != "":
		return "books and venue do not add up: " + h.Differ
	}
	return ""
}

// hasEnded: the group is not at work any more, and nobody waits for it to answer.
func (w *worker) hasEnded() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}
