// Package backup copies a host's data directory to another place while the host runs, proves such a copy, and
// puts one in the place of a directory that was lost.
//
// A backup holds journal.db, journal.mark, checkpoints.db, modules/, config.hcl (each if there is one) and
// manifest.json. They fit together: the mark and the checkpoints are copied before the journal, so neither
// names what the copy of the journal lacks; modules after it, for they are only ever added.
//
// A restored journal is older than what the venue knows. Restore therefore appends to every stream an entry
// (event.Restored) that takes its agent's order ids from a new run, and has the account held until a person has
// looked: docs/BACKUP.md.
package backup
