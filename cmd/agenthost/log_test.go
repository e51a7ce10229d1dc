package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/config"
)

func TestRepeatedErrorsAreLoggedSeldom(t *testing.T) {
	for level, want := range map[string]int{"info": 10 + 2, "debug": 1500} {
		var out bytes.Buffer
		log := newLog(config.Log{Level: level, Format: "text"}, &console{err: &out})
		failing, other := log.With("agent", "a"), log.With("agent", "b")
		for n := range 1500 {
			failing.Error("tick failed", "turn", n+1)
		}
		other.Error("tick failed", "turn", 1)
		if n := strings.Count(out.String(), "agent=a"); n != want {
			t.Errorf("level %s: %d lines, want %d", level, n, want)
		}
		if !strings.Contains(out.String(), "agent=b turn=1\n") {
			t.Errorf("level %s: another agent's error was lost", level)
		}
		if level == "info" && !strings.Contains(out.String(), "turn=1000 times=1000") {
			t.Errorf("the 1000th does not say so:\n%s", out.String())
		}
	}
}
