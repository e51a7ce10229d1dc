package server

import (
	"errors"
	"io"
	"net/http"
	"slices"
)

// stepsMax bounds POST /admin/step.
const stepsMax = 100_000

func (s *Server) adminRoutes() []route {
	return []route{
		{"GET", "/admin/books", admin, s.books},
		{"GET", "/admin/faults", admin, s.tellFaults},
		{"POST", "/admin/faults", admin, s.setFaults},
		{"POST", "/admin/step", admin, s.stepByHand},
		{"POST", "/admin/disconnect", admin, s.disconnect},
	}
}

// accountBooks are one account's, whole.
type accountBooks struct {
	Name      string       `json:"name"`
	Orders    []*orderView `json:"orders"`
	Fills     []fill       `json:"fills"`
	Positions []position   `json:"positions"`
	Balances  []balance    `json:"balances"`
	Transfers []transfer   `json:"transfers"`
}

// books is GET /admin/books: everything, at one moment.
func (s *Server) books(c *call) answer {
	var accounts []accountBooks
	for _, a := range s.accounts {
		b := accountBooks{
			Name: a.name, Orders: []*orderView{}, Fills: append([]fill{}, a.fills...), Positions: a.positions(), Balances: a.balances(),
			Transfers: append([]transfer{}, a.transfers...),
		}
		for _, o := range a.orders {
			v := a.view(o)
			v.Duplicates = len(a.byClient[o.Wish.ClientOrderID]) - 1
			b.Orders = append(b.Orders, v)
		}
		accounts = append(accounts, b)
	}
	return success(map[string]any{
		"epoch": s.epoch, "time": c.now, "bars": s.published, "accounts": accounts, "counts": s.counts, "pending": s.pending,
	})
}

func (s *Server) tellFaults(*call) answer { return success(s.faults) }

// setFaults changes what is given and leaves the rest.
func (s *Server) setFaults(c *call) answer {
	f := s.faults
	f.FailCodes = slices.Clone(f.FailCodes)
	if err := errors.Join(decode(c.body, &f), f.Validate()); err != nil {
		return failure(http.StatusBadRequest, "malformed", "%v", err)
	}
	s.faults = f
	s.log.Info("faults changed", "faults", string(encode(f)))
	return success(f)
}

// stepByHand publishes bars at once.
func (s *Server) stepByHand(c *call) answer {
	if !s.config.Manual {
		return failure(http.StatusConflict, "not_manual", "bars come by the clock; start with --manual")
	}
	n := struct {
		Bars int `json:"bars"`
	}{1}
	if len(c.body) > 0 {
		if err := decode(c.body, &n); err != nil {
			return failure(http.StatusBadRequest, "malformed", "%v", err)
		}
	}
	if n.Bars < 1 || n.Bars > stepsMax {
		return failure(http.StatusBadRequest, "malformed", "bars is %d; it is 1 to %d", n.Bars, stepsMax)
	}
	done, ended := 0, false
	for ; done < n.Bars && !ended; done++ {
		if err := s.step(); errors.Is(err, io.EOF) {
			ended = true
			break
		} else if err != nil {
			s.log.Error("no bar", "error", err)
			return failure(http.StatusInternalServerError, "internal", "%v", err)
		}
	}
	return success(map[string]any{"published": done, "ended": ended, "bars": s.published, "time": s.closed})
}

// disconnect breaks every stream without a word, as a network does.
func (s *Server) disconnect(*call) answer {
	return success(map[string]any{"closed": s.streams.endAll(0, "")})
}
