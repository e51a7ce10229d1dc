package server

import "net/http"

// trade is POST /api/trade.
func (s *Server) trade(c *call) answer {
	w, err := readWish(c.body, c.request.Header.Get("Idempotency-Key"))
	if err != nil {
		return failure(http.StatusBadRequest, "malformed", "%v", err)
	}
	a := c.account
	if m := a.remembered(w.ClientOrderID, s.config.Dedupe, s.config.DedupeWindow, c.now); m != nil {
		if m.Wish != w {
			s.counts.KeyReused++
			return failure(http.StatusUnprocessableEntity, "idempotency_key_reused", "%s stands for another order; nothing was done", w.ClientOrderID)
		}
		s.counts.Replayed++
		return answer{status: m.Status, body: m.Body, replayed: true}
	}
	o := a.submit(&w, c.now, s.meet)
	out := success(a.view(o))
	if o.Status == statusRejected {
		out = failureOf(http.StatusUnprocessableEntity, o.Code, o.Message, a.view(o))
	}
	a.keys[w.ClientOrderID] = &memory{Wish: w, Order: o.Number, Status: out.status, Body: out.body, Time: c.now}
	return out
}

// cancel is DELETE /api/orders/{id}.
func (s *Server) cancel(c *call) answer {
	o, no := c.target()
	if o == nil {
		return no
	}
	c.account.cancel(o, c.now)
	return success(c.account.view(o))
}

// replace is PATCH /api/orders/{id}.
func (s *Server) replace(c *call) answer {
	var to change
	if err := decode(c.body, &to); err != nil {
		return failure(http.StatusBadRequest, "malformed", "%v", err)
	}
	if to == (change{}) {
		return failure(http.StatusBadRequest, "malformed", "there is neither price, stop_price nor quantity to change")
	}
	o, no := c.target()
	if o == nil {
		return no
	}
	if no := c.account.replace(o, &to, c.now, s.meet); no.code != "" {
		return failureOf(http.StatusUnprocessableEntity, no.code, no.message, c.account.view(o))
	}
	return success(c.account.view(o))
}

// target is the open order that the path names, or the answer that there is none.
func (c *call) target() (*order, answer) {
	id := c.request.PathValue("id")
	o := c.account.target(id)
	switch {
	case o == nil:
		return nil, notFound(id)
	case o.final():
		return nil, failureOf(http.StatusConflict, "order_final", "the order is "+o.Status, c.account.view(o))
	}
	return o, answer{}
}

func notFound(id string) answer {
	return failure(http.StatusNotFound, "order_not_found", "no order %.70q, open or past", id)
}

// lookup is GET /api/orders/{id}.
func (s *Server) lookup(c *call) answer {
	id := c.request.PathValue("id")
	o, others := c.account.lookup(id)
	if o == nil {
		return notFound(id)
	}
	v := c.account.view(o)
	v.Duplicates = others
	return success(v)
}
