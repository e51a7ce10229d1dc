package simulation

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// Break makes the host wrong in one way, at a seam of the simulation, to prove that the checker can fail.
type Break uint8

const (
	BreakNothing Break = iota
	// BreakIDs gives each attempt of an order an id of its own.
	BreakIDs
	// BreakDurability sends before the intent is durable: the disk acknowledges what a crash loses.
	BreakDurability
	// BreakQueryErrors reads an error of a lookup as "not found".
	BreakQueryErrors
	// BreakSettleWindow believes the first absences at once.
	BreakSettleWindow
	// BreakLookupPath makes lookups ask in the wrong place once they are trusted.
	BreakLookupPath
	// BreakBreaker forgets the breaker at a restart.
	BreakBreaker
	// BreakFills applies each fill twice.
	BreakFills
	// BreakCancelOrder lets a cancel overtake its submit, and believes that it has cancelled.
	BreakCancelOrder
	// BreakCloses closes a position twice.
	BreakCloses
	// BreakPoison makes a failed tick swallow the fills that it was told of.
	BreakPoison
	// BreakRedriveID redrives a rejected order under its own id, at a venue that has forgotten it.
	BreakRedriveID
	// BreakRedriveTwice lets two orders go out for one redrive.
	BreakRedriveTwice
	// BreakWarmup swaps in a module that is to load what the old one saved, and begins as if there had been nothing.
	BreakWarmup
	// BreakCheckpointOrder leaves an open order out of the lane's checkpoints.
	BreakCheckpointOrder
	// BreakCheckpointModule keeps, after a swap, the memory of the module before, and uses it for the new one.
	BreakCheckpointModule
	// BreakCheckpointAhead keeps a lane's state that is ahead of the journal's entry that it is said to be of.
	BreakCheckpointAhead
	// BreakPruneUnsynced prunes behind checkpoints that a failure of power takes back.
	BreakPruneUnsynced
	// BreakSwapOrders forgets, in a swap, the agent's orders that are in flight.
	BreakSwapOrders
	breakEnd
)

var breakNames = [breakEnd]string{
	"nothing", "new id per attempt", "intent not durable before sending", "query error read as not found",
	"no settle window", "mistyped lookup path", "breaker forgotten at restart", "fill applied twice",
	"cancel overtaking its submit", "two closes for one position", "poisoned tick swallowing its fill",
	"redrive of a rejected order under its own id", "two orders for one redrive", "swap forgetting what was known",
	"checkpoint without an open order", "checkpoint of another module", "checkpoint ahead of the journal", "pruning behind a checkpoint that is not durable", "swap forgetting orders in flight",
}

// String names what is broken.
func (b Break) String() string {
	if b < breakEnd {
		return breakNames[b]
	}
	return "break_unknown"
}

// Breaks are all that can be broken.
func Breaks() []Break {
	list := make([]Break, 0, breakEnd-1)
	for b := BreakIDs; b < breakEnd; b++ {
		list = append(list, b)
	}
	return list
}

// scene gives a world the troubles in which a break shows. A sound host goes through them too.
func (b Break) scene(p *Plan) {
	for g := range p.Groups {
		group := &p.Groups[g]
		v := &group.Venue
		switch b {
		case BreakQueryErrors, BreakSettleWindow, BreakLookupPath:
			// Nobody but lookups can tell what became of an order, and many are Unknown.
			v.Rates = Rates{FaultReplyLost: Million / 3}
			v.Facilities &^= event.FacilityStream
			v.LookupMistyped, v.RatePerSecond, p.Disk.Indeterminate = false, 0, 0
			for a := range group.Agents {
				group.Agents[a].Strategy = "greedy" // which cancels a lot
			}
			p.Market.Steps, p.Crashes = 120, nil // a start compares with the venue, and lists fail
		case BreakWarmup:
			group.Swaps, group.Changes = nil, nil
			for i, step := range [...]int{10, 18, 26} {
				for a := range group.Agents {
					group.Agents[a].Strategy = "trader"
					group.Swaps = append(group.Swaps, SwapPlan{
						By: fmt.Sprintf("person %d of %d", i, a), Step: step, First: true, Agent: a, Strategy: "trader", Version: 1 + i, Warmup: host.WarmupLoad,
					})
				}
			}
		case BreakSwapOrders, BreakCheckpointOrder, BreakCheckpointModule, BreakCheckpointAhead, BreakPruneUnsynced:
			b.sceneSaves(p, group)
		case BreakBreaker:
			v.Rates = Rates{FaultErrorInstead: Million / 2}
			for len(p.Crashes) < 8 {
				p.Crashes = append(p.Crashes, uint64(150*(len(p.Crashes)+1)))
			}
			slices.Sort(p.Crashes)
		case BreakRedriveID, BreakRedriveTwice:
			// Many orders are rejected, and a person tries them again.
			v.Rates = Rates{FaultBusinessReject: Million / 2}
			v.Dedupe, p.Person = resilience.DedupeNone, Million
		}
		switch b {
		case BreakQueryErrors:
			v.Rates[FaultLookupError] = Million * 3 / 4
		case BreakSettleWindow:
			v.Rates[FaultReplyLost], v.Rates[FaultRequestLate] = Million/10, Million/3
		}
	}
}

