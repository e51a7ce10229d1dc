package execution

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
)

// money is what the lane knows of the account's balances. Venues book differently: some move the whole worth of a trade,
// some the profit when a position is closed, in an order of their own. So a balance is held against what it was where no
// fill came between, and against all fills where every way of booking comes to the same: when nothing is held, or
// nothing but coins is traded.
type money struct {
	// seen is what the venue had when it was last compared, after seenFills of fills. told: there was a first time. sure:
	// it is what was expected, or was there twice; what a venue says right after a fill may be from before.
	told, sure       bool
	fills, seenFills uint64
	seen             []event.BalanceReport
	// settled is what it had when every way of booking came to the same, flow what fills have moved since, and slack how
	// far off that may be by rounding. exact: there was such a time, and all fills since are known to the unit.
	exact                bool
	settled, flow, slack []event.BalanceReport
	// moved is what moved without a trade, as the last snapshot shows it. accept: a person has looked into it.
	moved  []event.BalanceReport
	accept bool
}

// slackPart is the part of what was traded that rounding may take: half of a hundredth of a percent.
const slackPart = 20_000

func (m *money) walk(w *wire.Walker) {
	w.Flag(&m.told)
	w.Flag(&m.sure)
	w.Uint64(&m.fills)
	w.Uint64(&m.seenFills)
	w.Flag(&m.exact)
	for _, list := range [...]*[]event.BalanceReport{&m.seen, &m.settled, &m.flow, &m.slack, &m.moved} {
		wire.List(w, list, walkBalance)
	}
	w.Flag(&m.accept)
}

func walkBalance(w *wire.Walker, b *event.BalanceReport) {
	w.Text(&b.Currency)
	w.Int64(&b.Total)
}

// traded notes what a fill moves.
func (l *Lane) traded(instrument uint32, f *event.Fill) {
	m := &l.account.money
	m.fills++
	if !m.exact {
		return
	}
	m.exact = false
	if int64(instrument) >= int64(len(l.config.Instruments)) || strings.HasPrefix(f.VenueTrade, cumulative) || strings.HasPrefix(f.VenueTrade, resolvedTrade) {
		return // what it moves is not known, or its price is a guess
	}
	in := &l.config.Instruments[instrument]
	worth, ok := in.Notional(f.Price, f.Quantity, event.HalfEven)
	units, fits := event.Rescale(f.Quantity, in.QuantityDecimals, event.MoneyDecimals, event.HalfEven)
	if !ok || !fits || in.Kind != event.Spot && in.Settle != in.Quote {
		return
	}
	if f.Side == event.Buy {
		worth = -worth
	} else {
		units = -units
	}
	m.exact = m.add(in.Quote, worth, max(worth, -worth)/slackPart+1)
	if in.Kind == event.Spot {
		m.exact = m.exact && m.add(in.Base, units, 1)
	}
	l.charged(in, f)
}

// charged notes what a fill's fee moves.
func (l *Lane) charged(in *event.Instrument, f *event.Fill) {
	m := &l.account.money
	currency := f.FeeCurrency
	if currency == "" {
		currency = in.Settle
	}
	m.exact = m.exact && m.add(currency, -f.Fee, 1)
}

func (m *money) add(currency string, amount, slack int64) bool {
	return add(&m.flow, currency, amount) && add(&m.slack, currency, slack)
}

func add(to *[]event.BalanceReport, currency string, amount int64) (ok bool) {
	i := slices.IndexFunc(*to, func(b event.BalanceReport) bool { return b.Currency == currency })
	if i < 0 {
		*to = append(*to, event.BalanceReport{Currency: currency, Total: amount})
		return true
	}
	b := &(*to)[i]
	b.Total, ok = event.Add(b.Total, amount)
	return ok
}

func amount(of []event.BalanceReport, currency string) int64 {
	for i := range of {
		if of[i].Currency == currency {
			return of[i].Total
		}
	}
	return 0
}

