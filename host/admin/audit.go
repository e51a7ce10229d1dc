package admin

// AuditEntry is a change as the journal keeps it: what was done, by whom, why and from where.
type AuditEntry struct {
	Time int64 `json:"time"`
	// Subject is what it is about: "agent", "account", "alert", "letter", "configuration", "host"; ID names it. Act is a word
	// for what was done, Detail says more, such as the mode.
	Subject string `json:"subject"`
	ID      string `json:"id,omitempty"`
	Act     string `json:"act"`
	Detail  string `json:"detail,omitempty"`
	// By is who, with what was proved of him; Reason is why, in that person's words.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Peer, From, Key and Request are as in Act.
	Peer    string `json:"peer,omitempty"`
	From    string `json:"from,omitempty"`
	Key     string `json:"key,omitempty"`
	Request string `json:"request,omitempty"`
	// Stream and Position are its place in the journal.
	Stream   string `json:"stream"`
	Position uint64 `json:"position"`
}

// AuditQuery says which changes are meant. Empty fields fit any.
type AuditQuery struct {
	// Since is the earliest Time.
	Since int64
	// Key is the request's Idempotency-Key.
	Key string
	// Limit is at most OrdersMax; 0 is 100.
	Limit int
}

// AuditList is an answer to an AuditQuery: the newest that match, oldest first.
type AuditList struct {
	Entries []AuditEntry `json:"entries"`
	// Total counts all that match.
	Total int `json:"total"`
}

// Select picks what is meant out of entries that are oldest first.
func (q *AuditQuery) Select(all []AuditEntry) AuditList {
	list := AuditList{Entries: []AuditEntry{}}
	for i := range all {
		if all[i].Time >= q.Since && fits(q.Key, all[i].Key) {
			list.Entries = append(list.Entries, all[i])
		}
	}
	list.Total = len(list.Entries)
	list.Entries = list.Entries[max(0, list.Total-limit(q.Limit)):]
	return list
}