// sceneSaves has a checkpoint every few turns, swaps, and failures of power behind both.
func (b Break) sceneSaves(p *Plan, g *GroupPlan) {
	p.Disk.Indeterminate, p.Checkpoints, g.Prunes = 0, CheckpointFaults{}, nil
	g.Checkpoints, g.Swaps, g.Changes = host.CheckpointRule{Turns: 4, Keep: 2, Inline: true}, nil, nil
	for i, step := range [...]int{6, 12, 18, 24} {
		for a := range g.Agents {
			g.Agents[a].Strategy = "trader"
			g.Swaps = append(g.Swaps, SwapPlan{
				By: fmt.Sprintf("person %d of %d", i, a), Step: step, Agent: a, Strategy: "trader", Version: 1 + i%2, Warmup: host.WarmupLoad, OnSwap: "keep",
			})
		}
	}
	steps := uint64(90)
	if b == BreakPruneUnsynced {
		steps = 300
		p.Checkpoints.Unsynced, g.Checkpoints.Keep, g.Swaps, g.PruneKeep = Million, 2, nil, 0
		for step := 4; step < p.Market.Steps; step += 4 {
			g.Prunes = append(g.Prunes, PrunePlan{Step: step})
		}
	}
	p.Crashes = p.Crashes[:0:0]
	for i := range uint64(12) {
		p.Crashes = append(p.Crashes, steps*(i+1))
	}
}

// plan bends who plays.
func (b Break) plan(p *Plan) {
	for g := range p.Groups {
		for i := range p.Groups[g].Swaps {
			if b == BreakWarmup {
				p.Groups[g].Swaps[i].Strategy = forgets
			}
		}
		if b != BreakPoison {
			continue
		}
		for a := range p.Groups[g].Agents {
			p.Groups[g].Agents[a].Strategy = swallow
		}
	}
}

// disk bends what the disk does.
func (b Break) disk(f *DiskFaults) {
	if b == BreakDurability {
		f.Lies, f.Whole = Million, true
	}
}

// sceneLane gives a lane the settings in which a break shows.
func (b Break) sceneLane(c *execution.Config) {
	switch b {
	case BreakQueryErrors, BreakSettleWindow, BreakLookupPath: // or the breaker opens, and hides what is to be seen
		c.Breaker = resilience.BreakerConfig{
			ConsecutiveMax: 1 << 20, OpenFor: 1, Probes: 1, ProbesGood: 1, ProbeLease: second, LaneMax: 1, LaneLease: second,
		}
		c.CallTimeout, c.LookupEvery, c.Settle.Spacing = second, second/2, second/2
	}
}

// lane bends the lane's configuration.
func (b Break) lane(c *execution.Config) {
	if b == BreakSettleWindow {
		c.Settle = resilience.SettleConfig{Absences: 2, Spacing: 1, Window: 1}
	}
}

