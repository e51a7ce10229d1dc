package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

const (
	millisecond = int64(1e6)
	second      = int64(1e9)
)

// deadlineDefault bounds a call that names no deadline.
const deadlineDefault = 10 * second

// Venue is one account at an exchange behind a bad network, in virtual time. What is asked of it comes in by
// Call, and what it says goes out by Advance when its time has come; faults are drawn from the seed. A reply's
// Happening is what an HTTP adapter would report. One goroutine.
type Venue struct {
	config VenueConfig
	random random
	book   *Book
	now    int64
	last   []int64 // last price by instrument, 0 before the first
	queue  queue
	// connection counts the host's incarnations: what was on its way to an older one is lost.
	connection int
	// outage and hold are until when nothing, or nothing but 401 and 403, is answered.
	outage, hold int64
	second       int64 // of rate, and how many calls came in it
	calls        int
	past         []snapshot
	injected     [faultEnd]uint64
	asked        Counts
	trace        *Trace
	arrivals     []Arrival
	duplicates   uint64 // submits of an id that was known
	mistyped     bool   // lookups asked in the wrong place once
	calm         bool
}

// Arrival is a submit as it came to the venue's door, for the Checker.
type Arrival struct {
	Time  int64
	Call  event.Call
	Taken bool
}

// pending is a call between its start and its reply.
type pending struct {
	call       event.Call
	connection int
	started    int64
	deadline   int64
	written    bool
	answered   bool
	// twice says that the network will copy it; second that this is the copy, whose answer goes nowhere.
	twice, second bool
}

// NewVenue makes an account without orders. trace may be nil.
func NewVenue(seed uint64, c VenueConfig, trace *Trace) *Venue {
	if c.Page <= 0 {
		c.Page = 50
	}
	return &Venue{
		config: c, random: newRandom(seed, "venue/"+c.Venue+"/"+c.Account), book: newBook(len(c.Instruments), c.Cash),
		last: make([]int64, len(c.Instruments)), connection: 1, asked: Counts{}, trace: trace, mistyped: c.LookupMistyped,
	}
}

// Capabilities and Facilities are what the host is told.
func (v *Venue) Capabilities() event.Capabilities { return v.config.Capabilities() }

// Facilities are what can be asked.
func (v *Venue) Facilities() event.Facilities { return v.config.Facilities }

// Config is what the venue is like.
func (v *Venue) Config() *VenueConfig { return &v.config }

// Book is the truth. It is only read.
func (v *Venue) Book() *Book { return v.book }

// Arrivals are all submits that came to the venue's door, in order.
func (v *Venue) Arrivals() []Arrival { return v.arrivals }

// Injected is how often each fault was done, by name.
func (v *Venue) Injected() Counts {
	c := Counts{}
	for f, n := range v.injected {
		if n > 0 {
			c[Fault(f).String()] = n
		}
	}
	return c
}

// Asked is how often the venue was called, by kind.
func (v *Venue) Asked() Counts { return v.asked }

// Next is when the venue has something to do, 0 for never.
func (v *Venue) Next() int64 {
	if len(v.queue.items) == 0 {
		return 0
	}
	return v.queue.items[0].at
}

// Calm ends all faults, those of the configuration too: from here on the venue and the way to it work, and market
// orders are filled whole.
func (v *Venue) Calm() {
	v.config.Rates = Rates{}
	v.config.LookupMistyped = false
	v.config.RatePerSecond = 0
	v.outage, v.hold = 0, 0
	v.calm = true
	for _, o := range append([]*VenueOrder(nil), v.book.open...) {
		if o.Type == event.OrderMarket && v.last[o.Instrument] > 0 { // no further bar would fill the rest
			v.trade(o, v.last[o.Instrument], false)
		}
	}
}

// Hangup drops what is on its way to the host, as when its process ends. What is on its way to the venue
// arrives.
func (v *Venue) Hangup() { v.connection++ }

// fault draws whether f happens, and counts it.
func (v *Venue) fault(f Fault) bool {
	if !v.random.chance(v.config.Rates[f]) {
		return false
	}
	v.injected[f]++
	v.trace.Line(v.now, "fault", f.String())
	return true
}

func (v *Venue) latency() int64 {
	return v.random.between(millisecond, max(millisecond, v.config.LatencyMax))
}

// Call takes what the host sends at now: it arrives later, perhaps, and is answered later, perhaps.
func (v *Venue) Call(c event.Call, now int64) {
	v.now = max(v.now, now)
	v.asked.add(c.Kind.String(), 1)
	p := &pending{call: c, connection: v.connection, started: now, deadline: c.Deadline}
	if p.deadline <= now {
		p.deadline = now + deadlineDefault
	}
	v.queue.push(scheduled{at: p.deadline, kind: atDeadline, pending: p})
	if v.refuse(p) {
		return
	}
	p.written = true
	v.request(p)
}

// refuse ends calls before a byte of them left.
func (v *Venue) refuse(p *pending) bool {
	cause := resilience.CauseNone
	switch {
	case v.now < v.outage && v.random.IntN(3) == 0, v.fault(FaultRefused):
		cause = resilience.CauseRefused
	case v.fault(FaultDNS):
		cause = resilience.CauseDNS
	case v.fault(FaultTLS):
		cause = resilience.CauseTLS
	case v.fault(FaultConnectTimeout):
		return true // the deadline answers
	default:
		return false
	}
	v.send(p, v.fail(p, cause, resilience.PhaseBefore, 0), v.latency())
	return true
}

