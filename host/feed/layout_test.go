package feed

import (
	"strings"
	"testing"
	"time"
)

// Every file here holds the same two bars in another way.
func TestLayouts(t *testing.T) {
	const want = "2024-03-04T09:00:00 X 1 3 0.5 2 10\n2024-03-04T09:01:00 X 2 4 1.5 3 20\n"
	for _, test := range []struct {
		claim, text string
		set         func(*Source)
	}{
		{"header with the usual names", "time,open,high,low,close,volume\n2024-03-04 09:00:00,1,3,0.5,2,10\n2024-03-04 09:01:00,2,4,1.5,3,20\n", nil},
		{"no end of the last line", "time,open,high,low,close,volume\n2024-03-04 09:00:00,1,3,0.5,2,10\n2024-03-04 09:01:00,2,4,1.5,3,20", nil},
		{"CR LF, blank lines and comments", "# made by hand\r\n\r\ntime,open,high,low,close,volume\r\n2024-03-04 09:00:00,1,3,0.5,2,10\r\n  \r\n# half time\r\n2024-03-04 09:01:00,2,4,1.5,3,20\r\n", nil},
		{"byte order mark", "\xef\xbb\xbftime,open,high,low,close,volume\n2024-03-04 09:00:00,1,3,0.5,2,10\n2024-03-04 09:01:00,2,4,1.5,3,20\n", nil},
		{"unnamed first column", ",Open,High,Low,Close,Volume\n2024-03-04 09:00,1,3,0.5,2,10\n2024-03-04 09:01,2,4,1.5,3,20\n", nil},
		{"an index before a named time", ",Date,Open,High,Low,Close,Volume\n0,2024-03-04 09:00,1,3,0.5,2,10\n1,2024-03-04 09:01,2,4,1.5,3,20\n", nil},
		{"other order, other columns between", "volume,X,close,low,high,open,symbol,timestamp\n10,?,2,0.5,3,1,A,2024-03-04T09:00:00Z\n20,?,3,1.5,4,2,A,2024-03-04T09:01:00Z\n", nil},
		{"no header, usual order", "2024-03-04 09:00:00.000000,1,3,0.5,2,10\n2024-03-04 09:01:00.000000,2,4,1.5,3,20\n", nil},
		{"no header, declared by number", "10,2,0.5,3,1,1709542800\n20,3,1.5,4,2,1709542860\n", func(s *Source) {
			s.Columns = Columns{Time: "6", Open: "5", High: "4", Low: "3", Close: "2", Volume: "1"}
		}},
		{"declared by name, case and all", "wann,auf,hoch,tief,Schluss,Umsatz\n2024-03-04 09:00:00,1,3,0.5,2,10\n2024-03-04 09:01:00,2,4,1.5,3,20\n", func(s *Source) {
			s.Columns = Columns{Time: "wann", Open: "AUF", High: "hoch", Low: "tief", Close: "schluss", Volume: "Umsatz"}
		}},
		{"semicolons, spaces around fields", "time; open; high; low; close; volume\n2024-03-04 09:00:00; 1; 3; 0.5; 2; 10\n2024-03-04 09:01:00; 2; 4; 1.5; 3; 20\n", nil},
		{"tabs and names in brackets", "<DATETIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<VOL>\n2024.03.04 09:00:00\t1\t3\t0.5\t2\t10\n2024.03.04 09:01:00\t2\t4\t1.5\t3\t20\n", nil},
		{"a declared separator", "time|open|high|low|close|volume\n2024-03-04 09:00:00|1|3|0.5|2|10\n2024-03-04 09:01:00|2|4|1.5|3|20\n", func(s *Source) { s.Separator = '|' }},
		{"quoted fields, separators within", `"time","note, if any","open","high","low","close","volume"` + "\n" + `"2024-03-04 09:00:00","a, b","1","3","0.5","2","10"` + "\n" + `2024-03-04 09:01:00,"say ""c, d""",2,4,1.5,3,20` + "\n", nil},
		{"seconds", "time,open,high,low,close,volume\n1709542800,1,3,0.5,2,10\n1709542860,2,4,1.5,3,20\n", nil},
		{"seconds with a fraction", "time,open,high,low,close,volume\n1709542800.0,1,3,0.5,2,10\n1709542860.000,2,4,1.5,3,20\n", nil},
		{"milliseconds", "time,open,high,low,close,volume\n1709542800000,1,3,0.5,2,10\n1709542860000,2,4,1.5,3,20\n", nil},
		{"microseconds", "time,open,high,low,close,volume\n1709542800000000,1,3,0.5,2,10\n1709542860000000,2,4,1.5,3,20\n", nil},
		{"nanoseconds", "time,open,high,low,close,volume\n1709542800000000000,1,3,0.5,2,10\n1709542860000000000,2,4,1.5,3,20\n", nil},
		{"declared milliseconds", "time,open,high,low,close,volume\n1709542800000,1,3,0.5,2,10\n1709542860000,2,4,1.5,3,20\n", func(s *Source) { s.TimeFormat = "unix_ms" }},
		{"RFC 3339 with an offset", "time,open,high,low,close,volume\n2024-03-04T11:00:00+02:00,1,3,0.5,2,10\n2024-03-04T04:01:00-05:00,2,4,1.5,3,20\n", nil},
		{"a layout of package time", "time,open,high,low,close,volume\n03/04/2024 09:00 AM,1,3,0.5,2,10\n03/04/2024 09:01 AM,2,4,1.5,3,20\n", func(s *Source) { s.TimeFormat = "01/02/2006 03:04 PM" }},
		{"times of a place", "time,open,high,low,close,volume\n2024-03-04 10:00,1,3,0.5,2,10\n2024-03-04 10:01,2,4,1.5,3,20\n", func(s *Source) { s.Location = time.FixedZone("CET", 3600) }},
		{"a layout of a place", "time,open,high,low,close,volume\n04.03.2024 10:00,1,3,0.5,2,10\n04.03.2024 10:01,2,4,1.5,3,20\n", func(s *Source) {
			s.TimeFormat, s.Location = "02.01.2006 15:04", time.FixedZone("CET", 3600)
		}},
		{"exponents and signs", "time,open,high,low,close,volume\n2024-03-04 09:00:00,1e0,+3.00,5E-1,2.,1e1\n2024-03-04 09:01:00,2,4,1.5,3,20\n", nil},
		{"one symbol of several", "time,symbol,open,high,low,close,volume\n2024-03-04 09:00,B,9,9,9,9,9\n2024-03-04 09:00,A,1,3,0.5,2,10\n2024-03-04 09:01,B,9,9,9,9,9\n2024-03-04 09:01,A,2,4,1.5,3,20\n", func(s *Source) {
			s.SymbolColumn, s.Symbol = "symbol", "A"
		}},
	} {
		t.Run(test.claim, func(t *testing.T) {
			c := one(save(t, "a.csv", test.text))
			if test.set != nil {
				test.set(&c.Sources[0])
			}
			markets, r := readAll(t, c)
			expect(t, show(c, markets), want)
			if r.Interval() != int64(time.Minute) {
				t.Errorf("interval %v", time.Duration(r.Interval()))
			}
		})
	}
}

