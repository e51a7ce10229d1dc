package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// FormatVersion is the version of Summary's JSON. Fields are only ever added to it.
const FormatVersion = "1.0"

// Money is an amount in units of 10^-8; in JSON a decimal string without trailing zeros.
type Money int64

// MarshalJSON writes the amount as a decimal string.
func (m Money) MarshalJSON() ([]byte, error) {
	b := event.AppendDecimal([]byte{'"'}, int64(m), event.MoneyDecimals)
	return append(b, '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read money: %w", err)
	}
	v, err := event.ParseDecimal(s, event.MoneyDecimals)
	*m = Money(v)
	return err
}

// Figure is a statistic. NaN means undefined, which is null in JSON.
type Figure float64

// Undefined reports whether the figure means nothing: no trades, no volatility.
func (f Figure) Undefined() bool { return math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) }

// MarshalJSON writes a number, or null for an undefined one.
func (f Figure) MarshalJSON() ([]byte, error) {
	if f.Undefined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads a number or null.
func (f *Figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = Figure(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(f))
}

// Summary is a whole run: the object that `run --json` prints.
type Summary struct {
	FormatVersion string         `json:"format_version"`
	Agents        []AgentSummary `json:"agents"`
	// Run tells where things are and what made them.
	Run *Run `json:"run,omitempty"`
}

// AgentSummary is one agent's run. The fields up to TicksPerSecond are promised by name; what follows
// them may grow.
type AgentSummary struct {
	Name           string      `json:"name"`
	ModuleSHA256   string      `json:"module_sha256"`
	Ticks          int64       `json:"ticks"`
	Quarantined    int64       `json:"quarantined"`
	Orders         int64       `json:"orders"`
	Denied         int64       `json:"denied"`
	Rejected       int64       `json:"rejected"`
	Expired        int64       `json:"expired"`
	Fills          int64       `json:"fills"`
	Trades         int64       `json:"trades"`
	FinalEquity    Money       `json:"final_equity"`
	ReturnPct      Figure      `json:"return_pct"`
	MaxDrawdownPct Figure      `json:"max_drawdown_pct"`
	Sharpe         Figure      `json:"sharpe"`
	SQN            Figure      `json:"sqn"`
	WinRatePct     Figure      `json:"win_rate_pct"`
	ProfitFactor   Figure      `json:"profit_factor"`
	Fees           Money       `json:"fees"`
	Fuel           FuelSummary `json:"fuel"`
	Traps          int64       `json:"traps"`
	Mode           string      `json:"mode"`
	DeadLetters    int64       `json:"dead_letters"`
	StateHash      string      `json:"state_hash"`
	ElapsedSeconds float64     `json:"elapsed_seconds"`
	TicksPerSecond float64     `json:"ticks_per_second"`

	// From here on: additions.
	Currency   string           `json:"currency,omitempty"`
	Capital    Money            `json:"capital"`
	Statistics Statistics       `json:"statistics"`
	Feeds      []FeedQuality    `json:"feeds,omitempty"`
	Denials    map[string]int64 `json:"denials,omitempty"`
	TrapKinds  map[string]int64 `json:"trap_kinds,omitempty"`
	Warnings   []string         `json:"warnings,omitempty"`
	Error      string           `json:"error,omitempty"`
}

// FuelSummary is the fuel of one agent's ticks, in units. Percentiles are nearest-rank, and exact up to
// 2,097,151 units; above that they are at most one part in a million too high. Limit 0 is none.
type FuelSummary struct {
	P50   int64 `json:"p50"`
	P99   int64 `json:"p99"`
	Max   int64 `json:"max"`
	Limit int64 `json:"limit"`
}

// FeedQuality is what a feed's gate did to what an agent was fed.
type FeedQuality struct {
	Feed string `json:"feed"`
	// Bars were delivered; Withheld were not; Flagged were, with a flag; Gaps are places where bars
	// are missing, Missing how many where the calendar can tell.
	Bars     int64 `json:"bars"`
	Withheld int64 `json:"withheld"`
	Flagged  int64 `json:"flagged"`
	Gaps     int64 `json:"gaps"`
	Missing  int64 `json:"missing"`
	// Defects has one entry per kind found.
	Defects []DefectCount `json:"defects,omitempty"`
}

// DefectCount is one kind of defect, how often, and where it was first.
type DefectCount struct {
	Defect string `json:"defect"` // event.Defect's name
	Count  int64  `json:"count"`
	First  string `json:"first"` // file:line, and what was found there
}

// Run tells where a run's things are and what made them. Empty fields are left out.
type Run struct {
	ID           string `json:"id,omitempty"`
	Config       string `json:"config,omitempty"`
	ConfigSHA256 string `json:"config_sha256,omitempty"`
	Journal      string `json:"journal,omitempty"`
	Report       string `json:"report,omitempty"`
	Version      string `json:"version,omitempty"` // of agenthost
	Go           string `json:"go,omitempty"`
	Wazero       string `json:"wazero,omitempty"`
	Meter        string `json:"meter,omitempty"`
	Started      string `json:"started,omitempty"`
	Resumed      bool   `json:"resumed,omitempty"`
	Stopped      string `json:"stopped,omitempty"` // why it ended early: "SIGINT"
	Error        string `json:"error,omitempty"`
}

// WriteJSON writes s as one object on one line.
func WriteJSON(w io.Writer, s Summary) error {
	if s.FormatVersion == "" {
		s.FormatVersion = FormatVersion
	}
	if s.Agents == nil {
		s.Agents = []AgentSummary{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}
