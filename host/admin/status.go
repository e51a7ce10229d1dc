package admin

import "time"

// Status is a host at one moment.
type Status struct {
	// Time is that moment.
	Time    int64 `json:"time"`
	PID     int   `json:"pid"`
	Started int64 `json:"started"`
	// Config is the path of the configuration, ConfigSHA256 its hash.
	Config       string          `json:"config"`
	ConfigSHA256 string          `json:"config_sha256"`
	Version      string          `json:"version"`
	Agents       []AgentStatus   `json:"agents"`
	Accounts     []AccountStatus `json:"accounts"`
	// Alerts are those that last.
	Alerts []AlertStatus `json:"alerts"`
	Disk   DiskStatus    `json:"disk"`
}

// Agent finds an agent by its name, nil if there is none.
func (s *Status) Agent(name string) *AgentStatus {
	for i := range s.Agents {
		if s.Agents[i].Name == name {
			return &s.Agents[i]
		}
	}
	return nil
}

// Account finds a venue account, nil if there is none.
func (s *Status) Account(venue, account string) *AccountStatus {
	for i := range s.Accounts {
		if s.Accounts[i].Venue == venue && s.Accounts[i].Account == account {
			return &s.Accounts[i]
		}
	}
	return nil
}

// AgentStatus is one agent. Money is of the account's currency.
type AgentStatus struct {
	Name    string `json:"name"`
	Venue   string `json:"venue"`
	Account string `json:"account"`
	// Mode is what counts; Reasons are the conditions that ask for it, the strictest first, empty for
	// "full".
	Mode    string       `json:"mode"`
	Reasons []ModeReason `json:"reasons,omitempty"`
	// Equity and Drawdown (a fraction from the peak: "0.05" is 5 %) are empty while they are not known.
	Equity    string     `json:"equity,omitempty"`
	Currency  string     `json:"currency,omitempty"`
	Drawdown  string     `json:"drawdown,omitempty"`
	Positions []Position `json:"positions,omitempty"`
	// OpenOrders count those that are not over, UnknownOrders those among them of which nobody knows
	// what became, DeadLetters those that wait for a person.
	OpenOrders    int `json:"open_orders"`
	UnknownOrders int `json:"unknown_orders"`
	DeadLetters   int `json:"dead_letters"`
	// LastTick is when the strategy was called last, LastBar the close of the last bar that it saw.
	LastTick int64  `json:"last_tick"`
	LastBar  int64  `json:"last_bar"`
	Ticks    uint64 `json:"ticks"`
	// Traps count failed ticks, TrapsInRow those since the last good one.
	Traps      uint64 `json:"traps"`
	TrapsInRow int    `json:"traps_in_row"`
	// Quarantined says that the strategy is not called any more.
	Quarantined bool `json:"quarantined,omitempty"`
	// Failed says why the agent stopped, empty while it runs.
	Failed string `json:"failed,omitempty"`
	// Module is the name and the version that the module gives itself, StrategySHA256 its hash. Strategy is the
	// path that the configuration names, which after a swap is another's.
	Module         string `json:"module,omitempty"`
	Strategy       string `json:"strategy"`
	StrategySHA256 string `json:"strategy_sha256"`
	// Swap is the swap that it is in the middle of, nil for none.
	Swap *SwapStatus `json:"swap,omitempty"`
}

// ModeReason is one condition that asks for a mode.
type ModeReason struct {
	// Condition is a fixed word, such as "drawdown", "feed_age" or "operator"; Text says what was found.
	Condition string `json:"condition"`
	Mode      string `json:"mode"`
	Text      string `json:"text"`
	Since     int64  `json:"since"`
	// Latched: it stays until a person opens it.
	Latched bool `json:"latched,omitempty"`
	// By is who set it by hand.
	By string `json:"by,omitempty"`
}

// Position is what an agent holds of an instrument. Quantity is signed; Price is the mean entry.
type Position struct {
	// Agent, Venue and Account are whose it is, empty where that is said around it.
	Agent      string `json:"agent,omitempty"`
	Venue      string `json:"venue,omitempty"`
	Account    string `json:"account,omitempty"`
	Instrument string `json:"instrument"`
	Quantity   string `json:"quantity"`
	Price      string `json:"price,omitempty"`
	// Mark is the price at which it is valued, empty while there is none. Unrealized is money.
	Mark       string `json:"mark,omitempty"`
	Unrealized string `json:"unrealized,omitempty"`
	// Dust is below what the venue takes as an order.
	Dust bool `json:"dust,omitempty"`
}

// AccountStatus is one venue account and its lane.
type AccountStatus struct {
	Venue   string `json:"venue"`
	Account string `json:"account"`
	// Breaker is "closed", "open", "half_open" or "isolated"; BreakerUntil is when an open one lets a
	// probe through, BreakerReason who isolated it and why.
	Breaker       string `json:"breaker"`
	BreakerUntil  int64  `json:"breaker_until,omitempty"`
	BreakerReason string `json:"breaker_reason,omitempty"`
	// Held: nothing that adds is sent, until a person releases it.
	Held       bool   `json:"held,omitempty"`
	HeldReason string `json:"held_reason,omitempty"`
	// Differences are what two complete snapshots found that the books do not explain.
	Differences []Difference `json:"differences,omitempty"`
	// DifferReason says in words why books and venue do not add up, empty if they do.
	DifferReason string `json:"differ_reason,omitempty"`
	// Unknown counts orders of which nobody knows what became, InFlight calls without a reply.
	Unknown  int `json:"unknown"`
	InFlight int `json:"in_flight"`
	// DeadLetters of the account wait for a person.
	DeadLetters int `json:"dead_letters"`
	// Reconciled is when books and venue were last found equal.
	Reconciled int64 `json:"reconciled"`
	// Skew is how far the venue's clock is ahead of ours.
	Skew time.Duration `json:"skew"`
}

// Difference is a position of which books and venue tell different things.
type Difference struct {
	Instrument string `json:"instrument"`
	Ours       string `json:"ours"`
	Theirs     string `json:"theirs"`
}

// AlertStatus is an alert that lasts.
type AlertStatus struct {
	Key     string `json:"key"`
	Level   string `json:"level"`
	Agent   string `json:"agent,omitempty"`
	Venue   string `json:"venue,omitempty"`
	Account string `json:"account,omitempty"`
	Text    string `json:"text"`
	// Since is when it was first found, Times how often it was; Undelivered says that a channel did not take it.
	Since       int64  `json:"since"`
	Times       int    `json:"times"`
	Undelivered string `json:"undelivered,omitempty"`
}

// DiskStatus is the space where the journal is.
type DiskStatus struct {
	Path string `json:"path"`
	// Free, Ballast and Journal are bytes; Low says that the host goes without adding orders for it.
	Free    int64 `json:"free"`
	Ballast int64 `json:"ballast"`
	Journal int64 `json:"journal"`
	Low     bool  `json:"low,omitempty"`
	// GrowthPerDay is what the history takes more of each day, in bytes, as measured over the last day, and
	// DaysLeft in how many days the disk is full if it goes on so, 36500 at most. Nil: not enough is measured yet.
	GrowthPerDay *int64   `json:"growth_per_day,omitempty"`
	DaysLeft     *float64 `json:"days_left,omitempty"`
	// Writable: the last append was durable. Problem says why not.
	Writable bool   `json:"writable"`
	Problem  string `json:"problem,omitempty"`
}