func TestOpenTimeCloses(t *testing.T) {
	const rows = "1709542800,1,1,1,1,1\n1709542860,1,1,1,1,1\n1709542920,1,1,1,1,1\n"
	for _, test := range []struct {
		claim, header string
		is            TimeIs
		open          string
	}{
		{"a time column is the close time", "time", TimeIsDefault, "2024-03-04T08:59:00"},
		{"a column called open time is the open time", "Open Time", TimeIsDefault, "2024-03-04T09:00:00"},
		{"declared open", "time", TimeIsOpen, "2024-03-04T09:00:00"},
		{"declared close wins over the name", "open_time", TimeIsClose, "2024-03-04T08:59:00"},
	} {
		t.Run(test.claim, func(t *testing.T) {
			c := one(save(t, "a.csv", test.header+",open,high,low,close,volume\n"+rows))
			c.TimeIs = test.is
			markets, _ := readAll(t, c)
			first := markets[0].Bars[0]
			if got := clockText(first.OpenTime); got != test.open {
				t.Errorf("opens %s, want %s", got, test.open)
			}
			if first.CloseTime-first.OpenTime != int64(time.Minute) || first.Interval != int64(time.Minute) || markets[0].Time != first.CloseTime || markets[0].Received != first.CloseTime {
				t.Errorf("times %+v", markets[0])
			}
		})
	}
}

