package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/journal"
)

// Options are how a plan is run; they do not change what it does.
type Options struct {
	Journal *journal.Journal
	// Owner is who holds the leases, the same for every run of this host on this data.
	Owner string
	// Resume continues what the journal holds; otherwise its streams must be empty.
	Resume bool
	// Modules keeps the bytes of the strategies beside the journal, for whoever replays it; nil keeps none.
	Modules ModuleSource
	// Workers is how many groups run at once; 0 means one for each core.
	Workers int
	Log     hclog.Logger
	// OnTick, if set, is told of every successful tick: the input, valid during the call, the virtual
	// clock and the fuel used. Groups call it from their own goroutines.
	OnTick func(agent string, input []byte, now, used int64)
	// Now and Sleep are the wall clock; nil means the real one.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration)
}

// ErrHistory says that a new run was asked for over streams that hold an old one.
var ErrHistory = errors.New("the journal already holds a run; continue it with --resume, or start in another folder")

// genesis is the body of a stream's first entry, as JSON.
type genesis struct {
	Run        string `json:"run"` // 8 bytes in hex
	Agent      string `json:"agent,omitempty"`
	Venue      string `json:"venue,omitempty"`
	Account    string `json:"account,omitempty"`
	Seed       uint64 `json:"seed"`
	Start      int64  `json:"start,omitempty"` // of a live agent
	DataSHA256 string `json:"data_sha256,omitempty"`
}

// start makes a group ready to run, in the order in which it must happen: the leases, what the journal
// says of an earlier run, the market, the account, the agents. Nothing is sent before all of it held.
func start(ctx context.Context, p *GroupPlan, o *Options) (ready *group, err error) {
	g := &group{plan: p, progress: &Progress{}, sleep: o.Sleep}
	ledgers := make([]*ledger, 0, len(p.Agents))
	defer func() {
		if err == nil {
			return
		}
		for _, l := range ledgers[len(g.agents):] { // those of agents that were not made
			err = errors.Join(err, l.close())
		}
		err = errors.Join(err, g.close())
	}()
	if g.lane, err = openLane(p, o); err != nil {
		return nil, err
	}
	if g.market, err = openMerged(p.Feeds); err != nil {
		return nil, err
	}
	first, err := g.market.peek()
	if err == nil {
		p.StartTime = first.Time
	}
	begins := make([]int64, len(p.Agents))
	for i, a := range p.Agents {
		a.DayByOpen = g.market.feeds[0].TimeIsOpen()
		if begins[i], err = startOf(p, a); err != nil {
			return nil, fmt.Errorf("agent %s: %w", a.Name, err)
		}
		l, err := openAgent(a, uint32(i), begins[i], o)
		if err != nil {
			return nil, err
		}
		ledgers = append(ledgers, l)
	}
	if g.venue, err = p.New(); err != nil {
		return nil, err
	}
	for i, a := range p.Agents {
		agent, err := newAgent(ctx, a, uint32(i), begins[i], ledgers[i], o.Log)
		if err != nil {
			return nil, err
		}
		agent.onTick = o.OnTick
		g.agents = append(g.agents, agent)
	}
	g.index()
	return g, nil
}

// startOf is the time of the first step of the market that concerns an agent; the group's where there is
// none.
func startOf(p *GroupPlan, a *AgentPlan) (int64, error) {
	var own []feed.Config
	for _, f := range p.Feeds {
		if slices.Contains(a.Feeds, f.Name) {
			own = append(own, f)
		}
	}
	if len(p.Agents) == 1 || len(own) == 0 {
		return p.StartTime, nil
	}
	m, err := openMerged(own)
	if err != nil {
		return 0, err
	}
	defer m.close()
	for {
		step, err := m.peek()
		if errors.Is(err, io.EOF) {
			return p.StartTime, nil
		}
		if err != nil {
			return 0, err
		}
		for i := range step.Bars {
			if indexOf(a.Instruments, p.Instruments[step.Bars[i].Instrument].Name) >= 0 {
				return step.Time, nil
			}
		}
		m.take()
	}
}

