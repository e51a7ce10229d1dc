package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// memory is a sink that remembers, and does what the test wants.
type memory struct {
	name string
	mu   sync.Mutex
	told []string
	do   func(ctx context.Context, a event.Alert) error
}

func (m *memory) Name() string { return m.name }

func (m *memory) Send(ctx context.Context, a event.Alert) error {
	m.mu.Lock()
	do := m.do
	m.mu.Unlock()
	if do != nil {
		if err := do(ctx, a); err != nil {
			return err
		}
	}
	word := a.Key
	if a.Agent != "" {
		word += "/" + a.Agent
	}
	if a.Over {
		word += " over"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, word+" "+a.Level.String())
	return nil
}

func (m *memory) set(do func(context.Context, event.Alert) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.do = do
}

// take gives what was told since the last take.
func (m *memory) take() string {
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := strings.Join(m.told, ", ")
	m.told = nil
	return s
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.told)
}

func fails(context.Context, event.Alert) error { return errors.New("no line") }

// bench is a dispatcher in a bubble.
type bench struct {
	*Dispatcher
	t       *testing.T
	letters []event.Letter
	mu      sync.Mutex
}

func inBubble(t *testing.T, c Config, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t}
		if c.Backoff == nil {
			c.Backoff = func(attempt int) time.Duration { return time.Duration(attempt) * time.Second }
		}
		if c.OnUndelivered == nil {
			c.OnUndelivered = func(l event.Letter) {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.letters = append(b.letters, l)
			}
		}
		d, err := New(c, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.Dispatcher = d
		test(b)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := d.Close(ctx); err != nil {
			t.Error(err)
		}
		if h := d.Health(); h.Waiting != 0 {
			t.Errorf("%d wait after Close", h.Waiting)
		}
	})
}

func (b *bench) expect(m *memory, want string) {
	b.t.Helper()
	if got := m.take(); got != want {
		b.t.Fatalf("%s was told %q, want %q", m.name, got, want)
	}
}

func warning(key string) event.Alert {
	return event.Alert{Key: key, Level: event.AlertWarning, Text: "look"}
}

func over(a event.Alert) event.Alert {
	a.Over = true
	return a
}

func TestAMatterIsToldOnceAndThatItIsOver(t *testing.T) {
	all, pager := &memory{name: "all"}, &memory{name: "pager"}
	c := Config{Sinks: []SinkConfig{{Sink: all, LevelMin: event.AlertInfo}, {Sink: pager, LevelMin: event.AlertCritical}}}
	inBubble(t, c, func(b *bench) {
		for range 5 {
			b.Raise(warning("feed_stale"))
		}
		b.expect(all, "feed_stale warning")
		other := warning("feed_stale")
		other.Agent = "a"
		b.Raise(other)
		b.expect(all, "feed_stale/a warning")
		time.Sleep(48 * time.Hour)
		b.expect(all, "")
		if h := b.Health(); h.Lasting != 2 || len(b.Active()) != 2 {
			t.Errorf("got %+v", h)
		}
		for _, l := range b.Active() {
			if want := map[string]int{"": 5, "a": 1}[l.Agent]; l.Times != want || l.Since != l.Time {
				t.Errorf("agent %q: found %d times, want %d; since %d, last at %d", l.Agent, l.Times, want, l.Since, l.Time)
			}
		}
		first := b.Active()[0].Since
		b.Raise(warning("feed_stale")) // two days later
		b.expect(all, "")
		for _, l := range b.Active() {
			if l.Agent == "" && (l.Times != 6 || l.Since != first || l.Time == first) {
				t.Errorf("%+v, first at %d", l, first)
			}
		}
		b.Raise(over(warning("feed_stale")))
		b.Raise(over(warning("feed_stale")))
		b.Raise(over(warning("never began")))
		b.expect(all, "feed_stale over warning")
		b.Raise(warning("feed_stale"))
		b.expect(all, "feed_stale warning")
		b.expect(pager, "")
	})
}

func TestAMatterThatGetsWorseIsToldAgain(t *testing.T) {
	all, pager := &memory{name: "all"}, &memory{name: "pager"}
	c := Config{Sinks: []SinkConfig{{Sink: all}, {Sink: pager, LevelMin: event.AlertCritical}}}
	inBubble(t, c, func(b *bench) {
		a := warning("disk")
		b.Raise(a)
		b.expect(pager, "")
		a.Level = event.AlertCritical
		b.Raise(a)
		b.Raise(a)
		b.expect(all, "disk warning, disk critical")
		b.expect(pager, "disk critical")
		b.Raise(over(a))
		b.expect(pager, "disk over critical")
	})
}

