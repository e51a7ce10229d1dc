package config

import (
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// LiveFeed is a feed of bars as they happen, over the network.
type LiveFeed struct {
	// URL is the server, without /api; http and ws are the same server. AllowPlain permits one that is not
	// encrypted on another machine.
	URL        string
	AllowPlain bool
	// Transport is "websocket" or "http".
	Transport string
	// Key is the feed's; none for a feed that takes none.
	Key Key
	// Instruments are what it has, in the order written.
	Instruments []LiveInstrument
	// StaleAfter is how long no bar may come before the feed is stale and its fallback is asked.
	StaleAfter time.Duration
	// SilentAfter is how long a WebSocket may say nothing at all, heartbeats included, before it is dialled
	// anew.
	SilentAfter time.Duration
	// Grace is how long a bar waits for those of other instruments that close at the same time.
	Grace time.Duration
	// PollEvery is how often a feed of transport "http" is asked.
	PollEvery time.Duration
}

// LiveInstrument is an instrument of a live feed.
type LiveInstrument struct {
	Source
	Instrument string
	// Symbol is what the feed calls it.
	Symbol string
}

// DefaultLiveFeed is a WebSocket. Times that are zero here follow from the interval.
func DefaultLiveFeed() LiveFeed {
	return LiveFeed{Transport: "websocket", SilentAfter: 15 * time.Second}
}

func defaultLive() Feed {
	l := DefaultLiveFeed()
	return Feed{Type: "live", Quality: DefaultQuality(), Live: &l, format: DefaultFeedSource()}
}

func liveBlock() *block[Feed] {
	fields := []field[Feed]{
		text("url", func(f *Feed) *string { return &f.Live.URL }, serverRule, "The server, without /api: http and ws are the same.").like(`"https://api.example.com"`).must(),
		boolean("allow_plain", func(f *Feed) *bool { return &f.Live.AllowPlain }, "The server may be one without encryption on another machine, where everybody on the way can read the key and change the prices."),
		oneOf("transport", func(f *Feed) *string { return &f.Live.Transport }, []string{"websocket", "http"}, "The feed tells bars by itself on a WebSocket, or is asked for them."),
		liveInstruments(),
		duration("interval", func(f *Feed) *time.Duration { return &f.Interval }, time.Millisecond, "The length of a bar.", "1m").must(),
	}
	fields = append(fields, keyFields(func(f *Feed) *Key { return &f.Live.Key })...)
	fields = append(fields,
		duration("stale_after", func(f *Feed) *time.Duration { return &f.Live.StaleAfter }, time.Millisecond, "When so long no bar has come, the feed is stale, and its fallback is asked.", "3m").defaults("three intervals, at least 10s"),
		duration("poll_every", func(f *Feed) *time.Duration { return &f.Live.PollEvery }, 10*time.Millisecond, "How often a feed of transport http is asked.", "1s").defaults("a tenth of the interval, 100ms to 5s"),
		duration("silent_after", func(f *Feed) *time.Duration { return &f.Live.SilentAfter }, time.Millisecond, "After how long without any message, heartbeats included, a WebSocket is dialled anew.", "15s"),
		duration("grace", func(f *Feed) *time.Duration { return &f.Live.Grace }, time.Millisecond, "How long a bar waits for those of other instruments that close at the same time.", "500ms").defaults("a tenth of the interval, at most 2s, and poll_every"),
		names("fallback", func(f *Feed) *[]string { return &f.Fallback }, "Live feeds of the same instruments that stand in for this one while it is stale, the first that is not. Their own fallback is not asked.").like(`["backup"]`),
	)
	return &block[Feed]{
		name: "feed", labels: []string{`"live"`, "NAME"},
		says:     "Bars as they happen, from `agenthost venue` or what speaks as it does, for venues outside of this process.",
		defaults: defaultLive, source: func(f *Feed) *Source { return &f.Source },
		identify: func(f *Feed) string { return f.Type + " " + f.Name },
		fields:   fields,
		children: []child[Feed]{
			liveInstrumentChild(),
			one(qualityBlock(), func(f *Feed) *Quality { return &f.Quality }),
		},
		check: checkLive,
	}
}

// liveInstruments is the short form of the blocks. The hash has the instruments as they came to be.
func liveInstruments() field[Feed] {
	f := names("instruments", func(*Feed) *[]string { return new([]string) }, "What it has. Where the feed calls one by another name, there is a block for it.").like(`["GOOG"]`).defaults("those of the blocks")
	f.read = func(v value, f *Feed) {
		var list []string
		named := names("instruments", func(*Feed) *[]string { return &list }, "")
		named.read(v, f)
		for i, name := range list {
			if wrong := instrumentRule(name); wrong != "" {
				v.failAt(v.element(i), "Name not allowed", "%q is no name of an instrument: %s", name, wrong)
				continue
			}
			f.Live.Instruments = append(f.Live.Instruments, LiveInstrument{Source: Source{Range: v.element(i)}, Instrument: name, Symbol: name})
		}
	}
	return f
}

func liveInstrumentBlock() *block[LiveInstrument] {
	return &block[LiveInstrument]{
		name: "instrument", labels: []string{"NAME"}, says: "An instrument of the feed.",
		defaults: func() LiveInstrument { return LiveInstrument{} }, source: func(i *LiveInstrument) *Source { return &i.Source },
		identify: func(i *LiveInstrument) string { return i.Instrument },
		fields: []field[LiveInstrument]{
			text("symbol", func(i *LiveInstrument) *string { return &i.Symbol }, anyText, "What the feed calls it.").like(`"XBT/USD"`).defaults("the instrument's name"),
		},
	}
}

func liveInstrumentChild() child[Feed] {
	b := liveInstrumentBlock()
	return child[Feed]{
		name: "instrument", many: true, describe: b.describe,
		dump: func(c *canon, f *Feed) {
			for i := range f.Live.Instruments {
				b.dump(c, &f.Live.Instruments[i])
			}
		},
		read: func(p *place, x *hclsyntax.Block, f *Feed) {
			i := b.defaults()
			named := p.labels(x, `"NAME"`) && p.nameRule(x, 0, instrumentRule)
			if named {
				i.Instrument, i.Symbol = x.Labels[0], x.Labels[0]
			}
			b.read(p.inner(x), &i)
			if !named {
				return
			}
			if f.Provides(i.Instrument) {
				p.fail(rangeOf(x.DefRange()), "Named twice", "%s has %q already. Name each instrument once: in the list, or in a block.", p.title, i.Instrument)
				return
			}
			f.Live.Instruments = append(f.Live.Instruments, i)
		},
	}
}

func checkLive(p *place, f *Feed) {
	l := f.Live
	if p.lacks("instruments") && !p.hasBlock("instrument") {
		p.fail(p.header, "Missing attribute", "%s does not say of which instruments it has bars. Write, for example, instruments = [\"GOOG\"].", p.title)
	}
	if f.Written("poll_every") && l.Transport == "websocket" {
		p.fail(f.At("poll_every"), "Settings that contradict", "poll_every is for a feed that is asked (transport = \"http\"), and this one tells by itself.")
	}
	if f.Written("silent_after") && l.Transport == "http" {
		p.fail(f.At("silent_after"), "Settings that contradict", "silent_after is for a feed that tells by itself (transport = \"websocket\"), and this one is asked.")
	}
	if f.Written("stale_after") && l.StaleAfter < f.Interval {
		p.fail(f.At("stale_after"), "Settings that contradict", "stale_after is %s, and a bar comes each %s: the feed would be stale between any two bars.", formatDuration(l.StaleAfter), formatDuration(f.Interval))
	}
	l.settle(f)
	p.checkKey(l.Key, &f.Source)
	p.checkClear(f.At("url"), l.URL, l.AllowPlain)
}

// settle works out what follows from the interval, where it is not written.
func (l *LiveFeed) settle(f *Feed) {
	if !f.Written("stale_after") {
		l.StaleAfter = max(3*f.Interval, 10*time.Second)
	}
	if !f.Written("poll_every") {
		l.PollEvery = min(max(f.Interval/10, 100*time.Millisecond), 5*time.Second)
	}
	if f.Written("grace") {
		return
	}
	l.Grace = min(f.Interval/10, 2*time.Second)
	if l.Transport == "http" {
		l.Grace += l.PollEvery
	}
}

func serverRule(s string) string {
	if wrong := urlRule("https", "http", "wss", "ws")(s); wrong != "" {
		return wrong
	}
	if strings.ContainsAny(s, "?") {
		return "it has a query (?)."
	}
	return ""
}
