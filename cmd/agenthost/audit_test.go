package main

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

func TestAuditFindsWhatDoesNotFit(t *testing.T) {
	at := func(status, filled string) venueOrder {
		return venueOrder{ClientOrderID: "a", Symbol: "X", Side: "buy", Status: status, Filled: filled}
	}
	for name, c := range map[string]struct {
		state, filled                      string
		lettered                           bool
		books                              []venueOrder
		wrong, lost, duplicates, elsewhere int
	}{
		"filled on both sides":                 {state: "filled", filled: "1", books: []venueOrder{at("filled", "1")}},
		"rests on both sides, partly filled":   {state: "partial", filled: "0.5", books: []venueOrder{at("partially_filled", "0.5")}},
		"denied, and not there":                {state: "denied", filled: "0"},
		"a dead letter that is absent":         {state: "unknown", filled: "0", lettered: true},
		"a dead letter that is there":          {state: "unknown", filled: "0", lettered: true, books: []venueOrder{at("filled", "1")}},
		"rejected there twice is not an order": {state: "rejected", filled: "0", books: []venueOrder{at("rejected", "0"), at("rejected", "0")}},
		"rests here and is not there":          {state: "open", filled: "0", wrong: 1, lost: 1},
		"still under way":                      {state: "in_flight", filled: "0", wrong: 1, lost: 1},
		"unknown, and no person was told":      {state: "unknown", filled: "0", wrong: 1, lost: 1},
		"denied here and rests there":          {state: "denied", filled: "0", books: []venueOrder{at("open", "0")}, wrong: 1, lost: 1},
		"expired here and filled there":        {state: "expired", filled: "0", books: []venueOrder{at("filled", "1")}, wrong: 2},
		"filled here and not there":            {state: "filled", filled: "1", wrong: 1, lost: 1},
		"there twice":                          {state: "filled", filled: "1", books: []venueOrder{at("filled", "1"), at("filled", "1")}, wrong: 1, duplicates: 1},
		"a fill is missing here":               {state: "filled", filled: "1", books: []venueOrder{at("filled", "2")}, wrong: 1},
		"there, and in no journal":             {state: "denied", filled: "0", books: []venueOrder{{ClientOrderID: "b", Status: "open"}}, wrong: 1, elsewhere: 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAudit([]admin.Order{{ID: "a", Instrument: "X", Side: "buy", State: c.state, Filled: c.filled}}, map[string]bool{"a": c.lettered}, c.books)
			if len(a.wrong) != c.wrong || a.lost != c.lost || a.duplicates != c.duplicates || a.orphans != c.elsewhere {
				t.Errorf("lost %d, duplicates %d, in no journal %d: %q", a.lost, a.duplicates, a.orphans, a.wrong)
			}
		})
	}
}

func TestAuditComparesPositions(t *testing.T) {
	orders := []admin.Order{{ID: "a", Instrument: "X", Side: "buy", Filled: "1.5"}, {ID: "b", Instrument: "X", Side: "sell", Filled: "0.25"}}
	for quantity, wrong := range map[string]int{"1.25": 0, "1.2500": 0, "1.75": 1, "-1.25": 1} {
		a := newAudit(nil, nil, nil)
		if err := a.holdings(orders, []venuePosition{{"X", quantity}}); err != nil || len(a.wrong) != wrong {
			t.Errorf("venue says %s: %q, %v", quantity, a.wrong, err)
		}
	}
}

// TestSoakFindsDuplicates shows that the soak's judge can fail: the host is told that the venue dedupes, and it
// does not.
func TestSoakFindsDuplicates(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds; not with -short")
	}
	w := newWorld(t, worldOptions{
		Dedupe: "forever", Path: soakPath + soakPolled, Agent: soakModes,
		Venue: []string{"--dedupe", "none", "--fail-rate", "0.5", "--fail-where", "after", "--fail-codes", "503", "--latency", "800ms"},
	})
	host := w.up()
	w.until("an order is at the venue twice", time.Minute, func() bool { return w.audit().duplicates > 0 })
	if err := host.Process.Kill(); err != nil {
		t.Error(err)
	}
	w.ends(host, 10*time.Second)
}