func TestAMatterThatLastsIsRepeated(t *testing.T) {
	s := &memory{name: "s"}
	c := Config{Sinks: []SinkConfig{{Sink: s, LevelMin: event.AlertInfo, RepeatEvery: time.Hour}}}
	inBubble(t, c, func(b *bench) {
		b.Raise(warning("m"))
		b.Raise(event.Alert{Key: "news", Level: event.AlertInfo})
		b.expect(s, "m warning, news info")
		time.Sleep(59 * time.Minute)
		b.expect(s, "")
		time.Sleep(2 * time.Minute)
		b.expect(s, "m warning")
		time.Sleep(3 * time.Hour)
		b.expect(s, "m warning, m warning, m warning")
		b.Raise(over(warning("m")))
		b.expect(s, "m over warning")
		time.Sleep(5 * time.Hour)
		b.expect(s, "")
		b.Raise(event.Alert{Key: "news", Level: event.AlertInfo})
		b.expect(s, "news info") // an hour and more later it is news again
	})
}

func TestAMatterThatNobodyDealsWithEscalates(t *testing.T) {
	mail, pager, boss := &memory{name: "mail"}, &memory{name: "pager"}, &memory{name: "boss"}
	c := Config{Sinks: []SinkConfig{
		{Sink: mail, EscalateAfter: 2 * time.Hour, EscalateTo: []string{"boss"}},
		{Sink: pager, LevelMin: event.AlertCritical, EscalateAfter: 30 * time.Minute},
		{Sink: boss, LevelMin: event.AlertCritical},
	}}
	inBubble(t, c, func(b *bench) {
		b.Raise(warning("m"))
		b.Raise(warning("short"))
		time.Sleep(29 * time.Minute)
		b.Raise(over(warning("short")))
		b.expect(mail, "m warning, short warning, short over warning")
		b.expect(pager, "")
		time.Sleep(2 * time.Minute)
		b.expect(pager, "m critical")
		b.expect(boss, "")
		time.Sleep(90 * time.Minute)
		b.expect(boss, "m warning")
		b.expect(mail, "m critical")
		time.Sleep(time.Hour)
		b.Raise(over(warning("m")))
		b.expect(mail, "m over critical")
		b.expect(pager, "m over critical")
		b.expect(boss, "m over warning")
	})
}

func TestAFailingSinkIsTriedAgain(t *testing.T) {
	s := &memory{name: "s", do: fails}
	inBubble(t, Config{Sinks: []SinkConfig{{Sink: s}}}, func(b *bench) {
		b.Raise(warning("m"))
		time.Sleep(2 * time.Second)
		b.expect(s, "")
		s.set(nil)
		time.Sleep(10 * time.Second)
		b.expect(s, "m warning")
		if n := len(b.Undelivered()); n != 0 {
			t.Errorf("%d undelivered", n)
		}
	})
}

func TestWhatCannotBeToldIsSeen(t *testing.T) {
	good, bad := &memory{name: "good"}, &memory{name: "bad", do: fails}
	inBubble(t, Config{Sinks: []SinkConfig{{Sink: good}, {Sink: bad, RepeatEvery: time.Hour}}}, func(b *bench) {
		a := warning("m")
		a.Venue = "v"
		b.Raise(a)
		b.expect(good, "m warning")
		time.Sleep(time.Minute)
		b.expect(good, "alert_undelivered warning")
		list := b.Undelivered()
		if len(list) != 1 || list[0].Sink != "bad" || list[0].Attempts != 5 || list[0].Alert.Key != "m" || list[0].Err.Error() != "no line" {
			t.Fatalf("got %+v", list)
		}
		if h := b.Health(); h.Undelivered != 1 || fmt.Sprint(h.Failing) != "[bad]" {
			t.Errorf("got %+v", h)
		}
		b.mu.Lock()
		l := b.letters[0]
		b.mu.Unlock()
		if l.Kind != event.LetterAlert || l.Venue != "v" || l.Cause != "undelivered" || len(l.Attempts) != 5 || l.Attempts[4].Detail != "no line" ||
			!strings.HasPrefix(l.ID, "alert-") || !strings.Contains(l.Message, `through bad: no line: "look"`) {
			t.Errorf("got %+v", l)
		}
		bad.set(nil)
		time.Sleep(2 * time.Hour)
		b.expect(good, "alert_undelivered over warning")
		if got := bad.take(); !strings.HasPrefix(got, "m warning") || strings.Contains(got, "undelivered") {
			t.Errorf("bad was told %q", got)
		}
	})
}

