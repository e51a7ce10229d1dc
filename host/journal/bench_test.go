package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func benchDevice(b *testing.B, kind string) Device {
	if kind == "memory" {
		return NewMemory(MemoryOptions{BytesMax: 64 << 20})
	}
	d, err := OpenSQLite(filepath.Join(b.TempDir(), "journal.db"), SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkCommit is the cost on the turn's path: Begin, a body of 150 bytes in place, Commit.
func BenchmarkCommit(b *testing.B) {
	for _, kind := range []string{"memory", "sqlite"} {
		b.Run(kind, func(b *testing.B) {
			j, s := benchStream(b, kind)
			body := make([]byte, 150)
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				s.Commit(append(s.Begin(KindTurn, i, 0), body...))
			}
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func benchStream(b *testing.B, kind string) (*Journal, *Stream) {
	j, err := Open(benchDevice(b, kind), Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := j.Acquire("agent/bench", "host", 0, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	return j, s
}

// BenchmarkDurable is one effect: an entry that must be durable before it goes out, and beside it the raw
// cost of the disk: append 230 bytes and fsync.
func BenchmarkDurable(b *testing.B) {
	b.Run("raw append and fsync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		body := make([]byte, 230)
		for b.Loop() {
			if _, err := f.Write(body); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, kind := range []string{"memory", "sqlite"} {
		b.Run(kind, func(b *testing.B) {
			j, s := benchStream(b, kind)
			body := make([]byte, 150)
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				if err := s.Wait(s.Append(KindTurn, i, 0, body)); err != nil {
					b.Fatal(err)
				}
			}
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkGroup is 64 agents that each wait for their own entry: the writer merges them.
func BenchmarkGroup(b *testing.B) {
	for _, kind := range []string{"memory", "sqlite"} {
		b.Run(kind+" 64 streams", func(b *testing.B) {
			j, err := Open(benchDevice(b, kind), Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			benchGroup(b, j, 64)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acks/s")
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func benchGroup(b *testing.B, j *Journal, streams int) {
	var wg sync.WaitGroup
	body := make([]byte, 150)
	for n := range streams {
		s, err := j.Acquire(fmt.Sprint("agent/", n), "host", 0, time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		wg.Go(func() {
			for i := n; i < b.N; i += streams {
				if err := s.Wait(s.Append(KindTurn, uint64(i), 0, body)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkVerify reads a stream back, checksums and chain checked: the cost of a fold of the journal.
func BenchmarkVerify(b *testing.B) {
	for _, kind := range []string{"memory", "sqlite"} {
		b.Run(kind, func(b *testing.B) {
			j, s := benchStream(b, kind)
			body := make([]byte, 150)
			for i := range uint64(100_000) {
				s.Append(KindTurn, i, 0, body)
			}
			if err := s.Wait(100_000); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := j.Verify(s.Name(), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/entry")
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkHeld is what the last look before a request leaves costs.
func BenchmarkHeld(b *testing.B) {
	d, err := OpenSQLite(filepath.Join(b.TempDir(), "journal.db"), SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	s := mustHold(b, mustOpen(b, d, Options{}), "lane/exchange/main")
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Held(); err != nil {
			b.Fatal(err)
		}
	}
}
