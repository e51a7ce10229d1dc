package http

import (
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

func (w *Words) side(s event.Side) string {
	switch s {
	case event.Buy:
		return w.Buy
	case event.Sell:
		return w.Sell
	}
	return ""
}

func (w *Words) orderType(t event.OrderType) string {
	switch t {
	case event.OrderMarket:
		return w.Market
	case event.OrderLimit:
		return w.Limit
	case event.OrderStop:
		return w.Stop
	case event.OrderStopLimit:
		return w.StopLimit
	}
	return ""
}

func (w *Words) timeInForce(t event.TimeInForce) string {
	switch t {
	case event.GTC:
		return w.GTC
	case event.IOC:
		return w.IOC
	case event.FOK:
		return w.FOK
	case event.GTD:
		return w.GTD
	case event.DAY:
		return w.DAY
	}
	return ""
}

// sideOf reads a side, of orders and fills, and of positions, which are long or short.
func (w *Words) sideOf(word string) (event.Side, bool) {
	switch {
	case strings.EqualFold(word, w.Buy), strings.EqualFold(word, "long"):
		return event.Buy, true
	case strings.EqualFold(word, w.Sell), strings.EqualFold(word, "short"):
		return event.Sell, true
	}
	return 0, false
}

func (w *Words) stateOf(word string) (event.ReportState, bool) {
	if s, ok := w.Status[word]; ok {
		return s, true
	}
	for known, s := range w.Status {
		if strings.EqualFold(known, word) {
			return s, true
		}
	}
	return 0, false
}
