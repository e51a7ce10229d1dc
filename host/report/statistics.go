package report

import "math"

// Statistics are the figures of rule 13 beside those that AgentSummary names itself. Percentages are in
// percent, times and durations in nanoseconds; undefined figures are NaN, in JSON null.
type Statistics struct {
	// Rows counts market events; Start and End are the times of the first and last.
	Rows  int64 `json:"rows"`
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// ExposurePct is the share of rows within a closed trade, its first and last row included.
	ExposurePct Figure `json:"exposure_pct"`
	PeakEquity  Money  `json:"peak_equity"`
	// BuyHoldReturnPct is what the first instrument's close did from the first trading bar to the last;
	// with several instruments, the mean over them.
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
	// TradeAvgPct is the geometric mean of the trades' returns, ExpectancyPct the arithmetic one.
	TradeAvgPct   Figure `json:"trade_avg_pct"`
	ExpectancyPct Figure `json:"expectancy_pct"`
	TradeMaxTime  Figure `json:"trade_max_time"`
	TradeAvgTime  Figure `json:"trade_avg_time"`
	Kelly         Figure `json:"kelly"`
	// PeriodsPerYear is Y of rule 13: 252, 365, 52, 12 or 1.
	PeriodsPerYear int `json:"periods_per_year"`
}

var undefined = math.NaN()

// risk are the figures that come from the returns by day (or week, month, year).
type risk struct{ annual, volatility, sharpe, sortino float64 }

func riskOf(returns []float64, perYear int) risk {
	y := float64(perYear)
	g := geometricMean(returns)
	// Both moments are compounded: the mean grows with (1+g)^Y, and so does the second moment.
	square := (1 + g) * (1 + g)
	r := risk{annual: math.Pow(1+g, y) - 1}
	r.volatility = math.Sqrt(math.Pow(variance(returns)+square, y) - math.Pow(square, y))
	r.sharpe = ratio(r.annual, r.volatility)
	r.sortino = ratio(r.annual, downside(returns)*math.Sqrt(y))
	return r
}

// geometricMean of returns given as fractions: 0 where one of them loses everything, NaN of none.
func geometricMean(returns []float64) float64 {
	var sum float64
	for _, r := range returns {
		if 1+r <= 0 {
			return 0
		}
		sum += math.Log1p(r)
	}
	return math.Expm1(sum / float64(len(returns)))
}

func mean(v []float64) float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// variance of a sample: divided by n-1, NaN below two values.
func variance(v []float64) float64 {
	if len(v) < 2 {
		return undefined
	}
	m := mean(v)
	var sum float64
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(v)-1)
}

// downside is the root of the mean square of the losses, gains counting as zero.
func downside(returns []float64) float64 {
	var sum float64
	for _, r := range returns {
		if r < 0 {
			sum += r * r
		}
	}
	return math.Sqrt(sum / float64(len(returns)))
}

// ratio is a/b, undefined where b is zero.
func ratio(a, b float64) float64 {
	if b == 0 {
		return undefined
	}
	return a / b
}

// record is what a list of trades comes to.
type record struct {
	winRate, profitFactor, sqn, kelly  float64
	best, worst, average, expectancy   float64 // fractions
	durationMax, durationAvg, exposure float64
}

func recordOf(trades []Trade, rows int64) record {
	if len(trades) == 0 {
		nan := undefined
		return record{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, exposure(trades, rows)}
	}
	pnl, returns := make([]float64, len(trades)), make([]float64, len(trades))
	r := record{best: math.Inf(-1), worst: math.Inf(1), exposure: exposure(trades, rows)}
	var durations float64
	for i := range trades {
		t := &trades[i]
		pnl[i], returns[i] = float64(t.PnL), t.ReturnPct/100
		r.best, r.worst = max(r.best, returns[i]), min(r.worst, returns[i])
		durations += float64(t.Duration())
		r.durationMax = max(r.durationMax, float64(t.Duration()))
	}
	n := float64(len(trades))
	r.durationAvg = durations / n
	r.average, r.expectancy = geometricMean(returns), mean(returns)
	r.sqn = ratio(math.Sqrt(n)*mean(pnl), math.Sqrt(variance(pnl)))
	gained, lost, _, _ := split(returns)
	r.profitFactor = ratio(gained, lost)
	won, given, wins, losses := split(pnl)
	r.winRate = wins / n
	r.kelly = r.winRate - (1-r.winRate)/((won/wins)/(given/losses))
	return r
}

// split sums and counts what is above and, as magnitudes, below zero.
func split(v []float64) (up, down, ups, downs float64) {
	for _, x := range v {
		switch {
		case x > 0:
			up, ups = up+x, ups+1
		case x < 0:
			down, downs = down-x, downs+1
		}
	}
	return up, down, ups, downs
}

// exposure is the share of rows that lie within a trade.
func exposure(trades []Trade, rows int64) float64 {
	if rows == 0 {
		return undefined
	}
	spans := make([][2]int64, 0, len(trades))
	for i := range trades {
		spans = append(spans, [2]int64{trades[i].EntryBar, min(trades[i].ExitBar, rows-1)})
	}
	return float64(covered(spans)) / float64(rows)
}
