package config

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Agent is one strategy at work.
type Agent struct {
	Source
	Name string
	// Strategy is the module's absolute path.
	Strategy string
	// SHA256 is the module's pinned hash in lower case hex, or empty for none.
	SHA256 string
	// Feeds are names of feeds, in the order in which their events count as sources.
	Feeds []string
	// Venue is the name of the venue that orders go to.
	Venue string
	// Account is the account at the venue. It is the agent's name where none is written.
	Account string
	// Shared says that other agents may trade the same instruments on the same account.
	Shared bool
	// Instruments are names of instruments, in the order in which the strategy sees them.
	Instruments []string
	// Capital is the part of the account given to this agent, in money. 0 means all of it.
	Capital int64
	// Params are what the strategy is told, as written; the module's declaration gives their types.
	Params map[string]Param
	Limits Limits
	Risk   Risk
	Modes  Modes
	Swap   Swap
	// OnStop is "keep", "cancel" or "flatten".
	OnStop string
	// OnQuarantine is "hold" or "flatten".
	OnQuarantine string
	// TicksOn are what the strategy is ticked for: "market", "timer", "order", "start".
	TicksOn []string
	// TrapsMax is how many ticks may trap in a row before the agent is quarantined.
	TrapsMax int
	// Seed is the agent's part of its randomness, beside the host's.
	Seed uint64
	// Hash is over every effective value that decides what this agent does: its own block, the host's
	// seed, and its feeds, venue and instruments. Agents beside it do not change it.
	Hash [32]byte

	paramsSource Source
}

// DefaultAgent trades as long as its strategy does not trap three times in a row, and takes entries back
// when the host stops.
func DefaultAgent() Agent {
	return Agent{
		Params:       map[string]Param{},
		Limits:       DefaultLimits(),
		Risk:         DefaultRisk(),
		Modes:        DefaultModes(),
		Swap:         DefaultSwap(),
		OnStop:       "cancel",
		OnQuarantine: "hold",
		TicksOn:      []string{"market", "timer"},
		TrapsMax:     3,
	}
}

func agentBlock() *block[Agent] {
	return &block[Agent]{
		name: "agent", labels: []string{"NAME"}, says: "A strategy at work: a module, what it sees, where it trades, and within which bounds.",
		defaults: DefaultAgent, source: func(a *Agent) *Source { return &a.Source },
		identify: func(a *Agent) string { return a.Name },
		fields: []field[Agent]{
			path("strategy", func(a *Agent) *string { return &a.Strategy }, true, "The module, a WebAssembly file.").like(`"sma.wasm"`).must(),
			text("sha256", func(a *Agent) *string { return &a.SHA256 }, sha256Rule, "The module's hash, in 64 hex digits. Another file is refused.").defaults("any file").like(`"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`),
			listed("feed", func(a *Agent) *[]string { return &a.Feeds }, "The feed whose bars it sees.").like(`"daily"`),
			names("feeds", func(a *Agent) *[]string { return &a.Feeds }, "The feeds, where there are several.").like(`["daily", "hourly"]`),
			text("venue", func(a *Agent) *string { return &a.Venue }, nameRule, "The venue its orders go to.").called("name").like(`"paper"`).must(),
			text("account", func(a *Agent) *string { return &a.Account }, nameRule, "The account at the venue.").called("name").like(`"main"`).defaults("the agent's name"),
			boolean("shared", func(a *Agent) *bool { return &a.Shared }, "Other agents may trade the same instruments on the same account."),
			names("instruments", func(a *Agent) *[]string { return &a.Instruments }, "What it sees and may trade, in the order in which the strategy counts them.").like(`["GOOG"]`).must(),
			money("capital", func(a *Agent) *int64 { return &a.Capital }, 1, "The part of the account that is given to this agent.").like("10000").defaults("all of it"),
			oneOf("on_stop", func(a *Agent) *string { return &a.OnStop }, []string{"keep", "cancel", "flatten"}, "What becomes of its orders and positions when the host stops: everything stays, entries are cancelled and positions and protective stops stay, or positions are closed as well."),
			oneOf("on_quarantine", func(a *Agent) *string { return &a.OnQuarantine }, []string{"hold", "flatten"}, "What becomes of its positions when it is quarantined."),
			someOf("ticks_on", func(a *Agent) *[]string { return &a.TicksOn }, []string{"market", "timer", "order", "start"}, "What the strategy is ticked for; what it is not ticked for, it learns with the next tick."),
			whole("traps_max", func(a *Agent) *int { return &a.TrapsMax }, 1, 1_000_000, "How many ticks in a row may trap before the agent is quarantined.").like("3"),
			whole("seed", func(a *Agent) *uint64 { return &a.Seed }, 0, maxInt64, "The agent's part of its randomness, beside the host's seed and its name."),
		},
		children: []child[Agent]{
			one(paramsBlock(), func(a *Agent) *Agent { return a }),
			one(limitsBlock(), func(a *Agent) *Limits { return &a.Limits }),
			one(riskBlock(), func(a *Agent) *Risk { return &a.Risk }),
			one(modesBlock(), func(a *Agent) *Modes { return &a.Modes }),
			one(swapBlock(), func(a *Agent) *Swap { return &a.Swap }),
		},
		check: checkAgent,
	}
}

func sha256Rule(s string) string {
	if _, err := hex.DecodeString(s); err != nil || len(s) != 64 {
		return fmt.Sprintf("a SHA-256 has 64 hex digits; found %s.", plural(len(s), "character"))
	}
	return ""
}

func anyText(string) string { return "" }

func checkAgent(p *place, a *Agent) {
	a.SHA256 = strings.ToLower(a.SHA256)
	if a.Account == "" {
		a.Account = a.Name
	}
	p.either("feed", "feeds")
	if p.lacks("feed", "feeds") {
		p.fail(p.header, "Missing attribute", "%s needs feed: the feed whose bars it sees. Write, for example:\n  feed = \"daily\"", p.title)
	}
	var instruments []*Instrument
	for _, name := range a.Instruments {
		if i := p.config.Instrument(name); i != nil {
			instruments = append(instruments, i)
		}
	}
	a.Risk.OrderQuantityMax = a.Risk.orderQuantityMax.scaled(instruments)
	a.Risk.PositionMax = a.Risk.positionMax.scaled(instruments)
	a.Modes.inherit(&p.config.Host, p.config.Venue(a.Venue))
}
