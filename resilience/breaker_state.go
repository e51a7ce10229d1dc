package resilience

const breakerVersion = 1

// AppendState appends the breaker's state, but for its configuration, to dst.
func (b *Breaker) AppendState(dst []byte) []byte {
	p := &b.phase
	dst = append(dst, breakerVersion, byte(p.state))
	dst = appendUint(dst, p.generation)
	dst = appendInt(dst, b.now)
	dst = appendInt(dst, p.until)
	for _, v := range [...]uint32{p.reopened, p.good, p.bad} {
		dst = appendUint32(dst, v)
	}
	dst = appendBool(dst, p.passes)
	dst = appendUint(dst, p.lease)
	dst = p.probes.append(dst)
	dst = b.lane.out.append(dst)
	dst = appendInt(dst, b.lane.next)
	dst = appendText(appendText(dst, b.who), b.why)
	return b.window.append(b.config, dst)
}

// ReadState restores what AppendState wrote and returns the bytes after it. If the window of the
// configuration has another shape than the one written, the window starts empty; state, generation and
// leases stay, for a change of configuration must not close a breaker. On an error b is unchanged.
func (b *Breaker) ReadState(src []byte) (rest []byte, err error) {
	n := Breaker{config: b.config}
	p := &n.phase
	r := openState(src, "breaker", breakerVersion)
	p.state = BreakerState(r.byte())
	if r.err == nil && (p.state < BreakerClosed || p.state > BreakerIsolated) {
		r.damaged("breaker state %d", p.state)
	}
	p.generation = r.uint64()
	n.now = r.int64()
	p.until = r.int64()
	for _, v := range [...]*uint32{&p.reopened, &p.good, &p.bad} {
		*v = r.uint32()
	}
	p.passes = r.bool()
	p.lease = r.uint64()
	p.probes.read(r)
	n.lane.out.read(r)
	n.lane.next = r.int64()
	n.who, n.why = r.string(), r.string()
	n.window.read(b.config, r)
	if r.err == nil && (p.state != BreakerHalfOpen && (p.probes.n > 0 || p.good > 0 || p.bad > 0) || p.reopened > 62) {
		r.damaged("probes without a half-open breaker")
	}
	if r.err == nil && (p.good > leasesMax || p.bad > leasesMax) {
		r.damaged("%d good and %d bad probes", p.good, p.bad)
	}
	if rest, err = r.end("breaker"); err != nil {
		return nil, err
	}
	*b = n
	return rest, nil
}

func (l *leases) append(dst []byte) []byte {
	dst = appendUint32(dst, uint32(l.n))
	for _, s := range l.slots[:l.n] {
		dst = appendInt(appendUint(dst, s.id), s.until)
	}
	return dst
}

func (l *leases) read(r *stateReader) {
	n := r.count("leases", leasesMax)
	for i := range n {
		l.slots[i] = slot{r.uint64(), r.int64()}
		if i > 0 && l.slots[i].until < l.slots[i-1].until {
			r.damaged("leases out of order")
		}
	}
	l.n = n
}

func (w *window) append(c *BreakerConfig, dst []byte) []byte {
	dst = appendUint32(dst, w.consecutive)
	dst = appendUint32(dst, uint32(c.WindowCount))
	dst = appendInt(dst, c.WindowTime)
	if c.WindowCount > 0 {
		dst = appendUint32(appendUint32(dst, uint32(w.head)), uint32(w.held))
		for i := range (c.WindowCount + 63) / 64 {
			dst = appendUint(appendUint(dst, w.failed[i]), w.slow[i])
		}
	} else if c.WindowTime > 0 {
		dst = appendInt(dst, w.latest)
		for _, b := range w.ring {
			dst = appendUint32(appendUint32(appendUint32(dst, b.calls), b.failed), b.slow)
		}
	}
	return dst
}

func (w *window) read(c *BreakerConfig, r *stateReader) {
	w.consecutive = r.uint32()
	size, span := r.count("calls in a window", windowCountMax), r.int64()
	if size > 0 {
		w.readBits(size, r)
	} else if span > 0 {
		w.readRing(r)
	}
	if size != c.WindowCount || span != c.WindowTime {
		*w = window{consecutive: w.consecutive}
	}
}

func (w *window) readBits(size int, r *stateReader) {
	w.head, w.held = r.count("as head", size-1), r.count("results", size)
	for i := range (size + 63) / 64 {
		w.failed[i], w.slow[i] = r.uint64(), r.uint64()
	}
	held := w.held
	for i := range w.failed {
		n := min(max(held-64*i, 0), 64)
		if over := ^uint64(0) << n; n < 64 && (w.failed[i]|w.slow[i])&over != 0 {
			r.damaged("a result beyond the %d held", w.held)
		}
	}
	if w.held < size && w.head != w.held {
		r.damaged("the window's head is at %d with %d results", w.head, w.held)
	}
	w.recount()
}

func (w *window) readRing(r *stateReader) {
	w.latest = r.int64()
	for i := range w.ring {
		b := bucket{r.uint32(), r.uint32(), r.uint32()}
		if b.failed > b.calls || b.slow > b.calls {
			r.damaged("more failures than calls")
		}
		w.ring[i] = b
	}
}
