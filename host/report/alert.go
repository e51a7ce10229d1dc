package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// modeFull is the name of the mode that needs no mention.
const modeFull = "full"

// alerts are the sentences about an agent that a person should read: what failed, was refused or is
// not as it was.
func (a *AgentSummary) alerts() []string {
	var s []string
	if a.Error != "" {
		s = append(s, "stopped: "+a.Error)
	}
	if a.Traps > 0 {
		s = append(s, plural(a.Traps, "tick")+" failed ("+tally(a.TrapKinds)+")")
	}
	if a.DeadLetters > 0 {
		s = append(s, plural(a.DeadLetters, "dead letter"))
	}
	if a.Denied > 0 {
		s = append(s, plural(a.Denied, "intent")+" denied ("+tally(a.Denials)+")")
	}
	if a.Rejected > 0 {
		s = append(s, plural(a.Rejected, "order")+" rejected by the venue")
	}
	if a.Expired > 0 {
		s = append(s, plural(a.Expired, "order")+" expired")
	}
	if a.Mode != "" && !strings.EqualFold(a.Mode, modeFull) {
		s = append(s, "ended in mode "+a.Mode)
	}
	return append(s, a.Warnings...)
}

// tally lists counts, the greatest first.
func tally(m map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return int(max(-1, min(1, m[b]-m[a])))
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %s", strings.ReplaceAll(name, "_", " "), grouped(m[name]))
	}
	return strings.Join(names, ", ")
}
