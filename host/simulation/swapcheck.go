package simulation

import (
	"encoding/json"
	"strings"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// placedModule is what is looked at of a module entry.
type placedModule struct {
	Position uint64 `json:"-"`
	SHA256   string `json:"module_sha256"`
	Swap     *struct {
		Warmup    string `json:"warmup"`
		Probation int    `json:"probation"`
		By        string `json:"by"`
		Why       string `json:"why"`
		OnSwap    string `json:"on_swap"`
	} `json:"swap"`
}

// succession follows what made the turns of one agent, entry by entry.
type succession struct {
	checker *Checker
	reached *Sometimes
	stream  string
	// last is the last turn's number; here and before are the newest module entries.
	last         uint64
	here, before placedModule
	newest       uint64 // the position of the last entry
	rescued      uint64 // the turn whose wishes are the old module's, 0 for none
	swaps        map[string]int
}

// checkSuccession holds an agent's stream to what is promised of swaps: turns are numbered without gap, each names the
// module entry that made it, a swap is a turn of its own right behind its entry, and what comes back is what was. swaps
// counts them by who ordered them.
func (c *Checker) checkSuccession(j *journal.Journal, stream string, reached *Sometimes, swaps map[string]int) {
	s := succession{checker: c, reached: reached, stream: stream, swaps: swaps}
	var t event.Turn
	for e, err := range j.Read(stream, 1) {
		if err != nil {
			return // checkStreams says it
		}
		switch e.Kind {
		case journal.KindModule:
			m := placedModule{Position: e.Position}
			if err := json.Unmarshal(e.Body, &m); err != nil {
				s.violate(e.Time, "entry %d: %v", e.Position, err)
			}
			s.module(&e, m)
		case journal.KindTurn:
			if event.ReadTurn(e.Body, &t) == nil { // readIntents says it
				s.turn(&t)
			}
		}
		s.newest = e.Position
	}
}

func (s *succession) violate(at int64, format string, args ...any) {
	s.checker.Violate(InvariantSwap, at, "stream "+s.stream+": "+format, args...)
}

// module takes another module, or other settings.
func (s *succession) module(e *journal.Entry, m placedModule) {
	if m.Swap != nil {
		s.swaps[m.Swap.By]++
		if m.Swap.Warmup == host.WarmupBack && m.SHA256 != s.before.SHA256 {
			s.violate(e.Time, "entry %d brings back module %.12s, and %.12s was before", e.Position, m.SHA256, s.before.SHA256)
		}
	}
	s.before, s.here = s.here, m
}

func (s *succession) turn(t *event.Turn) {
	if t.Event.Sequence != s.last+1 {
		s.violate(t.Event.Time, "turn %d follows turn %d", t.Event.Sequence, s.last)
	}
	s.last = t.Event.Sequence
	if t.Module != s.here.Position {
		s.violate(t.Event.Time, "turn %d names the module entry %d, and the last is %d", s.last, t.Module, s.here.Position)
	}
	swap := t.Event.Kind == event.KindSwap
	if due := s.here.Swap != nil && s.newest == s.here.Position; swap != due {
		s.violate(t.Event.Time, "turn %d is of kind %s, behind entry %d; the last module entry is %d", s.last, t.Event.Kind, s.newest, s.here.Position)
	}
	if s.rescued != 0 && (!swap || s.here.Swap == nil || s.here.Swap.Warmup != host.WarmupBack) {
		s.violate(t.Event.Time, "turn %d failed and has wishes, and turn %d is no swap back", s.rescued, s.last)
	}
	s.rescued = 0
	if t.Verdict > event.VerdictOK && t.Output != 0 {
		s.rescued = s.last
	}
	if swap && s.here.Swap != nil {
		s.reach(t)
	}
}

// reach tells which points a swap is.
func (s *succession) reach(t *event.Turn) {
	w := s.here.Swap
	switch w.Warmup {
	case host.WarmupLoad:
		s.reached.Reach(PointSwapLoad)
	case host.WarmupReplay:
		s.reached.Reach(PointSwapReplay)
	case host.WarmupFresh:
		s.reached.Reach(PointSwapFresh)
	case host.WarmupKept:
		s.reached.Reach(PointSwapKept)
	case host.WarmupBack:
		s.reachBack()
	}
	if w.By == "configuration" {
		s.reached.Reach(PointSwapConfigured)
	}
	for i := range t.Requests {
		if w.OnSwap == "cancel" && t.Requests[i].Kind == event.RequestCancel {
			s.reached.Reach(PointSwapCancel)
			break
		}
	}
}

func (s *succession) reachBack() {
	switch why := s.here.Swap.Why; {
	case s.here.Swap.By != "host":
		s.reached.Reach(PointSwapBackHand)
	case strings.HasPrefix(why, "the new module failed"):
		s.reached.Reach(PointSwapBackTrap)
	case strings.HasPrefix(why, "the new module was denied"):
		s.reached.Reach(PointSwapBackDenials)
	default:
		s.reached.Reach(PointSwapBackLoss)
	}
}

// finish holds what the operator was told against the journal.
func (o *operator) finish(w *World, g *worldGroup) {
	swaps := map[string]int{}
	for _, name := range g.books.Agents() {
		g.checker.checkSuccession(g.books.journal, name, &w.result.Sometimes, swaps)
	}
	for i := range w.plan.Groups[g.index].Swaps {
		p := &w.plan.Groups[g.index].Swaps[i]
		n, least, most := swaps[p.By], 0, 0
		switch o.fates[p.By] {
		case fateDone:
			least, most = 1, 1
		case fateDoubt:
			most = 1
		}
		if n < least || n > most {
			g.checker.Violate(InvariantSwap, 0, "a swap (%s) is in the journal %d times, want %d to %d", p, n, least, most)
		}
	}
}
