package journal

import (
	"fmt"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	j, err := Open(NewMemory(MemoryOptions{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire("agent/sma", "host-1", 0, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	s.Append(KindGenesis, 0, 1, []byte("run 1234"))
	var p uint64
	for i := range 10000 {
		p = s.Append(KindTurn, uint64(i+1), int64(i), []byte(fmt.Sprint("turn ", i)))
	}
	if err := s.Wait(p); err != nil {
		t.Fatal(err)
	}
	r, err := j.Verify("agent/sma", nil)
	if err != nil || r.Entries != 10001 {
		t.Fatal(r, err)
	}
	n := 0
	for e, err := range j.Read("agent/sma", 500) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && e.Position != 500 {
			t.Fatal(e)
		}
		n++
	}
	if n != 10001-499 {
		t.Fatal(n)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
