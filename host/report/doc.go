// Package report turns a run into statistics, the JSON object of `run --json`, a summary for the
// terminal and an HTML page.
//
// A Recorder listens to one agent while it runs. It keeps what the statistics need exactly (trades,
// the last equity of each day, drawdowns, the distribution of fuel) and a picture of bounded size for
// the page; how long a run is does not show in its memory, save for one entry per trade and per day.
//
// The statistics are those of backtesting.py 0.6.6 as written down in the project's
// backtest rules, rule 13; they are held against that peer in this package's tests. An undefined figure
// (no trades, no volatility) is NaN here, null in JSON and an en dash in the terminal.
package report
