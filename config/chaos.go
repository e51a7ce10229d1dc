package config

import "time"

// Chaos are faults put in on purpose. Rates are fractions: how often it happens.
type Chaos struct {
	Source
	// Seed decides which calls fail: the same seed, the same faults.
	Seed  uint64
	Venue ChaosVenue
	Feed  ChaosFeed
	Store ChaosStore
	// KillEvery ends the process without a word, after this time on average; 0 is never.
	KillEvery time.Duration
}

// ChaosVenue are faults between the host and the venue.
type ChaosVenue struct {
	Source
	// FailRate of the calls are answered with one of Codes, which are HTTP statuses.
	FailRate int64
	Codes    []int
	// Latency is added to each call, the half to one and a half of it.
	Latency time.Duration
	// DropBefore of the calls are lost before they reach the venue, DropAfter after it has carried them out.
	DropBefore, DropAfter int64
	// Duplicate of the calls reach the venue twice.
	Duplicate int64
	// Delay of the calls reach the venue DelayBy later, when the caller has given up.
	Delay   int64
	DelayBy time.Duration
	// Reorder of the replies come after the next one; Partial of the fills come in parts.
	Reorder, Partial int64
}

// ChaosFeed are faults of the bars: without a number, from the past, or missing.
type ChaosFeed struct {
	Source
	NaNRate, StaleRate, GapRate int64
}

// ChaosStore are faults of the journal's disk.
type ChaosStore struct {
	Source
	// FullAfter is how many bytes fit before the disk is full, for FullFor; 0 is never, or for ever.
	FullAfter int64
	FullFor   time.Duration
	// FailRate of the writes fail.
	FailRate int64
}

// DefaultChaosVenue has no faults; those that fail by rate are the usual ones.
func DefaultChaosVenue() ChaosVenue {
	return ChaosVenue{Codes: []int{429, 500, 502, 503, 504}, DelayBy: time.Minute}
}

// DefaultChaos has no faults.
func DefaultChaos() Chaos { return Chaos{Venue: DefaultChaosVenue()} }

func chaosBlock() *block[Chaos] {
	return &block[Chaos]{
		name: "chaos", says: "Faults put in on purpose, to see what is survived. Only where every venue is a test: a paper venue, or one with test = true.",
		defaults: DefaultChaos, source: func(c *Chaos) *Source { return &c.Source },
		fields: []field[Chaos]{
			whole("seed", func(c *Chaos) *uint64 { return &c.Seed }, 0, maxInt64, "What decides where the faults fall."),
			duration("kill_every", func(c *Chaos) *time.Duration { return &c.KillEvery }, 100*time.Millisecond, "The process ends without a word, after this time on average.", "20s").defaults("never"),
		},
		children: []child[Chaos]{
			one(chaosVenueBlock(), func(c *Chaos) *ChaosVenue { return &c.Venue }),
			one(chaosFeedBlock(), func(c *Chaos) *ChaosFeed { return &c.Feed }),
			one(chaosStoreBlock(), func(c *Chaos) *ChaosStore { return &c.Store }),
		},
	}
}

// faultRate is how often a fault happens.
func faultRate[T any](name string, get func(*T) *int64, says string) field[T] {
	return fraction(name, get, 0, One, says).like(`"10%"`)
}

