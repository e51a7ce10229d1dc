package host

import "testing"

// TestARebuiltGroupHasWhatAReloadHasAppliedAndItsOwnOrder: a group that is opened again after its journal failed
// asks for what the configuration said last, or it would swap back behind the reload.
func TestARebuiltGroupHasWhatAReloadHasAppliedAndItsOwnOrder(t *testing.T) {
	plan := func(capital int64, names ...string) *ServicePlan {
		g := &LivePlan{Venue: "exchange", Account: "main"}
		for _, n := range names {
			g.Agents = append(g.Agents, &AgentPlan{Name: n, Capital: capital})
		}
		return &ServicePlan{Groups: []*ServiceGroup{{Plan: g, Way: "a"}}}
	}
	s := NewService(plan(1, "a", "b"), ServiceOptions{})
	for _, want := range []int64{1, 2} {
		groups := s.groups()
		if len(groups) != 1 || groups[0].Way != "a" {
			t.Fatalf("%+v", groups)
		}
		agents := groups[0].Plan.Agents
		if len(agents) != 2 || agents[0].Name != "a" || agents[1].Name != "b" || agents[0].Capital != want || agents[1].Capital != want {
			t.Fatalf("%+v %+v, want capital %d", agents[0], agents[1], want)
		}
		agents[0], agents[1] = agents[1], agents[0] // a group puts its own in order
		s.reload(plan(2, "b", "a"))
	}
	if p := s.configured().agent("b"); p == nil || p.Capital != 2 {
		t.Errorf("%+v", p)
	}
}
