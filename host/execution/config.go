package execution

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// ForeignPolicy says what is done about orders and fills of the account that are not ours.
type ForeignPolicy uint8

const (
	// ForeignIgnore counts them apart and lets them be. The zero value.
	ForeignIgnore ForeignPolicy = iota
	// ForeignClaim gives a foreign fill to the only owner of its instrument, as an EventFill of no order
	// with FillVenue set. What several own, and what was held before the first start (it has no price),
	// stays foreign. Foreign orders are never touched.
	ForeignClaim
	// ForeignHalt takes anything foreign for a difference: READ_ONLY until a person reconciles.
	ForeignHalt
)

var foreignNames = [...]string{"ignore", "claim", "halt"}

// String names the policy as HCL does.
func (p ForeignPolicy) String() string {
	if int(p) < len(foreignNames) {
		return foreignNames[p]
	}
	return "foreign_unknown"
}

// AgentConfig is one agent of the account. Its index in Config.Agents is the agent's number in inputs,
// outcomes and orders of the lane.
type AgentConfig struct {
	Name string
	// Weight is what it may have of the lane beside others; 0 is taken as 1.
	Weight uint32
	// Shared lets it trade instruments that others of the account trade too.
	Shared bool
}

// Lifetimes are how long an order whose ValidUntil is 0 may still be sent, by type, in nanoseconds from
// when the lane takes it.
type Lifetimes struct {
	Market, Limit, Stop int64
}

// Rate lets Count orders go at once and then one each Period/Count nanoseconds (a cell-rate limiter): in any span of time at
// most Count + Count·span/Period. Count 0 is no bound.
type Rate struct{ Count, Period int64 }

// OrderRates is how many bounds on the rate of orders there are: the account's, the venue's and the host's.
const OrderRates = 3

// Config is one venue account's lane. It is only read.
type Config struct {
	Venue, Account string
	// Seed is where the lane's randomness comes from.
	Seed   uint64
	Agents []AgentConfig
	// Instruments is the lane's own list; orders, reports and calls speak of indices into it. Owners are,
	// for each, the agents that trade it.
	Instruments []event.Instrument
	Owners      [][]uint32
	// Capabilities and Facilities are the venue's.
	Capabilities event.Capabilities
	Facilities   event.Facilities
	Resend       resilience.ResendConfig
	Settle       resilience.SettleConfig
	Breaker      resilience.BreakerConfig
	Backoff      resilience.BackoffConfig
	Budget       resilience.BudgetConfig
	Limiter      resilience.LimiterConfig
	// OrderRates bound the orders that add: of the account, and this account's part of what the venue's
	// accounts and the host's may order together. Beyond, an order is denied, and does not wait.
	OrderRates [OrderRates]Rate
	// Codes are the venue's own codes, nil for none.
	Codes *resilience.VenueCodes
	// CallsMax is how many calls may be out at once. One more is reserved for cancels and closes.
	CallsMax int
	// CallTimeout is how long a call may take; CallGrace how much later, at the latest, its reply must have
	// come in, before the lane takes the reply for lost.
	CallTimeout, CallGrace int64
	// LookupEvery is how far apart the lookups of one Unknown order are; of a dead letter, 12 times that.
	LookupEvery int64
	// PollEvery is how often open orders and fills are asked for while no stream is heard, 0 for never.
	// StreamQuiet is how long a stream may say nothing before it counts as not heard.
	PollEvery, StreamQuiet int64
	// ReconcileEvery is how often the account is compared with the venue, 0 only at start and after
	// Unknowns.
	ReconcileEvery int64
	// UnknownMax is after how long an Unknown order becomes a dead letter.
	UnknownMax int64
	TimeToLive Lifetimes
	Foreign    ForeignPolicy
	// Transfers says what is done about money that moved at the venue without a trade: ForeignIgnore takes the balance as
	// it is; ForeignClaim tells the account's only agent of a transfer, where there is only one; otherwise, and with
	// ForeignHalt, it is a difference until ActReconcile takes it for a transfer, or it comes back.
	Transfers ForeignPolicy
	// SkewMax is how far the venue's clock may be off before Health says so.
	SkewMax int64
	// RetentionTime and RetentionMax are how long, and how many, orders that are over are remembered.
	RetentionTime int64
	RetentionMax  int
}

const second = int64(1e9)

// DefaultConfig is a careful lane at a venue that can be asked everything and promises nothing: ten calls a
// second, four at once. Venue, account, agents, instruments and owners are to be filled in.
func DefaultConfig() Config {
	one := int64(resilience.One)
	return Config{
		Facilities: event.FacilityCancel | event.FacilityLookup | event.FacilityLookupPast | event.FacilityOpenOrders |
			event.FacilityFills | event.FacilityPositions | event.FacilityBalances,
		Resend:  resilience.ResendConfig{Margin: 5 * second},
		Settle:  resilience.DefaultSettle(),
		Breaker: resilience.DefaultBreaker(),
		Backoff: resilience.DefaultBackoff(),
		Budget:  resilience.DefaultBudget(),
		Limiter: resilience.LimiterConfig{
			Cells: 10, Period: second, Burst: 20,
			Shares: [resilience.Priorities]int64{one / 10, one / 10, one / 10, one / 10, 0},
		},
		CallsMax: 4, CallTimeout: 10 * second, CallGrace: 5 * second,
		LookupEvery: 5 * second, PollEvery: 5 * second, StreamQuiet: 30 * second, ReconcileEvery: 60 * second,
		UnknownMax: 300 * second,
		TimeToLive: Lifetimes{Market: 10 * second, Limit: 60 * second, Stop: 60 * second},
		SkewMax:    second, RetentionTime: 24 * 3600 * second, RetentionMax: 10_000,
	}
}

