package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// goldenEntry is the frozen encoding of goldenValue. If this test fails, journals already written can no
// longer be read: do not change the bytes, raise EntryFormat.
const goldenEntry = "5a000000010200000300000029000000000000000d00000000000000158135c5cc5d21150500000000000000" +
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" +
	"61207475726e203123218ca41bee"

func goldenValue() Entry {
	e := Entry{Format: 1, Kind: KindTurn, Stream: 3, Position: 41, Sequence: 13, Time: 1522601283091267861, Token: 5, Body: []byte("a turn 1#!")}
	for i := range e.Previous {
		e.Previous[i] = byte(i)
	}
	return e
}

func TestEntryIsFrozen(t *testing.T) {
	e := goldenValue()
	if got := hex.EncodeToString(AppendEntry(nil, &e)); got != goldenEntry {
		t.Errorf("encoded as\n%s, want\n%s", got, goldenEntry)
	}
	const names = "genesis turn outcome attempt mode config module dead_letter lease checkpoint audit lane"
	for i, name := range strings.Fields(names) {
		if got := Kind(i + 1).String(); got != name {
			t.Errorf("kind %d is %s, want %s", i+1, got, name)
		}
	}
	if Kind(0).String() != "kind_unknown" || Kind(200).String() != "kind_unknown" {
		t.Error("an unknown kind has a name")
	}
}

func TestReadEntry(t *testing.T) {
	e := goldenValue()
	encoded := AppendEntry(nil, &e)
	t.Run("gives back what was appended, and the bytes after it", func(t *testing.T) {
		var got Entry
		rest, err := ReadEntry(append(bytes.Clone(encoded), "next"...), &got)
		if err != nil || string(rest) != "next" || got.Hash() != e.Hash() || string(got.Body) != string(e.Body) {
			t.Errorf("%+v %q %v", got, rest, err)
		}
	})
	t.Run("an empty body is an entry", func(t *testing.T) {
		var got Entry
		empty := Entry{Kind: KindAudit, Stream: 1, Position: 1}
		if _, err := ReadEntry(AppendEntry(nil, &empty), &got); err != nil || len(got.Body) != 0 || got.Format != 1 {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("every single flipped bit is found", func(t *testing.T) {
		for bit := range len(encoded) * 8 {
			b := bytes.Clone(encoded)
			b[bit/8] ^= 1 << (bit % 8)
			var got Entry
			_, err := ReadEntry(b, &got)
			var damaged *CorruptError
			if !errors.As(err, &damaged) && !errors.Is(err, ErrTruncated) {
				t.Fatalf("bit %d: %v", bit, err)
			}
		}
	})
	t.Run("every cut is found", func(t *testing.T) {
		for n := range encoded {
			var got Entry
			if _, err := ReadEntry(encoded[:n], &got); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	})
	t.Run("a sound entry of a newer format is told from a damaged one", func(t *testing.T) {
		newer := goldenValue()
		newer.Format = 2
		var got Entry
		_, err := ReadEntry(AppendEntry(nil, &newer), &got)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "format 2") {
			t.Error(err)
		}
	})
	t.Run("the error names place and both checksums", func(t *testing.T) {
		b := bytes.Clone(encoded)
		b[len(b)-1] ^= 0xff
		var got Entry
		_, err := ReadEntry(b, &got)
		for _, want := range []string{"entry 41 of stream 3", "checksum is ", "agenthost journal verify"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v lacks %q", err, want)
			}
		}
	})
	t.Run("does not allocate", func(t *testing.T) {
		var got Entry
		buffer := make([]byte, 0, 256)
		if n := testing.AllocsPerRun(100, func() {
			buffer = AppendEntry(buffer[:0], &e)
			if _, err := ReadEntry(buffer, &got); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func FuzzReadEntry(f *testing.F) {
	e := goldenValue()
	f.Add(AppendEntry(nil, &e))
	f.Add(AppendEntry(AppendEntry(nil, &e), &Entry{Kind: KindGenesis, Position: 1}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add(make([]byte, entryOverhead))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Entry
		rest, err := ReadEntry(b, &e)
		if err != nil {
			if rest != nil {
				t.Error("bytes after an entry that was refused")
			}
			return
		}
		if again := AppendEntry(nil, &e); !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Errorf("read and appended again it differs:\n%x\n%x", again, b[:len(b)-len(rest)])
		}
	})
}
