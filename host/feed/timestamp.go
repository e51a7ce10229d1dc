package feed

import "time"

// timeForm is how a column writes time.
type timeForm uint8

const (
	formNone    timeForm = iota
	formISO              // 2006-01-02, perhaps with a time of day, perhaps with an offset
	formCompact          // 20060102
	formSeconds
	formMilliseconds
	formMicroseconds
	formNanoseconds
	formLayout // a layout of package time
)

var unixForms = map[string]timeForm{
	"unix": formSeconds, "unix_ms": formMilliseconds, "unix_us": formMicroseconds, "unix_ns": formNanoseconds,
}

// timestamp reads the times of one column. It keeps the day it read last, which is usually the next
// row's too, so one goroutine at a time may use it.
type timestamp struct {
	form     timeForm
	layout   string
	location *time.Location // nil is UTC

	day      [10]byte
	dayStart int64 // seconds since 1970, UTC
}

// newTimestamp reads Source.TimeFormat; the form of "" is found by detect.
func newTimestamp(format string, location *time.Location) timestamp {
	t := timestamp{location: location, day: [10]byte([]byte("1970-01-01"))}
	if location == time.UTC {
		t.location = nil
	}
	switch form, isUnix := unixForms[format]; {
	case format == "":
	case isUnix:
		t.form = form
	default:
		t.form, t.layout = formLayout, format
	}
	return t
}

// name is how Source.TimeFormat would call it.
func (t *timestamp) name() string {
	for name, form := range unixForms {
		if form == t.form {
			return name
		}
	}
	switch t.form {
	case formLayout:
		return t.layout
	case formCompact:
		return "20060102"
	}
	return "2006-01-02 15:04:05"
}

// detect finds the form of a time, and says whether it is one.
func (t *timestamp) detect(s []byte) bool {
	for _, form := range []timeForm{formISO, formCompact, unixForm(s)} {
		t.form = form
		if _, ok := t.parse(s); ok {
			return true
		}
	}
	t.form = formNone
	return false
}

// unixForm tells units apart by magnitude: seconds from 1973 to 5138 have 9 to 11 digits before the
// point, and each finer unit three more.
func unixForm(s []byte) timeForm {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	switch {
	case digits < 9:
		return formNone
	case digits <= 11:
		return formSeconds
	case digits <= 14:
		return formMilliseconds
	case digits <= 17:
		return formMicroseconds
	case digits <= 19:
		return formNanoseconds
	}
	return formNone
}

// parse returns nanoseconds since 1970. ok is false for what is not of the form, and for years that
// yearFits leaves out.
func (t *timestamp) parse(s []byte) (ns int64, ok bool) {
	switch t.form {
	case formISO:
		return t.parseISO(s)
	case formCompact:
		return t.parseCompact(s)
	case formSeconds:
		return parseUnix(s, 9)
	case formMilliseconds:
		return parseUnix(s, 6)
	case formMicroseconds:
		return parseUnix(s, 3)
	case formNanoseconds:
		return parseUnix(s, 0)
	case formLayout:
		return t.parseLayout(s)
	}
	return 0, false
}

// parseUnix reads a count of 10^decimals ns, perhaps with a fraction; what is finer than a nanosecond
// is rounded.
func parseUnix(s []byte, decimals uint8) (int64, bool) {
	v, _, ok := parseNumber(s, decimals)
	return v, ok && v >= timeMin && v < timeMax
}

func (t *timestamp) parseLayout(s []byte) (int64, bool) {
	location := t.location
	if location == nil {
		location = time.UTC
	}
	at, err := time.ParseInLocation(t.layout, string(s), location)
	if err != nil || !yearFits(at.Year()) {
		return 0, false
	}
	return at.UnixNano(), true
}

