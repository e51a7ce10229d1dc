package tracing

import (
	"encoding/hex"
	"strconv"
)

// The JSON form of OTLP: protobuf's field names in lowerCamelCase, ids in hex, 64-bit numbers as text.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
type (
	exportRequest struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope      `json:"scope"`
		Spans []wireSpan `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	wireSpan struct {
		TraceID           string     `json:"traceId"`
		SpanID            string     `json:"spanId"`
		ParentSpanID      string     `json:"parentSpanId,omitempty"`
		Name              string     `json:"name"`
		Kind              Kind       `json:"kind"`
		StartTimeUnixNano string     `json:"startTimeUnixNano"`
		EndTimeUnixNano   string     `json:"endTimeUnixNano"`
		Attributes        []keyValue `json:"attributes,omitempty"`
		Status            *status    `json:"status,omitempty"`
	}
	status struct {
		Code    int    `json:"code"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string   `json:"key"`
		Value anyValue `json:"value"`
	}
	anyValue struct {
		StringValue *string `json:"stringValue,omitempty"`
		IntValue    *string `json:"intValue,omitempty"`
	}
)

// statusError is OTLP's code of a span that failed.
const statusError = 2

// request is the message for a batch.
func (e *Exporter) request(batch []Span) *exportRequest {
	spans := make([]wireSpan, len(batch))
	for i := range batch {
		spans[i] = wireOf(&batch[i])
	}
	about := []Attribute{Text("service.name", "agenthost"), Text("service.version", e.config.Version)}
	if e.config.Instance != "" {
		about = append(about, Text("service.instance.id", e.config.Instance))
	}
	return &exportRequest{[]resourceSpans{{
		Resource:   resource{keyValues(about)},
		ScopeSpans: []scopeSpans{{Scope: scope{"github.com/agenthost/agenthost", e.config.Version}, Spans: spans}},
	}}}
}

func wireOf(s *Span) wireSpan {
	w := wireSpan{
		TraceID: hex.EncodeToString(s.Trace[:]), SpanID: hex.EncodeToString(s.ID[:]), Name: s.Name, Kind: max(s.Kind, Internal),
		StartTimeUnixNano: strconv.FormatInt(s.Start, 10), EndTimeUnixNano: strconv.FormatInt(max(s.Start, s.End), 10),
		Attributes: keyValues(s.Attributes),
	}
	if s.Parent != (SpanID{}) {
		w.ParentSpanID = hex.EncodeToString(s.Parent[:])
	}
	if s.Failed != "" {
		w.Status = &status{statusError, s.Failed}
	}
	return w
}

func keyValues(attributes []Attribute) []keyValue {
	out := make([]keyValue, 0, len(attributes))
	for i := range attributes {
		a := &attributes[i]
		kv := keyValue{Key: a.Key}
		if a.Number != nil {
			n := strconv.FormatInt(*a.Number, 10)
			kv.Value.IntValue = &n
		} else {
			kv.Value.StringValue = &a.Text
		}
		out = append(out, kv)
	}
	return out
}
