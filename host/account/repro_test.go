package account

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestChildOfAllSurvivesItsFirstPartialFill(t *testing.T) {
	var o Orders
	parent, child := event.OrderID{1}, event.OrderID{2}
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: parent, Ref: 1, SizeKind: event.SizeUnits, Size: 10}})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: child, Ref: 2, Parent: parent, SizeKind: event.SizeUnits}})
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: parent, Fill: event.Fill{Quantity: 10, Flags: event.FillLast}})
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: child, Fill: event.Fill{Quantity: 4}})
	if o.ByRef(2) == nil {
		t.Error("the child is forgotten after 4 of 10 while the venue still works it")
	}
}

func TestReplacedChildStaysContingent(t *testing.T) {
	var o Orders
	parent, child := event.OrderID{1}, event.OrderID{2}
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: parent, Ref: 1, SizeKind: event.SizeUnits, Size: 10}})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: child, Ref: 2, Parent: parent, SizeKind: event.SizeUnits}})
	o.Request(&event.Request{Kind: event.RequestReplace, Order: event.Order{ID: child}})
	o.Fold(&event.Outcome{Kind: event.EventReplaced, Order: child, StopPrice: 5})
	if s := o.ByRef(2).State; s != event.StateContingent {
		t.Errorf("a child whose parent has not filled is %s", s)
	}
}

func TestChildOfFilledParentIsOpen(t *testing.T) {
	var o Orders
	parent, child := event.OrderID{1}, event.OrderID{2}
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: parent, Ref: 1, SizeKind: event.SizeUnits, Size: 10}})
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: parent, Fill: event.Fill{Quantity: 4}})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: child, Ref: 2, Parent: parent, SizeKind: event.SizeUnits}})
	o.Fold(&event.Outcome{Kind: event.EventAccepted, Order: child})
	if s := o.ByRef(2).State; s != event.StateOpen {
		t.Errorf("an accepted child of a partly filled parent is %s", s)
	}
}

func TestFeesOverflowIsAnError(t *testing.T) {
	a := newAccount(t, share)
	fee := &event.Event{Kind: event.KindOutcome, Outcome: event.Outcome{Kind: event.EventFee, Amount: -1 << 62, Currency: "USD"}}
	for range 3 {
		if err := a.Fold(fee); err != nil {
			return
		}
	}
	t.Errorf("fees of %d and no error", a.Fees())
}
