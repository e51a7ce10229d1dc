package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/config"
)

// TestChangesAreInTheFilesWords: what a person wrote differently is named as it is written.
func TestChangesAreInTheFilesWords(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"sma.wasm", "other.wasm", "bars.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := loadChanged(t, dir)
	if c := config.Changes(old, loadChanged(t, dir)); len(c) != 0 {
		t.Errorf("the same file twice differs: %v", c)
	}
	for name, c := range map[string]struct {
		from, to string
		want     config.Change
	}{
		"a parameter":     {`fast = 10`, `fast = 12`, config.Change{"agent sma", "params.fast", "10", "12"}},
		"a new parameter": {`fast = 10`, "fast = 10\n    size = 3", config.Change{"agent sma", "params.size", "", "3"}},
		"a file":          {`sma.wasm`, `other.wasm`, config.Change{Block: "agent sma", Setting: "strategy"}},
		"money":           {`order_notional_max = "50000"`, `order_notional_max = "60000.5"`, config.Change{"host", "order_notional_max", "50000", "60000.5"}},
		"what is logged":  {`level = "warn"`, `level = "debug"`, config.Change{"host", "log.level", "warn", "debug"}},
		"a default":       {`level = "warn"`, ``, config.Change{"host", "log.level", "warn", "info"}},
		"who is told":     {`https://a.example/secret`, `https://a.example/other`, config.Change{Block: "host", Setting: "alert webhook desk.url"}},
	} {
		now := loadChanged(t, dir, c.from, c.to)
		got := config.Changes(old, now)
		if len(got) != 1 || got[0].Block != c.want.Block || got[0].Setting != c.want.Setting || c.want.To != "" && got[0] != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if strings.Contains(got[0].From+got[0].To, "secret") {
			t.Errorf("%s: %+v shows what is private", name, got[0])
		}
		back := config.Changes(now, old)
		if len(back) != 1 || back[0].From != got[0].To || back[0].To != got[0].From {
			t.Errorf("%s: the way back is %+v", name, back)
		}
	}
	want := []config.Change{{Block: "agent sma", From: "there"}}
	if got := config.Changes(old, loadChanged(t, dir, agentBlock, "")); !slices.Equal(got, want) {
		t.Errorf("an agent is taken out: %+v", got)
	}
}

const agentBlock = `agent "sma" {
  strategy    = "sma.wasm"
  venue       = "desk"
  instruments = ["BTC/USD"]
  feeds       = ["bars"]
  params {
    fast = 10
  }
}
`

// loadChanged loads a configuration in which a text stands for another.
func loadChanged(t *testing.T, dir string, change ...string) *config.Config {
	t.Helper()
	text := `host {
  order_notional_max = "50000"
  log {
    level = "warn"
  }
  alert "webhook" "desk" {
    url = "https://a.example/secret"
  }
}
instrument "BTC/USD" {
  kind             = "spot"
  price_decimals    = 2
  quantity_decimals = 6
}
feed "csv" "bars" {
  file       = "bars.csv"
  instrument = "BTC/USD"
  interval   = "1h"
}
venue "paper" "desk" {
  currency = "USD"
  cash     = 1000
}
` + agentBlock + strings.Replace(agentBlock, `"sma"`, `"second"`, 1)
	if len(change) == 2 {
		text = strings.Replace(text, change[0], change[1], 1)
	}
	path := filepath.Join(dir, "a.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, d := config.Load(path, config.Options{})
	if d.HasErrors() {
		var b strings.Builder
		_ = d.WriteText(&b, false, 100)
		t.Fatal(b.String())
	}
	return c
}
