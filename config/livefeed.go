package config

import "time"

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
