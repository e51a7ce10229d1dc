package feed

import "fmt"

// TimeIs says which end of a bar its time column holds.
type TimeIs uint8

const (
	// TimeIsDefault is the open time where the time column is found by, or declared with, a name that
	// begins with "open"; else the close time.
	TimeIsDefault TimeIs = iota
	TimeIsClose
	TimeIsOpen
)

var timeIsNames = [...]string{"", "close", "open"}

// String is the word that ParseTimeIs reads.
func (t TimeIs) String() string { return wordOf(timeIsNames[:], int(t)) }

// ParseTimeIs reads "open", "close", or "" for the default.
func ParseTimeIs(s string) (TimeIs, error) {
	i, err := parseWord("time", timeIsNames[:], s)
	return TimeIs(i), err
}

// OHLC says what becomes of a bar whose prices contradict one another.
type OHLC uint8

const (
	// Quarantine withholds it.
	Quarantine OHLC = iota
	// Flag delivers it with event.BarFlagged.
	Flag
)

var ohlcNames = [...]string{"quarantine", "flag"}

// String is the word that ParseOHLC reads.
func (o OHLC) String() string { return wordOf(ohlcNames[:], int(o)) }

// ParseOHLC reads "quarantine", "flag", or "" for quarantine.
func ParseOHLC(s string) (OHLC, error) {
	if s == "" {
		return Quarantine, nil
	}
	i, err := parseWord("ohlc", ohlcNames[:], s)
	return OHLC(i), err
}

// Calendar says when bars are expected, and so what is a gap.
type Calendar uint8

const (
	// CalendarDefault is Weekdays for bars of one day where none of the first rows lies on a Saturday
	// or Sunday, else Always.
	CalendarDefault Calendar = iota
	// Always expects a bar every interval, around the clock: coins.
	Always
	// Weekdays expects bars from Monday to Friday, 0:00 to 24:00 in the source's Location. Holidays of
	// an exchange are gaps of one daily bar; hours at which an exchange is shut are gaps too. For bars
	// longer than a day it is Always.
	Weekdays
	// GapsExpected never sees a gap: sessions, or instruments that seldom trade.
	GapsExpected
)

var calendarNames = [...]string{"", "always", "weekdays", "gaps_expected"}

// String is the word that ParseCalendar reads.
func (c Calendar) String() string { return wordOf(calendarNames[:], int(c)) }

// ParseCalendar reads "always", "weekdays", "gaps_expected", or "" for the default.
func ParseCalendar(s string) (Calendar, error) {
	i, err := parseWord("calendar", calendarNames[:], s)
	return Calendar(i), err
}

func wordOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

func parseWord(setting string, names []string, s string) (int, error) {
	var allowed []string
	for i, name := range names {
		if s == name {
			return i, nil
		}
		if name != "" {
			allowed = append(allowed, name)
		}
	}
	return 0, fmt.Errorf("%s is %q; it can be %q", setting, s, allowed)
}
