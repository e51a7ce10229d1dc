package abi

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

var update = flag.Bool("update", false, "write the vectors and the specification's example anew")

// vector is one entry of a file under testdata/vectors.
type vector struct {
	Name       string `json:"name"`
	DecodeOnly bool   `json:"decode_only,omitempty"`
	Hex        string `json:"hex,omitempty"`
	Text       string `json:"text,omitempty"`
	Meaning    any    `json:"meaning,omitempty"`
	Error      any    `json:"error,omitempty"`
}

// compareVectors holds a file against the vectors that the cases make, and returns the file's.
func compareVectors(t *testing.T, file string, made []vector) []vector {
	t.Helper()
	path := filepath.Join("testdata", "vectors", file)
	want := marshalVectors(t, made)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s differs from what the cases make; if that is meant, run go test ./abi -run TestVectors -update", path)
	}
	d := json.NewDecoder(bytes.NewReader(got))
	d.UseNumber()
	var read []vector
	if err := d.Decode(&read); err != nil {
		t.Fatal(err)
	}
	return read
}

func marshalVectors(t *testing.T, vectors []vector) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(vectors); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sectionRecords names the record of each section.
var sectionRecords = map[SectionKind]string{
	SectionCurrencies: "Currency", SectionInstruments: "Instrument", SectionBars: "Bar", SectionQuotes: "Quote",
	SectionTrades: "Trade", SectionFeedHealth: "FeedHealth", SectionBalances: "Balance", SectionAccount: "Account",
	SectionPositions: "Position", SectionOpenOrders: "OpenOrder", SectionEvents: "Event",
}

func recordNamed(l *layout.Layout, name string) *layout.Record {
	for i := range l.Records {
		if l.Records[i].Name == name {
			return &l.Records[i]
		}
	}
	panic("no record " + name)
}

// tickByTable reads a tick by the tables alone.
func tickByTable(l *layout.Layout, b []byte) object {
	header := recordNamed(l, "Header")
	h := meaningByTable(header, b, nil)
	u16 := func(at int) int { return int(b[at]) | int(b[at+1])<<8 }
	u32 := func(at int) int { return u16(at) | u16(at+2)<<16 }
	strings := []byte{}
	var sections []object
	for i := range u16(14) {
		entry := u32(16) + 12*i
		kind, stride, count, offset := u16(entry), u16(entry+2), u32(entry+4), u32(entry+8)
		if kind == int(SectionStrings) {
			strings = b[offset : offset+count]
			continue
		}
		name := sectionRecords[SectionKind(kind)]
		if name == "" {
			continue
		}
		var records []object
		for j := range count {
			at := offset + j*stride
			records = append(records, meaningByTable(recordNamed(l, name), b[at:at+stride], func(ref StringRef) string {
				return string(strings[ref.Offset : ref.Offset+ref.Length])
			}))
		}
		sections = append(sections, object{{"kind", kind}, {"name", SectionKind(kind).String()}, {"records", records}})
	}
	return object{{"header", h}, {"sections", sections}}
}

// tickByCodec reads a tick by ReadTick and its accessors.
func tickByCodec(t *testing.T, b []byte) object {
	t.Helper()
	tick, err := ReadTick(b)
	if err != nil {
		t.Fatal(err)
	}
	text := func(ref StringRef) string { return string(tick.Text(ref)) }
	accessors := reflect.ValueOf(&tick)
	var sections []object
	for kind := SectionCurrencies; kind < sectionKinds; kind++ {
		name := sectionRecords[kind]
		if name == "" || tick.Count(kind) == 0 {
			continue
		}
		var records []object
		for i := range tick.Count(kind) {
			r := accessors.MethodByName(name).Call([]reflect.Value{reflect.ValueOf(i)})[0]
			records = append(records, meaningOf(r.Interface(), text))
		}
		sections = append(sections, object{{"kind", kind}, {"name", kind.String()}, {"records", records}})
	}
	return object{{"header", meaningOf(*tick.Header(), text)}, {"sections", sections}}
}

// writeTick writes a tick's meaning by a Writer.
func writeTick(t *testing.T, w *Writer, meaning map[string]any) []byte {
	t.Helper()
	var h Header
	if err := fill(&h, meaning["header"].(map[string]any), nil); err != nil {
		t.Fatal(err)
	}
	w.Begin(&h)
	sections, _ := meaning["sections"].([]any)
	for _, s := range sections {
		section := s.(map[string]any)
		n, err := section["kind"].(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		name := sectionRecords[SectionKind(n)]
		w.Section(SectionKind(n))
		for _, r := range section["records"].([]any) {
			record := reflect.New(recordTypes[name])
			if err := fill(record.Interface(), r.(map[string]any), w.String); err != nil {
				t.Fatal(err)
			}
			reflect.ValueOf(w).MethodByName(name).Call([]reflect.Value{record})
		}
	}
	b, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectorsOfTicks(t *testing.T) {
	l := readLayout(t)
	var made []vector
	for _, c := range tickCases() {
		v := vector{Name: c.name, DecodeOnly: c.decodeOnly, Hex: hex.EncodeToString(c.bytes)}
		if _, err := ReadTick(c.bytes); err != nil {
			var f *FormatError
			if !errors.As(err, &f) || f.Field != c.badField {
				t.Errorf("%s: got %v, want an error about %q", c.name, err, c.badField)
				continue
			}
			v.Error = object{{"offset", f.Offset}, {"field", f.Field}, {"found", f.Found}}
		} else if c.badField != "" {
			t.Errorf("%s: read, want an error about %s", c.name, c.badField)
		} else {
			v.Meaning = tickByTable(l, c.bytes)
		}
		made = append(made, v)
	}
	w := NewWriter(64 << 10)
	for _, v := range compareVectors(t, "ticks.json", made) {
		if v.Error != nil {
			continue
		}
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		if got := plain(tickByCodec(t, b)); !reflect.DeepEqual(got, v.Meaning) {
			t.Errorf("%s: the codec reads\n%v, want\n%v", v.Name, got, v.Meaning)
		}
		if v.DecodeOnly {
			continue
		}
		if got := writeTick(t, w, v.Meaning.(map[string]any)); !bytes.Equal(got, b) {
			t.Errorf("%s: the codec writes\n%x, want\n%x", v.Name, got, b)
		}
	}
}
