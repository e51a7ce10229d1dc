package report

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// Money is an amount in units of 10^-8; in JSON a decimal string without trailing zeros.
type Money int64

// MarshalJSON writes the amount as a decimal string.
func (m Money) MarshalJSON() ([]byte, error) {
	b := event.AppendDecimal([]byte{'"'}, int64(m), event.MoneyDecimals)
	return append(b, '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read money: %w", err)
	}
	v, err := event.ParseDecimal(s, event.MoneyDecimals)
	*m = Money(v)
	return err
}

// Figure is a statistic. NaN means undefined, which is null in JSON.
type Figure float64

// Undefined reports whether the figure means nothing: no trades, no volatility.
func (f Figure) Undefined() bool { return math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) }

// MarshalJSON writes a number, or null for an undefined one.
func (f Figure) MarshalJSON() ([]byte, error) {
	if f.Undefined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads a number or null.
func (f *Figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = Figure(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(f))
}
