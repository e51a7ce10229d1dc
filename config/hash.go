package config

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"slices"
)

// canon writes settings in one form, whatever the file's, for hashing. Every text is quoted, so that no
// two configurations have the same form.
type canon struct {
	hash hash.Hash
	// list, if set, gets the settings instead, with those that decide nothing of what a run does.
	list *settings
}

func newCanon() *canon {
	c := &canon{hash: sha256.New()}
	c.line("agenthost config", "1")
	return c
}

func (c *canon) line(name, text string) {
	if c.list != nil {
		c.list.add(name, text)
		return
	}
	fmt.Fprintf(c.hash, "%s %q\n", name, text)
}

// begin and end are a block's; its name tells it apart from others of its kind.
func (c *canon) begin(block, name string) {
	if c.list != nil {
		c.list.begin(block, name)
		return
	}
	c.line("{ "+block, name)
}

func (c *canon) end() {
	if c.list != nil {
		c.list.end()
		return
	}
	c.line("}", "")
}

func (c *canon) sum() (sum [32]byte) {
	c.hash.Sum(sum[:0])
	return sum
}

// dump writes every setting of t that decides what a run does.
func (b *block[T]) dump(c *canon, t *T) {
	name := ""
	if b.identify != nil {
		name = b.identify(t)
	}
	c.begin(b.name, name)
	for i := range b.fields {
		f := &b.fields[i]
		switch {
		case f.unhashed && c.list == nil:
		case f.private:
			c.line(f.name, unreadable(f.show(t)))
		case f.path && c.list == nil:
			c.line(f.name, b.source(t).written[f.name])
		default:
			c.line(f.name, f.show(t))
		}
	}
	if b.openDump != nil {
		b.openDump(c, t)
	}
	for i := range b.children {
		b.children[i].dump(c, t)
	}
	c.end()
}

func dumpParams(c *canon, a *Agent) {
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		p := a.Params[name]
		if c.list != nil {
			c.line(name, p.Text)
			continue
		}
		c.line(fmt.Sprintf("param %s %d", name, p.Kind), p.Text)
	}
}

// dumper writes whole blocks; each description is made once.
type dumper struct {
	host       *block[Host]
	feed       map[string]*block[Feed]
	venue      map[string]*block[Venue]
	instrument *block[Instrument]
	agent      *block[Agent]
}

// hash sets the hashes of the configuration and of each agent.
func (r *reader) hash() {
	c, all, d := r.config, newCanon(), newDumper()
	d.dump(all, c)
	for i := range c.Agents {
		c.Agents[i].Hash = d.agentHash(c, &c.Agents[i])
	}
	c.Hash = all.sum()
}

func newDumper() *dumper {
	return &dumper{hostBlock(), byType(feedBlock, feedNames), byType(venueBlock, venueNames), instrumentBlock(), agentBlock()}
}

// dump writes a whole configuration.
func (d *dumper) dump(all *canon, c *Config) {
	d.host.dump(all, &c.Host)
	for i := range c.Feeds {
		d.dumpFeed(all, &c.Feeds[i])
	}
	for i := range c.Venues {
		d.dumpVenue(all, &c.Venues[i])
	}
	for i := range c.Instruments {
		d.instrument.dump(all, &c.Instruments[i])
	}
	for i := range c.Agents {
		d.agent.dump(all, &c.Agents[i])
	}
}

func byType[T any](table func(string) *block[T], types []string) map[string]*block[T] {
	m := make(map[string]*block[T], len(types))
	for _, typ := range types {
		m[typ] = table(typ)
	}
	return m
}

func (d *dumper) dumpFeed(c *canon, f *Feed) { d.feed[meantOr(f.Type, feedNames)].dump(c, f) }

func (d *dumper) dumpVenue(c *canon, v *Venue) { d.venue[meantOr(v.Type, venueNames)].dump(c, v) }

// dumpFallback writes the feeds that may stand in for one.
func (d *dumper) dumpFallback(h *canon, c *Config, f *Feed) {
	for _, name := range f.Fallback {
		if other := c.Feed(name); other != nil {
			d.dumpFeed(h, other)
		}
	}
}

func (d *dumper) agentHash(c *Config, a *Agent) [32]byte {
	h := newCanon()
	d.host.dump(h, &c.Host)
	d.agent.dump(h, a)
	for _, name := range a.Feeds {
		if f := c.Feed(name); f != nil {
			d.dumpFeed(h, f)
			d.dumpFallback(h, c, f)
		}
	}
	if v := c.Venue(a.Venue); v != nil {
		d.dumpVenue(h, v)
	}
	for _, name := range a.Instruments {
		if i := c.Instrument(name); i != nil {
			d.instrument.dump(h, i)
		}
	}
	return h.sum()
}
