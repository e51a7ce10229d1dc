package host

import (
	"fmt"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/admin"
)

// shadowRowsMax bounds the differing orders that a report lists; all ticks are counted.
const shadowRowsMax = 100

// swapShadow is a Shadow of what a swap makes ready, for its report.
type swapShadow struct {
	*Shadow
	fresh []abi.Intent
	rows  []admin.SwapDifference
}

func newSwapShadow(p *AgentPlan) *swapShadow { return &swapShadow{Shadow: NewShadow(p.Instruments)} }

// tick compares the old one's wishes in a tick with the new one's output.
func (s *swapShadow) tick(sequence uint64, now int64, old []abi.Intent, output []byte, l abi.OutputLimits) (err error) {
	if s.fresh, err = abi.ParseOutput(output, l, s.fresh[:0]); err != nil {
		return fmt.Errorf("tick %d: the new module's output: %w", sequence, err)
	}
	for _, d := range s.Tick(sequence, now, old, s.fresh) {
		if len(s.rows) < shadowRowsMax {
			s.rows = append(s.rows, admin.SwapDifference(d))
		}
	}
	return nil
}

// report is what was found so far.
func (s *swapShadow) report() *admin.SwapShadow {
	found := s.Summary()
	return &admin.SwapShadow{Ticks: int(found.Ticks), Differing: int(found.Differing), First: found.First, Rows: s.rows}
}
