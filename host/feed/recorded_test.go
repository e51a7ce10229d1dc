package feed

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/agenthost/agenthost/host/event"
)

// pair is a feed of two instruments, each from a file of its own.
func pair(tb testing.TB, a, b string) Config {
	return Config{
		Name: "prices", Instruments: []event.Instrument{instrument("A", 2, 0), instrument("B", 2, 0)},
		Sources: []Source{{Path: save(tb, "a.csv", a), Instrument: "A"}, {Path: save(tb, "b.csv", b), Instrument: "B"}},
	}
}

func TestMerge(t *testing.T) {
	for _, test := range []struct{ claim, a, b, want string }{
		{
			"bars that close at one time are one market",
			"2024-03-04 09:00,1,1,1,1,1\n2024-03-04 09:01,1,1,1,1,1\n2024-03-04 09:02,1,1,1,1,1\n",
			"2024-03-04 09:01,2,2,2,2,2\n2024-03-04 09:02,2,2,2,2,2\n2024-03-04 09:03,2,2,2,2,2\n",
			`
2024-03-04T09:00:00 A 1 1 1 1 1
2024-03-04T09:01:00 A 1 1 1 1 1 B 2 2 2 2 2
2024-03-04T09:02:00 A 1 1 1 1 1 B 2 2 2 2 2
2024-03-04T09:03:00 B 2 2 2 2 2
`,
		},
		{
			"a withheld bar is told at its time if another instrument has one then",
			"2024-03-04 09:00,1,1,1,1,1\n2024-03-04 09:01,x,1,1,1,1\n2024-03-04 09:02,x,1,1,1,1\n2024-03-04 09:03,1,1,1,1,1\n",
			"2024-03-04 09:01,2,2,2,2,2\n2024-03-04 09:02,2,2,2,2,2\n",
			`
2024-03-04T09:00:00 A 1 1 1 1 1
2024-03-04T09:01:00 B 2 2 2 2 2 (A quarantined withheld 1 missing 0 not_a_number last 2024-03-04T09:00:00)
2024-03-04T09:02:00 B 2 2 2 2 2 (A quarantined withheld 1 missing 0 not_a_number last 2024-03-04T09:00:00)
2024-03-04T09:03:00 A 1 1 1 1 1
`,
		},
		{
			"a row without a time of its own is told with the market after the row before it",
			"2024-03-04 09:00,1,1,1,1,1\n2024-03-04 09:00,1,1,1,1,1\n?,1,1,1,1,1\n2024-03-04 09:03,1,1,1,1,1\n",
			"2024-03-04 09:00,2,2,2,2,2\n2024-03-04 09:01,2,2,2,2,2\n",
			`
2024-03-04T09:00:00 A 1 1 1 1 1 B 2 2 2 2 2
2024-03-04T09:01:00 B 2 2 2 2 2 (A quarantined withheld 2 missing 0 not_a_number last 2024-03-04T09:00:00)
2024-03-04T09:03:00 A 1 1 1 1 1 after_gap (A gap withheld 0 missing 2 gap last 2024-03-04T09:03:00)
`,
		},
	} {
		t.Run(test.claim, func(t *testing.T) {
			c := pair(t, test.a, test.b)
			c.Interval = time.Minute
			markets, _ := readAll(t, c)
			expect(t, show(c, markets), test.want)
			for i, m := range markets {
				if m.Cursor != uint64(i+1) {
					t.Errorf("market %d has cursor %d", i, m.Cursor)
				}
			}
		})
	}
}

func TestFilesOfOneInstrument(t *testing.T) {
	c := pair(t, "2024-03-04 09:00,1,1,1,1,1\n2024-03-04 09:01,1,1,1,1,1\n2024-03-04 09:02,1,1,1,1,1\n",
		"2024-03-04 09:02,2,2,2,2,2\n2024-03-04 09:03,2,2,2,2,2\n2024-03-04 09:05,2,2,2,2,2\n")
	c.Sources[1].Instrument = "A"
	markets, r := readAll(t, c)
	expect(t, show(c, markets), `
2024-03-04T09:00:00 A 1 1 1 1 1
2024-03-04T09:01:00 A 1 1 1 1 1
2024-03-04T09:02:00 A 1 1 1 1 1
2024-03-04T09:03:00 A 2 2 2 2 2 (A quarantined withheld 1 missing 0 duplicate last 2024-03-04T09:03:00)
2024-03-04T09:05:00 A 2 2 2 2 2 after_gap (A gap withheld 0 missing 1 gap last 2024-03-04T09:05:00)
`)
	if counts := r.Counts(); len(counts) != 2 || counts[1].Instrument != "B" || counts[1].Delivered != 0 {
		t.Errorf("counts %+v", counts)
	}
}

