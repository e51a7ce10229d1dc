package report

import (
	"fmt"
	"time"
)

// End is what only the engine knows when a run is over.
type End struct {
	// ModuleSHA256 and StateHash are hex.
	ModuleSHA256, StateHash string
	// Mode is the agent's mode at the end.
	Mode string
	// Elapsed is wall time.
	Elapsed time.Duration
	// Error says why the agent stopped before its time; empty if it did not.
	Error string
	// Feeds is the quality of what the agent was fed.
	Feeds []FeedQuality
	// Warnings are the engine's own sentences for a person; the recorder adds its.
	Warnings []string
}

// Summary reckons the statistics of what was recorded so far. It does not change the recorder.
func (r *Recorder) Summary(end End) AgentSummary {
	r.curve.settle()
	c := r.curve
	d := c.finished()
	p := periodOf(c.steps.median())
	perYear := p.perYear(c.tradesWeekends())
	risk := riskOf(c.returns(p), perYear)
	record := recordOf(r.trades, r.rows)
	a := AgentSummary{
		Name: r.config.Agent, ModuleSHA256: end.ModuleSHA256, Mode: end.Mode, StateHash: end.StateHash,
		Ticks: r.ticks, Quarantined: r.quarantined,
		Orders: r.Count.Orders, Rejected: r.Count.Rejected, Expired: r.Count.Expired, DeadLetters: r.Count.DeadLetters,
		Fills: r.fills, Trades: int64(len(r.trades)), Fees: Money(r.fees),
		FinalEquity:    Money(r.config.Capital),
		ReturnPct:      Figure(undefined),
		MaxDrawdownPct: Figure(undefined),
		Sharpe:         Figure(risk.sharpe), SQN: Figure(record.sqn),
		WinRatePct: Figure(100 * record.winRate), ProfitFactor: Figure(record.profitFactor),
		Fuel:     FuelSummary{r.fuel.percentile(50), r.fuel.percentile(99), r.fuel.max, r.config.FuelLimit},
		Currency: r.config.Currency, Capital: Money(r.config.Capital),
		Feeds: end.Feeds, Error: end.Error, Equity: r.picture.equity(),
		ElapsedSeconds: end.Elapsed.Seconds(),
	}
	if end.Elapsed > 0 {
		a.TicksPerSecond = float64(r.ticks) / end.Elapsed.Seconds()
	}
	if c.rows > 0 {
		a.FinalEquity = Money(c.last)
		a.ReturnPct = Figure(100 * change(c.first, c.last))
		a.MaxDrawdownPct = Figure(0 - 100*d.deepest) // not -100·0, which is a negative zero
	}
	a.Statistics = r.statistics(d, risk, record)
	a.Statistics.PeriodsPerYear = perYear
	r.failures(&a)
	a.Warnings = append(a.Warnings, end.Warnings...)
	return a
}

func (r *Recorder) statistics(d drawdowns, risk risk, record record) Statistics {
	c := r.curve
	s := Statistics{
		Rows: c.rows, Start: c.start, End: c.end,
		ExposurePct:      Figure(100 * record.exposure),
		PeakEquity:       Money(max(c.peak, c.first)),
		BuyHoldReturnPct: Figure(100 * r.buyAndHold()),
		ReturnAnnPct:     Figure(100 * risk.annual),
		VolatilityAnnPct: Figure(100 * risk.volatility),
		CAGRPct:          Figure(100 * c.growth()),
		Sortino:          Figure(risk.sortino),
		Calmar:           Figure(ratio(risk.annual, d.deepest)),
		DrawdownAvgPct:   Figure(undefined), DrawdownMaxTime: Figure(undefined), DrawdownAvgTime: Figure(undefined),
		TradeBestPct: Figure(100 * record.best), TradeWorstPct: Figure(100 * record.worst),
		TradeAvgPct: Figure(100 * record.average), ExpectancyPct: Figure(100 * record.expectancy),
		TradeMaxTime: Figure(record.durationMax), TradeAvgTime: Figure(record.durationAvg),
		Kelly: Figure(record.kelly),
	}
	if d.n == 0 && d.deepest > 0 { // of the last row alone: it has a depth and no duration yet
		s.DrawdownAvgPct = Figure(-100 * d.deepest)
	}
	if d.n > 0 {
		n := float64(d.n)
		s.DrawdownAvgPct = Figure(-100 * d.depths / n)
		s.DrawdownMaxTime, s.DrawdownAvgTime = Figure(d.longest), Figure(float64(d.lengths)/n)
	}
	return s
}

// buyAndHold is the mean over the instruments of what holding each from the first trading bar made.
func (r *Recorder) buyAndHold() float64 {
	var changes []float64
	for _, h := range r.held {
		if h.first > 0 {
			changes = append(changes, change(h.first, h.last))
		}
	}
	return mean(changes)
}

// failures fills in what went wrong and says it in sentences.
func (r *Recorder) failures(a *AgentSummary) {
	for v, n := range r.traps {
		a.Traps += n
		put(&a.TrapKinds, v.String(), n)
	}
	for c, n := range r.denials {
		a.Denied += n
		put(&a.Denials, c.String(), n)
	}
	for currency, n := range r.feesOther {
		put(&a.FeesOther, currency, Money(n))
	}
	if len(r.feesOther) > 0 {
		a.Warnings = append(a.Warnings, "fees in other currencies are not part of fees and of the trades' results")
	}
	if r.seriesUnknown > 0 {
		a.Warnings = append(a.Warnings, fmt.Sprintf("%d series values name a series that the module did not declare", r.seriesUnknown))
	}
}

func put[V any](m *map[string]V, name string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = v
}
