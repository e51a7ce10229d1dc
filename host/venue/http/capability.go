package http

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// Capabilities are what the configured venue can do by itself. A field that has a name is taken to be enforced.
func (c *Config) Capabilities() event.Capabilities {
	caps := event.Capabilities(0)
	set := func(when bool, bit event.Capabilities) {
		if when {
			caps |= bit
		}
	}
	w, r := &c.Words, &c.Request
	set(w.Stop != "" && w.StopLimit != "" && r.StopPrice != "", event.NativeStops)
	set(r.ReduceOnly != "", event.EnforcesReduceOnly)
	set(r.PostOnly != "", event.EnforcesPostOnly)
	set(c.Endpoints.Replace.Path != "", event.NativeReplace)
	set(c.Short, event.ShortSelling)
	set(w.Market != "", event.MarketOrders)
	set(w.GTD != "" && r.TimeInForce != "" && r.ExpireTime != "", event.EnforcesExpiry)
	set(w.IOC != "" && w.FOK != "" && r.TimeInForce != "", event.EnforcesImmediate)
	set(c.Endpoints.Lookup.Path != "", event.LooksUp)
	set(c.Dedupe == resilience.DedupeOpen, event.DedupeOpen)
	set(c.Dedupe == resilience.DedupeWindow, event.DedupeWindow)
	set(c.Dedupe == resilience.DedupeForever, event.DedupeForever)
	return caps
}

// Facilities are what the configured venue can be asked.
func (c *Config) Facilities() event.Facilities {
	has := event.Facilities(0)
	e := &c.Endpoints
	for _, f := range []struct {
		endpoint *Endpoint
		bit      event.Facilities
	}{
		{&e.Cancel, event.FacilityCancel},
		{&e.Replace, event.FacilityReplace},
		{&e.Lookup, event.FacilityLookup},
		{&e.OpenOrders, event.FacilityOpenOrders},
		{&e.Fills, event.FacilityFills},
		{&e.Positions, event.FacilityPositions},
		{&e.Balances, event.FacilityBalances},
		{&e.Stream, event.FacilityStream},
	} {
		if f.endpoint.Path != "" {
			has |= f.bit
		}
	}
	if e.Lookup.Path != "" && c.LookupPast {
		has |= event.FacilityLookupPast
	}
	return has
}

// Expiry is until when the venue may still take a submit of o that is on its way: the earliest end that the
// request carries and the venue enforces, 0 for no end. It is what resilience.LifeEvent.Expiry wants.
func (c *Config) Expiry(o *event.Order) int64 {
	end := int64(0)
	if o.TIF == event.GTD && c.Request.ExpireTime != "" {
		end = o.ExpireTime
	}
	if u := o.ValidUntil; c.Request.ValidUntil != "" && u > 0 && (end == 0 || u < end) {
		end = u
	}
	return end
}
