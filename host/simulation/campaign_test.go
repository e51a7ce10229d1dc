package simulation

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

func replayed(seed uint64) string { return fmt.Sprintf("agenthost sim --seed %d --trace", seed) }

func TestCampaign(t *testing.T) {
	t.Parallel()
	t.Run("the report is the same with one worker and with two", func(t *testing.T) {
		var texts [2]string
		for i := range texts {
			c := Campaign{Count: 20, Workers: 1 + i, Options: Options{Open: realHost(t)}}
			r, err := c.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := r.WriteText(&b, replayed); err != nil {
				t.Fatal(err)
			}
			texts[i] = b.String()
		}
		if texts[0] != texts[1] || !strings.Contains(texts[0], "worlds") {
			t.Errorf("%s\n%s", texts[0], texts[1])
		}
	})
	t.Run("a broken host fails it, and the report says how to replay", func(t *testing.T) {
		c := Campaign{First: 0, Count: 6, Workers: 2, Options: Options{Open: realHost(t), Break: BreakFills}}
		r, err := c.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.WriteText(&b, replayed); err != nil {
			t.Fatal(err)
		}
		if r.OK() || len(r.Bad) == 0 || !strings.Contains(b.String(), "replay: agenthost sim --seed") {
			t.Errorf("%s", b.String())
		}
	})
}

func TestWorldIsDeterministic(t *testing.T) {
	t.Parallel()
	t.Run("a seed gives the same trace to the byte, twice", func(t *testing.T) {
		for seed := range uint64(12) {
			var traces [2]bytes.Buffer
			for i := range traces {
				if _, err := Run(context.Background(), seed, Options{Open: realHost(t), Trace: &traces[i]}); err != nil {
					t.Fatal(err)
				}
			}
			if traces[0].String() != traces[1].String() {
				t.Errorf("seed %d has two traces", seed)
			}
		}
	})
	t.Run("a failing neighbour changes nothing", func(t *testing.T) {
		for seed := range uint64(10) {
			found, err := CheckNeighbour(context.Background(), seed, Options{Open: realHost(t)})
			if err != nil {
				t.Fatal(err)
			}
			for i := range found {
				t.Errorf("%s", found[i].String())
			}
		}
	})
}
