package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// promised are the fields that programs may rely on, in their order.
const promised = "name module_sha256 ticks quarantined orders denied rejected expired fills trades final_equity return_pct " +
	"max_drawdown_pct sharpe sqn win_rate_pct profit_factor fees fuel traps mode dead_letters state_hash elapsed_seconds ticks_per_second"

func TestTheJSONHasThePromisedFieldsInTheirOrderOnOneLine(t *testing.T) {
	var b strings.Builder
	if err := WriteJSON(&b, samplePage(300).Summary); err != nil {
		t.Fatal(err)
	}
	line, rest, _ := strings.Cut(b.String(), "\n")
	if rest != "" || !strings.HasPrefix(line, `{"format_version":"1.0","agents":[{"name":"sma-go",`) {
		t.Errorf("got %.80q and then %q", line, rest)
	}
	var object struct{ Agents []json.RawMessage }
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Fatal(err)
	}
	if len(object.Agents) != 5 {
		t.Fatalf("%d agents, want 5", len(object.Agents))
	}
	for _, a := range object.Agents {
		if got := keys(t, a); !strings.HasPrefix(strings.Join(got, " ")+" ", promised+" ") {
			t.Errorf("fields are %v", got)
		}
		var fuel struct{ Fuel json.RawMessage }
		if err := json.Unmarshal(a, &fuel); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(keys(t, fuel.Fuel), " "); got != "p50 p99 max limit" {
			t.Errorf("fields of fuel are %s", got)
		}
	}
}

// keys are an object's, in the order in which they stand.
func keys(t *testing.T, object []byte) (names []string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(object)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names
}

func TestUndefinedFiguresAreNull(t *testing.T) {
	var b strings.Builder
	if err := WriteJSON(&b, Summary{Agents: []AgentSummary{NewRecorder(RecorderConfig{}).Summary(End{})}}); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"return_pct", "max_drawdown_pct", "sharpe", "sqn", "win_rate_pct", "profit_factor", "kelly"} {
		if !strings.Contains(b.String(), `"`+field+`":null`) {
			t.Errorf("%s is not null in %s", field, b.String())
		}
	}
}

func TestNoAgentsAreAnEmptyListNotNull(t *testing.T) {
	var b strings.Builder
	if err := WriteJSON(&b, Summary{}); err != nil {
		t.Fatal(err)
	}
	if b.String() != `{"format_version":"1.0","agents":[]}`+"\n" {
		t.Errorf("got %s", b.String())
	}
}

func TestMoneyIsADecimalString(t *testing.T) {
	for m, want := range map[Money]string{
		0: `"0"`, 1: `"0.00000001"`, -1: `"-0.00000001"`, 5_626_351_934_000: `"56263.51934"`, 100 * event.One: `"100"`,
		math.MaxInt64: `"92233720368.54775807"`, math.MinInt64: `"-92233720368.54775808"`,
	} {
		got, err := json.Marshal(m)
		if err != nil || string(got) != want {
			t.Errorf("%d is %s (%v), want %s", int64(m), got, err, want)
		}
		var back Money
		if err := json.Unmarshal(got, &back); err != nil || back != m {
			t.Errorf("%s comes back as %d (%v)", got, int64(back), err)
		}
	}
	var m Money
	for _, bad := range []string{`12`, `"twelve"`, `"1.123456789"`} {
		if err := json.Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("%s is taken for money", bad)
		}
	}
}

func TestFiguresComeBack(t *testing.T) {
	for _, f := range []Figure{0, -33.931592, Figure(math.NaN()), Figure(math.Inf(-1))} {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back Figure
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if f.Undefined() != back.Undefined() || (!f.Undefined() && f != back) {
			t.Errorf("%v comes back from %s as %v", f, b, back)
		}
	}
}