func (t *timestamp) parseCompact(s []byte) (int64, bool) {
	if len(s) != 8 {
		return 0, false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[4:6])
	day, ok3 := digits(s[6:])
	if !ok1 || !ok2 || !ok3 || !dateExists(year, month, day) {
		return 0, false
	}
	return t.local(dayNumber(year, month, day)*secondsDay, 0), true
}

// parseISO reads date, date and time, and RFC 3339.
func (t *timestamp) parseISO(s []byte) (int64, bool) {
	if len(s) < 10 {
		return 0, false
	}
	if [10]byte(s[:10]) != t.day && !t.setDay(s[:10]) {
		return 0, false
	}
	if len(s) == 10 {
		return t.local(t.dayStart, 0), true
	}
	if s[10] != ' ' && s[10] != 'T' {
		return 0, false
	}
	seconds, fraction, rest, ok := parseClock(s[11:])
	if !ok {
		return 0, false
	}
	seconds += t.dayStart
	if len(rest) == 0 {
		return t.local(seconds, fraction), true
	}
	offset, ok := parseOffset(rest)
	return (seconds-offset)*1e9 + fraction, ok
}

func (t *timestamp) setDay(s []byte) bool {
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	separator := s[4] == '-' || s[4] == '/' || s[4] == '.'
	if !ok1 || !ok2 || !ok3 || !separator || s[4] != s[7] || !dateExists(year, month, day) {
		return false
	}
	t.day, t.dayStart = [10]byte(s), dayNumber(year, month, day)*secondsDay
	return true
}

// local turns a wall clock's seconds into nanoseconds since 1970.
func (t *timestamp) local(seconds, fraction int64) int64 {
	if t.location == nil {
		return seconds*1e9 + fraction
	}
	wall := time.Unix(seconds, fraction).UTC()
	year, month, day := wall.Date()
	hour, minute, second := wall.Clock()
	return time.Date(year, month, day, hour, minute, second, int(fraction), t.location).UnixNano()
}

// parseClock reads 15:04, 15:04:05 and up to nine decimals.
func parseClock(s []byte) (seconds, fraction int64, rest []byte, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return 0, 0, nil, false
	}
	hour, ok1 := digits(s[:2])
	minute, ok2 := digits(s[3:5])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, 0, nil, false
	}
	seconds, rest = hour*3600+minute*60, s[5:]
	if len(rest) == 0 || rest[0] != ':' {
		return seconds, 0, rest, true
	}
	if len(rest) < 3 {
		return 0, 0, nil, false
	}
	second, ok3 := digits(rest[1:3])
	if !ok3 || second > 59 {
		return 0, 0, nil, false
	}
	fraction, rest, ok = parseFraction(rest[3:])
	return seconds + second, fraction, rest, ok
}

func parseFraction(s []byte) (ns int64, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '.' {
		return 0, s, true
	}
	i, unit := 1, int64(1e8)
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		ns += int64(s[i]-'0') * unit
		unit /= 10
	}
	return ns, s[i:], i > 1 && i <= 10
}

// parseOffset reads Z, ±hh:mm, ±hhmm and ±hh, perhaps after a space, as seconds east; "UTC" too.
func parseOffset(s []byte) (seconds int64, ok bool) {
	if s[0] == ' ' {
		s = s[1:]
	}
	switch string(s) {
	case "Z", "z", "UTC":
		return 0, true
	}
	if len(s) == 6 && s[3] == ':' {
		s = append(append(make([]byte, 0, 5), s[:3]...), s[4:]...)
	}
	if (len(s) != 5 && len(s) != 3) || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	hour, ok := digits(s[1:3])
	minute, okMinute := digits(s[3:])
	if !ok || !okMinute || hour > 23 || minute > 59 {
		return 0, false
	}
	seconds = hour*3600 + minute*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// wall is a time as clocks at the column's location show it.
func (t *timestamp) wall(ns int64) time.Time {
	if t.location == nil {
		return time.Unix(0, ns).UTC()
	}
	return time.Unix(0, ns).In(t.location)
}
