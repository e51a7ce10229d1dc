package main

import (
	"bytes"
	"os"
	"testing"
)

// TestGuidesOwnChaosTest is that of the customer's guide, 60 s with 30 % failures and 500 ms, in a tenth of
// its time: agenthost chaos without more flags is all of it.
func TestGuidesOwnChaosTest(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; not with -short")
	}
	w := newWorld(t, worldOptions{Path: soakPath, Agent: soakModes})
	cmd := command(t, "chaos", w.config, "--duration", "12s", "--seed", "7")
	cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	says(t, finished(t, cmd), exitOK,
		"faults injected (seed 7)", "venue exchange/main:", "fail ", "latency ",
		"calls to venues", "mode of trader", "settled after", "journaled orders", "duplicates                         0",
		"lost                               0", "verdict", "every order is accounted for")
	a := w.settled() // agents trade on until the host stops: what was on its way then, the next start settles
	if len(a.wrong) > 0 || a.duplicates > 0 || a.total == 0 {
		t.Errorf("the venue's own books tell another story of %d orders: %q", a.total, a.wrong)
	}
}

func TestChaosIsRefusedWhereAVenueIsNoTest(t *testing.T) {
	w := newWorld(t, worldOptions{})
	text, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	real := []byte{}
	for _, line := range bytes.Split(text, []byte("\n")) {
		if string(line) != "  test     = true" {
			real = append(append(real, line...), '\n')
		}
	}
	if err := os.WriteFile(w.config, real, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "chaos", w.config, "--duration", "1s")
	cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	says(t, finished(t, cmd), exitProblem, "every venue is a test")
	if n := len(w.books().Orders); n != 0 {
		t.Errorf("%d orders were sent", n)
	}
}
