package resilience

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Section is a part of docs/RESILIENCE.md that is written from the code's own tables.
type Section struct{ Name, Text string }

// Document is every such part. The text is Markdown; a test holds the file equal to it.
func Document() []Section {
	b, r := DefaultBackoff(), DefaultBreaker()
	return []Section{
		{"classes", documentClasses()},
		{"failures", documentFailures()},
		{"drawing", documentDrawing()},
		{"transitions", documentTransitions()},
		{"capabilities", documentCapabilities()},
		{"conditions", documentConditions()},
		{"backoff", "```\n" + b.Explain() + "```\n"},
		{"breaker", documentBreaker(&r)},
	}
}

func documentClasses() string {
	var b strings.Builder
	b.WriteString("| class | examples | retried | recovery |\n|---|---|---|---|\n")
	for _, c := range classFacts {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Class, c.Examples, c.Retryable, c.Recovery)
	}
	return b.String()
}

func documentFailures() string {
	var b strings.Builder
	b.WriteString("| what | when | class | retried | recovery | proves | breaker | why |\n|---|---|---|---|---|---|---|---|\n")
	for i := range rules {
		r := &rules[i]
		f := &r.Failure
		recovery := f.Recovery.String()
		if f.Hold && f.Recovery != RecoverHold {
			recovery += ", hold"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.what(), r.when(), f.Class, f.Retry, recovery, f.Proof, f.Effect, f.Why)
	}
	return b.String()
}

func (r *Rule) what() string {
	switch {
	case r.To == 0 && (r.Cause == CauseStatus || r.Cause == CauseSQLite):
		return r.Cause.String() + " any other"
	case r.To == 0:
		return r.Cause.String()
	case r.From == r.To:
		return fmt.Sprintf("%s %d", r.Cause, r.From)
	}
	return fmt.Sprintf("%s %d–%d", r.Cause, r.From, r.To)
}

func (r *Rule) when() string {
	var words []string
	if r.Phases == onBefore {
		words = append(words, "before the request left")
	}
	for k := RequestSubmit; k <= RequestRead; k++ {
		if r.Requests&(1<<k) != 0 {
			words = append(words, k.String())
		}
	}
	if r.NotProcessed {
		words = append(words, "declared not processed")
	}
	if r.ErrorBody {
		words = append(words, "error in the body")
	}
	if r.Resent {
		words = append(words, "id sent before")
	}
	return strings.Join(words, ", ")
}

// groups are drawn as one node where a row of the table speaks of all their states.
var groups = []struct {
	set  uint32
	name string
}{{fSent, "sent"}, {fLive, "at_venue"}, {fGone, "over"}}

// documentDrawing draws the life, without the rows that keep the state.
func documentDrawing() string {
	arrows := map[[2]string]uint32{}
	for _, t := range transitions {
		if t.To == stay {
			continue
		}
		for _, from := range drawn(t.From) {
			arrows[[2]string{from, t.To.String()}] |= t.On
		}
	}
	var lines []string
	for a, on := range arrows {
		if a[0] != a[1] {
			lines = append(lines, fmt.Sprintf("    %s --> %s: %s\n", a[0], a[1], strings.Join(eventsOf(on), ", ")))
		}
	}
	slices.Sort(lines)
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "    state \"any of: %s\" as %s\n", strings.Join(statesOf(g.set), ", "), g.name)
	}
	return b.String() + strings.Join(lines, "") + "```\n"
}

func drawn(set uint32) []string {
	for _, g := range groups {
		if set == g.set {
			return []string{g.name}
		}
	}
	names := statesOf(set)
	if set&(1<<StateNone) != 0 {
		names[0] = "[*]"
	}
	return names
}

func eventsOf(set uint32) (names []string) {
	for k := LifeEventKind(1); k < lifeEventEnd; k++ {
		if set&(1<<k) != 0 {
			names = append(names, k.String())
		}
	}
	return names
}

func statesOf(set uint32) (names []string) {
	for s := StateNone; s < orderStates; s++ {
		if set&(1<<s) != 0 {
			names = append(names, s.String())
		}
	}
	return names
}

func documentTransitions() string {
	var b strings.Builder
	b.WriteString("| from | on | if | to | what it is for |\n|---|---|---|---|---|\n")
	for _, t := range Transitions() {
		to := t.To.String()
		if t.Stays {
			to = "(stays)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", strings.Join(statesOf(t.From), ", "), strings.Join(eventsOf(t.On), ", "), t.When, to, t.For)
	}
	return b.String()
}

func documentCapabilities() string {
	var b strings.Builder
	b.WriteString("| |")
	for m := ModeFull; m <= ModeShutdown; m++ {
		fmt.Fprintf(&b, " %s |", strings.ToUpper(m.String()))
	}
	b.WriteString("\n|---|---|---|---|---|\n")
	for a := range actEnd {
		fmt.Fprintf(&b, "| %s |", a)
		for m := ModeFull; m <= ModeShutdown; m++ {
			fmt.Fprintf(&b, " %s |", yes(m.Can(a)))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func documentConditions() string {
	var b strings.Builder
	b.WriteString("| condition | demands | from | until | readings | for | good for | data no older than | latches |\n|---|---|---|---|---|---|---|---|---|\n")
	rules := DefaultModeRules()
	for i := range rules {
		r := &rules[i]
		from, until := "above", "at most"
		if r.Below {
			from, until = "below", "at least"
		}
		fmt.Fprintf(&b, "| %s | %s | %s %d | %s %d | %d | %s | %s | %s | %s |\n", r.Name, strings.ToUpper(r.Mode.String()),
			from, r.Enter, until, r.Leave, r.confirm(), span(r.EnterAfter), span(r.LeaveAfter), span(r.FreshFor), yes(r.latches()))
	}
	return b.String()
}

func span(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Duration(ns).String()
}

func documentBreaker(c *BreakerConfig) string {
	percent := func(f int64) string { return fmt.Sprintf("%d %%", f*100/One) }
	var b strings.Builder
	fmt.Fprintf(&b, "| setting | default |\n|---|---|\n| window | %s |\n| trips at failures in a row | %d |\n", span(c.WindowTime), c.ConsecutiveMax)
	fmt.Fprintf(&b, "| trips at a failure rate of | %s of %d calls or more |\n", percent(c.FailureRate), c.Minimum)
	fmt.Fprintf(&b, "| trips at slow calls (%s or more) of | %s of %d calls or more |\n", span(c.SlowAfter), percent(c.SlowRate), c.Minimum)
	fmt.Fprintf(&b, "| stays open | %s, twice as long each time a probe fails, at most %s |\n", span(c.OpenFor), span(c.OpenForMax))
	fmt.Fprintf(&b, "| probes | %d, of which %d must succeed; leased for %s |\n", c.Probes, c.ProbesGood, span(c.ProbeLease))
	fmt.Fprintf(&b, "| lane for cancels and closes | %d at once, one each %s, leased for %s |\n", c.LaneMax, span(c.LaneEvery), span(c.LaneLease))
	return b.String()
}
