package simulation

// saving looks at when a group makes checkpoints.
type saving struct {
	// commits is how many were made, turns how many the group's agents had taken at the last one.
	commits, turns uint64
}

// started takes in what was made before the start: also in a round that was not lived through.
func (s *saving) started(w *World, g *worldGroup) {
	if commits := w.checkpoints.commits[g.name()]; commits != s.commits {
		s.commits = commits
		s.turns, _, _ = g.stand(w)
	}
}

// after looks whether the round has made a checkpoint. None may hold an agent that has a second instance.
func (s *saving) after(w *World, g *worldGroup) {
	commits := w.checkpoints.commits[g.name()]
	if commits == s.commits {
		return
	}
	s.commits = commits
	turns, probation, can := g.stand(w)
	if s.turns = turns; can && probation {
		g.checker.Violate(InvariantSwap, w.now, "a checkpoint is made in a probation, and does not hold the reserve")
	}
}

// crash looks whether a checkpoint was due and waited for the end of a probation.
func (s *saving) crash(w *World, g *worldGroup) {
	every := w.plan.Groups[g.index].Checkpoints.Turns
	if every == 0 {
		return
	}
	if turns, probation, can := g.stand(w); can && probation && turns >= s.turns+every {
		w.result.Sometimes.Reach(PointCheckpointProbation)
	}
}

// stand is how many turns a group's agents have taken, and whether one of them is on probation.
func (g *worldGroup) stand(w *World) (turns uint64, probation, can bool) {
	h, can := g.host.(Swapping)
	if !can {
		return 0, false, false
	}
	for i := range w.plan.Groups[g.index].Agents {
		state := h.AgentState(w.plan.Groups[g.index].Agents[i].Name)
		turns += state.Sequence
		probation = probation || state.Probation > 0
	}
	return turns, probation, true
}
