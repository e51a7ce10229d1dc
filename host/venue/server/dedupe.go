package server

import (
	"fmt"
	"time"
)

// Dedupe says for how long an Idempotency-Key stands for its first order.
type Dedupe string

const (
	DedupeNone    Dedupe = "none"
	DedupeOpen    Dedupe = "open"   // while that order is open
	DedupeWindow  Dedupe = "window" // for Config.DedupeWindow since it came
	DedupeForever Dedupe = "forever"
)

// ParseDedupe reads one of the words.
func ParseDedupe(s string) (Dedupe, error) {
	switch d := Dedupe(s); d {
	case DedupeNone, DedupeOpen, DedupeWindow, DedupeForever:
		return d, nil
	}
	return "", fmt.Errorf("dedupe is %q; write none, open, window or forever", s)
}

// memory is what a key stands for: the wish, and what was answered.
type memory struct {
	Wish   wish   `json:"wish"`
	Order  uint64 `json:"order"`
	Status int    `json:"status"`
	Body   []byte `json:"body"`
	Time   int64  `json:"time"`
}

// remembered is what the key stands for now, nil for nothing.
func (a *account) remembered(key string, d Dedupe, window time.Duration, now int64) *memory {
	m := a.keys[key]
	switch {
	case m == nil || d == DedupeNone:
		return nil
	case d == DedupeOpen && a.orders[m.Order-1].final():
		return nil
	case d == DedupeWindow && now-m.Time >= int64(window):
		return nil
	}
	return m
}
