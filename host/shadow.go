package host

import (
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
)

// Shadow compares what two strategies wish at the same ticks: one whose orders count and one that is only
// watched. Both are given the same input, which tells of the first one's orders and fills. So what the
// second wishes is what it would have ordered up to the first order that differs; from there on its own
// fills are missing, and what it wishes is hypothetical. One goroutine.
type Shadow struct {
	instruments []event.Instrument
	summary     ShadowSummary
	old, new    []*abi.Intent // of this tick, without those that both wish
	found       []Difference
}

// ShadowSummary is what came of all ticks so far.
type ShadowSummary struct {
	// Ticks is how many were compared; in Differing of them orders differ, in Timers what timers were set.
	Ticks     uint64 `json:"ticks"`
	Equal     uint64 `json:"equal"`
	Differing uint64 `json:"differing"`
	Timers    uint64 `json:"timers_differing"`
	// Old and New are how many orders, cancels and replaces each wished.
	Old uint64 `json:"old_wishes"`
	New uint64 `json:"new_wishes"`
	// First is the event at which orders differed first, 0 for none, and FirstTime its time.
	First     uint64 `json:"first,omitempty"`
	FirstTime int64  `json:"first_time,omitempty"`
}

// Difference is one wish that only one of the two has, or two that are not the same.
type Difference struct {
	Sequence   uint64 `json:"sequence"`
	Time       int64  `json:"time"`
	Instrument string `json:"instrument,omitempty"`
	// Old and New are the wishes in words, empty for none.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Hypothetical: orders differed before, so the new one's own fills are not in its input.
	Hypothetical bool `json:"hypothetical"`
}

// NewShadow compares the wishes of an agent with these instruments, in its own order.
func NewShadow(instruments []event.Instrument) *Shadow { return &Shadow{instruments: instruments} }

// Summary is what came of all ticks so far.
func (s *Shadow) Summary() ShadowSummary { return s.summary }

// Tick compares the wishes of one tick: orders, cancels, replaces and closes, in whatever order they come.
// A strategy's own numbers and tags of new orders do not make a difference, timers are only counted, and
// series and alerts are nobody's matter. The result is valid until the next call, and nil where nothing
// differs; then nothing is allocated. A failed tick has no wishes.
func (s *Shadow) Tick(sequence uint64, now int64, old, new []abi.Intent) []Difference {
	s.summary.Ticks++
	s.old, s.new = orders(old, s.old[:0]), orders(new, s.new[:0])
	s.summary.Old += uint64(len(s.old))
	s.summary.New += uint64(len(s.new))
	if !sameTimers(old, new) {
		s.summary.Timers++
	}
	s.cancelOut()
	if len(s.old) == 0 && len(s.new) == 0 {
		s.summary.Equal++
		return nil
	}
	hypothetical := s.summary.Differing > 0
	s.summary.Differing++
	if !hypothetical {
		s.summary.First, s.summary.FirstTime = sequence, now
	}
	s.found = s.found[:0]
	for _, o := range s.old {
		d := Difference{Sequence: sequence, Time: now, Instrument: s.instrument(o), Old: s.words(o), Hypothetical: hypothetical}
		if n := s.counterpart(o); n != nil {
			d.New = s.words(n)
		}
		s.found = append(s.found, d)
	}
	for _, n := range s.new {
		if n != nil {
			s.found = append(s.found, Difference{Sequence: sequence, Time: now, Instrument: s.instrument(n), New: s.words(n), Hypothetical: hypothetical})
		}
	}
	return s.found
}

// orders are the records that ask for, change or take back orders.
func orders(all []abi.Intent, into []*abi.Intent) []*abi.Intent {
	for i := range all {
		switch all[i].Kind {
		case abi.IntentSubmit, abi.IntentCancel, abi.IntentCancelAll, abi.IntentReplace, abi.IntentClose:
			into = append(into, &all[i])
		}
	}
	return into
}

// cancelOut drops what both wish.
func (s *Shadow) cancelOut() {
	kept := s.old[:0]
	for _, o := range s.old {
		at := -1
		for i, n := range s.new {
			if sameWish(o, n) {
				at = i
				break
			}
		}
		if at < 0 {
			kept = append(kept, o)
			continue
		}
		s.new = append(s.new[:at], s.new[at+1:]...)
	}
	s.old = kept
}

// counterpart takes out the wish that stands beside o in the table: of the same kind and instrument.
func (s *Shadow) counterpart(o *abi.Intent) *abi.Intent {
	for i, n := range s.new {
		if n != nil && n.Kind == o.Kind && instrumentOfWish(n) == instrumentOfWish(o) {
			s.new[i] = nil
			return n
		}
	}
	return nil
}

// sameWish reports whether a venue would see the same order. Refs and tags of new orders are the strategy's
// own; a cancel or replace names an order by them, and there they count.
func sameWish(a, b *abi.Intent) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case abi.IntentSubmit:
		x, y := a.Submit, b.Submit
		if (x.ParentRef == 0) != (y.ParentRef == 0) {
			return false
		}
		x.Ref, x.ParentRef, x.Tag, y.Ref, y.ParentRef, y.Tag = 0, 0, abi.StringRef{}, 0, 0, abi.StringRef{}
		return x == y
	case abi.IntentClose:
		x, y := a.Close, b.Close
		x.Ref, x.Tag, y.Ref, y.Tag = 0, abi.StringRef{}, 0, abi.StringRef{}
		return x == y
	case abi.IntentCancel:
		return a.Cancel == b.Cancel
	case abi.IntentCancelAll:
		return a.CancelAll == b.CancelAll
	}
	return a.Replace == b.Replace
}

