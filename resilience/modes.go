package resilience

import (
	"errors"
	"fmt"
	"slices"
)

// ErrStillBad says that a latch was not reset because its cause is still there.
var ErrStillBad = errors.New("the condition still holds")

// Reason is one condition that takes permissions away.
type Reason struct {
	Name string
	Mode Mode
	// Kind says how it holds.
	Kind ReasonKind
	// Value was read, Limit is the threshold; zero where there is none.
	Value, Limit int64
	// Since is when it began, 0 if it was never otherwise.
	Since int64
	// Who and Why are set for what a person ordered.
	Who, Why string
}

// ReasonKind says how a condition holds.
type ReasonKind uint8

const (
	ReasonHolds   ReasonKind = iota + 1 // Measured, confirmed, and for long enough.
	ReasonLatched                       // It held; a person has to reset it.
	ReasonSuspect                       // Bad, but not yet confirmed or for long enough: nothing adds meanwhile.
	ReasonUnknown                       // Not measured, or too long ago: nothing adds meanwhile.
	ReasonOrdered                       // A person ordered it.
)

var reasonNames = [...]string{"", "holds", "latched", "suspected", "not known", "ordered"}

func (k ReasonKind) String() string { return nameOf(reasonNames[:], int(k)) }

// Decision is what an agent may do now.
type Decision struct {
	Mode        Mode
	Permissions Permission
	// ExitsQueued: the venue's write side is degraded; exits wait in the lane and go by the breaker's
	// narrow way.
	ExitsQueued bool
}

// Modes computes an agent's mode from its health. Conditions are independent: permissions intersect and
// every reason is kept. What was never measured stops adding. Used by one goroutine at a time.
type Modes struct {
	rules  []ModeRule
	states []conditionState
	order  Reason   // what a person ordered; Mode 0 if nothing
	kept   []Reason // latches of rules that the configuration no longer has
}

type conditionState struct {
	last      Measure
	holds     bool
	latched   bool
	since     int64
	value     int64 // that began it
	seen      uint32
	badSince  int64
	goodSince int64
	wasBad    bool
	wasGood   bool
}

// NewModes keeps the rules, which nobody changes afterwards; they must be valid and have names of their own.
func NewModes(rules []ModeRule) (*Modes, error) {
	m := &Modes{rules: rules, states: make([]conditionState, len(rules))}
	for i := range rules {
		if err := rules[i].Validate(); err != nil {
			return nil, err
		}
		if j := m.Index(rules[i].Name); j != i {
			return nil, fmt.Errorf("mode rule %s is there twice", rules[i].Name)
		}
	}
	return m, nil
}

// Index is a rule's place, for Observe; -1 if there is none of the name.
func (m *Modes) Index(name string) int {
	return slices.IndexFunc(m.rules, func(r ModeRule) bool { return r.Name == name })
}

// Observe takes a reading of the rule at a place. The same data read twice confirms nothing.
func (m *Modes) Observe(place int, v Measure, now int64) {
	r, s := &m.rules[place], &m.states[place]
	again := s.last.Known && v.Known && v.Time == s.last.Time
	s.last = v
	if !r.known(&v, now) {
		// What is not known neither confirms nor clears; a run of bad, or good, readings is broken.
		s.seen, s.wasBad, s.wasGood = 0, false, false
		return
	}
	s.observeBad(r, &v, now, again)
	s.observeGood(r, &v, now)
}

func (r *ModeRule) known(v *Measure, now int64) bool {
	return v.Known && (r.FreshFor == 0 || now-v.Time <= r.FreshFor)
}

func (s *conditionState) observeBad(r *ModeRule, v *Measure, now int64, again bool) {
	if !r.bad(v.Value) || v.Estimated {
		s.seen, s.wasBad = 0, false
		return
	}
	if !s.wasBad {
		s.badSince, s.wasBad, s.seen = now, true, 0
		again = false
	}
	if !again {
		s.seen = min(s.seen+1, r.confirm())
	}
	if !s.holds && s.seen >= r.confirm() && now-s.badSince >= r.EnterAfter {
		s.holds, s.since, s.value = true, now, v.Value
		s.latched = s.latched || r.latches()
	}
}

