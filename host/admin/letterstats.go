package admin

import (
	"cmp"
	"slices"
)

// LetterStats are dead letters grouped by what went wrong, the most pending first.
type LetterStats struct {
	Pending  int          `json:"pending"`
	Redriven int          `json:"redriven"`
	Resolved int          `json:"resolved"`
	Causes   []CauseStats `json:"causes"`
}

// CauseStats are the letters of one kind and cause.
type CauseStats struct {
	Kind     string `json:"kind"`
	Cause    string `json:"cause"`
	Pending  int    `json:"pending"`
	Redriven int    `json:"redriven"`
	Resolved int    `json:"resolved"`
	// Oldest and Newest are times: of the pending ones if there are any, else of all.
	Oldest int64 `json:"oldest"`
	Newest int64 `json:"newest"`
	// Agents are whose they are, by name.
	Agents []string `json:"agents,omitempty"`
	// Example and Message are the id and the words of the oldest, pending if there is one.
	Example string `json:"example"`
	Message string `json:"message"`
}

// Stats groups the letters that are meant. The query's Limit does not count.
func (q *LetterQuery) Stats(letters []Letter) LetterStats {
	type key struct{ kind, cause string }
	groups := map[key]*CauseStats{}
	var s LetterStats
	for _, l := range oldestFirst(letters) {
		if !q.Matches(&l) {
			continue
		}
		g := groups[key{l.Kind, l.Cause}]
		if g == nil {
			g = &CauseStats{Kind: l.Kind, Cause: l.Cause}
			groups[key{l.Kind, l.Cause}] = g
		}
		g.add(&l)
		count(&l, &s.Pending, &s.Redriven, &s.Resolved)
	}
	s.Causes = make([]CauseStats, 0, len(groups))
	for _, g := range groups {
		slices.Sort(g.Agents)
		s.Causes = append(s.Causes, *g)
	}
	slices.SortFunc(s.Causes, func(a, b CauseStats) int {
		return cmp.Or(cmp.Compare(b.Pending, a.Pending), cmp.Compare(a.Oldest, b.Oldest), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Cause, b.Cause))
	})
	return s
}

// add counts a letter that is not older than those before it.
func (g *CauseStats) add(l *Letter) {
	firstPending := l.State == LetterPending && g.Pending == 0
	if g.Example == "" || firstPending {
		g.Oldest, g.Newest, g.Example, g.Message = l.Time, l.Time, l.ID, l.Message
	} else if l.State == LetterPending || g.Pending == 0 {
		g.Newest = l.Time
	}
	count(l, &g.Pending, &g.Redriven, &g.Resolved)
	if l.Agent != "" && !slices.Contains(g.Agents, l.Agent) {
		g.Agents = append(g.Agents, l.Agent)
	}
}

func count(l *Letter, pending, redriven, resolved *int) {
	switch l.State {
	case LetterRedriven:
		*redriven++
	case LetterResolved:
		*resolved++
	default:
		*pending++
	}
}
