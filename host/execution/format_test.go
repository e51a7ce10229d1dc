package execution_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// TestEntriesKeepTheirBytes holds the layout of format 1 by bytes that were committed when it was made: entries
// with every kind of input and fact, and no field without a value of its own. testdata/entries.hex has one a line.
func TestEntriesKeepTheirBytes(t *testing.T) {
	lines := committed(t, "testdata/entries.hex")
	entries := everyEntry()
	if len(lines) != len(entries) {
		t.Fatalf("%d entries are committed, there are %d", len(lines), len(entries))
	}
	for i, e := range entries {
		written := execution.AppendEntry(nil, e)
		if !bytes.Equal(written, lines[i]) {
			t.Errorf("entry %d, input %s: written as\n%x\ncommitted as\n%x", i, e.Input.Kind, written, lines[i])
		}
		var read execution.Entry
		if err := execution.ReadEntry(lines[i], &read); err != nil {
			t.Errorf("entry %d: %v", i, err)
		} else if again := execution.AppendEntry(nil, &read); !bytes.Equal(again, lines[i]) {
			t.Errorf("entry %d: read and written again it is\n%x\ncommitted was\n%x", i, again, lines[i])
		}
	}
}

// TestAStateKeepsItsBytes: testdata/state.hex is a lane after the entries of samples, a line for each format. All are read,
// the last is what is written.
func TestAStateKeepsItsBytes(t *testing.T) {
	states := committed(t, "testdata/state.hex")
	for i, state := range states {
		l := laneOf(t, state)
		again := l.AppendState(nil)
		if newest := states[len(states)-1]; i == len(states)-1 && !bytes.Equal(again, newest) {
			t.Errorf("read and written again it is\n%x\ncommitted was\n%x", again, newest)
		}
		if n, first := l.Position(0, 0), laneOf(t, states[0]).Position(0, 0); n != first {
			t.Errorf("format %d holds %d, the first %d", i+1, n, first)
		}
	}
}

func laneOf(t *testing.T, state []byte) *execution.Lane {
	t.Helper()
	l, err := execution.New(config(1))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := l.ReadState(state)
	if err != nil || len(rest) != 0 {
		t.Fatalf("%d bytes left: %v", len(rest), err)
	}
	return l
}

func committed(t *testing.T, path string) (lines [][]byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		b, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, b)
	}
	return lines
}

// everyEntry are entries with every kind of input; the facts and what they point to are in the first.
func everyEntry() (all []*execution.Entry) {
	const inputs, facts = execution.InputOperator, execution.FactAct
	for kind := execution.InputKind(1); kind <= inputs; kind++ {
		n := 0
		e := &execution.Entry{}
		fill(reflect.ValueOf(&e.Input).Elem(), &n)
		e.Input.Kind = kind
		if kind == 1 {
			fill(reflect.ValueOf(e).Elem(), &n)
			e.Input.Kind, e.Facts = kind, nil
			for fact := execution.FactKind(1); fact <= facts; fact++ {
				var f execution.Fact
				fill(reflect.ValueOf(&f).Elem(), &n)
				f.Kind = fact
				e.Facts = append(e.Facts, f)
			}
		}
		all = append(all, e)
	}
	return all
}

// fill gives every field the next number, as what it is; every list one element, but that of letters: they are
// JSON, which may get more fields.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(strings.Repeat("x", *n%7) + "word")
	case reflect.Uint8:
		v.SetUint(uint64(*n % 120))
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n * 37))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n * 12345 * (1 - *n%2*2)))
	case reflect.Slice:
		if v.Type().Elem() == reflect.TypeFor[event.Letter]() {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("no value for a " + v.Kind().String())
	}
}