// seam stands between host and venue and bends what passes, if something is broken.
type seam struct {
	scene   Break // whose troubles the world has
	broken  Break
	venue   *Venue
	random  random
	aliases map[event.OrderID]event.OrderID // what went out under a new id, and whose it is
	latest  map[event.OrderID]event.OrderID // the newest id of an order
	found   int
	lists   int
	held    map[uint64]event.OrderID // submits that were overtaken, by call
	count   uint64
	config  execution.Config
	parts   map[string]*checkpoint.Part // of the host's last checkpoint, by stream
	forgets []event.OrderID             // at the next start
}

func newSeam(scene, b Break, v *Venue, r random) *seam {
	return &seam{
		scene: scene, broken: b, venue: v, random: r, aliases: make(map[event.OrderID]event.OrderID),
		latest: make(map[event.OrderID]event.OrderID), held: make(map[uint64]event.OrderID), parts: make(map[string]*checkpoint.Part),
	}
}

// calm ends what a broken variant does to the way; what it did stays.
func (s *seam) calm() {
	s.scene = BreakNothing
	if s.broken != BreakFills && s.broken != BreakIDs && s.broken != BreakRedriveID {
		s.broken = BreakNothing
	}
}

// calls is what really goes out for a call.
func (s *seam) calls(c event.Call, now int64) []event.Call {
	switch s.broken {
	case BreakIDs:
		if c.Kind == event.CallSubmit && c.Attempt > 1 {
			own := s.fresh(c.Order.ID)
			s.aliases[own], s.latest[c.Order.ID] = c.Order.ID, own
		}
		if own, renamed := s.latest[c.Order.ID]; renamed {
			c.Order.ID = own
		}
	case BreakCloses:
		if c.Kind == event.CallSubmit && c.Attempt == 1 && c.Order.Flags&event.Closing != 0 {
			twin := c
			twin.ID, twin.Order.ID = 1<<62+c.ID, s.fresh(c.Order.ID)
			s.aliases[twin.Order.ID] = c.Order.ID
			return []event.Call{c, twin}
		}
	case BreakRedriveID:
		if own, renamed := s.latest[c.Order.ID]; renamed {
			c.Order.ID = own
		} else if old := c.Order.Redrives; c.Kind == event.CallSubmit && !old.IsZero() {
			if first, again := s.latest[old]; again { // of a redriven one
				old = first
			}
			s.aliases[old], s.latest[c.Order.ID] = c.Order.ID, old
			c.Order.ID = old
		}
	case BreakRedriveTwice:
		if c.Kind == event.CallSubmit && c.Attempt == 1 && !c.Order.Redrives.IsZero() {
			twin := c
			twin.ID, twin.Order.ID = 1<<62+c.ID, s.fresh(c.Order.ID)
			s.aliases[twin.Order.ID] = c.Order.ID
			return []event.Call{c, twin}
		}
	case BreakCancelOrder:
		if c.Kind == event.CallSubmit && c.Order.Type == event.OrderLimit && c.Order.TIF == event.GTC && s.random.IntN(3) == 0 {
			s.held[c.ID] = c.Order.ID
		}
	}
	return []event.Call{c}
}

// fresh makes an id that looks like ours.
func (s *seam) fresh(of event.OrderID) event.OrderID {
	s.count++
	sum := sha256.Sum256(append(of[:], byte(s.count), byte(s.count>>8)))
	id := event.OrderID(sum[:16])
	id[0], id[1] = event.IDTag[0], event.IDTag[1]
	return id
}

// replies is what the host is told for a reply.
func (s *seam) replies(r event.Reply) []event.Reply {
	if s.listless(&r) {
		return []event.Reply{r}
	}
	switch s.broken {
	case BreakIDs, BreakCloses, BreakRedriveID, BreakRedriveTwice:
		if r.Call >= 1<<62 {
			return nil
		}
		s.unalias(&r)
	case BreakQueryErrors:
		if r.Kind == event.CallLookup && r.Happening.Cause != resilience.CauseNone {
			s.absent(&r)
		}
	case BreakLookupPath:
		if r.Kind == event.CallLookup && len(r.Orders) > 0 {
			if s.found++; s.found > 1 {
				s.absent(&r)
			}
		}
	case BreakFills:
		return s.twice(r)
	case BreakCancelOrder:
		s.overtake(&r)
	}
	return []event.Reply{r}
}

