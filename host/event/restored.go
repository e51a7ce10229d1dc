package event

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Restored is the body of the audit entry that a restore from a backup leaves in every stream. From it on the
// agent's order ids are made from Run: those that were made after the backup and lost with the journal do not
// come again.
type Restored struct {
	// Run is 8 bytes in hex, in an agent's stream; empty in an account's.
	Run string `json:"run,omitempty"`
	// By and Reason are the person's; Time is when, Made when the backup was made, in nanoseconds since the
	// Unix epoch.
	By     string `json:"by"`
	Reason string `json:"reason"`
	Time   int64  `json:"time"`
	Made   int64  `json:"made"`
	// Manifest is the SHA-256 of the backup's manifest.
	Manifest string `json:"manifest_sha256"`
	// Durable is the position that is known to have been durable before the loss, 0 if that is not known.
	Durable uint64 `json:"durable,omitempty"`
}

// restoredSubject and restoredAct tell the entry from other acts.
const (
	restoredSubject = "journal"
	restoredAct     = "restored"
)

type restoredBody struct {
	Subject string `json:"subject"`
	Act     string `json:"act"`
	Restored
}

// AppendRestored appends the body of the audit entry.
func AppendRestored(b []byte, r *Restored) ([]byte, error) {
	if err := r.validate(); err != nil {
		return b, err
	}
	body, err := json.Marshal(restoredBody{restoredSubject, restoredAct, *r})
	return append(b, body...), err
}

// ReadRestored decodes the body of an audit entry. ok is false, without an error, if it is about something else.
func ReadRestored(body []byte) (r Restored, ok bool, err error) {
	var probe struct {
		Subject any `json:"subject"`
		Act     any `json:"act"`
	}
	if json.Unmarshal(body, &probe) != nil || probe.Subject != restoredSubject || probe.Act != restoredAct {
		return r, false, nil
	}
	var v restoredBody
	if err := json.Unmarshal(body, &v); err != nil {
		return r, true, fmt.Errorf("read what was restored: %w", err)
	}
	return v.Restored, true, v.validate()
}

func (r *Restored) validate() error {
	if r.By == "" || r.Reason == "" {
		return errors.New("restored: it does not say who did it, or why")
	}
	if b, err := hex.DecodeString(r.Run); err != nil || len(b) != 0 && len(b) != 8 {
		return fmt.Errorf("restored: the run is %q, want 8 bytes in hex", r.Run)
	}
	return nil
}

// NewRun is Run as bytes; false in an account's stream.
func (r *Restored) NewRun() (run [8]byte, ok bool) {
	b, err := hex.DecodeString(r.Run)
	if err != nil || len(b) != len(run) {
		return run, false
	}
	return [8]byte(b), true
}
