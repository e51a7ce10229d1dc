// Package tracing hands spans to an OpenTelemetry receiver, as OTLP over HTTP in JSON. It carries what others
// have measured and decides only which traces are told: an order's by its id, so that all its spans are told
// or none, also after a restart.
package tracing

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// TraceID names what belongs together, SpanID one part of it; zero is none.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// Kind is OTLP's kind of span.
type Kind uint8

const (
	Internal Kind = 1 // within the host
	Client   Kind = 3 // a call to somebody else
)

// Span is something that took its time. Times are nanoseconds since the epoch.
type Span struct {
	Trace      TraceID
	ID, Parent SpanID
	Name       string
	Kind       Kind // 0 means Internal
	Start, End int64
	Attributes []Attribute
	// Failed says why it did not succeed, empty if it did.
	Failed string
}

// Attribute is one fact of a span: Number if it is set, else Text.
type Attribute struct {
	Key    string
	Text   string
	Number *int64
}

// Text makes an attribute.
func Text(key, value string) Attribute { return Attribute{Key: key, Text: value} }

// Number makes an attribute.
func Number(key string, value int64) Attribute { return Attribute{Key: key, Number: &value} }

// Derive makes the id of a part: the same part of the same trace always has the same.
func Derive(trace TraceID, part string, number uint64) (id SpanID) {
	b := append(append(make([]byte, 0, 64), trace[:]...), part...)
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(b, number))
	copy(id[:], sum[:])
	id[7] |= 1 // never zero
	return id
}

// RandomTrace is an id for what has none of its own.
func RandomTrace() (id TraceID) {
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id
}
