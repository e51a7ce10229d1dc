package resilience_test

import (
	"container/heap"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// contention is the simulator of "Exponential Backoff and Jitter" (AWS, 2015) in our own words: clients read a
// row's version and write it back; a write on an old version fails and is tried again after a wait. Every
// message takes N(10, 2) ms. It returns when the last client is done, in milliseconds, and the calls made.
func contention(c *resilience.BackoffConfig, clients int, seed uint64) (done float64, calls int) {
	r := rand.New(rand.NewPCG(seed, 4))
	travel := func() float64 { return max(0, 10+2*r.NormFloat64()) }
	states := make([]resilience.Backoff, clients)
	seen := make([]int, clients)
	var q messages
	for i := range clients {
		heap.Push(&q, message{travel(), i, reading, false})
	}
	version := 0
	for q.Len() > 0 {
		m := heap.Pop(&q).(message)
		reply := m.at + travel()
		switch m.kind {
		case reading:
			seen[m.client] = version
			heap.Push(&q, message{reply + travel(), m.client, writing, false})
		case writing:
			calls++
			good := seen[m.client] == version
			if good {
				version++
			}
			heap.Push(&q, message{reply, m.client, answer, good})
		case answer:
			if m.good {
				done = max(done, m.at)
				continue
			}
			wait, _ := c.Next(&states[m.client], int64(m.at*1e6), r.Uint64())
			heap.Push(&q, message{m.at + float64(wait)/1e6 + travel(), m.client, reading, false})
		}
	}
	return done, calls
}

const (
	reading = iota
	writing
	answer
)

type message struct {
	at           float64
	client, kind int
	good         bool
}

type messages []message

func (m messages) Len() int           { return len(m) }
func (m messages) Less(i, j int) bool { return m[i].at < m[j].at }
func (m messages) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *messages) Push(v any)        { *m = append(*m, v.(message)) }
func (m *messages) Pop() any {
	old := *m
	v := old[len(old)-1]
	*m = old[:len(old)-1]
	return v
}

func TestJitterReproducesTheRankingOfAWS(t *testing.T) {
	const clients, runs = 100, 10
	mean, calls := map[resilience.Jitter]float64{}, map[resilience.Jitter]int{}
	for _, j := range []resilience.Jitter{resilience.JitterFull, resilience.JitterEqual, resilience.JitterDecorrelated, resilience.JitterNone} {
		c := resilience.BackoffConfig{Jitter: j, Base: 5e6, Cap: 2e9, AttemptsMax: 1 << 30}
		for seed := range uint64(runs) {
			done, n := contention(&c, clients, seed)
			mean[j] += done / runs
			calls[j] += n
		}
		t.Logf("%-12s last of %d done after %6.0f ms, %5d calls", j, clients, mean[j], calls[j]/runs)
	}
	none := mean[resilience.JitterNone]
	for _, j := range []resilience.Jitter{resilience.JitterFull, resilience.JitterDecorrelated} {
		if mean[j]*5 > none {
			t.Errorf("%s takes %.0f ms, none %.0f ms: not far below", j, mean[j], none)
		}
		if mean[j] > mean[resilience.JitterEqual] {
			t.Errorf("%s takes %.0f ms, equal %.0f ms", j, mean[j], mean[resilience.JitterEqual])
		}
	}
	if calls[resilience.JitterFull] > calls[resilience.JitterDecorrelated] {
		t.Errorf("full makes %d calls, decorrelated %d", calls[resilience.JitterFull], calls[resilience.JitterDecorrelated])
	}
}