// apart is what the venue has more than is expected, where it is more than slack.
func apart(held, before, flow, slack []event.BalanceReport) (d []event.BalanceReport) {
	for _, list := range [...][]event.BalanceReport{held, before, flow} {
		for i := range list {
			c := list[i].Currency
			v := amount(held, c) - amount(before, c) - amount(flow, c)
			if known := slices.ContainsFunc(d, func(b event.BalanceReport) bool { return b.Currency == c }); !known && max(v, -v) > amount(slack, c) {
				d = append(d, event.BalanceReport{Currency: c, Total: v})
			}
		}
	}
	return d
}

// countMoney compares balances after a snapshot in which nothing moved and positions were found equal. flat: nothing is held.
func (l *Lane) countMoney(flat bool) {
	a := &l.account
	m := &a.money
	if l.restored() {
		*m = money{} // what was traded after the backup is not known
		return
	}
	even := flat || !slices.ContainsFunc(l.config.Instruments, func(in event.Instrument) bool { return in.Kind != event.Spot })
	d := apart(a.balances, m.seen, nil, nil)
	known := m.told && m.fills == m.seenFills && (m.sure || len(d) == 0)
	if !known && even && m.exact {
		known, d = true, apart(a.balances, m.settled, m.flow, m.slack)
	}
	waits := a.differ&differBalance != 0
	switch {
	case known && len(d) == 0:
		l.moneyAgrees("the venue has the balances again that it should have", even)
	case waits && m.accept && known:
		l.transfer(d, even)
	case waits && m.accept:
		l.transfer(m.moved, even)
	case known && !slices.Equal(d, m.moved):
		m.moved = d
		l.wantReconcile(l.now + l.config.LookupEvery)
	case known:
		l.moneyMoved(d, even)
	case !waits:
		l.takeMoney(even, false)
	}
}

// takeMoney takes the balances as they are for what they should be.
func (l *Lane) takeMoney(even, sure bool) {
	m := &l.account.money
	m.told, m.sure, m.seen, m.seenFills, m.moved, m.accept = true, sure, slices.Clone(l.account.balances), m.fills, nil, false
	if even && sure {
		m.exact, m.settled, m.flow, m.slack = true, m.seen, nil, nil
	}
}

func (l *Lane) moneyAgrees(why string, even bool) {
	a := &l.account
	if a.differ &^= differBalance; a.differ == 0 {
		a.differText = ""
	}
	l.alertOver("balance_difference", "", why)
	l.takeMoney(even, true)
}

// moneyMoved: two snapshots agree that money moved without a trade. Whose it is, only an account of one agent can say.
func (l *Lane) moneyMoved(d []event.BalanceReport, even bool) {
	switch {
	case l.config.Transfers == ForeignClaim && l.agentsN == 1, l.config.Transfers == ForeignIgnore:
		l.transfer(d, even)
		return
	}
	for i := range d {
		l.differ(differBalance, fmt.Sprintf("%s %s moved at the venue without a trade: a deposit, a withdrawal, funding, or a fee that no fill told", event.FormatDecimal(d[i].Total, event.MoneyDecimals), d[i].Currency))
	}
	l.account.money.moved = d
}

// transferReason is what an agent is told of money that moved without a trade.
const transferReason = "moved at the venue without a trade"

// transfer takes what moved for a deposit or a withdrawal: the account's only agent is told. Of several none is, whose
// capital are their own settings'; nor is it where nobody asks.
func (l *Lane) transfer(d []event.BalanceReport, even bool) {
	m := &l.account.money
	for i := range d {
		if !even {
			m.exact = m.exact && m.add(d[i].Currency, d[i].Total, 0)
		}
		if l.agentsN == 1 && (m.accept || l.config.Transfers == ForeignClaim) {
			l.tellRaw(event.Outcome{
				Kind: event.EventTransfer, Instrument: event.EveryInstrument, Amount: d[i].Total, Currency: d[i].Currency, Reason: transferReason,
			})
		}
	}
	l.moneyAgrees("it is booked as a transfer", even)
}
