package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// soakPath is an order path that settles within seconds: the venue carries nothing out later than its latency.
// Its breaker takes 30 % of failures for usual, or the agent would only watch.
const soakPath = `
  timeout         = "2s"
  calls_max       = 8
  poll_every      = "1s"
  reconcile_every = "5s"
  retry {
    base         = "200ms"
    cap          = "2s"
    attempts_max = 8
  }
  settle {
    absences = 3
    spacing  = "1s"
    window   = "3s"
  }
  rate_limit {
    count  = 40
    period = "1s"
  }
  breaker {
    consecutive_max = 12
    failure_rate    = "80%"
    open_for        = "1s"
    open_for_max    = "4s"
  }
`

// soakPolled takes the venue's stream away, which tells at once what a lost answer would have said.
const soakPolled = `
  endpoints {
    stream {
      path = ""
    }
  }
`

// soakModes let an agent trade on while orders are settled, and with the dead letters of a whole soak.
const soakModes = `
  modes {
    unknown_orders_max = 20
    dead_letters_max   = 10000
  }
`

// TestSoakKill kills a trading host again and again, at random moments, and compares the venue's books with the
// journal at the end. `make soak-kill` does it 200 times; without KILLS it is a short version.
func TestSoakKill(t *testing.T) {
	kills, seed := 5, rand.Uint64()
	for name, to := range map[string]func(string) error{
		"KILLS": func(s string) (err error) { kills, err = strconv.Atoi(s); return err },
		"SEED":  func(s string) (err error) { seed, err = strconv.ParseUint(s, 10, 64); return err },
	} {
		if text := os.Getenv(name); text != "" {
			if err := to(text); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if testing.Short() && os.Getenv("KILLS") == "" {
		t.Skip("takes half a minute; not with -short")
	}
	for _, dedupe := range []string{"forever", "none"} {
		for _, streams := range []bool{true, false} {
			t.Run(fmt.Sprintf("dedupe=%s stream=%v", dedupe, streams), func(t *testing.T) {
				t.Parallel()
				soak(t, dedupe, streams, kills, rand.New(rand.NewPCG(seed, 1)))
			})
		}
	}
}

func soak(t *testing.T, dedupe string, streams bool, kills int, dice *rand.Rand) {
	began, path := time.Now(), soakPath
	if !streams {
		path += soakPolled
	}
	w := newWorld(t, worldOptions{
		Dedupe: dedupe, Path: path, Agent: soakModes,
		Venue: []string{"--fail-rate", "0.3", "--fail-where", "mixed", "--latency", "500ms", "--cash", "1000000", "--seed", strconv.FormatUint(dice.Uint64(), 10)},
	})
	for n := range kills {
		host := w.start()
		// Some are killed as they recover, most at work.
		time.Sleep(100*time.Millisecond + time.Duration(dice.Int64N(int64(7*time.Second))))
		if err := host.Process.Kill(); err != nil {
			t.Fatalf("kill %d: the host had ended by itself: %v\n%s", n+1, err, w.said())
		}
		if code := w.ends(host, 10*time.Second); code != -1 {
			t.Fatalf("kill %d: the host had ended by itself, exit %d\n%s", n+1, code, w.said())
		}
		if os.Getenv("KILLS") != "" && (n+1)%20 == 0 {
			fmt.Fprintf(t.Output(), "dedupe %s, stream %v: %d of %d kills, %d orders at the venue\n", dedupe, streams, n+1, kills, len(w.books().Orders))
		}
	}
	trouble := w.allBooks()
	a := w.settled()
	fmt.Fprintf(t.Output(), "\nkilled %d times, dedupe %s, stream %v, 30 %% failures, 500 ms, %d orders at the venue by then, in %s\n", kills, dedupe, streams, len(trouble.Accounts[0].Orders), time.Since(began).Round(time.Second))
	if err := a.writeText(t.Output()); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"requests", "fail_before", "fail_after", "replayed", "key_reused"} {
		fmt.Fprintf(t.Output(), "%-34s %d\n", "venue's count of "+name, trouble.Counts[name])
	}
	if len(a.wrong) > 0 {
		w.keep()
		t.Error("books and journal differ")
	}
	if at := len(trouble.Accounts[0].Orders); kills >= 20 && (at == 0 || trouble.Counts["fail_after"] == 0) {
		t.Errorf("%d orders at the venue and %d failures after executing while the host was being killed: nothing was tried", at, trouble.Counts["fail_after"])
	}
}

// settled runs the host once more, without faults and without new orders, until the journal and the books
// agree or a minute is over, stops it, and compares.
func (w *liveWorld) settled() *audit {
	w.calm()
	w.quiet()
	host := w.up()
	for end := time.Now().Add(time.Minute); len(w.audit().wrong) > 0 && time.Now().Before(end); {
		time.Sleep(500 * time.Millisecond)
	}
	w.stop(host)
	return w.audit()
}

// audit holds the journal against the venue's books.
func (w *liveWorld) audit() *audit {
	w.Helper()
	s, err := openJournalSource(&place{journal: w.data, config: w.loaded()})
	if err != nil {
		w.Fatal(err)
	}
	defer s.journal.Close()
	orders, lettered, err := s.journaled()
	if err != nil {
		w.Fatal(err)
	}
	b := w.books()
	a := newAudit(orders, lettered, b.Orders)
	if err := a.holdings(orders, b.Positions); err != nil {
		w.Fatal(err)
	}
	return a
}