// listsMax is how many lists are answered before they fail, where only lookups are to tell what became of orders:
// enough for the first comparison with the venue.
const listsMax = 10

// listless makes lists fail where a break shows only if nothing else tells.
func (s *seam) listless(r *event.Reply) bool {
	blind := s.scene == BreakQueryErrors || s.scene == BreakSettleWindow || s.scene == BreakLookupPath
	if !blind || r.Call == 0 || r.Kind < event.CallOpenOrders {
		return false
	}
	if s.lists < listsMax {
		if r.Complete {
			s.lists++
		}
		return false
	}
	r.Happening = resilience.Happening{Cause: resilience.CauseStatus, Number: 500, Request: resilience.RequestRead, Phase: resilience.PhaseAnswered}
	r.Orders, r.Fills, r.Positions, r.Balances, r.Complete, r.Cursor = nil, nil, nil, nil, false, ""
	return true
}

// unalias gives reports the ids that the host knows.
func (s *seam) unalias(r *event.Reply) {
	r.Orders = append([]event.OrderReport(nil), r.Orders...)
	r.Fills = append([]event.FillReport(nil), r.Fills...)
	for i := range r.Orders {
		if own, renamed := s.aliases[r.Orders[i].ID]; renamed {
			r.Orders[i].ID = own
		}
	}
	for i := range r.Fills {
		if own, renamed := s.aliases[r.Fills[i].Order]; renamed {
			r.Fills[i].Order = own
		}
	}
}

func (s *seam) absent(r *event.Reply) {
	r.Happening = resilience.Happening{Request: resilience.RequestRead, Phase: resilience.PhaseAnswered}
	r.Orders, r.NotFound, r.SearchedOpen, r.SearchedPast = nil, true, true, true
}

// twice tells each fill once more, under another trade id, as a host that cannot tell them apart books it.
func (s *seam) twice(r event.Reply) []event.Reply {
	if len(r.Fills) == 0 {
		return []event.Reply{r}
	}
	again := r
	again.Fills = append([]event.FillReport(nil), r.Fills...)
	for i := range again.Fills {
		again.Fills[i].Fill.TradeID += 1 << 40
	}
	again.Call, again.Complete, again.Cursor = 0, false, ""
	return []event.Reply{r, again}
}

// overtake tells of a submit that it was cancelled: the cancel was there first, and "no such order" was taken for
// success.
func (s *seam) overtake(r *event.Reply) {
	id, held := s.held[r.Call]
	if !held || r.Kind != event.CallSubmit || r.Happening.Cause != resilience.CauseNone {
		return
	}
	r.Orders = append([]event.OrderReport(nil), r.Orders...)
	for i := range r.Orders {
		if r.Orders[i].ID == id && r.Orders[i].Filled == 0 {
			r.Orders[i].State = event.ReportCancelled
		}
	}
}

// checkpoints is what the host has for a store.
func (s *seam) checkpoints(store host.Checkpoints) host.Checkpoints {
	switch s.broken {
	case BreakCheckpointOrder, BreakCheckpointModule, BreakCheckpointAhead, BreakPruneUnsynced:
		return &bentStore{store, s}
	}
	return store
}

// swapped is told that an agent runs something else. The host that forgets in a swap what is in flight is one that goes
// on, after a failure of power, from a journal that says so.
func (s *seam) swapped(w *World, b *folded, agent int) {
	if s.broken != BreakSwapOrders || s.forgets != nil {
		return
	}
	for o := range b.lane.Orders() {
		if int(o.Order.Agent) == agent && !o.Life.State.Final() {
			s.forgets = append(s.forgets, o.Order.ID)
		}
	}
	if s.forgets != nil {
		w.power.FailAfter(1)
	}
}

// restart bends what a new incarnation finds.
func (s *seam) restart(d *Disk, c *execution.Config) {
	s.config = *c
	if len(s.forgets) > 0 {
		d.forgetOrders(laneOf(c.Venue, c.Account), s.forgets)
		s.forgets = s.forgets[:0]
	}
	if s.broken == BreakBreaker {
		d.forgetBreaker("lane/" + c.Venue + "/" + c.Account)
	}
}
