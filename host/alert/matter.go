package alert

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// infoKept is how long an alert of level info stands for those like it.
const infoKept = time.Hour

// key is what makes alerts one matter.
type key struct{ key, agent, venue, account string }

func keyOf(a *event.Alert) key { return key{a.Key, a.Agent, a.Venue, a.Account} }

// matter is what lasts until an alert says that it is over. Times are elapsed ones.
type matter struct {
	alert        event.Alert // the last
	began, heard time.Duration
	tellings     []telling // by sink
}

// telling is how far one sink was told of a matter.
type telling struct {
	// tried says that telling ended, well or not, at at, as of level; told that it went well at least once,
	// first at first.
	tried, told bool
	at, first   time.Duration
	level       event.AlertLevel
	waiting     *item // in the sink's queue or under way
}

// level is how bad a matter is to a sink by now.
func (m *matter) level(s *SinkConfig, now time.Duration) event.AlertLevel {
	l := m.alert.Level
	if l > event.AlertInfo && l < event.AlertCritical && s.EscalateAfter > 0 && now-m.began >= s.EscalateAfter {
		l++
	}
	return l
}

// wants says whether a sink should have been told by now, and as of which level.
func (d *Dispatcher) wants(m *matter, i int, now time.Duration) (event.AlertLevel, bool) {
	s := &d.config.Sinks[i]
	level := m.level(s, now)
	if level >= s.LevelMin {
		return level, true
	}
	if m.alert.Level == event.AlertInfo {
		return level, false
	}
	for _, from := range d.escalating[i] {
		t, after := &m.tellings[from], d.config.Sinks[from].EscalateAfter
		if t.tried && now-t.first >= after {
			return level, true
		}
	}
	return level, false
}

// due says whether a sink is to be told now, and as of which level.
func (d *Dispatcher) due(m *matter, i int, now time.Duration) (event.AlertLevel, bool) {
	level, wanted := d.wants(m, i, now)
	t := &m.tellings[i]
	if !wanted || t.waiting != nil {
		return level, false
	}
	every := d.config.Sinks[i].RepeatEvery
	repeat := every > 0 && m.alert.Level > event.AlertInfo && now-t.at >= every
	return level, !t.tried || level > t.level || repeat
}

// next is when something becomes due by time alone, or never.
func (d *Dispatcher) next(m *matter, now time.Duration) time.Duration {
	if m.alert.Level == event.AlertInfo {
		return m.heard + infoKept
	}
	next := never
	soon := func(at time.Duration) {
		if at > now {
			next = min(next, at)
		}
	}
	for i := range d.config.Sinks {
		s, t := &d.config.Sinks[i], &m.tellings[i]
		if s.EscalateAfter > 0 {
			soon(m.began + s.EscalateAfter)
			if t.tried {
				soon(t.first + s.EscalateAfter)
			}
		}
		if t.tried && s.RepeatEvery > 0 {
			soon(t.at + s.RepeatEvery)
		}
	}
	return next
}