func TestWhatLastsShorterThanASinkFailsIsNotToldAfterwards(t *testing.T) {
	s := &memory{name: "s", do: fails}
	inBubble(t, Config{Sinks: []SinkConfig{{Sink: s}}, AttemptsMax: 2}, func(b *bench) {
		b.Raise(warning("m"))
		synctest.Wait()
		b.Raise(warning("n")) // waits behind m and is never begun
		b.Raise(over(warning("n")))
		b.Raise(over(warning("m")))
		time.Sleep(time.Minute)
		s.set(nil)
		time.Sleep(time.Hour)
		b.expect(s, "")
		if h := b.Health(); h.Undelivered != 1 || h.Lasting != 0 {
			t.Errorf("got %+v", h)
		}
	})
}

func TestAPermanentErrorIsNotTriedAgain(t *testing.T) {
	s := &memory{name: "s", do: func(context.Context, event.Alert) error {
		return fmt.Errorf("send: %w", Permanent(errors.New("bad address")))
	}}
	inBubble(t, Config{Sinks: []SinkConfig{{Sink: s}}}, func(b *bench) {
		b.Raise(warning("m"))
		synctest.Wait()
		if list := b.Undelivered(); len(list) != 1 || list[0].Attempts != 1 {
			t.Errorf("got %+v", list)
		}
	})
}

