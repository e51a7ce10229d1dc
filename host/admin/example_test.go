package admin_test

import (
	"fmt"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// A book tells what a journal's dead letters and the acts on them come to.
func Example() {
	var book admin.Book
	book.Letter(event.Letter{ID: "a6e7…01", Kind: event.LetterOrder, Agent: "sma", Cause: "rejected", Time: 1, Message: "not enough money"}, "lane/x/main", 7)
	book.Letter(event.Letter{ID: "a6e7…02", Kind: event.LetterOrder, Agent: "sma", Cause: "rejected", Time: 2, Message: "not enough money"}, "lane/x/main", 9)
	book.Act(event.LetterAct{ID: "a6e7…01", Act: event.LetterResolved, By: "ann", Reason: "topped up", As: event.LetterNoted})

	stats := (&admin.LetterQuery{}).Stats(book.Letters())
	for _, c := range stats.Causes {
		fmt.Printf("%d pending, %d resolved: %s %s, such as %s: %s\n", c.Pending, c.Resolved, c.Kind, c.Cause, c.Example, c.Message)
	}
	// Output: 1 pending, 1 resolved: order rejected, such as a6e7…02: not enough money
}
