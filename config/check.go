package config

import (
	"fmt"
	"slices"
)

// check looks at what must fit together between blocks.
func (r *reader) check(top *place) {
	c := r.config
	if len(c.Agents) == 0 && !r.lost && !r.mentions("agent") {
		r.diagnostics.add(Diagnostic{
			Severity: SeverityError, Summary: "Nothing to run",
			Detail: "The configuration has no agent. Write, for example:\n  agent \"sma\" {\n    strategy    = \"sma.wasm\"\n    feed        = \"daily\"\n    venue       = \"paper\"\n    instruments = [\"GOOG\"]\n  }",
		})
	}
	for i := range c.Feeds {
		r.checkSources(&c.Feeds[i])
		r.checkFallback(&c.Feeds[i])
	}
	for i := range c.Venues {
		r.checkAccounts(&c.Venues[i])
	}
	r.checkChaos()
	owners := map[string]*Agent{}
	for i := range c.Agents {
		a := &c.Agents[i]
		p := &place{reader: r, title: fmt.Sprintf("agent %q", a.Name), header: a.Range}
		r.checkFeeds(p, a)
		r.checkVenue(p, a)
		r.checkInstruments(p, a)
		checkOwners(p, a, owners)
	}
	for _, g := range r.groups() {
		r.checkOneSource(g)
	}
	r.checkCapital()
	r.warnUnused()
}

// mentions reports whether a file has a block of that type, right or wrong.
func (r *reader) mentions(typ string) bool {
	for _, body := range r.bodies {
		for _, x := range body.Blocks {
			if meant(x.Type, topBlocks) == typ {
				return true
			}
		}
	}
	return false
}

// unknownName reports a name that no block has, unless the block may be one without a name, or in a part of
// a file that was not understood.
func (p *place) unknownName(at Range, kind, name string, known []string) {
	if p.lost || slices.Contains(p.unnamed, kind) || slices.Contains(p.labelsOf(kind), name) {
		return
	}
	help := didYouMean(name, known, true)
	if help == "" && len(known) > 0 {
		help = " There is " + quotedList(known, "and") + "."
	}
	if help == "" {
		help = fmt.Sprintf(" There is no %s at all.", kind)
	}
	if kind == "instrument" && instrumentRule(name) == "" {
		help += fmt.Sprintf(" If it is one more, declare it: `instrument %q {}`.", name)
	}
	p.fail(at, "Unknown "+kind, "There is no %s %q.%s", kind, name, help)
}

// labelsOf are the last labels of all blocks of a type, of those too that could not be read.
func (r *reader) labelsOf(typ string) (names []string) {
	for _, body := range r.bodies {
		for _, x := range body.Blocks {
			if meant(x.Type, topBlocks) == typ && len(x.Labels) > 0 {
				names = append(names, x.Labels[len(x.Labels)-1])
			}
		}
	}
	return names
}

func nameList[T any](list []T, name func(*T) string) (names []string) {
	for i := range list {
		names = append(names, name(&list[i]))
	}
	return names
}

func (c *Config) instrumentNames() []string {
	return nameList(c.Instruments, func(i *Instrument) string { return i.Name })
}

func (r *reader) checkSources(f *Feed) {
	p := &place{reader: r, title: fmt.Sprintf("feed %q %q", f.Type, f.Name), header: f.Range}
	for i := range f.Sources {
		s := &f.Sources[i]
		if r.config.Instrument(s.Instrument) == nil {
			p.unknownName(s.At("instrument"), "instrument", s.Instrument, r.config.instrumentNames())
		}
	}
	if f.Live == nil {
		return
	}
	for i := range f.Live.Instruments {
		if l := &f.Live.Instruments[i]; r.config.Instrument(l.Instrument) == nil {
			p.unknownName(l.Range, "instrument", l.Instrument, r.config.instrumentNames())
		}
	}
}

func (r *reader) checkFeeds(p *place, a *Agent) {
	for i, name := range a.Feeds {
		if r.config.Feed(name) == nil {
			p.unknownName(a.element("feeds", i, a.At("feed")), "feed", name, nameList(r.config.Feeds, func(f *Feed) string { return f.Name }))
		}
	}
}

func (r *reader) checkVenue(p *place, a *Agent) {
	v := r.config.Venue(a.Venue)
	switch {
	case v != nil:
		r.checkRecorded(p, a, v)
		r.checkSimulated(p, a, v)
	case a.Venue != "":
		p.unknownName(a.At("venue"), "venue", a.Venue, nameList(r.config.Venues, func(v *Venue) string { return v.Name }))
	}
}

