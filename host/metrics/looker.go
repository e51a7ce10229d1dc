package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// described are a metric that is read at a scrape.
func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

var (
	agentMode        = described("agent_mode", "1 for the mode that an agent is in, 0 for the others.", agentLabelsAnd("mode")...)
	agentModeReason  = described("agent_mode_reason", "1 for each condition that takes something away from an agent; others have no series.", agentLabelsAnd("reason")...)
	agentQuarantined = described("agent_quarantined", "1 if an agent's strategy is not called any more, because it failed too often.", agentLabels...)
	agentFailed      = described("agent_failed_ticks_in_row", "How many ticks in a row have failed.", agentLabels...)
	agentEquity      = described("agent_equity", "An agent's equity, in its currency.", agentLabelsAnd("currency")...)
	agentDrawdown    = described("agent_drawdown_ratio", "How far an agent's equity is below its peak, 1 being all of it.", agentLabels...)
	agentPosition    = described("agent_position_quantity", "What an agent holds, below zero if short, in units of the instrument.", agentLabelsAnd("instrument")...)
	agentOpen        = described("agent_orders_open", "An agent's orders that are not over.", agentLabels...)
	agentUnknown     = described("agent_orders_unknown", "An agent's orders of which nobody knows what became.", agentLabels...)
	agentLastTick    = described("agent_last_tick_timestamp_seconds", "When an agent's strategy was called last.", agentLabels...)
	agentLastBar     = described("agent_last_bar_timestamp_seconds", "When the newest bar of an agent closed.", agentLabels...)

	accountAnswers    = described("account_answers", "1 if the goroutine of an account's agents answered the scrape in time; 0: its other series are missing.", accountLabels...)
	accountInputs     = described("account_inputs_waiting", "Inputs that wait for a round.", accountLabels...)
	accountBreaker    = described("breaker_state", "1 for the state that an account's breaker is in, 0 for the others.", accountLabelsAnd("state")...)
	accountHeld       = described("account_held", "1 if nothing that adds is sent until a person releases the account.", accountLabels...)
	accountReady      = described("account_ready", "1 once what rested at the last start was looked up; before, nothing that adds is sent.", accountLabels...)
	accountCalls      = described("calls_in_flight", "Calls to a venue without a reply.", accountLabels...)
	accountUnknown    = described("orders_unknown", "Orders of an account of which nobody knows what became.", accountLabels...)
	accountWaiting    = described("rate_limit_wait_seconds", "How long what is due must still wait for a rate limit or a breaker; 0 if nothing waits.", accountLabels...)
	accountReconciled = described("reconciliation_timestamp_seconds", "When books and venue were last found equal.", accountLabels...)
	accountDiffers    = described("reconciliation_differs", "1 if books and venue do not add up.", accountLabels...)
	accountSkew       = described("clock_skew_seconds", "The venue's clock less ours.", accountLabels...)
	accountLetters    = described("dead_letters_pending", "Dead letters that wait for a person.", accountLabelsAnd("kind")...)

	hostReady       = described("ready", "1 if the host has recovered, its journal takes entries, and each account was compared with its venue.")
	journalWritable = described("journal_writable", "1 if the last append to the journal was durable; 0: nothing is sent.")
	journalSize     = described("journal_size_bytes", "What the journal's files take.")
	diskFree        = described("disk_free_bytes", "Space left where the journal is.")
	diskBallast     = described("disk_ballast_bytes", "The file that is given up when the disk is full, as far as it is there.")
	diskFullAfter   = described("disk_full_after_seconds", "In how long the disk is full if the journal grows on as measured; no series until enough is measured.")
	alertsActive    = described("alerts_active", "Matters that a person was told of and that last.")
	alertsWaiting   = described("alerts_waiting", "Alerts on their way.")
	alertsFailing   = described("alert_channels_failing", "Channels whose last telling was given up.")
	alertsLost      = described("alerts_undelivered_total", "Tellings that were given up.")
	alertsOverflow  = described("alerts_overflowed_total", "Alerts that were raised and did not fit.")
)

// looker reads the source once a scrape.
type looker struct{ set *Set }

// Describe leaves the series open: what is not known has none.
func (l *looker) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		agentMode, agentModeReason, agentQuarantined, agentFailed, agentEquity, agentDrawdown, agentPosition, agentOpen, agentUnknown, agentLastTick, agentLastBar,
		accountAnswers, accountInputs, accountBreaker, accountHeld, accountReady, accountCalls, accountUnknown, accountWaiting, accountReconciled, accountDiffers, accountSkew, accountLetters,
		hostReady, journalWritable, journalSize, diskFree, diskBallast, diskFullAfter, alertsActive, alertsWaiting, alertsFailing, alertsLost, alertsOverflow,
	} {
		out <- d
	}
}

