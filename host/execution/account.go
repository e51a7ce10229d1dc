package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

// Why books and venue may not add up. All but differPosition and differBalance stay until a person reconciles.
const (
	differPosition uint32 = 1 << iota
	differFill
	differStrange
	differForeign
	differContradiction
	differBalance
)

// account is the lane's own state beside orders and policies: small, and journaled whole when it changed.
type account struct {
	counter uint64 // draws of randomness
	held    string
	cursor  string
	// begun: the first start's baseline is taken. ready: what rested at the last start has been seen.
	begun, ready bool
	// proven: a lookup has found a real order of ours.
	proven       bool
	differ       uint32
	differText   string
	reconciled   int64
	skew, skewAt int64
	heard        int64 // when a stream last spoke
	// When whole lists are asked for next, 0 for never, by kind: open orders, fills, positions, balances.
	wanted        [4]int64
	reconcileNext int64
	pollNext      int64
	snapshot      snapshot
	balances      []event.BalanceReport
	balancesAt    int64
	// rates are when each of Config.OrderRates would have its whole bound free again.
	rates [OrderRates]int64
	money money
}

// snapshot is a comparison with the venue under way: fills first, then the lists.
type snapshot struct {
	active bool
	// awaited are the kinds whose complete answer is missing, as bits of listIndex. listed: the second
	// half is asked for.
	awaited uint8
	listed  bool
	// activity is the lane's when it began; quiet: nothing of ours was under way then.
	activity uint64
	quiet    bool
	started  int64
	// positions are the venue's, by instrument. differences are those of the snapshot before, if any.
	positions, differences []int64
	repeated               bool
	strange                bool
}

// accountFormat 2 has money; an account of format 1 is read as one whose balances were never compared.
const accountFormat = 2

func (a *account) walk(w *wire.Walker) {
	format := w.Formats("lane account", 1, accountFormat)
	w.Uint64(&a.counter)
	w.Text(&a.held)
	w.Text(&a.cursor)
	wire.Small(w, &a.differ)
	w.Text(&a.differText)
	for _, v := range [...]*bool{
		&a.begun, &a.ready, &a.proven, &a.snapshot.active, &a.snapshot.listed,
		&a.snapshot.quiet, &a.snapshot.repeated, &a.snapshot.strange,
	} {
		w.Flag(v)
	}
	for _, v := range [...]*int64{
		&a.reconciled, &a.skew, &a.skewAt, &a.heard, &a.wanted[0], &a.wanted[1], &a.wanted[2],
		&a.wanted[3], &a.reconcileNext, &a.pollNext, &a.snapshot.started, &a.balancesAt,
		&a.rates[0], &a.rates[1], &a.rates[2],
	} {
		w.Int64(v)
	}
	wire.Small(w, &a.snapshot.awaited)
	w.Uint64(&a.snapshot.activity)
	wire.List(w, &a.snapshot.positions, (*wire.Walker).Int64)
	wire.List(w, &a.snapshot.differences, (*wire.Walker).Int64)
	wire.List(w, &a.balances, walkBalance)
	if format >= 2 {
		a.money.walk(w)
	}
}

// agent is what the lane keeps for each agent.
type agent struct {
	// sequence and place are those of the last request taken; taken: there was one.
	taken    bool
	sequence uint64
	place    uint32
	// told numbers the outcomes.
	told      uint64
	permitted event.Permission
	// limited: permissions were given; before, everything is allowed.
	limited bool
}

func (a *agent) walk(w *wire.Walker) {
	w.Flag(&a.taken)
	w.Uint64(&a.sequence)
	wire.Small(w, &a.place)
	w.Uint64(&a.told)
	wire.Small(w, &a.permitted)
	w.Flag(&a.limited)
}

// call is one that is out.
type call struct {
	event.Call
	sent   int64
	permit resilience.Permit
}

func (c *call) walk(w *wire.Walker) {
	walkCall(w, &c.Call)
	w.Int64(&c.sent)
	wire.Small(w, &c.permit.Kind)
	w.Uint64(&c.permit.Generation)
	w.Uint64(&c.permit.Lease)
}

// listIndex is a list call's place in account.wanted.
func listIndex(k event.CallKind) int { return int(k - event.CallOpenOrders) }

// mix is splitmix64's finaliser over seed and counter (Steele, Lea, Flood, 2014).
func mix(seed, counter uint64) uint64 {
	z := seed + (counter+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
