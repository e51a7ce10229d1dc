// Package host is the engine: it takes events through the stations of a turn (accept, fold, mode,
// strategy, admit, journal, release), schedules recorded feeds against in-process venues, and starts,
// resumes and stops runs. docs/ARCHITECTURE.md walks one bar through it.
//
// Agents that share a venue account form a group. A group is single-threaded: everything in it happens
// in one order, decided by the data. Groups share nothing but the journal's writer and run in parallel.
package host
