package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/agenthost/agenthost/host/wire"
)

// everything has a field of each kind that a walk knows.
type everything struct {
	U     uint64
	I     int64
	N     int
	Small uint8
	Wide  uint32
	Yes   bool
	Text  string
	Raw   []byte
	ID    [4]byte
	List  []string
	Array [2]int64
}

func (e *everything) walk(w *wire.Walker) {
	w.Format("everything", 3)
	w.Uint64(&e.U)
	w.Int64(&e.I)
	w.Int(&e.N)
	wire.Small(w, &e.Small)
	wire.Small(w, &e.Wide)
	w.Flag(&e.Yes)
	w.Text(&e.Text)
	w.Bytes(&e.Raw)
	w.Fixed(e.ID[:])
	wire.List(w, &e.List, (*wire.Walker).Text)
	wire.Array(w, "numbers", e.Array[:], (*wire.Walker).Int64)
	w.Stated(func(b []byte) []byte { return append(b, 0xee) }, func(b []byte) ([]byte, error) {
		if len(b) == 0 || b[0] != 0xee {
			return nil, errors.New("a part is not there")
		}
		return b[1:], nil
	})
}

// What is on disk was written so: these bytes are the layout, and do not change.
var (
	filled = everything{
		U: 300, I: -65, N: 1 << 33, Small: 255, Wide: 1 << 31, Yes: true, Text: "né", Raw: []byte{0, 9},
		ID: [4]byte{1, 2, 3, 4}, List: []string{"a", ""}, Array: [2]int64{-1, 1},
	}
	bytesOfFilled = []byte{
		3,          // format
		0xac, 0x02, // 300
		0x81, 0x01, // -65, zigzag 129
		0x80, 0x80, 0x80, 0x80, 0x40, // 2^33, zigzag 2^34
		0xff, 0x01, 0x80, 0x80, 0x80, 0x80, 0x08,
		1,
		3, 'n', 0xc3, 0xa9,
		2, 0, 9,
		1, 2, 3, 4,
		2, 1, 'a', 0,
		2, 1, 2,
		0xee,
	}
)

func TestWhatIsWrittenHasTheseBytes(t *testing.T) {
	var w wire.Walker
	if filled.walk(&w); !bytes.Equal(w.Buffer, bytesOfFilled) {
		t.Errorf("written\n%x\nwant\n%x", w.Buffer, bytesOfFilled)
	}
	if err := w.End(); err != nil {
		t.Errorf("a walk that writes ends with %v", err)
	}
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	got, w := everything{List: []string{"old", "old", "old"}, Raw: []byte("old")}, wire.Walker{Buffer: bytesOfFilled, Reading: true}
	got.walk(&w)
	if err := w.End(); err != nil || !reflect.DeepEqual(got, filled) {
		t.Errorf("read %+v, %v; want %+v", got, err, filled)
	}
}

func TestWhatIsCutShortIsRefused(t *testing.T) {
	for n := range bytesOfFilled {
		var got everything
		w := wire.Walker{Buffer: bytesOfFilled[:n], Reading: true}
		if got.walk(&w); w.End() == nil {
			t.Errorf("%d of %d bytes are taken for the whole", n, len(bytesOfFilled))
		}
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		walk func(*wire.Walker)
	}{
		"bytes behind the end":        {[]byte{1, 2}, func(w *wire.Walker) { w.Uint64(new(uint64)) }},
		"a number too large":          {[]byte{0x80, 0x02}, func(w *wire.Walker) { wire.Small(w, new(uint8)) }},
		"a varint without end":        {bytes.Repeat([]byte{0xff}, 11), func(w *wire.Walker) { w.Uint64(new(uint64)) }},
		"a yes of 2":                  {[]byte{2}, func(w *wire.Walker) { w.Flag(new(bool)) }},
		"a text longer than the rest": {[]byte{5, 'a'}, func(w *wire.Walker) { w.Text(new(string)) }},
		"another format":              {[]byte{2}, func(w *wire.Walker) { w.Format("it", 1) }},
		"a format too new":            {[]byte{3}, func(w *wire.Walker) { w.Formats("it", 1, 2) }},
		"a format too old":            {[]byte{0}, func(w *wire.Walker) { w.Formats("it", 1, 2) }},
		"another number of elements":  {[]byte{1, 0}, func(w *wire.Walker) { wire.Array(w, "numbers", make([]int64, 2), (*wire.Walker).Int64) }},
	} {
		w := wire.Walker{Buffer: c.b, Reading: true}
		if c.walk(&w); w.End() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTheFirstFailureStays(t *testing.T) {
	w := wire.Walker{Buffer: []byte{2, 7, 7}, Reading: true}
	w.Flag(new(bool))
	first, n := w.Err, uint64(9)
	w.Uint64(&n)
	if list := []int64{1}; first == nil || !errors.Is(w.End(), first) || n != 0 {
		t.Errorf("%v became %v, and a number was read as %d", first, w.End(), n)
	} else if wire.List(&w, &list, (*wire.Walker).Int64); len(list) != 0 {
		t.Errorf("a list was read as %v", list)
	}
}

func TestOlderFormatsAreReadAndTheNewestWritten(t *testing.T) {
	r := wire.Walker{Buffer: []byte{1}, Reading: true}
	if found := r.Formats("it", 1, 2); found != 1 || r.End() != nil {
		t.Errorf("format %d, %v", found, r.Err)
	}
	var w wire.Walker
	if found := w.Formats("it", 1, 2); found != 2 || !bytes.Equal(w.Buffer, []byte{2}) {
		t.Errorf("format %d written as %x", found, w.Buffer)
	}
}

// FuzzWalk: whatever is read is written back, and read as the same.
func FuzzWalk(f *testing.F) {
	f.Add(bytesOfFilled)
	f.Fuzz(func(t *testing.T, b []byte) {
		var got, again everything
		r := wire.Walker{Buffer: b, Reading: true}
		if got.walk(&r); r.End() != nil {
			return
		}
		var w wire.Walker
		got.walk(&w)
		r = wire.Walker{Buffer: w.Buffer, Reading: true}
		again.walk(&r)
		if err := r.End(); err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("%x was read as %+v, written, and read as %+v, %v", b, got, again, err)
		}
	})
}

func Example() {
	type point struct{ x, y int64 }
	walk := func(w *wire.Walker, p *point) {
		w.Int64(&p.x)
		w.Int64(&p.y)
	}

	var w wire.Walker
	walk(&w, &point{3, -4})
	fmt.Printf("%x\n", w.Buffer)

	var p point
	r := wire.Walker{Buffer: w.Buffer, Reading: true}
	walk(&r, &p)
	fmt.Println(p, r.End())
	// Output:
	// 0607
	// {3 -4} <nil>
}
