package admin

import (
	"fmt"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func redriven(id, newID string) event.LetterAct {
	return event.LetterAct{ID: id, Act: event.LetterRedriven, By: "ann", Reason: "r", Time: 5, NewID: newID}
}

func resolved(id, as string) event.LetterAct {
	return event.LetterAct{ID: id, Act: event.LetterResolved, By: "ann", Reason: "r", Time: 6, As: as}
}

func TestABookTellsWhatBecameOfALetter(t *testing.T) {
	var b Book
	if b.Act(resolved("a", event.LetterNoted)) {
		t.Error("an act on a letter that is not there was booked")
	}
	b.Letter(event.Letter{ID: "a", Message: "first"}, "lane/x/main", 3)
	if !b.Act(redriven("a", "")) {
		t.Error("a redrive was not booked")
	}
	if l, _ := b.Get("a"); l.State != LetterRedriven || len(l.Redriven) != 1 || l.Redriven[0].By != "ann" {
		t.Errorf("after a redrive: %+v", l)
	}
	b.Letter(event.Letter{ID: "a", Message: "second"}, "lane/x/main", 9)
	if l, _ := b.Get("a"); l.State != LetterPending || l.Message != "second" || l.Position != 9 || len(l.Redriven) != 1 {
		t.Errorf("one that came back: %+v", l)
	}
	kept, _ := b.Get("a")
	b.Act(redriven("a", "b"))
	b.Act(resolved("a", event.LetterAbsent))
	if l, _ := b.Get("a"); l.State != LetterResolved || l.Resolution.As != event.LetterAbsent || len(l.Redriven) != 2 {
		t.Errorf("after all: %+v", l)
	}
	if kept.State != LetterPending || len(kept.Redriven) != 1 || len(b.Letters()) != 1 {
		t.Errorf("what was handed out changed: %+v", kept)
	}
}

func TestLettersAreSelectedOldestFirst(t *testing.T) {
	var b Book
	for i, agent := range []string{"c", "a", "b"} {
		b.Letter(event.Letter{ID: agent, Agent: agent, Time: int64(10 - i)}, "", 0)
	}
	b.Act(resolved("b", event.LetterNoted))
	ids := func(q LetterQuery) (ids []string) {
		for _, l := range q.Select(b.Letters()).Letters {
			ids = append(ids, l.ID)
		}
		return ids
	}
	for name, x := range map[string]struct {
		q    LetterQuery
		want []string
	}{
		"all":     {LetterQuery{}, []string{"b", "a", "c"}},
		"pending": {LetterQuery{State: LetterPending}, []string{"a", "c"}},
		"since":   {LetterQuery{Since: 9}, []string{"a", "c"}},
		"limited": {LetterQuery{Limit: 2}, []string{"b", "a"}},
		"one's":   {LetterQuery{Agent: "c"}, []string{"c"}},
	} {
		if got := ids(x.q); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

func TestStatsSayWhatWentWrongMostFirst(t *testing.T) {
	var b Book
	add := func(id, kind, cause, agent string, at int64) {
		b.Letter(event.Letter{ID: id, Kind: kind, Cause: cause, Agent: agent, Time: at, Message: "m " + id}, "", 0)
	}
	add("r1", event.LetterOrder, "rejected", "sma", 1)
	add("r2", event.LetterOrder, "rejected", "rsi", 5)
	add("r3", event.LetterOrder, "rejected", "sma", 9)
	add("u1", event.LetterOrder, "unknown", "sma", 3)
	add("t1", event.LetterTick, "rejected", "sma", 4) // one word of another kind is another matter
	b.Act(resolved("r1", event.LetterNoted))
	s := (&LetterQuery{}).Stats(b.Letters())
	var got []string
	for _, c := range s.Causes {
		got = append(got, fmt.Sprintf("%s/%s %d+%d %d–%d %s %v", c.Kind, c.Cause, c.Pending, c.Resolved, c.Oldest, c.Newest, c.Message, c.Agents))
	}
	want := []string{
		"order/rejected 2+1 5–9 m r2 [rsi sma]",
		"order/unknown 1+0 3–3 m u1 [sma]",
		"tick/rejected 1+0 4–4 m t1 [sma]",
	}
	if !slices.Equal(got, want) || s.Pending != 4 || s.Resolved != 1 || s.Redriven != 0 {
		t.Errorf("%+v\n%q\nwant %q", s, got, want)
	}
}

func TestOrdersAreSelectedByWhatTheyAre(t *testing.T) {
	orders := []Order{
		{ID: "1", Agent: "a", State: "filled", Created: 1},
		{ID: "2", Agent: "a", State: "unknown", Created: 2},
		{ID: "3", Agent: "b", State: "open", Created: 3},
		{ID: "4", Agent: "b", State: "rejected", Created: 4},
	}
	for name, x := range map[string]struct {
		q     OrderQuery
		want  string
		total int
	}{
		"open unless said":     {OrderQuery{}, "23", 2},
		"over":                 {OrderQuery{State: OrdersOver}, "14", 2},
		"all":                  {OrderQuery{State: OrdersAll}, "1234", 4},
		"of one state":         {OrderQuery{State: "unknown"}, "2", 1},
		"of one agent":         {OrderQuery{State: OrdersAll, Agent: "b"}, "34", 2},
		"since":                {OrderQuery{State: OrdersAll, Since: 3}, "34", 2},
		"limited, and counted": {OrderQuery{State: OrdersAll, Limit: 1}, "1", 4},
	} {
		list := x.q.Select(orders)
		got := ""
		for _, o := range list.Orders {
			got += o.ID
		}
		if got != x.want || list.Total != x.total {
			t.Errorf("%s: %s of %d, want %s of %d", name, got, list.Total, x.want, x.total)
		}
	}
}
