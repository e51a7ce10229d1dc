package config

import "time"

// Retention says how much of a live history is kept.
type Retention struct {
	Source
	// Keep is how far back everything is kept, AuditKeep how far back what persons did.
	Keep, AuditKeep time.Duration
	// ArchiveDir is the folder to which what is given up is written, as an absolute path; empty for nowhere.
	ArchiveDir string
}

// DefaultRetention keeps a quarter of a year, and what persons did for two years.
func DefaultRetention() Retention { return Retention{Keep: 90 * day, AuditKeep: 730 * day} }

// ParseDuration reads a duration as configurations have it: "250ms", "1m30s", "90d".
func ParseDuration(text string) (time.Duration, error) { return parseDuration(text) }

func retentionBlock() *block[Retention] {
	return &block[Retention]{
		name: "retention", says: "How much of the history of live agents is kept. Once a day what is older is given up, if nothing needs it: no open order, no unsettled dead letter, no open position, and a checkpoint goes on behind it. Without this block everything is kept.",
		defaults: DefaultRetention, source: func(r *Retention) *Source { return &r.Source },
		fields: []field[Retention]{
			duration("keep", func(r *Retention) *time.Duration { return &r.Keep }, time.Hour, "How far back everything is kept.", "90d").outside(),
			duration("audit_keep", func(r *Retention) *time.Duration { return &r.AuditKeep }, time.Hour, "How far back what persons did is kept; the longer of the two counts.", "730d").outside(),
			path("archive_dir", func(r *Retention) *string { return &r.ArchiveDir }, false, "The folder to which what is given up is written before, compressed, a file each time.").like(`"/mnt/archive"`).defaults("nowhere").outside(),
		},
	}
}