// Validate says what cannot work, naming the values.
func (c *Config) Validate() error {
	for _, check := range [...]func() error{
		c.Settle.Validate, c.Breaker.Validate, c.Backoff.Validate, c.Budget.Validate, c.Limiter.Validate,
		c.validateNames, c.validateOwners, c.validateTimes, c.validateVenue,
	} {
		if err := check(); err != nil {
			return fmt.Errorf("lane %s/%s: %w", c.Venue, c.Account, err)
		}
	}
	return nil
}

func (c *Config) validateNames() error {
	if c.Venue == "" || c.Account == "" {
		return fmt.Errorf("venue %q, account %q; both need a name", c.Venue, c.Account)
	}
	if len(c.Agents) == 0 || len(c.Instruments) == 0 {
		return fmt.Errorf("%d agents, %d instruments; at least one of each", len(c.Agents), len(c.Instruments))
	}
	seen := make(map[string]int, len(c.Agents))
	for i, a := range c.Agents {
		if first, twice := seen[a.Name]; twice || a.Name == "" {
			return fmt.Errorf("agent %d is named %q, as agent %d; names are unique and not empty", i, a.Name, first)
		}
		seen[a.Name] = i
	}
	for i := range c.Instruments {
		if err := c.Instruments[i].Validate(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateOwners() error {
	if len(c.Owners) != len(c.Instruments) {
		return fmt.Errorf("owners of %d instruments, and there are %d; one list for each", len(c.Owners), len(c.Instruments))
	}
	for i, owners := range c.Owners {
		for k, a := range owners {
			switch {
			case int64(a) >= int64(len(c.Agents)):
				return fmt.Errorf("instrument %s is owned by agent %d of %d", c.Instruments[i].Name, a, len(c.Agents))
			case k > 0 && a <= owners[k-1]:
				return fmt.Errorf("owners of instrument %s are %v; list each once, in rising order", c.Instruments[i].Name, owners)
			case len(owners) > 1 && !c.Agents[a].Shared:
				return fmt.Errorf("instrument %s is traded by %d agents, and agent %s is not shared; set shared on each of them", c.Instruments[i].Name, len(owners), c.Agents[a].Name)
			}
		}
	}
	return nil
}

func (c *Config) validateTimes() error {
	switch {
	case c.CallsMax < 1 || c.CallsMax > 1024:
		return fmt.Errorf("calls_max %d; 1 to 1024", c.CallsMax)
	case c.CallTimeout <= 0 || c.CallGrace < 0:
		return fmt.Errorf("call_timeout %d ns, call_grace %d ns; the first above zero, the second not below", c.CallTimeout, c.CallGrace)
	case c.LookupEvery <= 0 || c.UnknownMax <= c.Settle.Window:
		return fmt.Errorf("lookup_every %d ns above zero, unknown_max %d ns above the settle window %d ns: absence could not be proved before", c.LookupEvery, c.UnknownMax, c.Settle.Window)
	case c.PollEvery < 0 || c.StreamQuiet < 0 || c.ReconcileEvery < 0 || c.SkewMax < 0:
		return fmt.Errorf("poll_every %d, stream_quiet %d, reconcile_every %d, skew_max %d ns; none below zero", c.PollEvery, c.StreamQuiet, c.ReconcileEvery, c.SkewMax)
	case c.TimeToLive.Market <= 0 || c.TimeToLive.Limit <= 0 || c.TimeToLive.Stop <= 0:
		return fmt.Errorf("time_to_live market %d, limit %d, stop %d ns; all above zero", c.TimeToLive.Market, c.TimeToLive.Limit, c.TimeToLive.Stop)
	case slices.ContainsFunc(c.OrderRates[:], func(r Rate) bool { return r.Count < 0 || r.Count > 0 && r.Period < r.Count }):
		return fmt.Errorf("order rates %v; counts not below zero, and a nanosecond for each order", c.OrderRates)
	case c.RetentionTime <= 0 || c.RetentionMax < 1:
		return fmt.Errorf("retention_time %d ns, retention_max %d; both above zero", c.RetentionTime, c.RetentionMax)
	}
	return nil
}

func (c *Config) validateVenue() error {
	switch {
	case c.Foreign > ForeignHalt || c.Transfers > ForeignHalt:
		return fmt.Errorf("foreign policy %d, transfers %d; use ignore, claim or halt", c.Foreign, c.Transfers)
	case c.Resend.Dedupe == resilience.DedupeWindow && c.Resend.Window <= c.Resend.Margin:
		return fmt.Errorf("resend window %d ns, margin %d ns; the window above the margin", c.Resend.Window, c.Resend.Margin)
	case c.Resend.Dedupe > resilience.DedupeForever || c.Resend.Margin < 0:
		return fmt.Errorf("resend dedupe %d, margin %d ns; none to forever, and no negative time", c.Resend.Dedupe, c.Resend.Margin)
	case c.Breaker.LaneMax == 0:
		return fmt.Errorf("breaker lane of 0: an open breaker would shut closes and cancels in; at least 1")
	}
	return nil
}
