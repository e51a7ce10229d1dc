package feed

import (
	"context"

	"github.com/agenthost/agenthost/host/event"
)

// Of the sources, those up to the one in use are connected: the ones before it are listened to so that
// the first that is well again is taken back. Those after it are not, and cost their servers nothing.

// start begins a source and puts it in use.
func (l *Live) start(i int) {
	s := l.sources[i]
	ctx, cancel := context.WithCancel(l.ctx)
	s.stop, s.fresh = cancel, l.elapsed()
	l.active.Store(int32(i))
	before, ended := s.ended, make(chan struct{})
	s.ended = ended
	l.group.Go(func() {
		defer close(ended)
		if before != nil {
			<-before // it was stopped; two must not share the source
		}
		s.run(ctx)
	})
}

// judge goes to the next source when the one in use has told no good bar for too long.
func (l *Live) judge(now int64) {
	active := int(l.active.Load())
	s := l.sources[active]
	if now-s.fresh < int64(s.config.StaleAfter) {
		return
	}
	if active+1 < len(l.sources) {
		next := l.sources[active+1]
		l.log.Warn("feed is stale; going to a fallback", "source", s.name, "fallback", next.name, "stale_after", s.config.StaleAfter)
		l.start(active + 1)
		return
	}
	if l.lateness.Swap(true) {
		return
	}
	l.log.Error("feed is stale and has no further fallback", "source", s.name, "stale_after", s.config.StaleAfter, "connected", s.connected.Load())
	for i := range l.gate.instruments {
		l.gate.instruments[i].due.Flags |= event.FeedStale
	}
	l.gate.pending = true
}

// comeBack leaves the fallbacks for a source before them.
func (l *Live) comeBack(s *liveSource) {
	l.log.Info("feed is back", "source", s.name, "fallback", l.sources[l.active.Load()].name)
	for i := s.index + 1; i <= int(l.active.Load()); i++ {
		l.sources[i].stop()
	}
	l.active.Store(int32(s.index))
}