func (s *conditionState) observeGood(r *ModeRule, v *Measure, now int64) {
	if !r.good(v.Value) {
		s.wasGood = false
		return
	}
	if !s.wasGood {
		s.goodSince, s.wasGood = now, true
	}
	if s.holds && !v.Estimated && now-s.goodSince >= r.LeaveAfter {
		s.holds = false
	}
}

// Forget drops every reading, for a restart: nothing is known until it is measured anew. What holds and what
// is latched stays.
func (m *Modes) Forget() {
	for i := range m.states {
		s := &m.states[i]
		s.last, s.seen, s.wasBad, s.wasGood = Measure{}, 0, false, false
	}
}

// reason says whether a condition takes anything away at now, and how.
func (m *Modes) reason(i int, now int64) ReasonKind {
	r, s := &m.rules[i], &m.states[i]
	switch {
	case s.holds:
		return ReasonHolds
	case s.latched:
		return ReasonLatched
	case !r.known(&s.last, now):
		return ReasonUnknown
	case r.bad(s.last.Value):
		return ReasonSuspect
	}
	return 0
}

// Decide says what the agent may do at now. It changes nothing and allocates nothing.
func (m *Modes) Decide(now int64) Decision {
	d := Decision{Mode: ModeFull}
	for i := range m.rules {
		switch m.reason(i, now) {
		case 0:
		case ReasonHolds, ReasonLatched:
			d.Mode = max(d.Mode, m.rules[i].Mode)
			d.ExitsQueued = d.ExitsQueued || m.rules[i].WriteDegraded
		default:
			d.Mode = max(d.Mode, ModeReadOnly)
		}
	}
	for i := range m.kept {
		d.Mode = max(d.Mode, m.kept[i].Mode)
	}
	d.Mode = max(d.Mode, m.order.Mode)
	// Each mode allows a part of what the milder ones allow, so the strictest is the intersection.
	d.Permissions = d.Mode.Permissions()
	return d
}

// Reasons appends every condition that takes something away at now, in the order of the rules.
func (m *Modes) Reasons(now int64, dst []Reason) []Reason {
	if m.order.Mode != 0 {
		dst = append(dst, m.order)
	}
	dst = append(dst, m.kept...)
	for i := range m.rules {
		k := m.reason(i, now)
		if k == 0 {
			continue
		}
		r, s := &m.rules[i], &m.states[i]
		reason := Reason{Name: r.Name, Mode: r.Mode, Kind: k, Value: s.value, Limit: r.Enter, Since: s.since}
		if k == ReasonSuspect || k == ReasonUnknown {
			reason.Mode, reason.Value, reason.Since = ModeReadOnly, s.last.Value, s.badSince
		}
		dst = append(dst, reason)
	}
	return dst
}

// Order puts a person's mode in place, which only a person takes away: ModeFull does. It says who and why.
func (m *Modes) Order(mode Mode, who, why string, now int64) {
	m.order = Reason{}
	if mode > ModeFull {
		m.order = Reason{
			Name: "operator", Mode: min(mode, ModeShutdown), Kind: ReasonOrdered, Since: now,
			Who: who[:min(len(who), nameMax)], Why: why[:min(len(why), nameMax)],
		}
	}
}

// Reset is a person opening a latch. It is refused, with ErrStillBad and both numbers, while the condition
// holds; first the cause goes (or the limit is changed), then the latch.
func (m *Modes) Reset(name string, now int64) error {
	if i := slices.IndexFunc(m.kept, func(r Reason) bool { return r.Name == name }); i >= 0 {
		m.kept = slices.Delete(m.kept, i, i+1)
		return nil
	}
	i := m.Index(name)
	if i < 0 {
		return fmt.Errorf("reset %s: there is no such condition", name)
	}
	r, s := &m.rules[i], &m.states[i]
	if s.holds && !r.known(&s.last, now) {
		return fmt.Errorf("reset %s: it is not known whether it still holds: %w", name, ErrStillBad)
	}
	if s.holds || r.known(&s.last, now) && r.bad(s.last.Value) {
		return fmt.Errorf("reset %s: %d, it must come to %d: %w", name, s.last.Value, r.Leave, ErrStillBad)
	}
	s.latched = false
	return nil
}