func chaosVenueBlock() *block[ChaosVenue] {
	return &block[ChaosVenue]{
		name: "venue", says: "Faults between the host and its venues.",
		defaults: DefaultChaosVenue, source: func(c *ChaosVenue) *Source { return &c.Source },
		fields: []field[ChaosVenue]{
			faultRate("fail_rate", func(c *ChaosVenue) *int64 { return &c.FailRate }, "So many calls are answered with one of the codes, and not carried out."),
			wholes("codes", func(c *ChaosVenue) *[]int { return &c.Codes }, 400, 599, "The statuses.").like("[500, 503]"),
			duration("latency", func(c *ChaosVenue) *time.Duration { return &c.Latency }, 0, "How much longer a call takes: from half to one and a half of it.", "500ms"),
			faultRate("drop_before", func(c *ChaosVenue) *int64 { return &c.DropBefore }, "So many calls are lost before they reach the venue."),
			faultRate("drop_after", func(c *ChaosVenue) *int64 { return &c.DropAfter }, "So many replies are lost, after the venue has carried out the call."),
			faultRate("duplicate", func(c *ChaosVenue) *int64 { return &c.Duplicate }, "So many calls reach the venue twice."),
			faultRate("delay", func(c *ChaosVenue) *int64 { return &c.Delay }, "So many calls reach the venue only when their caller has given up."),
			duration("delay_by", func(c *ChaosVenue) *time.Duration { return &c.DelayBy }, time.Millisecond, "How much later. Beyond settle.window it shows what no rule can settle.", "1m"),
			faultRate("reorder", func(c *ChaosVenue) *int64 { return &c.Reorder }, "So many replies come after the next."),
			faultRate("partial", func(c *ChaosVenue) *int64 { return &c.Partial }, "So many fills come in two parts, one after the other."),
		},
		check: func(p *place, c *ChaosVenue) {
			if sum := c.FailRate + c.DropBefore + c.DropAfter + c.Delay; sum > One {
				p.fail(p.header, "Settings that contradict", "fail_rate, drop_before, drop_after and delay come to %s: a call has one of them at most.", formatDecimal(sum, FractionDecimals))
			}
		},
	}
}

func chaosFeedBlock() *block[ChaosFeed] {
	return &block[ChaosFeed]{
		name: "feed", says: "Faults of the bars.",
		defaults: func() ChaosFeed { return ChaosFeed{} }, source: func(c *ChaosFeed) *Source { return &c.Source },
		fields: []field[ChaosFeed]{
			faultRate("nan_rate", func(c *ChaosFeed) *int64 { return &c.NaNRate }, "So many bars have a price that is no number."),
			faultRate("stale_rate", func(c *ChaosFeed) *int64 { return &c.StaleRate }, "So many bars are the one before once more."),
			faultRate("gap_rate", func(c *ChaosFeed) *int64 { return &c.GapRate }, "So many bars are missing."),
		},
	}
}

func chaosStoreBlock() *block[ChaosStore] {
	return &block[ChaosStore]{
		name: "store", says: "Faults of the journal's disk.",
		defaults: func() ChaosStore { return ChaosStore{} }, source: func(c *ChaosStore) *Source { return &c.Source },
		fields: []field[ChaosStore]{
			size("full_after", func(c *ChaosStore) *int64 { return &c.FullAfter }, 1, 1<<40, 1, "The disk is full after so much has been written.").like(`"16MiB"`).defaults("never"),
			duration("full_for", func(c *ChaosStore) *time.Duration { return &c.FullFor }, time.Millisecond, "How long it stays full.", "10s").defaults("for ever"),
			faultRate("fail_rate", func(c *ChaosStore) *int64 { return &c.FailRate }, "So many writes fail."),
		},
	}
}

// checkChaos refuses faults where money could be lost by them.
func (r *reader) checkChaos() {
	c := r.config
	if c.Host.Chaos == nil {
		return
	}
	var real []string
	for i := range c.Venues {
		if !c.Venues[i].Test {
			real = append(real, c.Venues[i].Name)
		}
	}
	if len(real) == 0 {
		return
	}
	p := &place{reader: r, title: "chaos of host"}
	p.fail(c.Host.Chaos.Range, "Chaos with real money", "There is chaos, and %s not marked as a test. Write test = true in %s if nothing can be lost there, or leave chaos out.",
		countedVenues(real), pronoun(len(real)))
}

func countedVenues(names []string) string {
	if len(names) == 1 {
		return "venue " + quotedList(names, "and") + " is"
	}
	return "venues " + quotedList(names, "and") + " are"
}

func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "each"
}
