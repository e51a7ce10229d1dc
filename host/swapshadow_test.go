package host_test

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/risk"
)

// moody is a stand whose strategy, an average of 10 bars over one of 30, orders by its own lights.
func moody(t *testing.T, change ...func(*stand)) *stand {
	s := swappable(t, simpleWasm(t), append(change, func(s *stand) { s.risk = risk.Limits{} })...)
	s.feed = wavy(s)
	return s
}

// shadowed makes a swap to other parameters ready, with a shadow.
func (s *stand) shadowed(parameters []abi.Value, o host.SwapRequest) (host.LiveInput, admin.SwapReport, error) {
	s.Helper()
	o.Module, o.Wasm, o.Parameters, o.By, o.Why = s.load(s.module), s.module, parameters, "test", "a test"
	return host.PrepareSwapReport(s.live, s.name, o)
}

// faster are the parameters of averages of 3 and 8 bars.
func (s *stand) faster() []abi.Value {
	var values []abi.Value
	for _, p := range s.load(s.module).Description().Parameters {
		v := p.Default
		switch p.Name {
		case "fast":
			v.Number = 3
		case "slow":
			v.Number = 8
		}
		values = append(values, v)
	}
	return values
}

func TestASwapsReportListsTheOrdersThatDiffer(t *testing.T) {
	s := moody(t)
	s.run(120 * time.Second)
	in, report, err := s.shadowed(s.faster(), host.SwapRequest{Warmup: host.WarmupReplay, SwapSettings: host.SwapSettings{Shadow: 100}})
	if err != nil {
		t.Fatal(err)
	}
	shadow := report.Shadow
	if shadow == nil || shadow.Ticks < 60 || shadow.Differing == 0 || shadow.Differing == shadow.Ticks || len(shadow.Rows) < shadow.Differing {
		t.Fatalf("%+v", shadow)
	}
	first, last := shadow.Rows[0], shadow.Rows[len(shadow.Rows)-1]
	if first.Sequence != shadow.First || first.Hypothetical || !last.Hypothetical || first.Instrument != "X" || first.Old == first.New {
		t.Errorf("first %+v, last %+v", first, last)
	}
	if err := s.live.DropSwap(in); err != nil {
		t.Error(err)
	}
	_, report, err = s.shadowed(nil, host.SwapRequest{Warmup: host.WarmupReplay, SwapSettings: host.SwapSettings{Shadow: 100}})
	if err != nil || report.Shadow.Ticks < 60 || report.Shadow.Differing != 0 || report.Shadow.Rows != nil {
		t.Errorf("the same again: %+v, %v", report.Shadow, err)
	}
}
