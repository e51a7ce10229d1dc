package event

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Audit is what a person changed: the body of a journal entry of kind audit, as JSON.
type Audit struct {
	// Subject is what it is about: "agent", "account", "alert", "letter", "configuration" or "host"; ID
	// names it. Act is a word for what was done, Detail says more.
	Subject string `json:"subject"`
	ID      string `json:"id,omitempty"`
	Act     string `json:"act"`
	Detail  string `json:"detail,omitempty"`
	// By is who, with what was proved of him; Reason is why, in that person's words.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	Time   int64  `json:"time,omitempty"`
	Origin
}

// Origin is how an act reached the host. All of it is empty for what was done on the machine, without a
// host.
type Origin struct {
	// Peer is who it was by proof: the system's user, a token or a client's certificate.
	Peer string `json:"peer,omitempty"`
	// From is "socket" or a network address.
	From string `json:"from,omitempty"`
	// Key is the request's idempotency key, Request the SHA-256 of what was asked for, in hex.
	Key     string `json:"key,omitempty"`
	Request string `json:"request,omitempty"`
}

// AppendAudit appends a's form in the journal to b. It fails if a does not say what was done, by whom and
// why.
func AppendAudit(b []byte, a *Audit) ([]byte, error) {
	if a.Subject == "" || a.Act == "" || a.By == "" || a.Reason == "" {
		return b, errors.New("encode audit: it does not say what was done, by whom or why")
	}
	body, err := json.Marshal(a)
	if err != nil {
		return b, fmt.Errorf("encode audit: %w", err)
	}
	return append(b, body...), nil
}

// ReadAudit decodes the body of an entry of kind audit: an Audit, a LetterAct, or what the host itself
// confesses, which has no By.
func ReadAudit(body []byte) (a Audit, err error) {
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("read audit: %w", err)
	}
	return a, nil
}