func TestTimeIsOfOneSource(t *testing.T) {
	c := pair(t, "1709542800,1,1,1,1,1\n1709542860,1,1,1,1,1\n", "1709542800,2,2,2,2,2\n1709542860,2,2,2,2,2\n")
	c.Sources[0].TimeIs = TimeIsOpen
	c.TimeIs = TimeIsClose
	markets, _ := readAll(t, c)
	expect(t, show(c, markets), `
2024-03-04T09:00:00 B 2 2 2 2 2
2024-03-04T09:01:00 A 1 1 1 1 1 B 2 2 2 2 2
2024-03-04T09:02:00 A 1 1 1 1 1
`)
}

func TestMistakesOfOneFile(t *testing.T) {
	const header, row, next = "time,open,high,low,close,volume\n", "2024-03-04 09:00,1,1,1,1,1\n", "2024-03-04 09:01,1,1,1,1,1\n"
	for _, test := range []struct {
		claim, text, want string
		set               func(*Config)
	}{
		{"empty file", "", "a.csv: is empty; a feed needs rows", nil},
		{"only blank lines", "\n\n  \n", "a.csv: holds no rows", nil},
		{"header only", header, "a.csv:1: there is a header, but no row after it", nil},
		{"one line without a separator", "hello world\n", `a.csv:1: "hello world" has no comma, semicolon or tab; set the separator`, nil},
		{"one endless line", strings.Repeat("1,", 40<<10), "a.csv:1: the first line is longer than any row of bars", nil},
		{"not text", "time,\x00open\n", "a.csv:1: is not text", nil},
		{"zip", "PK\x03\x04 and so on", "a.csv: is a zip archive, not CSV; unpack it", nil},
		{"UTF-16", "\xff\xfet\x00i\x00m\x00", "a.csv: is text in UTF-16, not CSV; save it as UTF-8", nil},
		{"broken gzip", "\x1f\x8bnothing", "a.csv: begins like a compressed file, but cannot be decompressed", nil},
		{"a missing column", "time,open,high,low,last\n" + "2024-03-04 09:00,1,1,1,1\n", `a.csv:1: no column is known for close: the header has "time", "open", "high", "low", "last"; declare close`, nil},
		{"a column that is not there", header + row, `a.csv:1: close is declared as column "last", but the header has "time"`, func(c *Config) { c.Sources[0].Columns.Close = "last" }},
		{"a number that is not there", header + row, "a.csv:1: close is declared as column 9, but there are columns 1 to 6", func(c *Config) { c.Sources[0].Columns.Close = "9" }},
		{"a name without a header", row + next, `a.csv:1: close is declared as column "close", but the file has no header`, func(c *Config) { c.Sources[0].Columns.Close = "close" }},
		{"two columns of one name", "time,open,high,low,close,close\n" + row, `a.csv:1: column 6: columns 5 and 6 are both "close"`, nil},
		{"too few columns", "2024-03-04 09:00,1,1\n2024-03-04 09:01,1,1\n", "a.csv:1: has 3 columns and no header, so there is none for low", nil},
		{"no row like the header", "time,open,high,low,close\n" + row + next, "a.csv:1: the header has 5 fields, but none of the first 2 rows has as many", nil},
		{"an unknown time", header + "3rd of May,1,1,1,1,1\n", `a.csv:2: column 1: "3rd of May" is not a time that is known; set time_format`, nil},
		{"an ambiguous date", header + "03/04/2024,1,1,1,1,1\n", `a.csv:2: column 1: "03/04/2024" is not a time that is known`, nil},
		{"a format that does not fit", header + row, `a.csv:2: column 1: time is "2024-03-04 09:00", which is not of the format "unix_ms"`, func(c *Config) { c.Sources[0].TimeFormat = "unix_ms" }},
		{"date and time apart", "date,time,open,high,low,close\n2024-03-04,09:00,1,1,1,1\n", "a.csv:2: column 2: date and time of day are in two columns", nil},
		{"decimal commas", "time;open;high;low;close\n2024-03-04;1,5;1,5;1,5;1,5\n", `a.csv:2: column 2: open is "1,5", not a number`, nil},
		{"a bad separator", header + row, "a.csv: separator is '0'", func(c *Config) { c.Sources[0].Separator = '0' }},
		{"too many columns", strings.Repeat("1,", 300) + "1\n", "a.csv:1: has 256 columns or more", nil},
		{"open times of one row", header + row, "a.csv: its times are open times, and its rows do not tell how long a bar is; set interval", func(c *Config) { c.TimeIs = TimeIsOpen }},
		{"an interval longer than the rows'", header + row + next, "a.csv: its rows lie 1m0s apart, but interval is 1h0m0s", func(c *Config) { c.Interval = time.Hour }},
		{"another instrument", header + row, `a.csv: is of instrument "Y", which the feed does not have; the feed has "X"`, func(c *Config) { c.Sources[0].Instrument = "Y" }},
		{"a source's time is no word", header + row, "a.csv: time is unknown(7)", func(c *Config) { c.Sources[0].TimeIs = 7 }},
		{"nobody's bars", header + row, "a.csv: has neither an instrument nor a symbol column", func(c *Config) { c.Sources[0].Instrument = "" }},
		{"a symbol without its column", header + row, `a.csv: has symbol "A" without both an instrument and a symbol column`, func(c *Config) { c.Sources[0].Symbol = "A" }},
	} {
		t.Run(test.claim, func(t *testing.T) {
			c := one(save(t, "a.csv", test.text))
			if test.set != nil {
				test.set(&c)
			}
			r, err := Open(c)
			if err == nil {
				r.Close()
				t.Fatal("opened")
			}
			if !strings.HasPrefix(err.Error(), "feed prices: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			for _, m := range Mistakes(err) {
				if m.Source != 0 || m.Path != c.Sources[0].Path {
					t.Errorf("mistake %+v is of no source", m)
				}
			}
		})
	}
}

