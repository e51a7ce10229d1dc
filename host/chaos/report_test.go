package chaos_test

import (
	"context"
	"os"

	"github.com/agenthost/agenthost/host/chaos"
	"github.com/agenthost/agenthost/host/event"
)

// exchange is a venue that takes everything.
type exchange struct{}

func (exchange) Capabilities() event.Capabilities { return event.DedupeForever }
func (exchange) Facilities() event.Facilities     { return 0 }
func (exchange) Do(_ context.Context, c *event.Call) event.Reply {
	return event.Reply{Call: c.ID, Kind: c.Kind}
}
func (exchange) Stream(context.Context, func(event.Reply)) error { return nil }

// A venue of which three calls in ten fail, and what was injected.
func Example() {
	faults, err := chaos.New(chaos.Config{
		Allowed: true, Seed: 1,
		Venue: chaos.VenueFaults{FailRate: event.One * 3 / 10, Codes: []int{500, 503}, DropAfter: event.One / 10},
	})
	if err != nil {
		panic(err)
	}
	defer faults.Close()
	venue := faults.Remote("exchange", exchange{})
	for id := uint64(1); id <= 1000; id++ {
		venue.Do(context.Background(), &event.Call{ID: id, Kind: event.CallSubmit, Attempt: 1})
	}
	report := faults.Report()
	if err := report.WriteText(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// faults injected (seed 1)
	//   venue exchange: 1000 calls
	//     fail                        307   30.7 %
	//     drop_after                  103   10.3 %
}
