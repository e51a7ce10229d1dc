//go:build race

package sandbox

// underRace: the race detector makes compiling a Go guest take minutes.
const underRace = true
