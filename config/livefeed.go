package config

import (
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// LiveFeed is a feed of bars as they happen, over the network.
type LiveFeed struct {
	// URL is where bars come from; its scheme fits the transport.
	URL string
	// Transport is "websocket" or "http".
	Transport string
	// Key is the feed's; none for a feed that takes none.
	Key Key
	// Instruments are what it has, in the order written.
	Instruments []LiveInstrument
	// StaleAfter is how long no bar may come before the feed is stale and its fallback is asked.
	StaleAfter time.Duration
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

// DefaultLiveFeed is a WebSocket.
func DefaultLiveFeed() LiveFeed {
	return LiveFeed{Transport: "websocket", PollEvery: time.Second}
}

func defaultLive() Feed {
	l := DefaultLiveFeed()
	return Feed{Type: "live", Quality: DefaultQuality(), Live: &l, format: DefaultFeedSource()}
}

func liveBlock() *block[Feed] {
	fields := []field[Feed]{
		text("url", func(f *Feed) *string { return &f.Live.URL }, urlRule("wss", "ws", "https", "http"), "Where the bars come from.").like(`"wss://api.example.com/api/stream"`).must(),
		oneOf("transport", func(f *Feed) *string { return &f.Live.Transport }, []string{"websocket", "http"}, "The feed tells bars by itself on a WebSocket, or is asked for them.").defaults(`by the url: "websocket" or "http"`),
		liveInstruments(),
		duration("interval", func(f *Feed) *time.Duration { return &f.Interval }, time.Millisecond, "The length of a bar.", "1m").must(),
	}
	fields = append(fields, keyFields(func(f *Feed) *Key { return &f.Live.Key })...)
	fields = append(fields,
		duration("stale_after", func(f *Feed) *time.Duration { return &f.Live.StaleAfter }, time.Millisecond, "When so long no bar has come, the feed is stale, and its fallback is asked.", "3m").defaults("twice the interval and 10s"),
		duration("poll_every", func(f *Feed) *time.Duration { return &f.Live.PollEvery }, 10*time.Millisecond, "How often a feed of transport http is asked.", "1s"),
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
	byURL := "http"
	if strings.HasPrefix(l.URL, "ws") {
		byURL = "websocket"
	}
	switch {
	case l.URL == "":
	case !f.Written("transport"):
		l.Transport = byURL
	case l.Transport != byURL:
		p.fail(f.At("transport"), "Settings that contradict", "transport is %q, and the url is one of %s. Write `transport = %q`, or another url.", l.Transport, byURL, byURL)
	}
	if f.Written("poll_every") && l.Transport == "websocket" {
		p.fail(f.At("poll_every"), "Settings that contradict", "poll_every is for a feed that is asked, and this one (transport websocket) tells by itself.")
	}
	if !f.Written("stale_after") {
		l.StaleAfter = 2*f.Interval + 10*time.Second
	} else if l.StaleAfter <= f.Interval {
		p.fail(f.At("stale_after"), "Settings that contradict", "stale_after is %s, and a bar comes each %s: the feed would be stale between any two bars.", formatDuration(l.StaleAfter), formatDuration(f.Interval))
	}
	p.checkKey(l.Key, &f.Source)
	p.checkClear(f.At("url"), l.URL, l.Key)
}
