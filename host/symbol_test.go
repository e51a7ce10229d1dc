package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFileOfSeveralInstrumentsIsReadBySymbol: the rows of one symbol, taken out of a file of two, give
// what the same rows in a file of their own give.
func TestAFileOfSeveralInstrumentsIsReadBySymbol(t *testing.T) {
	dir := t.TempDir()
	alone := filepath.Join(dir, "alone.csv")
	writeBars(t, alone, 200)
	b, err := os.ReadFile(alone)
	if err != nil {
		t.Fatal(err)
	}
	var mixed strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if i == 0 {
			mixed.WriteString("Ticker," + line + "\n")
			continue
		}
		day, _, _ := strings.Cut(line, ",")
		mixed.WriteString("OTHER," + day + ",1,2,1,1,5\nMINE," + line + "\n")
	}
	several := filepath.Join(dir, "several.csv")
	if err := os.WriteFile(several, []byte(mixed.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	want := newWorld(t, flatConfig(alone)).mustDo("memory")[0].Summary
	got := newWorld(t, strings.Replace(flatConfig(several), `instrument = "X"`, `instrument = "X"
  symbol     = "MINE"
  columns { symbol = "Ticker" }`, 1)).mustDo("memory")[0].Summary
	if got.Ticks != want.Ticks || got.Trades != want.Trades || got.FinalEquity != want.FinalEquity || want.Trades == 0 {
		t.Errorf("%d ticks, %d trades, equity %v; want %d, %d, %v", got.Ticks, got.Trades, got.FinalEquity, want.Ticks, want.Trades, want.FinalEquity)
	}
}