func TestSymbolColumn(t *testing.T) {
	const text = "time,sym,open,high,low,close\n2024-03-04 09:00,A,1,1,1,1\n2024-03-04 09:00,B,2,2,2,2\n2024-03-04 09:00,A,7,7,7,7\n2024-03-04 09:00,C,3,3,3,3\n" +
		"2024-03-04 09:01,B,2,2,1,1,\n2024-03-04\n2024-03-04 09:01,A,1,1,1,1\n2024-03-04 09:02,B,2,2,2,2\n"
	c := pair(t, text, "")
	c.Sources = c.Sources[:1]
	c.Sources[0].Instrument, c.Sources[0].SymbolColumn = "", "SYM"
	markets, r := readAll(t, c)
	expect(t, show(c, markets), `
2024-03-04T09:00:00 A 1 1 1 1 0 B 2 2 2 2 0
2024-03-04T09:01:00 A 1 1 1 1 0 (A quarantined withheld 1 missing 0 duplicate last 2024-03-04T09:01:00) (B quarantined withheld 1 missing 0 not_a_number last 2024-03-04T09:00:00)
2024-03-04T09:02:00 B 2 2 2 2 0 after_gap (B gap withheld 0 missing 1 gap last 2024-03-04T09:02:00)
`)
	counts := r.Counts()
	if len(counts) != 3 || counts[2].Instrument != "" || counts[2].Ignored != 1 || counts[2].Found[event.DefectNotANumber].Line != 7 {
		t.Errorf("rows of nobody: %+v", counts)
	}

	t.Run("one symbol after the other, a source for each", func(t *testing.T) {
		lines := strings.SplitAfter(text, "\n")
		slices.SortStableFunc(lines[1:], func(a, b string) int {
			return strings.Compare(a[min(len(a), 17):min(len(a), 18)], b[min(len(b), 17):min(len(b), 18)])
		})
		path := save(t, "sorted.csv", strings.Join(lines, ""))
		c.Sources = []Source{{Path: path, Instrument: "A", SymbolColumn: "sym"}, {Path: path, Instrument: "B", SymbolColumn: "sym"}}
		markets, _ := readAll(t, c)
		if got := len(markets); got != 3 || len(markets[0].Bars) != 2 {
			t.Errorf("got\n%s", show(c, markets))
		}
	})
}

// TestMergeOfMany holds the heap against a sort.
func TestMergeOfMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var c Config
	type at struct {
		time   int64
		source int
	}
	var want []at
	for i := range 17 {
		var text bytes.Buffer
		second := int64(1709542800)
		for range 200 {
			second += 1 + random.Int64N(5)
			text.WriteString(time.Unix(second, 0).UTC().Format("2006-01-02 15:04:05") + ",1,1,1,1,1\n")
			want = append(want, at{second * 1e9, i})
		}
		name := string(rune('a' + i))
		c.Instruments = append(c.Instruments, instrument(name, 0, 0))
		c.Sources = append(c.Sources, Source{Path: save(t, name, text.String()), Instrument: name})
	}
	slices.SortFunc(want, func(x, y at) int {
		if x.time != y.time {
			return int(x.time - y.time)
		}
		return x.source - y.source
	})
	c.Interval, c.Quality.Calendar = time.Second, GapsExpected
	markets, _ := readAll(t, c)
	var got []at
	for _, m := range markets {
		for _, b := range m.Bars {
			if b.CloseTime != m.Time {
				t.Fatalf("a bar of %d in the market of %d", b.CloseTime, m.Time)
			}
			got = append(got, at{m.Time, int(b.Instrument)})
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d bars in another order than the %d sorted ones", len(got), len(want))
	}
}

