package resilience_test

import (
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// BenchmarkDecision is what one attempt costs: a permit, its result, and after a failure the budget's token
// and the wait. Every fourth attempt fails.
func BenchmarkDecision(b *testing.B) {
	config, backoff, budgets := resilience.DefaultBreaker(), resilience.DefaultBackoff(), resilience.DefaultBudget()
	br, budget := resilience.NewBreaker(&config), resilience.NewBudget(&budgets, 0)
	var now int64
	var random uint64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now += 1e6
		random = random*6364136223846793005 + 1442695040888963407
		p, no := br.Acquire(now, false)
		if no.Refused() {
			b.Fatal("refused")
		}
		if i%4 != 0 {
			br.Record(p, good, now)
			continue
		}
		br.Record(p, failed, now)
		s := resilience.Backoff{Deadline: now + 60*second}
		budget.Request(&budgets, now)
		if budget.Retry(&budgets, now) {
			backoff.Next(&s, now, random)
		}
	}
}

// BenchmarkDecisionFailing is the dearest: every attempt takes a permit, fails, takes a token and draws.
func BenchmarkDecisionFailing(b *testing.B) {
	config := resilience.BreakerConfig{WindowTime: 60 * second, FailureRate: resilience.One, Minimum: 1 << 40, OpenFor: second, Probes: 1, ProbesGood: 1, ProbeLease: second}
	backoff, budgets := resilience.DefaultBackoff(), resilience.BudgetConfig{Ratio: resilience.One, FloorEvery: 1e6, Burst: 10}
	br, budget := resilience.NewBreaker(&config), resilience.NewBudget(&budgets, 0)
	var now int64
	var random uint64
	b.ReportAllocs()
	for b.Loop() {
		now += 1e6
		random = random*6364136223846793005 + 1442695040888963407
		p, _ := br.Acquire(now, false)
		br.Record(p, failed, now)
		budget.Request(&budgets, now)
		s := resilience.Backoff{Deadline: now + 60*second}
		if !budget.Retry(&budgets, now) {
			b.Fatal("no token")
		}
		if _, ok := backoff.Next(&s, now, random); !ok {
			b.Fatal("no wait")
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	h := resilience.Happening{Cause: resilience.CauseStatus, Number: 503, Phase: resilience.PhaseAnswered, Request: resilience.RequestSubmit}
	b.ReportAllocs()
	for b.Loop() {
		if resilience.Classify(h, nil).Proof != resilience.ProofUnknown {
			b.Fatal("another proof")
		}
	}
}

func BenchmarkLife(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var l resilience.Life
		for _, e := range [...]resilience.LifeEvent{{Kind: resilience.LifeAdmit, Quantity: 10}, {Kind: resilience.LifeSend}, {Kind: resilience.LifeAccept}, {Kind: resilience.LifeFill, Quantity: 10}} {
			if _, err := l.Apply(e); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkLimiter(b *testing.B) {
	c := resilience.LimiterConfig{Cells: 100, Period: second, Burst: 100, Shares: [...]int64{resilience.One / 5, resilience.One / 5, resilience.One / 10, resilience.One / 10, 0}}
	l := resilience.NewLimiter(&c, 0)
	var now int64
	b.ReportAllocs()
	for b.Loop() {
		now += 2e7
		l.Take(&c, now, resilience.PriorityOther, 1)
	}
}

func BenchmarkModes(b *testing.B) {
	m := modes(b, resilience.DefaultModeRules()...)
	var now int64
	b.ReportAllocs()
	for b.Loop() {
		now++
		m.Observe(3, read(0, now), now)
		m.Decide(now)
	}
}
