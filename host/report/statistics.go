package report

// Statistics are the figures of rule 13. Percentages are in percent, durations in nanoseconds.
type Statistics struct {
	Rows             int64  `json:"rows"`
	Start            int64  `json:"start"` // time of the first and last row
	End              int64  `json:"end"`
	ExposurePct      Figure `json:"exposure_pct"`
	PeakEquity       Money  `json:"peak_equity"`
	BuyHoldReturnPct Figure `json:"buy_hold_return_pct"`
	ReturnAnnPct     Figure `json:"return_ann_pct"`
	VolatilityAnnPct Figure `json:"volatility_ann_pct"`
	CAGRPct          Figure `json:"cagr_pct"`
	Sortino          Figure `json:"sortino"`
	Calmar           Figure `json:"calmar"`
	DrawdownAvgPct   Figure `json:"drawdown_avg_pct"`
	DrawdownMaxTime  Figure `json:"drawdown_max_time"`
	DrawdownAvgTime  Figure `json:"drawdown_avg_time"`
	TradeBestPct     Figure `json:"trade_best_pct"`
	TradeWorstPct    Figure `json:"trade_worst_pct"`
	TradeAvgPct      Figure `json:"trade_avg_pct"`
	TradeMaxTime     Figure `json:"trade_max_time"`
	TradeAvgTime     Figure `json:"trade_avg_time"`
	ExpectancyPct    Figure `json:"expectancy_pct"`
	Kelly            Figure `json:"kelly"`
	PeriodsPerYear   int    `json:"periods_per_year"` // Y of rule 13
}
