package config

import (
	"fmt"
	"slices"
)

// checkFallback looks at the feeds that are to stand in for another.
func (r *reader) checkFallback(f *Feed) {
	p := &place{reader: r, title: fmt.Sprintf("feed %q %q", f.Type, f.Name), header: f.Range}
	for i, name := range f.Fallback {
		at := f.element("fallback", i, f.Range)
		other := r.config.Feed(name)
		switch {
		case other == nil:
			p.unknownName(at, "feed", name, nameList(r.config.Feeds, func(f *Feed) string { return f.Name }))
		case name == f.Name:
			p.fail(at, "Settings that contradict", "Feed %q cannot stand in for itself.", name)
		case other.Recorded():
			p.fail(at, "Recorded feed as fallback", "Feed %q is recorded: its prices are over, and cannot stand in for those of %q. Name a live feed.", name, f.Name)
		case other.Interval != f.Interval && other.Interval != 0 && f.Interval != 0:
			p.fail(at, "Settings that contradict", "Feed %q has bars of %s, and %q of %s. A fallback has the same.", name, formatDuration(other.Interval), f.Name, formatDuration(f.Interval))
		default:
			checkSameInstruments(p, at, f, other)
		}
	}
}

func checkSameInstruments(p *place, at Range, f, other *Feed) {
	var missing []string
	for _, name := range f.instruments() {
		if !other.Provides(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 && len(other.instruments()) > 0 {
		p.fail(at, "Instrument without data", "Feed %q has no data of %s, and is to stand in for %q, which has.", other.Name, quotedList(missing, "and"), f.Name)
	}
}

// checkSimulated refuses to fill orders of live prices in this process: that is a venue of its own.
func (r *reader) checkSimulated(p *place, a *Agent, v *Venue) {
	if !v.InProcess() {
		return
	}
	for i, name := range a.Feeds {
		if f := r.config.Feed(name); f != nil && f.Live != nil {
			p.fail(a.element("feeds", i, a.At("feed")), "Live feed with a venue of this process",
				"Feed %q is live, and venue %q of type %q fills orders in recorded runs only. Run `agenthost venue`, which is a paper exchange with prices of its own, and write `venue \"http\" \"…\" { base_url = \"http://127.0.0.1:8750\" … }`; or use a recorded feed.", name, v.Name, v.Type)
		}
	}
}

// group is what runs as one: the agents of an account.
type group struct {
	agents      []*Agent
	instruments []string
}

func (r *reader) groups() (list []*group) {
	byAccount := map[string]*group{}
	for i := range r.config.Agents {
		a := &r.config.Agents[i]
		key := fmt.Sprintf("%q %q", a.Venue, a.Account)
		g := byAccount[key]
		if g == nil {
			g = &group{}
			byAccount[key] = g
			list = append(list, g)
		}
		g.agents = append(g.agents, a)
		for _, name := range a.Instruments {
			if !slices.Contains(g.instruments, name) {
				g.instruments = append(g.instruments, name)
			}
		}
	}
	return list
}

// checkOneSource refuses an instrument whose bars would come twice to the agents of an account: each would count
// as a bar of its own, and prices would jump between the two.
func (r *reader) checkOneSource(g *group) {
	provider := map[string]*Feed{}
	for _, a := range g.agents {
		p := &place{reader: r, title: fmt.Sprintf("agent %q", a.Name)}
		for i, name := range a.Feeds {
			f := r.config.Feed(name)
			if f == nil {
				continue
			}
			for _, instrument := range g.instruments {
				other := provider[instrument]
				if !f.Provides(instrument) {
					continue
				}
				if other == nil || standsIn(f, other) {
					provider[instrument] = f
					continue
				}
				if other != f && !standsIn(other, f) {
					p.fail(firstPlace(a.element("feeds", i, a.At("feed")), a.Range), "Instrument from two feeds",
						"Feeds %q and %q both have data of %q, and agents of account %q of venue %q use both: each bar would come twice. Leave it out of one of them, make one the fallback of the other, or give the agents accounts of their own.", other.Name, f.Name, instrument, a.Account, a.Venue)
					return
				}
			}
		}
	}
}

// standsIn reports whether other is a fallback of f.
func standsIn(f, other *Feed) bool { return slices.Contains(f.Fallback, other.Name) }
