package event

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
)

// filled returns a turn with every field set to something of its own.
func filled(r *rand.Rand, kind Kind) *Turn {
	t := &Turn{}
	fill(r, reflect.ValueOf(t).Elem())
	t.Event.Kind = kind
	switch kind {
	case KindMarket:
		t.Event.Outcome, t.Event.Mode, t.Event.Reason = Outcome{}, 0, ""
	case KindOutcome:
		t.Event.Bars, t.Event.Notes, t.Event.Cursor, t.Event.Feed, t.Event.Mode, t.Event.Reason = nil, nil, 0, 0, 0, ""
	case KindMode, KindStop, KindOperator, KindSwap:
		t.Event.Bars, t.Event.Notes, t.Event.Cursor, t.Event.Feed, t.Event.Outcome = nil, nil, 0, 0, Outcome{}
	case KindRedrive:
		e := Event{Kind: kind, Sequence: t.Event.Sequence, Time: t.Event.Time, Received: t.Event.Received, Reason: t.Event.Reason, Redrive: new(Order)}
		fill(r, reflect.ValueOf(e.Redrive).Elem())
		t.Event = e
	default:
		t.Event = Event{Kind: kind, Sequence: t.Event.Sequence, Time: t.Event.Time, Received: t.Event.Received}
	}
	return t
}

func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer: // set by its own kind of event
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.String:
		v.SetString(string(rune('a' + r.IntN(26))))
	case reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(60))
	case reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(60))
	default: // small unsigned integers; enumerations are written as one byte
		v.SetUint(uint64(r.IntN(120)))
	}
}

func TestTurnsReadBackAsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for kind := KindStart; kind <= KindRedrive; kind++ {
		for range 200 {
			want := filled(r, kind)
			b := AppendTurn(nil, want)
			var got Turn
			if err := ReadTurn(b, &got); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if !bytes.Equal(AppendTurn(nil, &got), b) || !reflect.DeepEqual(normal(want), normal(&got)) {
				t.Fatalf("%s:\nwrote %+v\nread  %+v", kind, want, got)
			}
			for n := range b {
				if err := ReadTurn(b[:n], &got); err == nil {
					t.Fatalf("%s: %d of %d bytes read without an error", kind, n, len(b))
				}
			}
		}
	}
}

// normal makes empty and missing lists the same.
func normal(t *Turn) Turn {
	n := *t
	if len(n.Event.Bars) == 0 {
		n.Event.Bars = nil
	}
	if len(n.Event.Notes) == 0 {
		n.Event.Notes = nil
	}
	return n
}

func FuzzReadTurn(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for kind := KindStart; kind <= KindRedrive; kind++ {
		f.Add(AppendTurn(nil, filled(r, kind)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var turn, again Turn
		if ReadTurn(b, &turn) != nil {
			return
		}
		if err := ReadTurn(AppendTurn(nil, &turn), &again); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
	})
}

func BenchmarkAppendTurn(b *testing.B) {
	t := Turn{Event: Event{Kind: KindMarket, Sequence: 1000, Time: 1640995200e9, Received: 1640995200e9, Bars: []Bar{{
		Interval: 60e9, OpenTime: 1640995140e9, CloseTime: 1640995200e9, Open: 4631900000000, High: 4638500000000, Low: 4631900000000, Close: 4637700000000, Volume: 230041372950000,
	}}}, Verdict: VerdictOK, Fuel: 900, Module: 2}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTurn(buf[:0], &t)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}
