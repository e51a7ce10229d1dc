package server

import (
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

const (
	limitDefault = 500
	limitMax     = 1000
)

// limit reads the limit of a list.
func (c *call) limit() (int, error) {
	text := c.request.URL.Query().Get("limit")
	if text == "" {
		return limitDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limitMax {
		return 0, fmt.Errorf("limit is %.20q; it is 1 to %d", text, limitMax)
	}
	return n, nil
}

// list is GET /api/orders.
func (s *Server) list(c *call) answer {
	q := c.request.URL.Query()
	status, symbol := q.Get("status"), q.Get("symbol")
	if status != "" && status != "open" && status != "all" {
		return failure(http.StatusBadRequest, "malformed", "status is %.20q; write open or all", status)
	}
	out := []*orderView{}
	for _, o := range c.account.orders {
		if (status == "all" || !o.final()) && (symbol == "" || symbol == o.Wish.Symbol) {
			out = append(out, c.account.view(o))
		}
	}
	return success(map[string]any{"orders": out, "complete": true})
}

// listFills is GET /api/fills.
func (s *Server) listFills(c *call) answer {
	limit, err := c.limit()
	if err != nil {
		return failure(http.StatusBadRequest, "malformed", "%v", err)
	}
	all := c.account.fills
	after, known := s.position(c.request.URL.Query().Get("after"), len(all))
	if !known {
		return failure(http.StatusBadRequest, "cursor_unknown", "the cursor is not one of these books; begin without one")
	}
	page := append([]fill{}, all[after:min(len(all), after+limit)]...)
	next := after + len(page)
	return success(map[string]any{"fills": page, "cursor": s.epoch + "-" + strconv.Itoa(next), "complete": next == len(all)})
}

// position reads a cursor: the books' epoch and how many fills were told.
func (s *Server) position(cursor string, count int) (int, bool) {
	if cursor == "" {
		return 0, true
	}
	text, ours := strings.CutPrefix(cursor, s.epoch+"-")
	n, err := strconv.Atoi(text)
	return n, ours && err == nil && n >= 0 && n <= count
}

// position is what an account holds of one instrument, as the API tells it.
type position struct {
	Symbol       string  `json:"symbol"`
	Quantity     Decimal `json:"quantity"`
	AveragePrice Decimal `json:"average_price"`
}

func (a *account) positions() []position {
	out := []position{}
	for _, p := range a.book.Positions(nil) {
		if p.Quantity == 0 {
			continue
		}
		in := &a.instruments[p.Instrument]
		// cost/10^8 = price · quantity/10^d · multiplier/10^8
		over := new(big.Int).Mul(big.NewInt(p.Cost), big.NewInt(event.Pow10(int(in.QuantityDecimals))))
		under := new(big.Int).Mul(big.NewInt(p.Quantity), big.NewInt(in.Multiplier))
		out = append(out, position{in.Name, decimal(p.Quantity, in.QuantityDecimals), quotient(over, under, 0)})
	}
	return out
}

// balance is an account's money, as the API tells it.
type balance struct {
	Currency string  `json:"currency"`
	Total    Decimal `json:"total"`
	Free     Decimal `json:"free"`
	Equity   Decimal `json:"equity"`
}

func (a *account) balances() []balance {
	out := []balance{}
	for _, b := range a.book.Balances(nil) {
		out = append(out, balance{b.Currency, money(b.Total), money(b.Free), money(a.book.Equity())})
	}
	return out
}

func (s *Server) listPositions(c *call) answer {
	return success(map[string]any{"positions": c.account.positions(), "complete": true})
}

func (s *Server) listBalances(c *call) answer {
	return success(map[string]any{"balances": c.account.balances(), "complete": true})
}

// instrumentView is an instrument as the API tells it.
type instrumentView struct {
	Symbol           string  `json:"symbol"`
	Kind             string  `json:"kind"`
	Quote            string  `json:"quote"`
	PriceDecimals    uint8   `json:"price_decimals"`
	QuantityDecimals uint8   `json:"quantity_decimals"`
	Tick             Decimal `json:"tick"`
	Lot              Decimal `json:"lot"`
	QuantityMin      Decimal `json:"quantity_min"`
	QuantityMax      Decimal `json:"quantity_max,omitempty"`
	NotionalMin      Decimal `json:"notional_min"`
	FeeMaker         Decimal `json:"fee_maker"`
	FeeTaker         Decimal `json:"fee_taker"`
}

func (s *Server) listInstruments(*call) answer {
	out := []instrumentView{}
	fee := decimal(s.config.Commission, event.FractionDecimals)
	for i := range s.config.Instruments {
		in := &s.config.Instruments[i]
		v := instrumentView{
			Symbol: in.Name, Kind: in.Kind.String(), Quote: in.Quote, PriceDecimals: in.PriceDecimals, QuantityDecimals: in.QuantityDecimals,
			Tick: decimal(in.Tick, in.PriceDecimals), Lot: decimal(in.Lot, in.QuantityDecimals),
			QuantityMin: decimal(max(in.QuantityMin, in.Lot), in.QuantityDecimals), NotionalMin: money(in.NotionalMin), FeeMaker: fee, FeeTaker: fee,
		}
		if in.QuantityMax != 0 {
			v.QuantityMax = decimal(in.QuantityMax, in.QuantityDecimals)
		}
		out = append(out, v)
	}
	return success(map[string]any{"instruments": out, "complete": true})
}
