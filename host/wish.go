package host

import (
	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/report"
)

// carry takes one record of a strategy's output to where it belongs: orders to admission, timers to
// the agent's timer, series to the report, alerts to the log.
func (a *Agent) carry(w *abi.Intent) {
	switch w.Kind {
	case abi.IntentTimer:
		if d, ok := a.timers.set(&w.Timer, a.now); !ok {
			d.Instrument = abi.NoInstrument
			a.admission.Deny(d)
		}
	case abi.IntentSeries:
		a.recordSeries(&w.Series)
	case abi.IntentAlert:
		if a.replaying() {
			return
		}
		a.log.Warn("strategy alerts", "level", w.Alert.Level.String(), "text", string(w.Text), "turn", a.sequence)
	default:
		in := intentOf(w)
		a.admitOne(&in)
	}
}

func (a *Agent) recordSeries(s *abi.Series) {
	instrument := s.Instrument
	if instrument == abi.NoInstrument || int(instrument) >= len(a.plan.Instruments) {
		instrument = report.NoInstrument
	}
	a.record.Series(s.Series, instrument, a.now, s.Value)
}

// intentOf translates a guest's record into the host's nouns.
func intentOf(w *abi.Intent) event.Intent {
	switch w.Kind {
	case abi.IntentSubmit:
		return submitOf(w)
	case abi.IntentClose:
		c := &w.Close
		return event.Intent{Kind: event.IntentClose, Order: event.Order{
			Ref: c.Ref, Instrument: c.Instrument, SizeKind: c.SizeKind, Size: c.Size, ValidUntil: c.ValidUntil, Tag: string(w.Text),
		}}
	case abi.IntentCancel:
		return event.Intent{Kind: event.IntentCancel, TargetRef: w.Cancel.Ref, TargetID: event.OrderID(w.Cancel.ID)}
	case abi.IntentCancelAll:
		return event.Intent{Kind: event.IntentCancelAll, Order: event.Order{Instrument: w.CancelAll.Instrument, Side: w.CancelAll.Side}}
	}
	r := &w.Replace
	return event.Intent{
		Kind: event.IntentReplace, TargetRef: r.Ref, TargetID: event.OrderID(r.ID), Fields: event.ReplaceFields(r.Fields),
		Order: event.Order{Price: r.Price, StopPrice: r.StopPrice, Size: r.Quantity, ValidUntil: r.ValidUntil},
	}
}

func submitOf(w *abi.Intent) event.Intent {
	s := &w.Submit
	return event.Intent{
		Kind: event.IntentSubmit, ParentRef: s.ParentRef, Grouped: s.Group != 0 || s.GroupKind != abi.GroupNone,
		Order: event.Order{
			Ref: s.Ref, Instrument: s.Instrument, Side: s.Side, Type: s.Type, TIF: s.TimeInForce,
			SizeKind: s.SizeKind, Size: s.Size, Price: s.Price, StopPrice: s.StopPrice,
			ExpireTime: s.ExpireTime, ValidUntil: s.ValidUntil, Group: s.Group, Tag: string(w.Text),
			Flags: event.OrderFlags(s.Flags) & (event.PostOnly | event.ReduceOnly),
		},
	}
}
