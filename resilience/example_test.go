package resilience_test

import (
	"fmt"
	"time"

	"github.com/agenthost/agenthost/resilience"
)

// An order's first attempt times out. It may have arrived, so it is not sent again: it is looked up, found and
// filled. Time and randomness are arguments; nothing here looks at a clock.
func Example() {
	config := resilience.DefaultBreaker()
	breaker := resilience.NewBreaker(&config)
	now := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC).UnixNano()

	var order resilience.Life
	apply := func(e resilience.LifeEvent) {
		e.Time = now
		change, err := order.Apply(e)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s -> %s\n", e.Kind, change.From, change.To)
	}
	apply(resilience.LifeEvent{Kind: resilience.LifeAdmit, Quantity: 5})

	permit, refusal := breaker.Acquire(now, false)
	fmt.Println("refused:", refusal.Refused())
	apply(resilience.LifeEvent{Kind: resilience.LifeSend})

	now += 10e9
	failure := resilience.Classify(resilience.Happening{
		Cause: resilience.CauseTimeout, Phase: resilience.PhaseWritten, Request: resilience.RequestSubmit,
	}, nil)
	breaker.Record(permit, resilience.Result{Effect: failure.Effect, Duration: 10e9}, now)
	fmt.Printf("%s, proves: %s, again: %s, then: %s\n", failure.Class, failure.Proof, failure.Retry, failure.Recovery)
	apply(resilience.LifeEvent{Kind: resilience.LifeLose})

	apply(resilience.LifeEvent{Kind: resilience.LifeFound})
	apply(resilience.LifeEvent{Kind: resilience.LifeFill, Quantity: 5})
	apply(resilience.LifeEvent{Kind: resilience.LifeSend})
	// Output:
	// admit: none -> pending
	// refused: false
	// send: pending -> in_flight
	// network, proves: unknown, again: when settled, then: settle
	// lose: in_flight -> unknown
	// found: unknown -> open
	// fill: open -> filled
	// order in state filled: send cannot happen there
}
