package config

import (
	"fmt"
	"slices"
)

// Venue is where orders go.
type Venue struct {
	Source
	// Type is the first label ("paper"), Name the second.
	Type, Name string
	// Currency is what the account is kept in.
	Currency string
	// Test says that no real money is at stake. It always is true of paper venues.
	Test bool
	// Paper is set for venues of type "paper".
	Paper *Paper
	// HTTP is set for venues of type "http".
	HTTP *HTTP
	// Path is set for venues outside of this process.
	Path *OrderPath
}

// InProcess reports whether the venue is a part of this process.
func (v *Venue) InProcess() bool { return venueTypes[v.Type].inProcess }

// Paper is a venue of this process that fills orders on bars.
type Paper struct {
	// Cash is what each account begins with, in money.
	Cash int64
	// Commission is a fraction of notional, FeeFixed money for each fill; both at entry and at exit.
	Commission, FeeFixed int64
	// Spread is a fraction of the price, added against the trader when a position is opened.
	Spread int64
	// Margin is the part of a position's worth that must be covered, above 0 to One; One/Margin is
	// the leverage.
	Margin int64
	// TradeOnClose fills market orders at the close of the bar they were decided on.
	TradeOnClose bool
	// ExclusiveOrders makes each new order cancel the others and close what is open first.
	ExclusiveOrders bool
	// FinalizeTrades closes what is open after the last bar.
	FinalizeTrades bool
	// SlippageVolume is the greatest part of a bar's volume that the orders of an instrument may take
	// together, as a fraction; 0 is no bound.
	SlippageVolume int64
}

// DefaultPaper has 10,000 of cash and no costs.
func DefaultPaper() Paper { return Paper{Cash: 10_000 * One, Margin: One} }

// DefaultVenue is a paper venue in dollars.
func DefaultVenue() Venue {
	p := DefaultPaper()
	return Venue{Type: "paper", Currency: "USD", Test: true, Paper: &p}
}

type venueType struct{ inProcess bool }

// venueTypes are those this version has.
var venueTypes = map[string]venueType{"paper": {inProcess: true}, "http": {}}

// venueNames are the types in the order in which they are told.
var venueNames = []string{"paper", "http"}

func venueBlock(typ string) *block[Venue] {
	if meantOr(typ, venueNames) == "http" {
		return httpBlock()
	}
	return paperBlock()
}

// paperRefuses says why a paper venue has nothing of what is for the way to a venue.
func paperRefuses(name string) string {
	if name == "test" {
		return "A paper venue always is a test."
	}
	outside := slices.ContainsFunc(pathFields(), func(f field[Venue]) bool { return f.name == name }) ||
		slices.ContainsFunc(pathChildren(), func(c child[Venue]) bool { return c.name == name })
	if !outside {
		return ""
	}
	return fmt.Sprintf("%s is about the way to a venue outside of this process. A paper venue is a part of it: nothing on the way can be lost, refused or late. To try it out, run `agenthost venue` and write `venue \"http\" \"…\"`.", name)
}

func paperBlock() *block[Venue] {
	return &block[Venue]{
		name: "venue", labels: []string{`"paper"`, "NAME"},
		says:     "A venue of this process that fills orders on the bars of the feeds. Each agent has an account of its own there unless it says otherwise.",
		defaults: DefaultVenue, source: func(v *Venue) *Source { return &v.Source },
		identify: func(v *Venue) string { return v.Type + " " + v.Name },
		refuses:  paperRefuses,
		fields: []field[Venue]{
			currency("currency", func(v *Venue) *string { return &v.Currency }, "What accounts are kept in."),
			money("cash", func(v *Venue) *int64 { return &v.Paper.Cash }, 1, "What each account begins with.").like("10000"),
			fraction("commission", func(v *Venue) *int64 { return &v.Paper.Commission }, -One/10, One/10, "A part of each fill's worth, at entry and at exit; below zero it is a rebate.").like("0.002"),
			money("fee_fixed", func(v *Venue) *int64 { return &v.Paper.FeeFixed }, 0, "A fixed amount for each fill, at entry and at exit.").like("1"),
			fraction("spread", func(v *Venue) *int64 { return &v.Paper.Spread }, 0, One/2-1, "How much worse than the bar's price a position is opened, as a part of it; closing is not affected.").like("0.0002"),
			fraction("margin", func(v *Venue) *int64 { return &v.Paper.Margin }, 1, One, "The part of a position's worth that must be there; 0.5 is a leverage of 2.").like("0.5"),
			boolean("trade_on_close", func(v *Venue) *bool { return &v.Paper.TradeOnClose }, "Market orders fill at the close of the bar they were decided on, not at the next open."),
			boolean("exclusive_orders", func(v *Venue) *bool { return &v.Paper.ExclusiveOrders }, "Each new order first cancels the others and closes what is open."),
			boolean("finalize_trades", func(v *Venue) *bool { return &v.Paper.FinalizeTrades }, "What is open after the last bar is closed at that bar's open."),
			fraction("slippage_volume", func(v *Venue) *int64 { return &v.Paper.SlippageVolume }, 0, One, "The greatest part of a bar's volume that the orders of an instrument may take together; the rest waits for the next bar. 0 is no bound.").like(`"10%"`),
		},
	}
}
