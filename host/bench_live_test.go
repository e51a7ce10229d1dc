package host_test

import (
	"context"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/venue/http"
)

// The figures of `make bench-orders`: how long an order takes from the strategy's wish to the wire when it must be
// durable before, beside what the disk alone takes; and how many orders a second 64 agents send through one
// journal, beside one agent.

// benchStand is a stand that trades as fast as it can: no bound of rate, and nothing polled.
func benchStand(b *testing.B, change func(*stand)) *stand {
	return newStand(b, func(s *stand) {
		s.risk.RateCount, s.lane.PollEvery, s.lane.ReconcileEvery = 0, 0, 0
		s.lane.RetentionMax = 100
		if change != nil {
			change(s)
		}
	})
}

// wish takes the round in which the strategy wishes an order and returns when its call may go out.
func (s *stand) wish(volume int64) (call *event.Call, began time.Time) {
	s.now += 1e9
	s.bar(volume)
	before := len(s.sent)
	s.sent = slices.Grow(s.sent, 1)
	began = time.Now()
	if err := s.round(); err != nil {
		s.Error(err)
	}
	for i := before; i < len(s.sent); i++ {
		if s.sent[i].Kind == event.CallSubmit {
			return &s.sent[i], began
		}
	}
	s.Error("the wish did not become a call")
	return nil, began
}

// answered lets the venue's replies come in.
func (s *stand) answered() {
	for range 2 { // the reply, and the fills that it makes the lane ask for
		s.now += 100e6
		s.listen()
		if err := s.round(); err != nil {
			s.Error(err)
		}
	}
	s.sent, s.alerts = s.sent[:0], s.alerts[:0]
}

// trades alternates, so that the position stays small.
func trades(i int) int64 { return []int64{buy, sell}[i%2] + 100 }

// BenchmarkDurableOrder measures from the bar at which the strategy wishes to the last byte of the request in
// the hands of the HTTP transport: a sandboxed tick, admission, the lane, one transaction on SQLite, the
// adapter. Each order is beside an append of as many bytes with fdatasync to a file of the same disk, so that
// both see the same weather.
func BenchmarkDurableOrder(b *testing.B) {
	s := benchStand(b, nil)
	silent := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(nethttp.StatusNoContent) }))
	defer silent.Close()
	b.Setenv("BENCH_KEY", "secret")
	c := http.DefaultConfig()
	c.Name, c.BaseURL, c.KeyEnv, c.Instruments = "exchange", silent.URL, "BENCH_KEY", []http.Instrument{{Instrument: s.group.Venue.Instruments[0]}}
	remote, err := http.New(c, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer remote.Close()
	raw := newRawFile(b)
	defer raw.close(b)
	var orders, disk, durable []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		call, began := s.wish(trades(i))
		if call == nil {
			b.FailNow()
		}
		durable = append(durable, time.Since(began))
		r := remote.Do(context.Background(), call)
		if r.Written == 0 {
			b.Fatalf("not sent: %s", r.Detail)
		}
		orders = append(orders, time.Duration(r.Written-began.UnixNano()))
		disk = append(disk, raw.append(b))
		s.answered()
	}
	order, one := median(orders), median(disk)
	b.ReportMetric(float64(order.Microseconds()), "p50-order-µs")
	b.ReportMetric(float64(median(durable).Microseconds()), "p50-durable-µs")
	b.ReportMetric(float64(one.Microseconds()), "p50-fdatasync-µs")
	b.ReportMetric(float64(order)/float64(one), "order/fdatasync")
}

// rawFile is what the disk alone takes.
type rawFile struct {
	file *os.File
	body []byte
}

func newRawFile(b *testing.B) *rawFile {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	return &rawFile{f, make([]byte, 1024)}
}

func (r *rawFile) append(b *testing.B) time.Duration {
	began := time.Now()
	if _, err := r.file.Write(r.body); err != nil {
		b.Fatal(err)
	}
	if err := fdatasync(r.file); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func (r *rawFile) close(b *testing.B) {
	if err := r.file.Close(); err != nil {
		b.Error(err)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkOrdersTogether is orders a second: by one agent alone, which waits for the disk at each, and by 64 of
// accounts of their own, whose waits the journal gathers into common transactions.
func BenchmarkOrdersTogether(b *testing.B) {
	alone := 0.0
	for _, agents := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d agents", agents), func(b *testing.B) {
			rate := benchOrders(b, agents)
			b.ReportMetric(rate, "orders/s")
			if agents == 1 {
				alone = rate
			} else if alone > 0 {
				b.ReportMetric(rate/alone, "times-one")
			}
		})
	}
}

func benchOrders(b *testing.B, agents int) float64 {
	d, err := journal.OpenSQLite(filepath.Join(b.TempDir(), "journal.db"), journal.SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	stands := make([]*stand, agents)
	for n := range stands {
		stands[n] = benchStand(b, func(s *stand) {
			s.name, s.shared = fmt.Sprint("puppet", n), j
			s.group.Venue.Account = fmt.Sprint("account", n)
		})
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for n, s := range stands {
		all.Go(func() {
			for i := n; i < b.N; i += agents {
				if call, _ := s.wish(trades(i / agents)); call == nil {
					return
				}
				s.answered()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	for _, s := range stands {
		s.stop()
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	return float64(b.N) / b.Elapsed().Seconds()
}
