package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

// The host's live feed is this API's other reader: bars come through it whole, also across a break of the
// stream.
func TestTheLiveFeedReadsTheseBars(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Prices = NewSynthetic(3, c.Instruments) })
	t.Setenv("LIVE_KEY", "secret")
	live, err := feed.OpenLive(feed.LiveConfig{
		Name: "live", URL: w.web.URL, Instruments: []event.Instrument{coin}, Interval: time.Second, KeyEnv: "LIVE_KEY", Now: w.clock.Now,
		Backoff: func(int) time.Duration { return 0 },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	seen, ended := make(chan string, 1000), make(chan error, 1)
	go func() {
		ended <- live.Run(ctx, func(m *event.Market) {
			for _, b := range m.Bars {
				seen <- fmt.Sprint(b.CloseTime, b.Open, b.High, b.Low, b.Close, b.Volume)
			}
			for _, n := range m.Notes {
				t.Errorf("note %+v", n)
			}
		})
	}()
	listening := func() {
		for {
			w.server.mu.Lock()
			n := len(w.server.streams.subscribers)
			w.server.mu.Unlock()
			if n == 1 {
				return
			}
		}
	}
	listening()
	for i := range 20 {
		if i == 10 {
			w.do("POST", "/admin/disconnect", "") // bar 10 comes while nobody listens, or just as it connects
		}
		w.clock.advance(time.Second)
		w.step(1)
		b := &w.server.prices[0].last
		want := fmt.Sprint(b.CloseTime, b.Open, b.High, b.Low, b.Close, b.Volume)
		for have := range seen { // it may begin with bars from before it connected
			if have == want {
				break
			}
			if i > 0 {
				t.Fatalf("bar %d is %s, want %s", i, have, want)
			}
		}
		if i == 10 {
			listening()
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