func TestAHangOrPanicOfOneSinkHoldsUpNobody(t *testing.T) {
	release := make(chan struct{})
	defer func() {
		if recover() != nil {
			t.Error("a sink's panic came through")
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		release = make(chan struct{})
		calls := 0
		hangs := &memory{name: "hangs", do: func(context.Context, event.Alert) error { calls++; <-release; return errors.New("late") }}
		panics := &memory{name: "panics", do: func(context.Context, event.Alert) error { panic("oh") }}
		good := &memory{name: "good"}
		d, err := New(Config{
			Sinks: []SinkConfig{{Sink: hangs}, {Sink: panics}, {Sink: good}}, AttemptsMax: 3,
			Backoff: func(int) time.Duration { return time.Second },
		}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			d.Raise(warning(fmt.Sprint(i)))
		}
		if got := good.take(); strings.Count(got, "warning") != 10 {
			t.Errorf("good was told %q", got)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if calls != 1 {
			t.Errorf("a sink that hangs was called %d times", calls)
		}
		texts := map[string]int{}
		for _, u := range d.Undelivered() {
			texts[u.Sink+": "+u.Err.Error()]++
		}
		if texts["panics: sink panicked: oh"] != 10 || texts["hangs: "+errBusy.Error()] != 11 { // and that panics does not tell
			t.Errorf("got %v", texts)
		}
		close(release)
		synctest.Wait()
		hangs.set(nil)
		d.Raise(warning("later"))
		if got := hangs.take(); got != "later warning" {
			t.Errorf("hangs was told %q after it came back", got)
		}
		if err := d.Close(t.Context()); err == nil {
			t.Error("Close does not tell what panics could not be told") // one telling is still being tried
		}
	})
}

func TestTheWorstGoesFirst(t *testing.T) {
	block := make(chan struct{})
	synctest.Test(t, func(t *testing.T) {
		block = make(chan struct{})
		s := &memory{name: "s", do: func(context.Context, event.Alert) error { <-block; return nil }}
		d, err := New(Config{Sinks: []SinkConfig{{Sink: s}}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Raise(warning("first"))
		synctest.Wait()
		d.Raise(warning("second"))
		d.Raise(over(warning("first")))
		bad := warning("first")
		bad.Level = event.AlertCritical
		d.Raise(bad) // began anew, and must not come before that it was over
		worst := bad
		worst.Key = "worst"
		d.Raise(worst)
		synctest.Wait()
		close(block)
		if got := s.take(); got != "first warning, first over warning, first critical, worst critical, second warning" {
			t.Errorf("got %q", got)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestRaiseNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		s := &memory{name: "s", do: func(context.Context, event.Alert) error { <-block; return nil }}
		letters := 0
		d, err := New(Config{
			Sinks: []SinkConfig{{Sink: s, Timeout: time.Hour}}, QueueMax: 10,
			OnUndelivered: func(event.Letter) { letters++ },
		}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		const raised = 100
		for i := range raised {
			d.Raise(warning(fmt.Sprint(i)))
		}
		synctest.Wait()
		h := d.Health()
		if h.Undelivered == 0 || h.Overflowed > h.Undelivered+80 || int(h.Overflowed)+h.Lasting != raised {
			t.Errorf("got %+v", h)
		}
		close(block)
		if got := strings.Count(s.take(), "warning"); got != 11 && got != 10 {
			t.Errorf("%d were told", got)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if letters != int(d.Health().Undelivered) {
			t.Errorf("%d letters of %d", letters, d.Health().Undelivered)
		}
		d.Raise(warning("late"))
		if after := d.Health(); after.Overflowed != h.Overflowed+1 {
			t.Errorf("an alert after Close is not counted: %+v", after)
		}
	})
}

func TestCloseMakesLettersOfWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &memory{name: "s", do: func(ctx context.Context, _ event.Alert) error { <-ctx.Done(); return ctx.Err() }}
		var letters []event.Letter
		d, err := New(Config{Sinks: []SinkConfig{{Sink: s, Timeout: time.Hour}}, OnUndelivered: func(l event.Letter) { letters = append(letters, l) }}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Raise(warning("a"))
		d.Raise(warning("b"))
		d.Raise(warning("c"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := d.Close(ctx); err == nil || !strings.HasPrefix(err.Error(), "3 alerts") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		ids := map[string]bool{}
		for _, l := range letters {
			ids[l.ID] = true
		}
		if len(letters) != 3 || len(ids) != 3 {
			t.Errorf("got %+v", letters)
		}
	})
}

func TestATakerOfLettersThatHangsOrPanicsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		first := true
		s := &memory{name: "s", do: fails}
		d, err := New(Config{Sinks: []SinkConfig{{Sink: s}}, AttemptsMax: 1, OnUndelivered: func(event.Letter) {
			if first {
				first = false
				panic("oh")
			}
			<-release
		}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.Raise(warning("a"))
		d.Raise(warning("b"))
		synctest.Wait()
		s.set(nil)
		d.Raise(warning("c"))
		if got := s.take(); got != "c warning" {
			t.Errorf("got %q", got)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
		close(release)
	})
}

func TestHammer(t *testing.T) {
	good, bad := &memory{name: "good"}, &memory{name: "bad", do: fails}
	d, err := New(Config{
		Sinks: []SinkConfig{{Sink: good, RepeatEvery: time.Millisecond}, {Sink: bad}}, AttemptsMax: 2,
		Backoff: func(int) time.Duration { return 0 }, QueueMax: 100_000,
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 200 {
				a := warning(fmt.Sprint(i % 10))
				a.Agent = fmt.Sprint(g)
				d.Raise(a)
				if i%3 != 0 {
					d.Raise(over(a))
				}
				d.Health()
				d.Active()
				d.Undelivered()
			}
		})
	}
	group.Wait()
	const lasting = 8 * 3 // the last three times that are not over, of each goroutine
	for deadline := time.Now().Add(10 * time.Second); good.count() < lasting; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d were told of %d that last", good.count(), lasting)
		}
	}
	for i := range 80 {
		a := warning(fmt.Sprint(i % 10))
		a.Agent = fmt.Sprint(i / 10)
		d.Raise(over(a))
	}
	if err := d.Close(context.Background()); err != nil && !strings.Contains(err.Error(), "dead letters") {
		t.Error(err)
	}
	began, ended := 0, 0
	for _, w := range good.told {
		if strings.HasPrefix(w, KeyUndelivered) {
			continue
		}
		if strings.Contains(w, "over") {
			ended++
		} else {
			began++
		}
	}
	if ended == 0 || began < ended || began < lasting {
		t.Errorf("%d began, %d are over", began, ended)
	}
	if h := d.Health(); h.Waiting != 0 || h.Overflowed != 0 || h.Lasting > 1 {
		t.Errorf("got %+v", h)
	}
}