// request sends a call on its way to the venue.
func (v *Venue) request(p *pending) {
	switch {
	case v.now < v.outage && v.random.IntN(2) == 0, v.fault(FaultRequestLost):
		if v.random.IntN(2) == 0 {
			v.send(p, v.fail(p, resilience.CauseReset, resilience.PhaseWritten, 0), v.latency())
		}
		return
	case v.fault(FaultRequestLate):
		v.arrive(p, v.random.between(second, max(second, v.config.SettleWindow*9/10)))
		return
	case v.fault(FaultRequestVeryLate):
		v.arrive(p, v.random.between(v.config.SettleWindow+second, 3*v.config.SettleWindow+2*second))
		return
	}
	p.twice = v.tells(&p.call) && v.fault(FaultRequestTwice)
	v.arrive(p, v.latency())
}

// tells reports whether the venue would know a second arrival of a call for what it is.
func (v *Venue) tells(c *event.Call) bool {
	return c.Kind != event.CallSubmit || v.config.Dedupe == resilience.DedupeForever || v.config.Dedupe == resilience.DedupeWindow
}

func (v *Venue) arrive(p *pending, way int64) {
	v.queue.push(scheduled{at: v.now + way, kind: atArrival, pending: p})
}

// send schedules a reply. What comes after the deadline, or twice, is for a host that still listens.
func (v *Venue) send(p *pending, r event.Reply, way int64) {
	v.queue.push(scheduled{at: v.now + way, kind: atReply, pending: p, connection: p.connection, reply: r})
}

// Advance lets time pass to now and returns the replies that are due, in order. They are the caller's.
func (v *Venue) Advance(now int64) []event.Reply {
	var due []event.Reply
	for len(v.queue.items) > 0 && v.queue.items[0].at <= now {
		e := v.queue.pop()
		v.now = max(v.now, e.at)
		switch e.kind {
		case atArrival:
			v.answer(e.pending)
		case atDeadline:
			if p := e.pending; !p.answered && p.connection == v.connection {
				due = append(due, v.stamp(p, v.timeout(p)))
			}
		case atReply:
			if e.connection != v.connection {
				continue
			}
			if e.pending != nil {
				if e.pending.answered && !e.again {
					continue // the caller hung up at the deadline
				}
				due = append(due, v.stamp(e.pending, e.reply))
				continue
			}
			e.reply.Received = v.now
			due = append(due, e.reply)
		}
	}
	v.now = max(v.now, now)
	v.endExpired()
	return due
}

// stamp completes a reply at the time it is there.
func (v *Venue) stamp(p *pending, r event.Reply) event.Reply {
	p.answered = true
	r.Call, r.Kind = p.call.ID, p.call.Kind
	r.Started, r.Received = p.started, v.now
	if p.written {
		r.Written = p.started + millisecond/10
	}
	return r
}

func (v *Venue) timeout(p *pending) event.Reply {
	phase := resilience.PhaseWritten
	if !p.written {
		phase = resilience.PhaseBefore
	}
	return v.fail(p, resilience.CauseTimeout, phase, 0)
}

// answer is what the venue does with a call that has arrived, and what becomes of its reply.
func (v *Venue) answer(p *pending) {
	r := v.handle(p)
	if p.second {
		return
	}
	// A copy of what was refused does not come: then no answer of the venue could be believed.
	if p.twice && r.Happening.Cause == resilience.CauseNone {
		copied := *p
		copied.second = true
		v.arrive(&copied, v.latency())
	}
	if r.Happening.Cause == resilience.CauseNone {
		r.VenueTime = v.clock()
	}
	switch way := v.latency(); {
	case v.now < v.outage && v.random.IntN(2) == 0, v.fault(FaultReplyLost):
		if v.random.IntN(2) == 0 {
			v.send(p, v.fail(p, resilience.CauseReset, resilience.PhaseAnswered, 0), way)
		}
	case v.fault(FaultReplyGarbage):
		v.send(p, v.fail(p, resilience.CauseBody, resilience.PhaseAnswered, 0), way)
	case v.fault(FaultReplyLate):
		v.queue.push(scheduled{
			at: max(v.now, p.deadline+v.random.between(-second, second)), kind: atReply, pending: p,
			connection: p.connection, reply: r, again: true,
		})
	default:
		v.send(p, r, way)
		if v.fault(FaultReplyTwice) {
			v.queue.push(scheduled{at: v.now + way + v.latency(), kind: atReply, pending: p, connection: p.connection, reply: r, again: true})
		}
	}
}

// clock is the venue's.
func (v *Venue) clock() int64 { return v.now + v.config.Skew }

// fail is the reply to a call that did not do what it should.
func (v *Venue) fail(p *pending, c resilience.Cause, phase resilience.Phase, number int) event.Reply {
	return event.Reply{Kind: p.call.Kind, Detail: c.String(), Happening: resilience.Happening{
		Cause: c, Request: p.call.Kind.Request(), Phase: phase, Number: number, Resent: p.call.Resent,
	}}
}

// status is an answer by an HTTP status that is no success.
func (v *Venue) status(p *pending, number int, detail string) event.Reply {
	r := v.fail(p, resilience.CauseStatus, resilience.PhaseAnswered, number)
	r.Detail, r.VenueTime = detail, v.clock()
	r.Happening.ErrorBody = true
	return r
}

func (v *Venue) success(p *pending) event.Reply {
	return event.Reply{Kind: p.call.Kind, Happening: resilience.Happening{
		Request: p.call.Kind.Request(), Phase: resilience.PhaseAnswered, Resent: p.call.Resent,
	}}
}
