// Package metrics shows a live host to Prometheus. A Set holds what is counted as it happens: handles for
// agents, accounts and the journal's device, which cost an atomic addition and no memory. What can only be
// looked at (money, positions, modes) is read once a scrape, through Set.Source.
//
// Names follow Prometheus' rules: base units, _total for counters, labels from fixed sets: agent, venue and
// account are the configuration's, everything else comes from an enumeration. docs/METRICS.md lists them all.
package metrics
