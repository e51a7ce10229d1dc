package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// wireBar is a bar as servers write it. Its numbers are read by parseNumber, never by way of a float;
// what is none, such as "NaN", null or 1e999, makes a bad bar and not a bad message.
type wireBar struct {
	Symbol    string          `json:"symbol"`
	CloseTime json.RawMessage `json:"close_time"`
	OpenTime  json.RawMessage `json:"open_time"`
	Interval  json.RawMessage `json:"interval"`
	Open      json.RawMessage `json:"open"`
	High      json.RawMessage `json:"high"`
	Low       json.RawMessage `json:"low"`
	Close     json.RawMessage `json:"close"`
	Volume    json.RawMessage `json:"volume"`
}

// wireMessage is a message of the stream.
type wireMessage struct {
	Type string   `json:"type"`
	Bar  *wireBar `json:"bar"`
}

// wireBars is the answer of GET /api/bars. Without complete, a full page is taken to have a next.
type wireBars struct {
	Bars     []wireBar `json:"bars"`
	Complete *bool     `json:"complete"`
}

// decode reads JSON. Servers written in Python send bare NaN and Infinity, which JSON does not have: one
// of them must cost its bar only.
//
// A field of another type than expected stays empty, and its bar is a bad one.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		if mended := bareToNull(text); !bytes.Equal(mended, text) {
			err = json.Unmarshal(mended, into)
		}
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}

// bareToNull writes null for NaN, Infinity and -Infinity outside of strings.
func bareToNull(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for quoted := false; len(text) > 0; {
		n := 1
		switch c := text[0]; {
		case quoted && c == '\\' && len(text) > 1:
			n = 2
		case c == '"':
			quoted = !quoted
		case !quoted:
			if bare := bareNumber(text); bare > 0 {
				out, text = append(out, "null"...), text[bare:]
				continue
			}
		}
		out, text = append(out, text[:n]...), text[n:]
	}
	return out
}

func bareNumber(text []byte) int {
	for _, word := range []string{"NaN", "-Infinity", "Infinity", "-NaN", "nan", "-inf", "inf"} {
		if bytes.HasPrefix(text, []byte(word)) {
			return len(word)
		}
	}
	return 0
}

// unquoted is a JSON number's or string's own text; a string with escapes is no number.
func unquoted(raw json.RawMessage) []byte {
	if len(raw) >= 2 && raw[0] == '"' {
		return raw[1 : len(raw)-1]
	}
	return raw
}

// wireTime reads nanoseconds, or what else detect knows.
func wireTime(raw json.RawMessage) (int64, bool) {
	stamp := newTimestamp("", nil)
	text := unquoted(raw)
	if len(text) == 0 || !stamp.detect(text) {
		return 0, false
	}
	return stamp.parse(text)
}

// row reads a bar, good or bad. The error says that bars are not what the feed is configured for; ok is
// false for symbols that are none of the feed's.
func (s *liveSource) row(w *wireBar) (r row, ok bool, err error) {
	s.line++
	r = row{line: s.line, instrument: instrumentNone, defect: event.DefectNotANumber}
	instrument, known := s.symbols[w.Symbol]
	if w.Symbol != "" && !known {
		return r, false, nil
	}
	if known {
		r.instrument = instrument
	}
	if err := s.checkInterval(w); err != nil {
		return r, false, err
	}
	r.time, r.timed = wireTime(w.CloseTime)
	if !r.timed && len(w.CloseTime) == 0 {
		r.time, r.timed = wireTime(w.OpenTime)
		r.time += int64(s.config.Interval)
	}
	if !r.timed || !known {
		r.timed = false
		return r, true, nil
	}
	if s.parseWire(w, &r) {
		r.defect = r.judge()
	}
	if r.defect == event.DefectContradiction && s.config.Quality.OHLC == Flag {
		r.defect, r.flagged = event.DefectNone, true
	}
	return r, true, nil
}

// checkInterval: an agent of one-minute bars must not trade on one-second bars.
func (s *liveSource) checkInterval(w *wireBar) error {
	if len(w.Interval) == 0 || string(w.Interval) == "null" {
		return nil
	}
	length, _, ok := parseNumber(unquoted(w.Interval), 0)
	if ok && length != int64(s.config.Interval) {
		return fmt.Errorf("%w: those of %s %s ns, the feed's interval is %v; set it to the server's", errInterval, w.Symbol, unquoted(w.Interval), s.config.Interval)
	}
	return nil
}

func (s *liveSource) parseWire(w *wireBar, r *row) bool {
	in := &s.config.Instruments[r.instrument]
	for i, raw := range [...]json.RawMessage{roleOpen: w.Open, roleHigh: w.High, roleLow: w.Low, roleClose: w.Close} {
		v, exact, ok := parseNumber(unquoted(raw), in.PriceDecimals)
		if !ok {
			return false
		}
		r.prices[i] = v
		r.priceRounded = r.priceRounded || !exact
	}
	if len(w.Volume) == 0 {
		return true
	}
	v, exact, ok := parseNumber(unquoted(w.Volume), in.QuantityDecimals)
	r.volume, r.volumeRounded = v, !exact
	return ok
}