// checkRecorded refuses to send orders out of the process on prices that are over.
func (r *reader) checkRecorded(p *place, a *Agent, v *Venue) {
	if _, known := venueTypes[v.Type]; !known || v.InProcess() {
		return
	}
	for i, name := range a.Feeds {
		if f := r.config.Feed(name); f != nil && f.Recorded() {
			p.fail(a.element("feeds", i, a.At("feed")), "Recorded feed with a real venue",
				"Feed %q is recorded, and venue %q is outside of this process: it would get orders at prices that are over. Use a venue of type \"paper\", or a live feed.", name, v.Name)
		}
	}
}

func (r *reader) checkInstruments(p *place, a *Agent) {
	v := r.config.Venue(a.Venue)
	for n, name := range a.Instruments {
		at := a.element("instruments", n, a.Range)
		i := r.config.Instrument(name)
		switch {
		case i == nil:
			p.unknownName(at, "instrument", name, r.config.instrumentNames())
		case !r.provided(a, name):
			p.fail(at, "Instrument without data", "%s trades %q, and %s has no data of it. It has %s.",
				p.title, name, wordList(quoteAll(a.Feeds, "feed "), "and"), quotedList(r.offered(a), "and"))
		}
		if i != nil && v != nil && i.Settle != v.Currency {
			p.fail(at, "Currencies that differ", "%q settles in %s, and the accounts of venue %q are kept in %s. Write settle or quote in the instrument, or currency = %q in the venue.",
				name, i.Settle, v.Name, v.Currency, i.Settle)
		}
	}
}

func quoteAll(names []string, before string) (quoted []string) {
	for _, name := range names {
		quoted = append(quoted, fmt.Sprintf("%s%q", before, name))
	}
	return quoted
}

// provided reports whether a feed of the agent has the instrument. A feed that could not be read may.
func (r *reader) provided(a *Agent, instrument string) bool {
	if len(a.Feeds) == 0 {
		return true
	}
	return slices.ContainsFunc(a.Feeds, func(name string) bool {
		f := r.config.Feed(name)
		return f == nil || len(f.instruments()) == 0 || f.Provides(instrument)
	})
}

func (r *reader) offered(a *Agent) (names []string) {
	for _, name := range a.Feeds {
		names = append(names, r.config.Feed(name).instruments()...)
	}
	return names
}

// checkOwners refuses two agents that would move one position without knowing of each other.
func checkOwners(p *place, a *Agent, owners map[string]*Agent) {
	if a.Venue == "" {
		return
	}
	for i, name := range a.Instruments {
		key := fmt.Sprintf("%q %q %q", a.Venue, a.Account, name)
		other, owned := owners[key]
		if !owned {
			owners[key] = a
			continue
		}
		if !a.Shared || !other.Shared {
			p.fail(a.element("instruments", i, a.Range), "Instrument with two owners",
				"agent %q trades %q on account %q of venue %q already. Give the agents accounts of their own, or write shared = true in both.", other.Name, name, a.Account, a.Venue)
		}
	}
}

// checkCapital holds what agents are given against what their account has.
func (r *reader) checkCapital() {
	given := map[string]int64{}
	for i := range r.config.Agents {
		a := &r.config.Agents[i]
		v := r.config.Venue(a.Venue)
		if v == nil || v.Paper == nil || a.Capital == 0 {
			continue
		}
		key := fmt.Sprintf("%q %q", a.Venue, a.Account)
		before := given[key]
		if left := v.Paper.Cash - before; a.Capital > left {
			p := &place{reader: r, title: fmt.Sprintf("agent %q", a.Name)}
			p.fail(a.At("capital"), "More capital than cash", "capital is %s, and account %q of venue %q has %s, of which other agents have %s.",
				formatDecimal(a.Capital, MoneyDecimals), a.Account, v.Name, formatDecimal(v.Paper.Cash, MoneyDecimals), formatDecimal(before, MoneyDecimals))
			continue
		}
		given[key] = before + a.Capital
	}
}

// warnUnused tells of blocks that no agent names.
func (r *reader) warnUnused() {
	c := r.config
	if len(c.Agents) == 0 || r.diagnostics.HasErrors() {
		return // it may be a misspelled name that does not name it
	}
	used := func(list func(*Agent) []string, name string) bool {
		return slices.ContainsFunc(c.Agents, func(a Agent) bool { return slices.Contains(list(&a), name) })
	}
	for i := range c.Feeds {
		standsIn := func(o Feed) bool { return slices.Contains(o.Fallback, c.Feeds[i].Name) }
		if f := &c.Feeds[i]; !used(func(a *Agent) []string { return a.Feeds }, f.Name) && !slices.ContainsFunc(c.Feeds, standsIn) {
			c.Warn(f.Range, "Unused feed", fmt.Sprintf("No agent uses feed %q.", f.Name))
		}
	}
	for i := range c.Venues {
		if v := &c.Venues[i]; !used(func(a *Agent) []string { return []string{a.Venue} }, v.Name) {
			c.Warn(v.Range, "Unused venue", fmt.Sprintf("No agent uses venue %q.", v.Name))
		}
	}
}
