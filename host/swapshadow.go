package host

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// shadowRowsMax bounds the differing ticks that a report shows; all are counted.
const shadowRowsMax = 100

// swapShadow compares what an old and a new module wish in the same ticks.
type swapShadow struct {
	admin.SwapShadow
	instruments []event.Instrument
	fresh       []abi.Intent
}

func newSwapShadow(p *AgentPlan) *swapShadow { return &swapShadow{instruments: p.Instruments} }

// tick compares one tick.
func (s *swapShadow) tick(sequence uint64, now int64, old *Agent, output []byte) (err error) {
	s.Ticks++
	if s.fresh, err = abi.ParseOutput(output, old.outputLimits(), s.fresh[:0]); err != nil {
		return fmt.Errorf("tick %d: the new module's output: %w", sequence, err)
	}
	was, is := s.words(old.intents), s.words(s.fresh)
	if slices.Equal(was, is) {
		return nil
	}
	if s.Differing++; s.First == 0 {
		s.First = sequence
	}
	if len(s.Rows) < shadowRowsMax {
		s.Rows = append(s.Rows, admin.SwapDifference{Sequence: sequence, Time: now, Old: was, New: is})
	}
	return nil
}

// words are the orders among a strategy's wishes, one text each.
func (s *swapShadow) words(wishes []abi.Intent) (words []string) {
	for i := range wishes {
		switch w := &wishes[i]; w.Kind {
		case abi.IntentTimer, abi.IntentSeries, abi.IntentAlert:
		default:
			words = append(words, s.word(w))
		}
	}
	return words
}

func (s *swapShadow) word(w *abi.Intent) string {
	in := intentOf(w)
	o := &in.Order
	name := ""
	var decimals event.Instrument
	if int(o.Instrument) < len(s.instruments) {
		decimals = s.instruments[o.Instrument]
		name = decimals.Name
	}
	size := func() string {
		if o.SizeKind == event.SizeFraction {
			return percent(o.Size)
		}
		return event.FormatDecimal(o.Size, decimals.QuantityDecimals)
	}
	at := ""
	if o.Price != 0 {
		at += " at " + event.FormatDecimal(o.Price, decimals.PriceDecimals)
	}
	if o.StopPrice != 0 {
		at += " stop " + event.FormatDecimal(o.StopPrice, decimals.PriceDecimals)
	}
	switch in.Kind {
	case event.IntentSubmit:
		return fmt.Sprintf("%s %s %s %s%s", o.Side, o.Type, size(), name, at)
	case event.IntentClose:
		return fmt.Sprintf("close %s of %s", size(), name)
	case event.IntentCancel:
		return fmt.Sprintf("cancel ref %d", in.TargetRef)
	case event.IntentCancelAll:
		return "cancel all of " + name
	}
	return fmt.Sprintf("replace ref %d with %s%s", in.TargetRef, size(), at)
}
