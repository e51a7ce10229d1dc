package execution

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// request takes one request of an agent's turn, once.
func (l *Lane) request(in *Input) {
	if int64(in.Agent) >= int64(len(l.agents)) {
		l.alert("request_of_nobody", "", event.AlertCritical, fmt.Sprintf("a request of agent %d, and there are %d; the host's plan and the lane's configuration differ", in.Agent, len(l.agents)))
		return
	}
	a := &l.agents[in.Agent]
	if a.taken && (in.Sequence < a.sequence || in.Sequence == a.sequence && in.Place <= a.place) {
		return // delivered again after a crash
	}
	l.emit(Fact{Kind: FactTaken, Agent: in.Agent, Number: in.Sequence, Place: in.Place})
	o := in.Request.Order
	o.Agent = in.Agent
	switch in.Request.Kind {
	case event.RequestSubmit:
		l.submit(o)
	case event.RequestCancel:
		l.cancel(&o)
	case event.RequestReplace:
		l.replace(&o)
	}
}

func (l *Lane) submit(o event.Order) {
	if o.Size == 0 && o.SizeKind == event.SizeUnits && !o.Parent.IsZero() {
		o.Size = l.opens(l.tail(l.byID[o.Parent]))
	}
	code, found, allowed := l.acceptable(&o)
	if code != 0 {
		l.tellRaw(event.Outcome{
			Kind: event.EventDenied, Order: o.ID, Ref: o.Ref, Agent: o.Agent, Instrument: o.Instrument,
			Code: uint16(code), Found: found, Allowed: allowed, Reason: "the lane cannot take it",
		})
		return
	}
	if l.byID[o.ID] != nil || l.forgotten.knows(o.ID) {
		l.alert("order_id_twice", l.name(o.Agent), event.AlertCritical, fmt.Sprintf("order %s was admitted twice; the second was not taken. Ids come from run, agent, sequence and place: has the run changed?", o.ID))
		return
	}
	if !o.Redrives.IsZero() {
		if why := l.supersedes(&o); why != "" {
			l.tellRaw(event.Outcome{
				Kind: event.EventDenied, Order: o.ID, Ref: o.Ref, Agent: o.Agent, Instrument: o.Instrument,
				Code: uint16(event.DenyUnsupported), Reason: why,
			})
			return
		}
	}
	if found, allowed, over := l.tooMany(&o); over {
		l.tellRaw(event.Outcome{
			Kind: event.EventDenied, Order: o.ID, Ref: o.Ref, Agent: o.Agent, Instrument: o.Instrument,
			Code: uint16(event.DenyRate), Found: found, Allowed: allowed, Reason: "the account's, the venue's or the host's orders_rate is reached",
		})
		return
	}
	kind, valid := resilience.LifeAdmit, o.ValidUntil
	parent := l.tail(l.byID[o.Parent])
	if parent != nil && l.filled(parent) == 0 {
		kind = resilience.LifeHold
	} else if valid == 0 {
		valid = l.now + l.lifetime(o.Type)
	}
	l.bear(o, kind, valid)
	if !o.Redrives.IsZero() {
		l.superseded(&o)
	}
}

// opens is what a child without a size closes: all that its parent may come to. Of a parent that the venue sizes
// nobody knows yet; like every child, this one is cut at the door to what its parent has filled, and grows with it.
func (l *Lane) opens(parent *order) int64 {
	if parent == nil {
		return 0
	}
	if units, sized := parent.life.Outstanding(); sized {
		return units + l.filled(parent)
	}
	return openEnded
}

// openEnded is more units than there ever are, of which sums do not overflow.
const openEnded = int64(1) << 60

// tooMany counts an order that adds against the bounds on the rate of orders (GCRA, as in package risk: one
// number for each bound). Exits are not counted.
func (l *Lane) tooMany(o *event.Order) (found, allowed int64, over bool) {
	if o.Flags&(event.ByHost|event.Closing|event.ReduceOnly) != 0 || !o.Parent.IsZero() {
		return 0, 0, false
	}
	rates := l.account.rates
	for i, r := range l.config.OrderRates {
		if r.Count == 0 {
			continue
		}
		step := r.Period / r.Count
		at := max(rates[i], l.now)
		if at+step-l.now > r.Period {
			return r.Count + 1, r.Count, true
		}
		rates[i] = at + step
	}
	l.account.rates = rates
	return 0, 0, false
}

