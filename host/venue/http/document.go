package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// opaqueBytesMax bounds the venue's own ids and words: they are kept as they are, or not at all.
const opaqueBytesMax = 256

// parse reads one JSON value, numbers as they are written: a float64 has lost digits before anybody looks.
func parse(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("no JSON: something follows the value")
	}
	return doc, nil
}

// at follows a dotted path; an empty one is doc itself. null counts as absent.
func at(doc any, path string) (any, bool) {
	for path != "" {
		first, rest, _ := strings.Cut(path, ".")
		m, ok := doc.(map[string]any)
		if !ok {
			return nil, false
		}
		doc, path = m[first], rest
	}
	return doc, doc != nil
}

// field is at for a name that may not be configured.
func field(doc any, path string) (any, bool) {
	if path == "" {
		return nil, false
	}
	return at(doc, path)
}

// text is a string or number as it is written, empty where there is none.
func text(doc any, path string) string {
	switch v, _ := field(doc, path); v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// opaque is a venue's id or word that must be kept exactly: what cannot be kept is an error.
func (d *decoder) opaque(doc any, path string) (string, error) {
	v, found := field(doc, path)
	if !found {
		return "", nil
	}
	s := text(doc, path)
	switch {
	case s == "" && v != "":
		return "", fmt.Errorf("%s is neither text nor a number", path)
	case len(s) > opaqueBytesMax:
		return "", fmt.Errorf("%s has %d bytes; at most %d are kept", path, len(s), opaqueBytesMax)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		return "", fmt.Errorf("%s has characters that are no text", path)
	case d.secret(s):
		return "", fmt.Errorf("%s has the key in it", path)
	}
	return s, nil
}

// decimal is a number of the given scale, 0 where there is none. It is refused where it would be rounded.
func decimal(doc any, path string, decimals uint8) (v int64, found bool, err error) {
	raw, found := field(doc, path)
	if !found {
		return 0, false, nil
	}
	s := text(doc, path)
	if s == "" {
		return 0, true, fmt.Errorf("%s is no number but %.20q", path, fmt.Sprint(raw))
	}
	v, err = event.ParseDecimal(s, decimals)
	if err != nil {
		return 0, true, fmt.Errorf("%s: %w", path, short(err))
	}
	return v, true, nil
}

// money is rounded half to even at its 8 decimals: fees and balances are often finer.
func money(doc any, path string) (v int64, found bool, err error) {
	if _, found = field(doc, path); !found {
		return 0, false, nil
	}
	if v, err = event.ParseDecimalRounded(text(doc, path), event.MoneyDecimals); err != nil {
		return 0, true, fmt.Errorf("%s: %w", path, short(err))
	}
	return v, true, nil
}

// foreign reads a quantity or price of an instrument that the configuration does not have: in 10^-8, as near
// as fits, and never 0 for what is not. It tells that something is there, not how much.
func foreign(doc any, path string) (int64, error) {
	raw, found := field(doc, path)
	if !found {
		return 0, nil
	}
	s := text(doc, path)
	f, err := strconv.ParseFloat(s, 64) // only for which side of 0 and 1 it is on
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" || err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is no number but %.20q", path, fmt.Sprint(raw))
	}
	exact, err := event.ParseDecimalRounded(s, event.MoneyDecimals)
	switch {
	case err == nil && exact != 0:
		return exact, nil
	case f >= 1:
		return math.MaxInt64, nil
	case f <= -1:
		return -math.MaxInt64, nil
	case f > 0:
		return 1, nil
	case f < 0:
		return -1, nil
	}
	return 0, nil
}

// at reads a time in the venue's unit, 0 where there is none.
func (d *decoder) at(doc any, path string) (int64, error) {
	if _, found := field(doc, path); !found {
		return 0, nil
	}
	ns, err := parseTime(text(doc, path), d.config.TimeUnit)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return ns, nil
}

func parseTime(s, unit string) (int64, error) {
	if unit == "rfc3339" {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < 1970 || t.Year() > 2261 {
			return 0, fmt.Errorf("%.40q is no time of RFC 3339", s)
		}
		return t.UnixNano(), nil
	}
	ns, err := event.ParseDecimal(s, timeUnits[unit])
	if err != nil || ns < 0 {
		return 0, fmt.Errorf("%.40q is no time in %s", s, unit)
	}
	return ns, nil
}

// short keeps an error from quoting a megabyte of digits.
func short(err error) error {
	if s := err.Error(); len(s) > 120 {
		return errors.New(s[:60] + "…" + s[len(s)-40:])
	}
	return err
}

func containsFold(body []byte, s string) bool {
	return bytes.Contains(bytes.ToLower(body), bytes.ToLower([]byte(s)))
}
