package admin

import "strconv"

// Checkpoint is a kept state of an account and its agents, from which a start goes on.
type Checkpoint struct {
	// ID counts the checkpoints of a host, from 1.
	ID      int64  `json:"id"`
	Venue   string `json:"venue"`
	Account string `json:"account"`
	// Time is when it was made; Format what it was written in.
	Time   int64 `json:"time"`
	Format int   `json:"format"`
	// SHA256 is over itself and its parts, Bytes what the parts take in the file.
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	// Parts are the account's lane, then its agents.
	Parts []CheckpointPart `json:"parts"`
}

// CheckpointPart is the state that belongs to one stream of the journal.
type CheckpointPart struct {
	Stream string `json:"stream"`
	// Position and Hash are of the stream's entry that it was made at, Sequence the entry's event number.
	Position uint64 `json:"position"`
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
	// MadeBy is what can go on from it: module, meter, ABI, engine, machine and settings.
	MadeBy string `json:"made_by"`
	// Size is of the state, Stored of what is left of it in the file, in bytes.
	Size   int64  `json:"size"`
	Stored int64  `json:"stored"`
	SHA256 string `json:"sha256"`
}

// CheckpointList is checkpoints, the newest first.
type CheckpointList struct {
	Checkpoints []Checkpoint `json:"checkpoints"`
}

func (s *Server) checkpoints(r *request) (any, error) {
	all, err := s.config.Host.Checkpoints(r.Context())
	return CheckpointList{nonNil(all)}, err
}

func (s *Server) checkpoint(r *request) (any, error) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalid("checkpoint %q: write its number, as /v1/checkpoints has it", text)
	}
	all, err := s.config.Host.Checkpoints(r.Context())
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return all[i], nil
		}
	}
	return nil, Missing("checkpoint", text)
}

func (s *Server) makeCheckpoints(r *request) (any, error) {
	var a Act
	if err := r.decode(&a, &a); err != nil {
		return nil, err
	}
	made, err := s.config.Host.MakeCheckpoints(r.Context(), a)
	return CheckpointList{nonNil(made)}, err
}