// Collect asks the source, one scrape at a time.
func (l *looker) Collect(out chan<- prometheus.Metric) {
	if l.set.config.Source == nil {
		return
	}
	l.set.collecting.Lock()
	defer l.set.collecting.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), l.set.config.SourceMax)
	defer cancel()
	s := l.set.config.Source(ctx)
	t := teller{out: out}
	for i := range s.Agents {
		t.agent(&s.Agents[i])
	}
	for i := range s.Accounts {
		t.account(&s.Accounts[i])
	}
	t.host(s)
}

// teller hands over values with their labels.
type teller struct {
	out    chan<- prometheus.Metric
	labels []string
}

func (t *teller) gauge(d *prometheus.Desc, v float64, more ...string) {
	t.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, with(t.labels, more...)...)
}

func (t *teller) truth(d *prometheus.Desc, is bool, more ...string) {
	v := 0.0
	if is {
		v = 1
	}
	t.gauge(d, v, more...)
}

// moment tells a time, if there was one.
func (t *teller) moment(d *prometheus.Desc, at int64) {
	if at != 0 {
		t.gauge(d, float64(at)/1e9)
	}
}

// size tells bytes, if they are known.
func (t *teller) size(d *prometheus.Desc, bytes int64) {
	if bytes >= 0 {
		t.gauge(d, float64(bytes))
	}
}

func (t *teller) agent(a *AgentGauges) {
	t.labels = []string{a.Agent, a.Venue, a.Account}
	for _, m := range modes {
		t.truth(agentMode, a.Mode == m, m)
	}
	told := map[string]bool{}
	for _, r := range a.Reasons {
		if !told[r] {
			t.gauge(agentModeReason, 1, r)
		}
		told[r] = true
	}
	t.truth(agentQuarantined, a.Quarantined)
	t.gauge(agentFailed, float64(a.FailedInRow))
	t.gauge(agentEquity, a.Equity, a.Currency)
	t.gauge(agentDrawdown, a.Drawdown)
	for i := range a.Positions {
		t.gauge(agentPosition, a.Positions[i].Quantity, a.Positions[i].Instrument)
	}
	t.gauge(agentOpen, float64(a.OrdersOpen))
	t.gauge(agentUnknown, float64(a.OrdersUnknown))
	t.moment(agentLastTick, a.LastTick)
	t.moment(agentLastBar, a.LastBar)
}

func (t *teller) account(a *AccountGauges) {
	t.labels = []string{a.Venue, a.Account}
	t.truth(accountAnswers, a.Answers)
	for _, k := range letters {
		if a.LettersPending != nil {
			t.gauge(accountLetters, float64(a.LettersPending[k]), k)
		}
	}
	if !a.Answers {
		return
	}
	t.gauge(accountInputs, float64(a.Inputs))
	for _, b := range breakers {
		t.truth(accountBreaker, a.Breaker == b, b)
	}
	t.truth(accountHeld, a.Held)
	t.truth(accountReady, a.Ready)
	t.gauge(accountCalls, float64(a.CallsOut))
	t.gauge(accountUnknown, float64(a.OrdersUnknown))
	t.gauge(accountWaiting, a.Waiting)
	t.moment(accountReconciled, a.Reconciled)
	t.truth(accountDiffers, a.Differs)
	t.gauge(accountSkew, a.Skew)
}

func (t *teller) host(s *Snapshot) {
	t.labels = nil
	t.truth(hostReady, s.Ready)
	t.truth(journalWritable, s.Writable)
	t.size(journalSize, s.Disk.Journal)
	t.size(diskFree, s.Disk.Free)
	t.size(diskBallast, s.Disk.Ballast)
	if s.Disk.FullAfter >= 0 {
		t.gauge(diskFullAfter, s.Disk.FullAfter)
	}
	t.gauge(alertsActive, float64(s.Alerts.Active))
	t.gauge(alertsWaiting, float64(s.Alerts.Waiting))
	t.gauge(alertsFailing, float64(s.Alerts.ChannelsFailing))
	t.out <- prometheus.MustNewConstMetric(alertsLost, prometheus.CounterValue, float64(s.Alerts.Undelivered))
	t.out <- prometheus.MustNewConstMetric(alertsOverflow, prometheus.CounterValue, float64(s.Alerts.Overflowed))
}