const (
	modesVersion = 1
	rulesMax     = 256
)

// AppendState appends the state to dst.
func (m *Modes) AppendState(dst []byte) []byte {
	dst = append(dst, modesVersion)
	dst = m.order.append(dst)
	dst = appendUint32(dst, uint32(len(m.kept)))
	for i := range m.kept {
		dst = m.kept[i].append(dst)
	}
	dst = appendUint32(dst, uint32(len(m.rules)))
	for i := range m.rules {
		dst = append(appendText(dst, m.rules[i].Name), byte(m.rules[i].Mode))
		dst = m.states[i].append(dst)
	}
	return dst
}

// ReadState restores what AppendState wrote and returns the bytes after it. Conditions are told apart by
// name: one that is new starts as not known, and the latch of one that is gone stays until a person
// resets it. On an error m is unchanged.
func (m *Modes) ReadState(src []byte) (rest []byte, err error) {
	n := Modes{rules: m.rules, states: make([]conditionState, len(m.rules))}
	r := openState(src, "modes", modesVersion)
	n.order.read(r)
	if r.err == nil && n.order.Mode == ModeFull {
		r.damaged("an order of mode full")
	}
	for range r.count("latches", rulesMax) {
		var k Reason
		k.read(r)
		if r.err != nil {
			break
		}
		n.kept = append(n.kept, k)
	}
	for range r.count("conditions", rulesMax) {
		name, mode := r.string(), Mode(r.byte())
		var s conditionState
		s.read(r)
		if r.err != nil {
			break
		}
		if i := n.Index(name); i >= 0 {
			n.states[i] = s
		} else if s.latched {
			n.kept = append(n.kept, Reason{Name: name, Mode: min(mode, ModeShutdown), Kind: ReasonLatched, Value: s.value, Since: s.since})
		}
	}
	if rest, err = r.end("modes"); err == nil {
		*m = n
	}
	return rest, err
}

func (k *Reason) append(dst []byte) []byte {
	dst = append(appendText(dst, k.Name), byte(k.Mode), byte(k.Kind))
	dst = appendInt(appendInt(appendInt(dst, k.Value), k.Limit), k.Since)
	return appendText(appendText(dst, k.Who), k.Why)
}

func (k *Reason) read(r *stateReader) {
	*k = Reason{
		Name: r.string(), Mode: Mode(r.byte()), Kind: ReasonKind(r.byte()),
		Value: r.int64(), Limit: r.int64(), Since: r.int64(), Who: r.string(), Why: r.string(),
	}
	if r.err == nil && (k.Mode > ModeShutdown || k.Kind > ReasonOrdered) {
		r.damaged("a reason of mode %d, kind %d", k.Mode, k.Kind)
	}
}

func (s *conditionState) append(dst []byte) []byte {
	for _, v := range s.flags() {
		dst = appendBool(dst, *v)
	}
	for _, v := range s.numbers() {
		dst = appendInt(dst, *v)
	}
	return appendUint32(dst, s.seen)
}

func (s *conditionState) read(r *stateReader) {
	for _, v := range s.flags() {
		*v = r.bool()
	}
	for _, v := range s.numbers() {
		*v = r.int64()
	}
	s.seen = r.uint32()
}

func (s *conditionState) flags() [6]*bool {
	return [...]*bool{&s.last.Known, &s.last.Estimated, &s.holds, &s.latched, &s.wasBad, &s.wasGood}
}

func (s *conditionState) numbers() [6]*int64 {
	return [...]*int64{&s.last.Value, &s.last.Time, &s.since, &s.value, &s.badSince, &s.goodSince}
}