// acceptable is the little that the lane itself cannot do without; admission has judged the order before.
func (l *Lane) acceptable(o *event.Order) (code event.DenyCode, found, allowed int64) {
	switch {
	case int64(o.Instrument) >= int64(len(l.foreign)):
		return event.DenyUnknownInstrument, int64(o.Instrument), int64(len(l.foreign))
	case !l.owns(o.Instrument, o.Agent):
		return event.DenyUnknownInstrument, int64(o.Agent), int64(len(l.config.Owners[o.Instrument]))
	case o.Size <= 0:
		return event.DenySize, o.Size, 1
	case o.Side != event.Buy && o.Side != event.Sell:
		return event.DenyUnsupported, int64(o.Side), int64(event.Sell)
	case !o.ID.Ours():
		return event.DenyUnsupported, 0, 0
	case !o.Parent.IsZero() && l.byID[o.Parent] == nil && !l.forgotten.knows(o.Parent):
		return event.DenyUnknownParent, 0, 0
	}
	return 0, 0, 0
}

func (l *Lane) owns(instrument, agent uint32) bool {
	for _, a := range l.config.Owners[instrument] {
		if a == agent {
			return true
		}
	}
	return false
}

func (l *Lane) lifetime(t event.OrderType) int64 {
	switch t {
	case event.OrderMarket:
		return l.config.TimeToLive.Market
	case event.OrderLimit:
		return l.config.TimeToLive.Limit
	}
	return l.config.TimeToLive.Stop
}

// bear brings an order into the lane.
func (l *Lane) bear(o event.Order, kind resilience.LifeEventKind, valid int64) *order {
	l.entry.Orders = append(l.entry.Orders, o)
	l.emit(Fact{Kind: FactBorn, Order: o.ID, Index: uint32(len(l.entry.Orders) - 1)})
	b := l.byID[o.ID]
	l.happen(b, resilience.LifeEvent{Kind: kind, Quantity: o.Quantity(), ValidUntil: valid})
	return b
}

// tail is the order that stands for a chain of replaced ones now.
func (l *Lane) tail(o *order) *order {
	for o != nil && !o.plan.successor.IsZero() {
		next := l.byID[o.plan.successor]
		if next == nil {
			return o
		}
		o = next
	}
	return o
}

// filled is what an order and those it replaced have filled.
func (l *Lane) filled(o *order) int64 { return o.plan.base + o.life.Filled }

// ordered finds the order that a cancel or replace is about; nil if there is none, or none of this agent's.
func (l *Lane) ordered(q *event.Order) *order {
	o := l.tail(l.byID[q.ID])
	if o == nil && l.forgotten.knows(q.ID) {
		return nil // over, told and forgotten
	}
	if o != nil && o.order.Agent == q.Agent {
		return o
	}
	l.tellRaw(event.Outcome{
		Kind: event.EventRejected, Order: q.ID, Ref: q.Ref, Agent: q.Agent, Instrument: q.Instrument,
		Code: uint16(event.RejectOther), Reason: "the lane has no such order of this agent",
	})
	return nil
}

func (l *Lane) cancel(q *event.Order) {
	o := l.ordered(q)
	if o == nil {
		return
	}
	code := event.CancelByStrategy
	if q.Flags&event.ByHost != 0 {
		code = event.CancelByHost
	}
	l.wishCancel(o, code)
}

// wishCancel notes the wish. What was not sent is dropped; a replace that has not begun is forgotten.
func (l *Lane) wishCancel(o *order, code event.CancelCode) {
	if o.life.State.Final() {
		return
	}
	p := l.touch(o)
	if p.stage != stageSent && p.stage != stageLost {
		p.stage = stageNone
	}
	p.cancelCode = uint16(code)
	if o.life.CancelWished {
		return
	}
	p.cancelNext, p.cancelBackoff = l.now, resilience.Backoff{}
	p.endCode, p.endReason = uint16(code), "cancelled before it was sent"
	if l.happen(o, resilience.LifeEvent{Kind: resilience.LifeWishCancel}); !o.life.State.Final() {
		p.endCode, p.endReason = 0, ""
		if l.config.Facilities&event.FacilityCancel == 0 {
			l.cancelLost(o, "the venue cannot cancel")
		}
	}
}

func (l *Lane) permissions(in *Input) {
	if int64(in.Agent) >= int64(len(l.agents)) {
		return
	}
	if a := &l.agents[in.Agent]; !a.limited || a.permitted != in.Permission {
		l.emit(Fact{Kind: FactPermission, Agent: in.Agent, Number: uint64(in.Permission)})
	}
}
