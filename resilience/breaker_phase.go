package resilience

// pass lets time do its work: an open breaker becomes half-open, a probe whose lease ran out has failed.
// Both are dated by when they were due, so that it makes no difference when somebody looks.
func (p *phase) pass(c *BreakerConfig, now int64) {
	if p.state == BreakerOpen && now >= p.until {
		p.change(BreakerHalfOpen)
		return
	}
	if p.state != BreakerHalfOpen {
		return
	}
	for p.probes.n > 0 && p.probes.first() <= now {
		due := p.probes.first()
		p.probes.remove(p.probes.slots[0].id)
		p.bad++
		if int(p.bad) > c.Probes-c.ProbesGood {
			p.reopen(c, due)
			p.pass(c, now) // no probe is out now, so this goes one step at most
			return
		}
	}
}

// change enters a state. The generation makes every permit of the state before stale.
func (p *phase) change(s BreakerState) {
	p.state = s
	p.generation++
	p.until, p.good, p.bad, p.passes = 0, 0, 0, false
	p.probes = leases{}
}

func (p *phase) trip(until int64) {
	p.change(BreakerOpen)
	p.until = until
}

// reopen follows a failed probe. Each in a row waits twice as long.
func (p *phase) reopen(c *BreakerConfig, now int64) {
	p.reopened = min(p.reopened+1, 62)
	wait := c.OpenFor
	if c.OpenForMax > 0 {
		for i := uint32(0); i < p.reopened && wait < c.OpenForMax; i++ {
			wait = min(2*wait, c.OpenForMax)
		}
	}
	p.trip(now + wait)
}

// lane lets cancels and closes past a breaker that is not closed: few, spaced and leased. An exit must not
// wait for a venue to be called healthy, and must not hammer it either.
type lane struct {
	out  leases
	next int64 // no start before
}

func (b *Breaker) pass() (Permit, Refusal) {
	l := &b.lane
	r := b.refusal()
	switch {
	case l.out.n >= b.config.LaneMax:
		if l.out.n > 0 {
			r.Until = l.out.first()
		}
		return Permit{}, r
	case b.now < l.next:
		r.Until = l.next
		return Permit{}, r
	}
	l.next = b.now + b.config.LaneEvery
	return Permit{PermitLane, b.phase.generation, l.out.add(&b.phase.lease, b.now+b.config.LaneLease)}, Refusal{}
}

// leases are calls that are out, the first to run out in front.
type leases struct {
	n     int
	slots [leasesMax]slot
}

type slot struct {
	id    uint64
	until int64
}

// add takes the next name. Leases of one kind have one length and time does not go back, so the newest is
// the last to run out, unless a new configuration shortened them.
func (l *leases) add(last *uint64, until int64) uint64 {
	*last++
	i := l.n
	for ; i > 0 && l.slots[i-1].until > until; i-- {
		l.slots[i] = l.slots[i-1]
	}
	l.slots[i] = slot{*last, until}
	l.n++
	return *last
}

func (l *leases) remove(id uint64) bool {
	for i := 0; i < l.n; i++ {
		if l.slots[i].id == id {
			copy(l.slots[i:l.n], l.slots[i+1:l.n])
			l.n--
			l.slots[l.n] = slot{}
			return true
		}
	}
	return false
}

// first is when the next one runs out, 0 if none is out.
func (l *leases) first() int64 { return l.slots[0].until }

func (l *leases) expire(now int64) {
	for l.n > 0 && l.first() <= now {
		l.remove(l.slots[0].id)
	}
}
