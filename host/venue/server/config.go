package server

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

// Fill says when a marketable order fills.
type Fill string

const (
	// FillImmediate: at once, at the last close.
	FillImmediate Fill = "immediate"
	// FillNextBar: on the next bar, by the rules of package paper.
	FillNextBar Fill = "next-bar"
)

// ParseFill reads one of the words.
func ParseFill(s string) (Fill, error) {
	if f := Fill(s); f == FillImmediate || f == FillNextBar {
		return f, nil
	}
	return "", fmt.Errorf("fill is %q; write immediate or next-bar", s)
}

// Account is who may trade.
type Account struct {
	Name string
	// Key returns the secret of the moment. It is asked for each request, so that keys can be changed.
	Key func() (string, error)
}

// Config is a venue.
type Config struct {
	// Accounts have one key and one book each.
	Accounts []Account
	// Currency is what cash, fees, profit and loss are counted in. Cash is what each account begins with,
	// in money. Commission and Spread are fractions, FeeFixed is money for each fill, Margin the part of a
	// position that must be covered, 0 for all of it: see paper.Config.
	Currency                                   string
	Cash, Commission, FeeFixed, Spread, Margin int64
	Instruments                                []event.Instrument
	// Prices are closed by Server.Close.
	Prices Prices
	// Interval is how often bars come, by the clock on the wall.
	Interval time.Duration
	// Manual publishes bars only when POST /admin/step says so.
	Manual bool
	// Fill is FillImmediate if empty, Dedupe is DedupeForever. DedupeWindow is for that Dedupe alone.
	Fill         Fill
	Dedupe       Dedupe
	DedupeWindow time.Duration
	Faults       Faults
	// Seed of the faults' dice.
	Seed uint64
	// Admin opens /admin.
	Admin bool
	// StatePath is where Close saves the books and New finds them; empty is nowhere.
	StatePath string
	// Clock is the wall's, in nanoseconds since 1970. After is time.After. Nil means the real ones.
	Clock func() int64
	After func(time.Duration) <-chan time.Time
	// Log may be nil.
	Log hclog.Logger
}

// Validate names what is wrong.
func (c *Config) Validate() error {
	switch {
	case len(c.Accounts) == 0:
		return errors.New("there is no account; give one a key")
	case len(c.Instruments) == 0:
		return errors.New("there is no instrument")
	case c.Prices == nil:
		return errors.New("there are no prices")
	case c.Interval <= 0:
		return fmt.Errorf("interval is %s; it must be above zero", c.Interval)
	case c.Dedupe == DedupeWindow && c.DedupeWindow <= 0:
		return fmt.Errorf("dedupe is window, dedupe window %s; it must be above zero", c.DedupeWindow)
	}
	names := map[string]bool{}
	for _, a := range c.Accounts {
		if a.Name == "" || names[a.Name] {
			return fmt.Errorf("account %q: names are not empty, and each is used once", a.Name)
		}
		names[a.Name] = true
	}
	for i := range c.Instruments {
		if find(c.Instruments, c.Instruments[i].Name) != i {
			return fmt.Errorf("instrument %s is named twice", c.Instruments[i].Name)
		}
	}
	return c.Faults.Validate()
}

// withDefaults fills in what is left open.
func (c Config) withDefaults() Config {
	if c.Fill == "" {
		c.Fill = FillImmediate
	}
	if c.Dedupe == "" {
		c.Dedupe = DedupeForever
	}
	if c.Faults.FailWhere == "" {
		c.Faults.FailWhere = FailBefore
	}
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixNano() }
	}
	if c.After == nil {
		c.After = time.After
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	return c
}
