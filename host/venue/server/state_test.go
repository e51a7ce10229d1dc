package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reopened is the venue once more, with the same state file.
func reopened(t *testing.T, path string, change func(*Config)) *world {
	return newWorld(t, func(c *Config) {
		c.StatePath, c.Prices = path, NewSynthetic(5, c.Instruments)
		if change != nil {
			change(c)
		}
	})
}

func TestBooksOutliveTheVenue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books")
	w := reopened(t, path, nil)
	w.step(3)
	w.trade("a", buyOne)
	w.trade("b", bidOne)
	w.trade("c", `"symbol":"COIN","side":"buy","type":"market","quantity":"0"`)
	first := w.trade("b", bidOne)
	cursor := w.do("GET", "/api/fills", "").field("cursor")
	before := w.do("GET", "/admin/books", "").text
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	w = reopened(t, path, nil)
	if after := w.do("GET", "/admin/books", "").text; after != before {
		t.Errorf("books\n%s\nwere\n%s", after, before)
	}
	if g := w.trade("b", bidOne); g.text != first.text || g.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a key is known: %s", g)
	}
	if g := w.do("GET", "/api/fills?after="+fmt.Sprint(cursor), ""); g.status != 200 || g.field("cursor") != cursor {
		t.Errorf("a cursor goes on: %s", g)
	}
	w.step(1)
	resumed := w.do("GET", "/api/bars?symbol=COIN&limit=1", "").field("bars", 0, "close")
	straight := reopened(t, "", nil)
	straight.step(4)
	if want := straight.do("GET", "/api/bars?symbol=COIN&limit=1", "").field("bars", 0, "close"); resumed != want {
		t.Errorf("prices go on at %v, want %v", resumed, want)
	}
	if g := w.do("DELETE", "/api/orders/b", ""); g.field("status") != "cancelled" {
		t.Error(g)
	}
	if g := w.trade("d", buyOne); g.field("order_id") != "o-4" || g.field("fills", 0, "trade_id") != "2" {
		t.Errorf("numbers go on: %s", g)
	}
}

func TestStatesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	w := reopened(t, good, nil)
	w.trade("a", buyOne)
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text   string
		change func(*Config)
		says   string
	}{
		"cut short":           {string(text[:len(text)/2]), nil, "unexpected end"},
		"of another format":   {strings.Replace(string(text), `"format":1`, `"format":2`, 1), nil, "format 2"},
		"of other accounts":   {string(text), func(c *Config) { c.Accounts[0].Name = "other" }, "account main where other"},
		"of fewer accounts":   {string(text), func(c *Config) { c.Accounts = append(c.Accounts, Account{Name: "x", Key: c.Accounts[0].Key}) }, "1 accounts"},
		"of other steps":      {string(text), func(c *Config) { c.Instruments[0].Lot = 2 }, "other instruments"},
		"of longer prices":    {string(text), prices(), "prices of bar 1"},
		"with another's key":  {strings.Replace(string(text), `"order":1`, `"order":7`, 1), nil, "order 7 of 1"},
		"with a hole":         {strings.Replace(string(text), `"number":1`, `"number":2`, 1), nil, "numbered 2"},
		"with a damaged book": {strings.Replace(string(text), `"book":"A`, `"book":"B`, 1), nil, "not a state"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "bad")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			config := w.server.config
			config.StatePath, config.Instruments, config.Accounts = path, append(config.Instruments[:0:0], coin), append(config.Accounts[:0:0], config.Accounts...)
			config.Prices = NewSynthetic(5, config.Instruments)
			if c.change != nil {
				c.change(&config)
			}
			if _, err := New(config); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}

func TestBooksThatCannotBeSavedAreAnError(t *testing.T) {
	w := reopened(t, filepath.Join(t.TempDir(), "missing", "books"), nil)
	if err := w.server.Close(); err == nil || !strings.Contains(err.Error(), "save the books") {
		t.Errorf("error %v", err)
	}
}

func TestVenuesThatCannotBe(t *testing.T) {
	w := newWorld(t, nil)
	for says, change := range map[string]func(*Config){
		"no account":     func(c *Config) { c.Accounts = nil },
		"used once":      func(c *Config) { c.Accounts = append(c.Accounts, c.Accounts[0]) },
		"no instrument":  func(c *Config) { c.Instruments = nil },
		"named twice":    func(c *Config) { c.Instruments = append(c.Instruments, c.Instruments[0]) },
		"no prices":      func(c *Config) { c.Prices = nil },
		"interval is 0s": func(c *Config) { c.Interval = 0 },
		"dedupe window":  func(c *Config) { c.Dedupe = DedupeWindow },
		"cash is 0":      func(c *Config) { c.Cash = 0 },
		"fail_rate is 2": func(c *Config) { c.Faults.FailRate = 2_0000_0000 },
	} {
		config := w.server.config
		change(&config)
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}
