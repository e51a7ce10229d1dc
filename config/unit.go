package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// parseDuration reads Go's durations, and days: "250ms", "1m30s", "1d".
func parseDuration(text string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(text, "d"); ok && digits(number) {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > math.MaxInt64/int64(day) {
			return 0, errTooLarge
		}
		return time.Duration(n) * day, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("is not a duration")
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// parseSize reads a whole number of bytes with its unit: "512B", "64KiB", "16MiB", "1GiB".
func parseSize(text string) (int64, error) {
	for _, unit := range sizeUnits {
		number, ok := strings.CutSuffix(text, unit.name)
		if !ok || !digits(number) {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > math.MaxInt64/unit.bytes {
			return 0, errTooLarge
		}
		return n * unit.bytes, nil
	}
	return 0, errors.New("is not a size")
}

// guessSize returns what was probably meant by a size of another spelling, such as "64k" or "64 kb".
func guessSize(text string) string {
	lower := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	number := strings.TrimRight(lower, "gkmibytes")
	if !digits(number) {
		return ""
	}
	switch unit := lower[len(number):]; {
	case strings.HasPrefix(unit, "k"):
		return number + "KiB"
	case strings.HasPrefix(unit, "m"):
		return number + "MiB"
	case strings.HasPrefix(unit, "g"):
		return number + "GiB"
	}
	return number + "B"
}

func formatSize(n int64) string {
	for _, unit := range sizeUnits {
		if n != 0 && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return "0B"
}

// parseRate reads "10/1s": so many at once, and as many again over a period. "10/s" is the same.
func parseRate(text string) (Rate, error) {
	count, period, ok := strings.Cut(text, "/")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || !digits(count) || err != nil || n == 0 {
		return Rate{}, errors.New("is not a rate")
	}
	if period != "" && !digits(period[:1]) {
		period = "1" + period
	}
	d, err := parseDuration(period)
	if err != nil || d <= 0 || n > int64(d) { // more than one each nanosecond is no bound
		return Rate{}, errors.New("is not a rate")
	}
	return Rate{Count: n, Period: d}, nil
}

func (r Rate) String() string {
	if r == (Rate{}) {
		return ""
	}
	return fmt.Sprintf("%d/%s", r.Count, formatDuration(r.Period))
}

// parseSpeed reads "max" as 0 and "60x" as 60.
func parseSpeed(text string) (int64, error) {
	if text == "max" {
		return 0, nil
	}
	number, ok := strings.CutSuffix(text, "x")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || !digits(number) || err != nil || n < 1 || n > speedMax {
		return 0, fmt.Errorf(`is not a speed: "max", or from 1x to %dx`, speedMax)
	}
	return n, nil
}

// speedMax keeps intervals divided by the speed above the clock's grain.
const speedMax = 1_000_000

func formatSpeed(n int64) string {
	if n == 0 {
		return "max"
	}
	return strconv.FormatInt(n, 10) + "x"
}

var momentLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"}

// parseMoment reads a date or a time; what has no zone of its own is in zone.
func parseMoment(text string, zone *time.Location) (int64, error) {
	for _, layout := range momentLayouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			if y := t.Year(); y < 1700 || y > 2200 {
				return 0, errors.New("is not between the years 1700 and 2200")
			}
			return t.UnixNano(), nil
		}
	}
	return 0, errors.New("is not a time")
}

func formatMoment(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}
