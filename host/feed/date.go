package feed

// digits reads a number without sign; that of nothing is 0.
func digits(s []byte) (v int64, ok bool) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

const secondsDay = 86400

// A feed takes the years 1850 to 2139: the difference of any two of their times, one interval added,
// fits an int64.
const (
	yearMin, yearMax = 1850, 2139
	timeMin          = -3_786_825_600 * 1e9
	timeMax          = 5_364_662_400 * 1e9
)

func yearFits(year int) bool { return year >= yearMin && year <= yearMax }

func dateExists(year, month, day int64) bool {
	if !yearFits(int(year)) || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= monthDays(year, month)
}

func monthDays(year, month int64) int64 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// dayNumber counts days since 1970-01-01 in the Gregorian calendar. The year is taken to begin in
// March, so that the leap day is its last; then month lengths follow (153m+2)/5.
func dayNumber(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}
