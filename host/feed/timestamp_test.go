package feed

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestTimesAreThoseOfPackageTime(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here")
	}
	for range 20000 {
		at := time.Unix(timeMin/1e9+random.Int64N((timeMax-timeMin)/1e9), random.Int64N(1e9)).UTC()
		for _, layout := range []string{
			"2006-01-02", "2006/01/02", "2006.01.02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05.000000", "2006-01-02 15:04:05.999999999",
			time.RFC3339, time.RFC3339Nano, "2006-01-02 15:04:05-0700", "2006-01-02 15:04:05 -07:00", "20060102",
		} {
			for _, place := range []*time.Location{nil, newYork, time.FixedZone("", -5400)} {
				in := place
				if in == nil {
					in = time.UTC
				}
				text := at.In(in).Format(layout)
				want, err := time.ParseInLocation(layout, text, in)
				if err != nil || !yearFits(want.Year()) || !yearFits(want.UTC().Year()) {
					continue
				}
				stamp := newTimestamp("", place)
				if !stamp.detect([]byte(text)) {
					t.Fatalf("%q is not detected", text)
				}
				if got, ok := stamp.parse([]byte(text)); !ok || got != want.UnixNano() {
					t.Fatalf("%q in %v: got %d %v, want %d", text, in, got, ok, want.UnixNano())
				}
			}
		}
	}
}

func TestUnixTimes(t *testing.T) {
	for text, want := range map[string]int64{
		"1709542800":                1709542800e9,
		"1709542800.5":              1709542800_500000000,
		"100000000":                 100000000e9, // 1973
		"1709542800123":             1709542800_123000000,
		"1709542800123.25":          1709542800_123250000,
		"1709542800123456":          1709542800_123456000,
		"1709542800123456789":       1709542800_123456789,
		"1709542800.12345678949999": 1709542800_123456789,
	} {
		stamp := newTimestamp("", nil)
		if !stamp.detect([]byte(text)) {
			t.Errorf("%s is not detected", text)
		}
		if got, ok := stamp.parse([]byte(text)); !ok || got != want {
			t.Errorf("%s: got %d %v, want %d", text, got, ok, want)
		}
	}
	for format, text := range map[string]string{"unix": "60", "unix_ms": "60000", "unix_us": "6e7", "unix_ns": "60000000000"} {
		stamp := newTimestamp(format, time.UTC)
		if got, ok := stamp.parse([]byte(text)); !ok || got != 60e9 {
			t.Errorf("%s %s: got %d %v", format, text, got, ok)
		}
		if stamp.name() != format {
			t.Errorf("%s is called %s", format, stamp.name())
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	for _, text := range []string{
		"", " ", "x", "2024", "2024-03", "2024-13-01", "2024-00-01", "2024-02-30", "2023-02-29", "2100-02-29", "2024-03-04 ", "2024-03-04x", "2024/03-04",
		"2024-03-04 24:00", "2024-03-04 09:60", "2024-03-04 09:00:60", "2024-03-04 9:00", "2024-03-04 09:00:0", "2024-03-04 09:00:00.", "2024-03-04 09:00:00.0123456789",
		"2024-03-04 09:00:00+", "2024-03-04 09:00:00+1", "2024-03-04 09:00:00+24:00", "2024-03-04 09:00:00 CET", "1849-12-31", "2140-01-01", "20241301", "12345678",
		"99999999999999999999", "9999999999999999999", "-1709542800", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		stamp := newTimestamp("", nil)
		if stamp.detect([]byte(text)) {
			ns, _ := stamp.parse([]byte(text))
			t.Errorf("%q is taken for %s", text, time.Unix(0, ns).UTC())
		}
	}
}

func TestTimesSurviveAnUnreadableOne(t *testing.T) {
	stamp := newTimestamp("", nil)
	stamp.detect([]byte("2024-03-04 09:00"))
	if _, ok := stamp.parse([]byte("2024-03-99 09:00")); ok {
		t.Error("the 99th of March is a day")
	}
	if got, ok := stamp.parse([]byte("2024-03-04 09:00")); !ok || got != 1709542800e9 {
		t.Errorf("got %d %v", got, ok)
	}
}
