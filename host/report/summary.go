package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// FormatVersion is the version of Summary's JSON. Fields are only ever added to it.
const FormatVersion = "1.0"

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
	Currency   string        `json:"currency,omitempty"`
	Capital    Money         `json:"capital"`
	Statistics Statistics    `json:"statistics"`
	Feeds      []FeedQuality `json:"feeds,omitempty"`
	// Denials counts by code, TrapKinds by verdict, FeesOther by currency what Fees leaves out because
	// it was taken in a currency that is neither the instrument's settle nor its base one.
	Denials   map[string]int64 `json:"denials,omitempty"`
	TrapKinds map[string]int64 `json:"trap_kinds,omitempty"`
	FeesOther map[string]Money `json:"fees_other,omitempty"`
	// Warnings are sentences for a person.
	Warnings []string `json:"warnings,omitempty"`
	// Error says why the agent stopped before its time.
	Error string `json:"error,omitempty"`

	// Equity is the curve for a small picture: at most picturePoints values, evenly spread over rows.
	Equity []float64 `json:"-"`
}

// FuelSummary is the fuel of one agent's ticks, in units. Percentiles are nearest-rank, and exact up to
// 2,097,151 units; above that they are at most one part in a million too high. Limit 0 is none.
type FuelSummary struct {
	P50   int64 `json:"p50"`
	P99   int64 `json:"p99"`
	Max   int64 `json:"max"`
	Limit int64 `json:"limit"`
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
	Resume       string `json:"resume,omitempty"`  // the command that goes on with a run that ended early
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
