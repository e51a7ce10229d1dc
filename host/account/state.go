package account

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// stateFormat is the first byte of an encoded account.
const stateFormat = 1

var errState = errors.New("encoded account is cut short or of another configuration")

// AppendState appends the account's whole state: the same history gives the same bytes.
func (a *Account) AppendState(b []byte) []byte {
	b = append(b, stateFormat)
	b = binary.AppendUvarint(b, uint64(len(a.balances)))
	for _, v := range a.balances {
		b = binary.AppendUvarint(b, uint64(len(v.Currency)))
		b = append(b, v.Currency...)
		b = binary.AppendVarint(b, v.Total)
	}
	b = binary.AppendUvarint(b, uint64(len(a.positions)))
	for i := range a.positions {
		for _, p := range a.positions[i].fields() {
			b = binary.AppendVarint(b, *p)
		}
	}
	for _, p := range a.fields() {
		b = binary.AppendVarint(b, *p)
	}
	return b
}

// ReadState restores what AppendState wrote into an account of the same configuration and returns the
// bytes after it. On an error the account is as it was.
func (a *Account) ReadState(b []byte) (rest []byte, err error) {
	if len(b) == 0 || b[0] != stateFormat {
		return nil, fmt.Errorf("account state: %w", errState)
	}
	next := &Account{config: a.config, base: a.base, settle: a.settle, quote: a.quote}
	b = b[1:]
	for n := take(&b); n > 0; n-- {
		name := take(&b)
		if name > uint64(len(b)) {
			return nil, fmt.Errorf("account state: %w", errState)
		}
		balance := Balance{Currency: string(b[:name])}
		b = b[name:]
		balance.Total = takeSigned(&b)
		next.balances = append(next.balances, balance)
	}
	if n := take(&b); n != uint64(len(a.positions)) || len(next.balances) < len(a.balances) {
		return nil, fmt.Errorf("account state: %w", errState)
	}
	next.positions = make([]Position, len(a.positions))
	for i := range next.positions {
		for _, p := range next.positions[i].fields() {
			*p = takeSigned(&b)
		}
	}
	for _, p := range next.fields() {
		*p = takeSigned(&b)
	}
	if b == nil {
		return nil, fmt.Errorf("account state: %w", errState)
	}
	*a = *next
	return b, nil
}

func (p *Position) fields() [8]*int64 {
	return [...]*int64{&p.Quantity, &p.Cost, &p.Mark, &p.Worth, &p.Realised, &p.Unrealised, &p.Margin, &p.OpenTime}
}

func (a *Account) fields() [10]*int64 {
	return [...]*int64{&a.unrealised, &a.inUse, &a.equity, &a.peak, &a.drawdown, &a.day, &a.dayStart, &a.realised, &a.fees, &a.asOf}
}

// take and takeSigned cut a number off the front of *b; where there is none they leave nil.
func take(b *[]byte) uint64 {
	v, n := binary.Uvarint(*b)
	if n <= 0 {
		*b = nil
		return 0
	}
	*b = (*b)[n:]
	return v
}

func takeSigned(b *[]byte) int64 {
	v, n := binary.Varint(*b)
	if n <= 0 {
		*b = nil
		return 0
	}
	*b = (*b)[n:]
	return v
}

// AppendState appends the open orders, oldest first.
func (o *Orders) AppendState(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(o.open)))
	for i := range o.open {
		b = event.AppendOrder(b, &o.open[i])
	}
	return b
}

// ReadState restores what AppendState wrote and returns the bytes after it.
func (o *Orders) ReadState(b []byte) (rest []byte, err error) {
	n := take(&b)
	if b == nil || n > uint64(len(b)) {
		return nil, fmt.Errorf("open orders: %w", errState)
	}
	open := make([]event.Order, n)
	for i := range open {
		if b, err = event.ReadOrder(b, &open[i]); err != nil {
			return nil, fmt.Errorf("open order %d: %w", i, err)
		}
	}
	o.open = open
	return b, nil
}
