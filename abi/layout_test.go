package abi

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

// readSource is done once: it checks the types of the package and all that it imports.
var readSource = sync.OnceValues(func() (*layout.Layout, error) { return layout.Read(".") })

func readLayout(t testing.TB) *layout.Layout {
	t.Helper()
	l, err := readSource()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// recordTypes are all records of the wire.
var recordTypes = map[string]reflect.Type{}

func init() {
	for _, r := range []any{
		Header{},
		Section{},
		Currency{},
		Instrument{},
		Bar{},
		Quote{},
		Trade{},
		FeedHealth{},
		Balance{},
		Account{},
		Position{},
		OpenOrder{},
		Event{},
		OutputHeader{},
		Submit{},
		Cancel{},
		CancelAll{},
		Replace{},
		Close{},
		Timer{},
		Series{},
		Alert{},
		ParamsHeader{},
		Param{},
		StateHeader{},
	} {
		recordTypes[reflect.TypeOf(r).Name()] = reflect.TypeOf(r)
	}
}

// The sizes of version 1.0. A later minor may make a record longer, in steps of 8; none gets shorter.
var sizesOf10 = map[string]int{
	"Header": 96, "Section": 12, "Currency": 16, "Instrument": 112, "Bar": 72, "Quote": 48, "Trade": 32, "FeedHealth": 40,
	"Balance": 32, "Account": 88, "Position": 64, "OpenOrder": 136, "Event": 128, "OutputHeader": 32, "Submit": 96,
	"Cancel": 32, "CancelAll": 16, "Replace": 64, "Close": 48, "Timer": 32, "Series": 24, "Alert": 16,
	"ParamsHeader": 24, "Param": 24, "StateHeader": 48,
}

func TestRecordsHaveTheSizesOfVersion10(t *testing.T) {
	for name, size := range sizesOf10 {
		if got := int(recordTypes[name].Size()); got != size {
			t.Errorf("%s has %d bytes, want %d", name, got, size)
		}
	}
	if len(sizesOf10) != len(recordTypes) {
		t.Errorf("%d sizes for %d records", len(sizesOf10), len(recordTypes))
	}
}

func TestRecordsLieInMemoryAsOnTheWire(t *testing.T) {
	l := readLayout(t)
	if len(l.Records) != len(recordTypes) {
		t.Fatalf("found %d records in the source, want %d", len(l.Records), len(recordTypes))
	}
	for _, r := range l.Records {
		want := map[string]int{}
		end := 0
		for _, f := range r.Fields {
			if f.Offset != end {
				t.Errorf("%s has a hole before %s, at %d", r.Name, f.Name, end)
			}
			if f.Offset%min(f.Size, 8) != 0 && f.Type != "string" {
				t.Errorf("%s.%s at %d is not aligned", r.Name, f.Name, f.Offset)
			}
			if f.Doc == "" {
				t.Errorf("%s.%s has no sentence", r.Name, f.Name)
			}
			want[f.Name] = f.Offset
			end = f.Offset + f.Size
		}
		if end != r.Size || r.Size%8 != 0 && r.Name != "Section" {
			t.Errorf("%s ends at %d and has %d bytes", r.Name, end, r.Size)
		}
		if got := layout.Offsets(recordTypes[r.Name]); !maps.Equal(got, want) {
			t.Errorf("%s lies in memory as %v, in the tables as %v", r.Name, got, want)
		}
	}
}

func TestGeneratedPartsAreUpToDate(t *testing.T) {
	l := readLayout(t)
	for _, path := range layout.Files {
		want, err := l.Render("..", path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the records say; run go generate ./abi", path)
		}
	}
}

func TestEveryValueOfAnEnumerationHasItsOwnName(t *testing.T) {
	names := map[string]func(uint64) string{
		"Trigger": func(v uint64) string { return Trigger(v).String() }, "Mode": func(v uint64) string { return Mode(v).String() },
		"Permission": func(v uint64) string { return Permission(v).String() }, "TickFlag": func(v uint64) string { return TickFlag(v).String() },
		"Capability":       func(v uint64) string { return Capability(v).String() },
		"InstrumentKind":   func(v uint64) string { return InstrumentKind(v).String() },
		"InstrumentStatus": func(v uint64) string { return InstrumentStatus(v).String() },
		"BarFlag":          func(v uint64) string { return BarFlag(v).String() }, "FeedFlag": func(v uint64) string { return FeedFlag(v).String() },
		"Owner": func(v uint64) string { return Owner(v).String() }, "AccountFlag": func(v uint64) string { return AccountFlag(v).String() },
		"Side": func(v uint64) string { return Side(v).String() }, "OrderType": func(v uint64) string { return OrderType(v).String() },
		"TimeInForce": func(v uint64) string { return TimeInForce(v).String() }, "SizeKind": func(v uint64) string { return SizeKind(v).String() },
		"OrderFlag": func(v uint64) string { return OrderFlag(v).String() }, "GroupKind": func(v uint64) string { return GroupKind(v).String() },
		"OrderState": func(v uint64) string { return OrderState(v).String() }, "LogLevel": func(v uint64) string { return LogLevel(v).String() },
		"EventKind": func(v uint64) string { return EventKind(v).String() }, "EventFlag": func(v uint64) string { return EventFlag(v).String() },
		"DenyCode": func(v uint64) string { return DenyCode(v).String() }, "RejectCode": func(v uint64) string { return RejectCode(v).String() },
		"CancelCode": func(v uint64) string { return CancelCode(v).String() }, "ExpireCode": func(v uint64) string { return ExpireCode(v).String() },
		"SectionKind": func(v uint64) string { return SectionKind(v).String() }, "IntentKind": func(v uint64) string { return IntentKind(v).String() },
		"ReplaceField": func(v uint64) string { return ReplaceField(v).String() }, "TimerAction": func(v uint64) string { return TimerAction(v).String() },
		"AlertLevel": func(v uint64) string { return AlertLevel(v).String() }, "ParameterType": func(v uint64) string { return ParameterType(v).String() },
	}
	for _, e := range readLayout(t).Enums {
		name := names[e.Name]
		if name == nil {
			t.Errorf("no test of %s", e.Name)
			continue
		}
		seen := map[string]bool{}
		for _, v := range e.Values {
			// ReplaceStopPrice is stop_price, DenyUnknownOrder is unknown_order: the constant ends in its name.
			snake, got := layout.Snake(v.Name), name(v.Value)
			if seen[got] || len(snake) < len(got) || snake[len(snake)-len(got):] != got {
				t.Errorf("%s has the name %q", v.Name, got)
			}
			seen[got] = true
		}
		if got := name(1 << 15); len(seen) < 32 && got == "" {
			t.Errorf("an unknown %s has no name", e.Name)
		}
	}
}
