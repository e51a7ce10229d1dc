package admin

import (
	"encoding/json"
	"slices"
)

// StreamStatus is one of the journal's streams.
type StreamStatus struct {
	Stream string `json:"stream"`
	// Entries is the position of the last durable entry, Events the number of the last event.
	Entries uint64 `json:"entries"`
	Events  uint64 `json:"events"`
	// Token is the fencing token of its lease, Owner who holds it.
	Token uint64 `json:"token"`
	Owner string `json:"owner"`
}

// JournalEntry is an entry of a stream, decoded.
type JournalEntry struct {
	Position uint64 `json:"position"`
	// Sequence is the number of the event that it is of.
	Sequence uint64 `json:"sequence"`
	Kind     string `json:"kind"`
	// Time is in RFC 3339, empty for none.
	Time  string          `json:"time,omitempty"`
	Token uint64          `json:"token"`
	Body  json.RawMessage `json:"body"`
}

// TailQuery says what of a stream is meant.
type TailQuery struct {
	Stream string
	// From is the first position; 0 is the first there is.
	From uint64
	// Last, if it is not 0, begins so many entries before the end instead.
	Last uint64
	// Follow goes on with what comes.
	Follow bool
}

func (s *Server) tail(r *request, f *stream) error {
	v := r.values()
	q := TailQuery{Stream: r.PathValue("stream"), From: v.count("from"), Last: v.count("last"), Follow: v.boolean("follow")}
	if v.err != nil {
		return v.err
	}
	if at := lastEvent(r); at > 0 {
		q.From, q.Last = at+1, 0
	}
	all, err := s.config.Host.Streams(r.Context())
	if err != nil {
		return err
	}
	var names []string
	for i := range all {
		names = append(names, all[i].Stream)
	}
	if !slices.Contains(names, q.Stream) {
		return Missing("stream", q.Stream, names...)
	}
	if err := f.put(""); err != nil { // the head: the reader knows that it is there
		return err
	}
	return s.config.Host.Tail(r.Context(), q, func(e JournalEntry) error { return f.send(e.Position, e) })
}
