package report

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"
)

// The run of the backtest rules: daily bars of one share over nine years, averages of 10 and 20, 93
// trades and a last one left open.
func TestGOOGComesToTheFiguresOfTheBacktestRules(t *testing.T) {
	const at = "../../../shared/data/goog_sma10_20_comm002."
	if _, err := os.Stat(at + "trades.csv"); err != nil {
		t.Skip("the shared data is not here")
	}
	s := googCase(t, at).record().Summary(End{})
	if s.Trades != 93 || s.FinalEquity != Money(e8(56263.519340)) {
		t.Errorf("%d trades, final equity %v; want 93 and 56263.51934", s.Trades, s.FinalEquity)
	}
	for name, f := range map[string]struct{ got, want Figure }{
		"return_pct":       {s.ReturnPct, 462.635193},
		"max_drawdown_pct": {s.MaxDrawdownPct, -33.931592},
		"sharpe":           {s.Sharpe, 0.600740},
		"sqn":              {s.SQN, 1.584392},
	} {
		if d := f.got - f.want; d > 5e-7 || d < -5e-7 { // the wanted ones have six decimals
			t.Errorf("%s: got %.7f, want %.6f", name, f.got, f.want)
		}
	}
}

func googCase(t *testing.T, at string) *peerCase {
	c := &peerCase{Name: "goog", Closes: [2]float64{1, 1}}
	for _, row := range readCSV(t, at+"equity.csv") {
		c.Times = append(c.Times, dateOf(t, row[0]))
		c.Equity = append(c.Equity, number(t, row[1]))
	}
	for _, row := range readCSV(t, at+"trades.csv") {
		c.Trades = append(c.Trades, peerTrade{
			Size: int64(number(t, row[0])), EntryBar: int64(number(t, row[1])), ExitBar: int64(number(t, row[2])),
			EntryPrice: number(t, row[3]), ExitPrice: number(t, row[4]), PnL: number(t, row[5]), Fees: number(t, row[6]),
		})
	}
	return c
}

// readCSV returns the rows after the header.
func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func dateOf(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}