// index prepares the translation between the group's instruments and each agent's own.
func (g *group) index() {
	for _, a := range g.agents {
		local := make([]int32, len(g.plan.Instruments))
		for i := range local {
			local[i] = int32(indexOf(a.plan.Instruments, g.plan.Instruments[i].Name))
		}
		var global []uint32
		for i := range a.plan.Instruments {
			global = append(global, uint32(indexOf(g.plan.Instruments, a.plan.Instruments[i].Name)))
		}
		g.local, g.global = append(g.local, local), append(g.global, global)
	}
}

// openLane takes the lease of the account's stream.
func openLane(p *GroupPlan, o *Options) (*ledger, error) {
	body, err := json.Marshal(genesis{Run: fmt.Sprintf("%x", p.Agents[0].Run), Venue: p.Venue, Account: p.Account})
	if err != nil {
		return nil, err
	}
	l, fresh, err := acquire("lane/"+p.Venue+"/"+p.Account, body, o)
	if err != nil || fresh {
		return l, err
	}
	return l, l.resume(o.Journal)
}

// openAgent takes the lease of an agent's stream. A new one gets its genesis and the entry that says
// what makes its turns; an old one must have been made by the same.
func openAgent(a *AgentPlan, index uint32, start int64, o *Options) (*ledger, error) {
	body, err := json.Marshal(genesis{
		Run: fmt.Sprintf("%x", a.Run), Agent: a.Name, Seed: a.Seed, DataSHA256: fmt.Sprintf("%x", a.DataSHA256),
	})
	if err != nil {
		return nil, err
	}
	l, fresh, err := acquire("agent/"+a.Name, body, o)
	if err != nil {
		return nil, err
	}
	made, err := madeBy(a)
	if err != nil {
		return nil, err
	}
	made.Start, made.Index = start, index
	if _, turns := l.stream.Head(); fresh || turns == 0 { // nothing was made by what was there before
		if err := l.putModule(&made, a.Wasm, o.Modules, 0, 0); err != nil {
			return nil, err
		}
		return l, l.wait()
	}
	if l.module, err = sameModule(o.Journal, l.stream, &made); err != nil {
		return nil, err
	}
	return l, l.resume(o.Journal)
}

// acquire takes a stream's lease and sees to its genesis. fresh says that there was no history.
func acquire(name string, genesisBody []byte, o *Options) (l *ledger, fresh bool, err error) {
	const lease = 24 * time.Hour // of a recorded run: its folder has no other user, and SQLite's file is locked
	s, err := o.Journal.Acquire(name, o.Owner, o.Now().UnixNano(), lease)
	if err != nil {
		return nil, false, err
	}
	l = &ledger{stream: s, name: name}
	position, _ := s.Head()
	if position == 0 {
		s.Append(journal.KindGenesis, 0, 0, genesisBody)
		return l, true, l.wait()
	}
	if !o.Resume {
		return nil, false, fmt.Errorf("stream %q has %d entries: %w", name, position, ErrHistory)
	}
	return l, false, sameGenesis(o.Journal, name, genesisBody)
}

func sameGenesis(j *journal.Journal, name string, want []byte) error {
	for e, err := range j.Read(name, 1) {
		switch {
		case err != nil:
			return err
		case e.Kind == journal.KindGenesis && string(e.Body) == string(want):
			return nil
		default:
			return fmt.Errorf("stream %q was begun with %s, now it would be %s: the data or the seed is not what it was; start a new run", name, e.Body, want)
		}
	}
	return fmt.Errorf("stream %q has no genesis", name)
}

// sameModule finds the entry that says what makes the turns: a recorded run has one.
func sameModule(j *journal.Journal, s *journal.Stream, want *moduleEntry) (position uint64, err error) {
	head, _ := s.Head()
	known, err := modulesOf(j, s.Name(), head, 0)
	if err != nil {
		return 0, err
	}
	if len(known) == 0 {
		return 0, fmt.Errorf("stream %q ends before the entry that names its module: start a new run", s.Name())
	}
	if other := known[0].entry.differences(want); len(other) > 0 {
		return 0, fmt.Errorf("stream %q was made by another %s than there is now: a resumed run needs the same module, configuration and host; start a new run",
			s.Name(), strings.Join(other, ", "))
	}
	return known[0].position, nil
}
