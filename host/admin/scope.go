package admin

import "slices"

// Scope is what a token or a certificate may do. Each holds those before it.
type Scope string

const (
	// ScopeRead looks, and changes nothing.
	ScopeRead Scope = "read"
	// ScopeOperate stops, releases and settles: what trades goes on as it was approved. A rollback is of
	// these, for it brings back what was approved before.
	ScopeOperate Scope = "operate"
	// ScopeAdmin decides which code trades, and with which settings.
	ScopeAdmin Scope = "admin"
)

// Scopes are all of them, the least first.
var Scopes = []Scope{ScopeRead, ScopeOperate, ScopeAdmin}

// Allows reports whether who has s may do what needs another. What is no scope allows nothing.
func (s Scope) Allows(needed Scope) bool {
	has, least := slices.Index(Scopes, s), slices.Index(Scopes, needed)
	return least >= 0 && has >= least
}