func TestEveryMistakeAtOnce(t *testing.T) {
	c := one("/no/such/file.csv")
	c.Instruments = append(c.Instruments, c.Instruments[0], instrument("", 99, 0))
	c.Sources = append(c.Sources,
		Source{Path: t.TempDir(), Instrument: "X"},
		Source{Path: save(t, "b.csv", "time;open\n1;1\n"), Instrument: "Y"},
		Source{Path: save(t, "hours.csv", "2024-03-04 09:00,1,1,1,1\n2024-03-04 10:00,1,1,1,1\n"), Instrument: "X"},
		Source{Path: save(t, "minutes.csv", "2024-03-04 09:00,1,1,1,1\n2024-03-04 09:01,1,1,1,1\n"), Instrument: "X"},
	)
	c.From, c.To, c.Repeat = 2, 1, -1
	c.Quality = Quality{OHLC: 9, Calendar: 9}
	c.TimeIs = 9
	_, err := Open(c)
	if err == nil {
		t.Fatal("opened")
	}
	for _, want := range []string{
		"/no/such/file.csv: there is no such file", "is a directory", `is of instrument "Y"`, "no column is known for high", "no column is known for low", "no column is known for close",
		"two instruments are called", "instrument has no name", "is not before to", "repeat is -1", "ohlc is unknown(9)", "calendar is unknown(9)", "time is unknown(9)",
		"minutes.csv: its rows lie 1m0s apart, those of", "hours.csv 1h0m0s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q in:\n%v", want, err)
		}
	}
	if n := len(Mistakes(err)); n != 14 {
		t.Errorf("%d mistakes:\n%v", n, err)
	}
	if _, err := Open(Config{}); err == nil || len(Mistakes(err)) != 2 {
		t.Errorf("an empty configuration gives %v", err)
	}
}
