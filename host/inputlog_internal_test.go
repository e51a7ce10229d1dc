package host

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

type loggedTick struct {
	input       []byte
	now, budget int64
}

func readLog(t *testing.T, l *inputLog) (ticks []loggedTick) {
	t.Helper()
	err := l.each(func(input []byte, now, budget int64) error {
		ticks = append(ticks, loggedTick{bytes.Clone(input), now, budget})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ticks
}

// TestInputsComeBackAsTheyWere: inputs of any size, that grow and shrink, of zeros and of noise, come back byte for
// byte, also after the log was emptied.
func TestInputsComeBackAsTheyWere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l inputLog
	for range 20 {
		var want []loggedTick
		input := []byte{}
		for range 50 {
			switch r.IntN(6) {
			case 0:
				input = make([]byte, r.IntN(300))
			case 1:
				input = input[:r.IntN(len(input)+1)]
			case 2:
				for range r.IntN(200) {
					input = append(input, byte(r.Uint32()))
				}
			}
			for range r.IntN(4) {
				if len(input) > 0 {
					input[r.IntN(len(input))] ^= byte(r.Uint32())
				}
			}
			tick := loggedTick{bytes.Clone(input), int64(r.Uint64()), int64(r.Uint64())}
			if r.IntN(10) == 0 {
				tick.now, tick.budget = math.MinInt64, math.MaxInt64
			}
			want = append(want, tick)
			if !l.add(input, tick.now, tick.budget, 1<<20) {
				t.Fatal("there is room")
			}
		}
		got := readLog(t, &l)
		if len(got) != len(want) || l.ticks != len(want) {
			t.Fatalf("%d ticks, want %d", len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i].input, want[i].input) || got[i].now != want[i].now || got[i].budget != want[i].budget {
				t.Fatalf("tick %d is %v, want %v", i, got[i], want[i])
			}
		}
		l.forget()
	}
}

func TestADamagedLogIsAnErrorAndNoPanic(t *testing.T) {
	var l inputLog
	l.add(bytes.Repeat([]byte{7}, 100), 5, 6, 1<<20)
	l.add(bytes.Repeat([]byte{8}, 90), 7, 8, 1<<20)
	failed := 0
	for n := range l.bytes {
		short := l
		short.bytes = l.bytes[:n]
		if errors.Is(short.each(func([]byte, int64, int64) error { return nil }), errInputLog) {
			failed++
		}
	}
	if failed < len(l.bytes)-3 {
		t.Errorf("%d of %d cuts were noticed", failed, len(l.bytes))
	}
}

// BenchmarkKeepInput is what remembering a tick costs, and how many bytes it takes.
func BenchmarkKeepInput(b *testing.B) {
	input := make([]byte, 704)
	var l inputLog
	size := 0
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for k := range 15 { // as many words as change from bar to bar
			input[k*48]++
			input[k*48+1] += 3
		}
		l.add(input, int64(n)*60e9, 2_000_000, 1<<20)
		if l.ticks == 1000 {
			size = len(l.bytes)
			l.forget()
		}
	}
	b.ReportMetric(float64(size)/1000, "B/tick")
}

// TestALogStaysWithinItsBound: a tick for which there is no room is refused, and what was kept before is whole.
func TestALogStaysWithinItsBound(t *testing.T) {
	var l inputLog
	input := make([]byte, 900)
	const most = 3000
	kept := 0
	for ; ; kept++ {
		for k := range input {
			input[k] = byte(kept * k)
		}
		if !l.add(input, int64(kept), 0, most) {
			break
		}
	}
	if ticks := readLog(t, &l); len(ticks) != kept || kept < 2 || cap(l.bytes) > most {
		t.Fatalf("%d ticks of %d are there, in %d bytes", len(ticks), kept, cap(l.bytes))
	}
	l.forget()
	if !l.add(input, 1, 2, most) || len(readLog(t, &l)) != 1 {
		t.Error("nothing can be kept after the log was emptied")
	}
}
