package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestACopyIsOfOneMomentWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := mustOpen(t, openSQLite(t, path), Options{})
	a, b := mustHold(t, j, "agent/a"), mustHold(t, j, "agent/b")
	both := func() {
		for _, s := range []*Stream{a, b} {
			s.Together()
			s.Append(KindTurn, s.sequence+1, 7, make([]byte, 3000))
		}
		if err := j.Flush(a, b); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		both()
	}
	ended := make(chan error, 1)
	copied := filepath.Join(dir, "it's a copy.db")
	told := int64(0)
	go func() {
		ended <- CopySQLite(context.Background(), path, copied, func(done, _ int64) { told = done })
	}()
	for running := true; running; both() {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := OpenSQLite(copied, SQLiteOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, d, Options{})
	defer c.Close()
	x, errX := c.Verify("agent/a", nil)
	y, errY := c.Verify("agent/b", nil)
	if errX != nil || errY != nil || x.Entries < 200 || x.Entries != y.Entries {
		t.Errorf("%d and %d entries, %v, %v: what became durable together is not together", x.Entries, y.Entries, errX, errY)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 || told != 0 && told < 200*6000 {
		t.Errorf("%v, %v, told %d", info.Mode(), err, told)
	}
	if err := CopySQLite(context.Background(), path, copied, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second copy to the same place: %v", err)
	}
}

// BenchmarkAppendDuringCopy is the longest durable append while a journal of 500 MB is copied, beside the
// longest one without.
func BenchmarkAppendDuringCopy(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "journal.db")
	d := openSQLite(b, path)
	j, err := Open(d, Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := j.Acquire("agent/bench", "host", 0, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 1000)
	for i := uint64(0); i < 480_000; i++ {
		s.Append(KindTurn, i, 0, body)
	}
	if err := s.Wait(s.position); err != nil {
		b.Fatal(err)
	}
	longest := func(end <-chan error) (most time.Duration, count int) {
		for {
			select {
			case err := <-end:
				if err != nil {
					b.Fatal(err)
				}
				return most, count
			default:
			}
			began := time.Now()
			if err := s.Wait(s.Append(KindTurn, s.sequence, 0, body)); err != nil {
				b.Fatal(err)
			}
			most, count = max(most, time.Since(began)), count+1
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		end := make(chan error, 1)
		began := time.Now()
		copied := filepath.Join(dir, "copy.db")
		go func() { end <- CopySQLite(context.Background(), path, copied, nil) }()
		during, count := longest(end)
		took := time.Since(began)
		info, err := os.Stat(copied)
		if err != nil {
			b.Fatal(err)
		}
		alone := make(chan error, 1)
		time.AfterFunc(took, func() { alone <- nil })
		without, _ := longest(alone)
		b.ReportMetric(float64(info.Size())/1e6, "MB")
		b.ReportMetric(took.Seconds(), "copy-s")
		b.ReportMetric(float64(during.Microseconds())/1e3, "longest-append-ms")
		b.ReportMetric(float64(without.Microseconds())/1e3, "longest-without-ms")
		b.ReportMetric(float64(count), "appends")
		if err := os.Remove(copied); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
