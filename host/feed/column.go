package feed

import (
	"fmt"
	"strconv"
	"strings"
)

// usualNames are what columns are called in the files people have, by normalName.
var usualNames = [roles][]string{
	roleTime: {
		"date", "time", "timestamp", "datetime", "date_time", "open_time", "opentime", "close_time",
		"closetime", "ts", "ts_event", "unix", "gmt_time", "utc_time",
	},
	roleOpen:   {"open", "o", "open_price"},
	roleHigh:   {"high", "h", "high_price"},
	roleLow:    {"low", "l", "low_price"},
	roleClose:  {"close", "c", "close_price"},
	roleVolume: {"volume", "vol", "v", "tickvol", "base_volume"},
}

// normalName makes "<OPEN>", "Open" and "open" one, and "Open Time" and "open_time".
func normalName(s string) string {
	s = strings.ToLower(strings.Trim(s, " <>\""))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(s)
}

func (f *finder) findColumns() {
	c := &f.source.Columns
	declared := [roles]string{
		roleTime: c.Time, roleOpen: c.Open, roleHigh: c.High, roleLow: c.Low,
		roleClose: c.Close, roleVolume: c.Volume, roleSymbol: f.source.SymbolColumn,
	}
	inOrder := f.names == nil && *c == Columns{}
	for r := range roles {
		switch name := declared[r]; {
		case name == "-" && r == roleVolume, name == "" && r == roleSymbol:
			f.layout.column[r] = -1
		case name != "":
			f.layout.column[r] = f.declaredColumn(r, name)
		case inOrder:
			f.layout.column[r] = f.orderedColumn(r)
		case f.names == nil && r == roleVolume:
			f.layout.column[r] = -1
		default:
			f.layout.column[r] = f.usualColumn(r)
		}
	}
	if t := f.layout.column[roleTime]; f.names != nil && t >= 0 {
		f.layout.opens = strings.HasPrefix(normalName(f.names[t]), "open")
		f.refuseSplitTime(t)
	}
}

// orderedColumn is for files that neither name nor declare their columns.
func (f *finder) orderedColumn(r role) int {
	at := [roles]int{roleTime: 0, roleOpen: 1, roleHigh: 2, roleLow: 3, roleClose: 4, roleVolume: 5}[r]
	if at < f.layout.fields {
		return at
	}
	if r != roleVolume {
		f.wrong(f.sample.rows[0].number, 0, fmt.Sprintf("has %d columns and no header, so there is none for %s", f.layout.fields, roleNames[r]),
			"a file without a header has time, open, high, low, close, volume, or its columns are declared by number")
	}
	return -1
}

// declaredColumn finds a column by its name, as written or else normalised, or by its number.
func (f *finder) declaredColumn(r role, name string) int {
	for _, same := range []func(a, b string) bool{
		func(a, b string) bool { return a == b },
		func(a, b string) bool { return normalName(a) == normalName(b) },
	} {
		if i, found := f.onlyColumn(r, func(have string) bool { return same(have, name) }); found {
			return i
		}
	}
	line := f.sample.rows[0].number
	number, err := strconv.Atoi(name)
	switch {
	case err == nil && number >= 1 && number <= f.layout.fields:
		return number - 1
	case err == nil:
		f.wrong(line, 0, fmt.Sprintf("%s is declared as column %d, but there are columns 1 to %d", roleNames[r], number, f.layout.fields), "")
	case f.names == nil:
		f.wrong(line, 0, fmt.Sprintf("%s is declared as column %q, but the file has no header", roleNames[r], name), "give the column's number, from 1")
	default:
		f.wrong(line, 0, fmt.Sprintf("%s is declared as column %q, but the header has %s", roleNames[r], name, quoted(f.names)), "give one of these, or a number from 1")
	}
	return -1
}

// usualColumn finds a column that was not declared.
func (f *finder) usualColumn(r role) int {
	i, found := f.onlyColumn(r, func(have string) bool {
		for _, usual := range usualNames[r] {
			if normalName(have) == usual {
				return true
			}
		}
		return false
	})
	switch {
	case found:
		return i
	case r == roleTime && f.names != nil && f.names[0] == "":
		return 0 // the index that data frames write
	case r == roleVolume:
		return -1
	}
	line, where := f.sample.rows[0].number, "the header has "+quoted(f.names)
	if f.names == nil {
		where = "the file has no header"
	}
	f.wrong(line, 0, fmt.Sprintf("no column is known for %s: %s", roleNames[r], where), fmt.Sprintf("declare %s by name or number", roleNames[r]))
	return -1
}

// onlyColumn finds the column that matches. Two of one name are a mistake; of two usual names (date and
// timestamp), the first is taken.
func (f *finder) onlyColumn(r role, matches func(string) bool) (int, bool) {
	at := -1
	for i, have := range f.names {
		if !matches(have) {
			continue
		}
		if at < 0 {
			at = i
		} else if normalName(have) == normalName(f.names[at]) {
			f.wrong(f.sample.rows[0].number, i+1, fmt.Sprintf("columns %d and %d are both %q", at+1, i+1, have), "declare "+roleNames[r]+" by number")
			break
		}
	}
	return at, at >= 0
}

// refuseSplitTime: a date beside a time of day, read alone, would make every row of a day one time.
func (f *finder) refuseSplitTime(at int) {
	if f.source.Columns.Time != "" || normalName(f.names[at]) != "date" {
		return
	}
	for i, name := range f.names {
		if i == at || normalName(name) != "time" {
			continue
		}
		first := f.layout.data(f.sample)[0]
		values := f.cut(first)
		if i < len(values) {
			if _, _, _, isClock := parseClock([]byte(values[i])); isClock {
				f.wrong(first.number, i+1, "date and time of day are in two columns", "join them in one, such as 2006-01-02 15:04:05; or declare time if the date alone is meant")
			}
		}
	}
}

func quoted(names []string) string {
	all := make([]string, 0, len(names))
	for _, name := range names {
		all = append(all, strconv.Quote(excerpt([]byte(name))))
	}
	return strings.Join(all, ", ")
}
