package abi

import (
	"bytes"
	"errors"
	"testing"
)

func TestATickThatDoesNotFitIsAnErrorWithItsSize(t *testing.T) {
	write := func(w *Writer) ([]byte, error) {
		w.Begin(&Header{Sequence: 1})
		w.Section(SectionBars)
		for range 3 {
			w.Bar(&Bar{Close: 1})
		}
		w.Section(SectionEvents)
		w.Event(&Event{Text: w.String("because")})
		return w.Finish()
	}
	raw, err := write(NewWriter(1 << 10))
	if err != nil {
		t.Fatal(err)
	}
	if exact, err := write(NewWriter(len(raw))); err != nil || !bytes.Equal(exact, raw) {
		t.Errorf("a writer of exactly %d bytes: %v", len(raw), err)
	}
	for size := range len(raw) {
		b, err := write(NewWriter(size))
		var large *ErrInputTooLarge
		if !errors.As(err, &large) || large.Max != size || large.Size <= size || large.Size > len(raw) || b != nil {
			t.Fatalf("a writer of %d bytes: %d bytes, %v", size, len(b), err)
		}
	}
}

func TestAWriterIsGoodAgainAfterAnError(t *testing.T) {
	w := NewWriter(256)
	w.Begin(&Header{})
	w.Section(SectionBars)
	for range 9 {
		w.Bar(&Bar{})
	}
	if _, err := w.Finish(); err == nil {
		t.Fatal("900 bytes fit into 256")
	}
	w.Begin(&Header{Sequence: 5})
	b, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	tick, err := ReadTick(b)
	if err != nil || tick.Header().Sequence != 5 || tick.Bars() != 0 {
		t.Errorf("got %+v, %v", tick.Header(), err)
	}
}

func TestSectionsOutOfOrderAreTheCallersMistake(t *testing.T) {
	for name, write := range map[string]func(w *Writer){
		"a section of a lesser kind":      func(w *Writer) { w.Section(SectionQuotes); w.Quote(&Quote{}); w.Section(SectionBars) },
		"a section twice":                 func(w *Writer) { w.Section(SectionBars); w.Bar(&Bar{}); w.Section(SectionBars) },
		"a record before any section":     func(w *Writer) { w.Bar(&Bar{}) },
		"a record of another section":     func(w *Writer) { w.Section(SectionBars); w.Quote(&Quote{}) },
		"the strings as a section":        func(w *Writer) { w.Section(SectionStrings) },
		"a kind that does not exist":      func(w *Writer) { w.Section(99) },
		"strings given after one is used": func(w *Writer) { w.String("a"); w.Strings([]byte("b")) },
		"raw records of another length":   func(w *Writer) { w.Raw(SectionBars, 72, 2, make([]byte, 72)) },
		"a raw stride that is not 8's":    func(w *Writer) { w.Raw(SectionBars, 12, 2, make([]byte, 24)) },
	} {
		w := NewWriter(1024)
		w.Begin(&Header{})
		write(w)
		if _, err := w.Finish(); !errors.Is(err, ErrSectionOrder) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRecordsEncodedOnceGiveTheSameTick(t *testing.T) {
	instruments := []Instrument{{ID: 0, PriceTick: 5, QuantityLot: 1}, {ID: 1, PriceTick: 1, QuantityLot: 10}}
	names := []string{"GOOG", "IBM"}

	one := NewWriter(4096)
	one.Begin(&Header{Sequence: 3})
	one.Section(SectionInstruments)
	for i, in := range instruments {
		in.Name = one.String(names[i])
		one.Instrument(&in)
	}
	one.Section(SectionEvents)
	one.Event(&Event{Text: one.String("late")})

	var table StringTable
	var encoded []byte
	for i, in := range instruments {
		in.Name = table.Add(names[i])
		encoded = AppendRecord(encoded, &in)
	}
	two := NewWriter(4096)
	for range 2 { // The second time as the first.
		two.Begin(&Header{Sequence: 3})
		two.Strings(table.Bytes())
		two.Raw(SectionInstruments, RecordSize[Instrument](), 2, encoded)
		two.Section(SectionEvents)
		two.Event(&Event{Text: two.String("late")})
		if got, want := finish(two), finish(one); !bytes.Equal(got, want) {
			t.Fatalf("got\n%x, want\n%x", got, want)
		}
	}
}

func TestAReferenceOutsideOfTheStringsIsNil(t *testing.T) {
	tick, err := ReadTick(exampleTick())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(tick.Text(tick.Instrument(0).Name)); got != "GOOG" {
		t.Errorf("the name is %q", got)
	}
	for _, ref := range []StringRef{{Offset: 7, Length: 1}, {Offset: 0, Length: 8}, {Offset: 1<<32 - 1, Length: 1<<32 - 1}} {
		if got := tick.Text(ref); got != nil {
			t.Errorf("%+v gives %q", ref, got)
		}
	}
}

func TestARecordThatIsNotThereIsAMistakeOfTheReader(t *testing.T) {
	tick, err := ReadTick(exampleTick())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("bar 1 of 1 was read")
		}
	}()
	tick.Bar(1)
}

func TestAnOlderRecordReadsAsZeroBeyondItsEnd(t *testing.T) {
	raw := AppendRecord(nil, &Bar{Instrument: 7, Close: 8, Volume: 9})
	if got := load[Bar](raw, 0, 64); got.Close != 8 || got.Volume != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestNothingAllocatesOnTheTickPath(t *testing.T) {
	w, out := NewWriter(8192), NewOutputWriter(1024)
	into := make([]Intent, 0, 16)
	var table StringTable
	instrument := AppendRecord(nil, &Instrument{Name: table.Add("GOOG")})
	var tick Tick
	allocations := testing.AllocsPerRun(100, func() {
		w.Begin(&Header{Sequence: 1})
		w.Strings(table.Bytes())
		w.Raw(SectionInstruments, RecordSize[Instrument](), 1, instrument)
		w.Section(SectionBars)
		w.Bar(&Bar{Close: 3})
		w.Section(SectionEvents)
		w.Event(&Event{TradeID: w.String("T-1"), Text: w.String("words")})
		b, err := w.Finish()
		if err == nil {
			err = tick.Read(b)
		}
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		out.Submit(&Submit{
			Side: SideBuy, Type: OrderMarket, TimeInForce: TimeGTC, SizeKind: SizeUnits, Size: tick.Bar(0).Close, Tag: out.String("x"),
		})
		out.Series(&Series{Value: 1})
		if into, err = ParseOutput(out.Bytes(), OutputLimits{}, into); err != nil || len(into) != 2 {
			t.Fatal(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