func TestSkip(t *testing.T) {
	c := one("testdata/bad.csv")
	all, whole := readAll(t, c)
	for cursor := range uint64(len(all)) + 1 {
		r, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(cursor); err != nil {
			t.Fatal(err)
		}
		var rest []event.Market
		var m event.Market
		for err = r.Next(&m); err == nil; err = r.Next(&m) {
			kept := m
			kept.Bars, kept.Notes = slices.Clone(m.Bars), slices.Clone(m.Notes)
			rest = append(rest, kept)
		}
		expect(t, show(c, rest), show(c, all[cursor:]))
		if !slices.Equal(r.Counts(), whole.Counts()) {
			t.Errorf("counts after skipping %d differ", cursor)
		}
		if err := r.Skip(0); err == nil || !strings.Contains(err.Error(), "cannot go back from market 5 to 0") {
			t.Errorf("going back: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Skip(6); err == nil || !strings.Contains(err.Error(), "the data ends with market 5, but the run had come to 6") {
		t.Errorf("going too far: %v", err)
	}
}

func TestRepeatFollowsTheLast(t *testing.T) {
	c := one(save(t, "a.csv", "2024-03-04 09:00,1,1,1,1,1\n2024-03-04 09:01,2,2,2,2,2\n"))
	c.Repeat = 3
	markets, r := readAll(t, c)
	expect(t, show(c, markets), `
2024-03-04T09:00:00 X 1 1 1 1 1
2024-03-04T09:01:00 X 2 2 2 2 2
2024-03-04T09:02:00 X 1 1 1 1 1
2024-03-04T09:03:00 X 2 2 2 2 2
2024-03-04T09:04:00 X 1 1 1 1 1
2024-03-04T09:05:00 X 2 2 2 2 2
`)
	if done, total := r.Progress(); done != total || total != 3*54 {
		t.Errorf("progress %d of %d", done, total)
	}

	c = one(save(t, "b.csv", "2024-03-04,1,1,1,1,1\n2024-03-05,2,2,2,2,2\n"))
	c.Repeat = 2
	markets, _ = readAll(t, c)
	expect(t, show(c, markets), "2024-03-04 X 1 1 1 1 1\n2024-03-05 X 2 2 2 2 2\n2024-03-11 X 1 1 1 1 1\n2024-03-12 X 2 2 2 2 2\n")

	c.Repeat = 1 << 20
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var m event.Market
	for err = r.Next(&m); err == nil; err = r.Next(&m) {
	}
	if !strings.Contains(err.Error(), "beyond the year 2139: repeat less often") {
		t.Error(err)
	}
}

func compressed(tb testing.TB, text string, how func(io.Writer) (io.WriteCloser, error)) string {
	var b bytes.Buffer
	w, err := how(&b)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func gzipped(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
func zstded(w io.Writer) (io.WriteCloser, error)  { return zstd.NewWriter(w) }

// minutes are plain rows, one minute apart.
func minutes(n int) string {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(time.Unix(1709542800+int64(i)*60, 0).UTC().Format("2006-01-02 15:04:05") + ",100.25,101.5,99.75,100.5,1234\n")
	}
	return b.String()
}

func TestCompressionIsToldByContent(t *testing.T) {
	text := minutes(5000)
	plain := one(save(t, "a.csv.gz", text)) // the name lies
	plainMarkets, _ := readAll(t, plain)
	want := show(plain, plainMarkets)
	half := len(text) / 2
	for name, content := range map[string]string{
		"gzip":          compressed(t, text, gzipped),
		"gzip in parts": compressed(t, text[:half], gzipped) + compressed(t, text[half:], gzipped),
		"zstd":          compressed(t, text, zstded),
		"zstd in parts": compressed(t, text[:half], zstded) + compressed(t, text[half:], zstded),
	} {
		c := one(save(t, "b.csv", content))
		c.Repeat = 2
		markets, r := readAll(t, c)
		if got := show(c, markets[:5000]); got != want || len(markets) != 10000 {
			t.Errorf("%s reads otherwise: %d markets", name, len(markets))
		}
		if done, total := r.Progress(); done != total {
			t.Errorf("%s: progress %d of %d at the end", name, done, total)
		}
	}
}

func TestBrokenFilesEndInAnError(t *testing.T) {
	text := minutes(50000)
	for name, how := range map[string]func(io.Writer) (io.WriteCloser, error){"gzip": gzipped, "zstd": zstded} {
		whole := compressed(t, text, how)
		for what, content := range map[string]string{
			"cut":     whole[:len(whole)*3/4],
			"altered": whole[:len(whole)-4] + "\x00\x01\x02\x03",
		} {
			c := one(save(t, name+".csv", content))
			r, err := Open(c)
			if err != nil {
				t.Fatalf("%s %s: %v", name, what, err)
			}
			var m event.Market
			for err = r.Next(&m); err == nil; err = r.Next(&m) {
			}
			if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "feed prices: read "+c.Sources[0].Path+" after line ") {
				t.Errorf("%s %s: %v", name, what, err)
			}
			if again := r.Next(&m); again != err || len(m.Bars) > 0 {
				t.Errorf("%s %s: the error does not stay: %v", name, what, again)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestCloseTwice(t *testing.T) {
	r, err := Open(one("testdata/bad.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	var m event.Market
	if err := r.Next(&m); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	for name, c := range map[string]Config{
		"plain":  one(save(t, "a.csv", minutes(5000))),
		"gzip":   one(save(t, "b.csv", compressed(t, minutes(5000), gzipped))),
		"layout": one(save(t, "c.csv", minutes(5000))),
		"bad":    one("testdata/bad.csv"),
	} {
		if name == "layout" {
			c.Sources[0].TimeFormat = "2006-01-02 15:04:05"
		}
		c.Repeat = 1000
		r, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		var m event.Market
		next := func() {
			if err := r.Next(&m); err != nil {
				t.Fatal(err)
			}
		}
		next()
		next()
		if n := testing.AllocsPerRun(2000, next); n != 0 {
			t.Errorf("%s: %v allocations per market", name, n)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHash(t *testing.T) {
	const header = "time,open,high,low,close,volume\n"
	base := one(save(t, "a.csv", header+minutes(100)))
	sum := func(change func(*Config)) [32]byte {
		t.Helper()
		c := base
		c.Sources, c.Instruments = slices.Clone(c.Sources), slices.Clone(c.Instruments)
		change(&c)
		h, err := Hash(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	want := sum(func(*Config) {})
	for what, change := range map[string]func(*Config){
		"another place":             func(c *Config) { c.Sources[0].Path = save(t, "elsewhere", header+minutes(100)) },
		"compressed":                func(c *Config) { c.Sources[0].Path = save(t, "z", compressed(t, header+minutes(100), zstded)) },
		"another feed name":         func(c *Config) { c.Name = "other" },
		"what is found is declared": func(c *Config) { c.Interval, c.Sources[0].Columns.Open, c.Sources[0].Separator = time.Minute, "2", ',' },
		"an instrument elsewhere":   func(c *Config) { c.Instruments = append(c.Instruments, instrument("Y", 1, 1)) },
		"an index of the instrument": func(c *Config) {
			c.Instruments = []event.Instrument{instrument("Y", 1, 1), c.Instruments[0]}
		},
	} {
		if sum(change) != want {
			t.Errorf("%s changes the hash", what)
		}
	}
	seen := map[[32]byte]string{want: "the base"}
	for what, change := range map[string]func(*Config){
		"another row":      func(c *Config) { c.Sources[0].Path = save(t, "b", header+minutes(101)) },
		"another name":     func(c *Config) { c.Sources[0].Instrument, c.Instruments[0].Name = "Y", "Y" },
		"other decimals":   func(c *Config) { c.Instruments[0].PriceDecimals = 3 },
		"another column":   func(c *Config) { c.Sources[0].Columns.Open = "close" },
		"open times":       func(c *Config) { c.TimeIs = TimeIsOpen },
		"flagging":         func(c *Config) { c.Quality.OHLC = Flag },
		"another calendar": func(c *Config) { c.Quality.Calendar = GapsExpected },
		"a bound":          func(c *Config) { c.From = 1709542860e9 },
		"repeating":        func(c *Config) { c.Repeat = 2 },
		"twice the source": func(c *Config) { c.Sources = append(c.Sources, c.Sources[0]) },
		"another zone":     func(c *Config) { c.Sources[0].Location = time.FixedZone("CET", 3600) },
	} {
		h := sum(change)
		if other, twice := seen[h]; twice {
			t.Errorf("%s has the hash of %s", what, other)
		}
		seen[h] = what
	}

	var done, total int64
	if _, err := Hash(base, func(d, n int64) { done, total = d, n }); err != nil || done != total || total == 0 {
		t.Errorf("progress %d of %d: %v", done, total, err)
	}
	if _, err := Hash(one("/no/such/file"), nil); len(Mistakes(err)) != 1 {
		t.Errorf("mistakes of a missing file: %v", err)
	}
	if _, err := Hash(one(save(t, "cut", compressed(t, minutes(50000), gzipped)[:20000])), nil); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a cut file: %v", err)
	}
}

func TestFileVanishes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(minutes(10)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(one(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.Skip(10); err != nil {
		t.Errorf("an open file is read to its end: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
