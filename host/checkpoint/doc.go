// Package checkpoint keeps checkpoints: states of a group's lane and agents, each at an entry of its journal
// stream, in a SQLite file of their own. A checkpoint is a shortcut and never the truth: without the file, or
// with one that cannot be trusted, everything is made again from the journal. The package knows nothing of
// what a state means. docs/CHECKPOINTS.md describes file and rules.
package checkpoint