// sameTimers compares the timers that two outputs set, in their order.
func sameTimers(a, b []abi.Intent) bool {
	i, k := 0, 0
	for {
		for i < len(a) && a[i].Kind != abi.IntentTimer {
			i++
		}
		for k < len(b) && b[k].Kind != abi.IntentTimer {
			k++
		}
		if i == len(a) || k == len(b) {
			return i == len(a) && k == len(b)
		}
		if a[i].Timer != b[k].Timer {
			return false
		}
		i, k = i+1, k+1
	}
}

// instrumentOfWish is the instrument's number, abi.NoInstrument where the wish names an order instead.
func instrumentOfWish(w *abi.Intent) uint32 {
	switch w.Kind {
	case abi.IntentSubmit:
		return w.Submit.Instrument
	case abi.IntentClose:
		return w.Close.Instrument
	case abi.IntentCancelAll:
		return w.CancelAll.Instrument
	}
	return abi.NoInstrument
}

func (s *Shadow) instrument(w *abi.Intent) string {
	if i := instrumentOfWish(w); int64(i) < int64(len(s.instruments)) {
		return s.instruments[i].Name
	}
	return ""
}

// words say what a wish is, numbers as decimals.
func (s *Shadow) words(w *abi.Intent) string {
	in := intentOf(w)
	o := &in.Order
	switch in.Kind {
	case event.IntentSubmit:
		text := fmt.Sprintf("%s %s %s", o.Side, s.size(o), o.Type)
		if o.TIF != event.GTC {
			text += " " + o.TIF.String()
		}
		if in.ParentRef != 0 {
			text += fmt.Sprintf(", when %d is filled", in.ParentRef)
		}
		return text + s.prices(o) + flagWords(o.Flags)
	case event.IntentClose:
		return "close " + s.size(o)
	case event.IntentCancelAll:
		if o.Side == 0 {
			return "cancel all"
		}
		return "cancel all of side " + o.Side.String()
	case event.IntentCancel:
		return "cancel " + orderNamed(&in)
	}
	text := "replace " + orderNamed(&in)
	if in.Fields&event.ReplaceQuantity != 0 {
		text += ", quantity " + s.scaled(o.Size, func(i *event.Instrument) uint8 { return i.QuantityDecimals })
	}
	if in.Fields&event.ReplacePrice != 0 {
		text += ", price " + s.scaled(o.Price, priceDecimals)
	}
	if in.Fields&event.ReplaceStopPrice != 0 {
		text += ", stop " + s.scaled(o.StopPrice, priceDecimals)
	}
	return text
}

func priceDecimals(i *event.Instrument) uint8 { return i.PriceDecimals }

// scaled is a number of an order that only the strategy knows the instrument of: a decimal where all of the agent's
// instruments have the same scale, else as it stands.
func (s *Shadow) scaled(v int64, decimals func(*event.Instrument) uint8) string {
	for i := range s.instruments {
		if decimals(&s.instruments[i]) != decimals(&s.instruments[0]) {
			return fmt.Sprintf("%d units", v)
		}
	}
	if len(s.instruments) == 0 {
		return fmt.Sprintf("%d units", v)
	}
	return event.FormatDecimal(v, decimals(&s.instruments[0]))
}

func orderNamed(in *event.Intent) string {
	if in.TargetRef != 0 {
		return fmt.Sprintf("its order %d", in.TargetRef)
	}
	return in.TargetID.String()
}

// size is what an order asks for: units, money, or a part of margin or position.
func (s *Shadow) size(o *event.Order) string {
	switch {
	case o.SizeKind == event.SizeFraction:
		return event.FormatDecimal(o.Size, event.FractionDecimals-2) + " %"
	case o.SizeKind == event.SizeNotional:
		return "for " + event.FormatDecimal(o.Size, event.MoneyDecimals)
	case int64(o.Instrument) < int64(len(s.instruments)):
		return event.FormatDecimal(o.Size, s.instruments[o.Instrument].QuantityDecimals)
	}
	return fmt.Sprint(o.Size)
}

func (s *Shadow) prices(o *event.Order) string {
	decimals := uint8(0)
	if int64(o.Instrument) < int64(len(s.instruments)) {
		decimals = s.instruments[o.Instrument].PriceDecimals
	}
	var b strings.Builder
	if o.Price != 0 {
		b.WriteString(", price " + event.FormatDecimal(o.Price, decimals))
	}
	if o.StopPrice != 0 {
		b.WriteString(", stop " + event.FormatDecimal(o.StopPrice, decimals))
	}
	return b.String()
}

func flagWords(f event.OrderFlags) string {
	text := ""
	if f&event.PostOnly != 0 {
		text += ", post-only"
	}
	if f&event.ReduceOnly != 0 {
		text += ", reduce-only"
	}
	return text
}
