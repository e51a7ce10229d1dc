package account

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// stateFormat is the first byte of an encoded account.
const stateFormat = 2

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
	next := &Account{config: a.config, base: a.base, settle: a.settle, quote: a.quote, sources: a.sources}
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
	if err := next.value(); err != nil { // what is not kept follows from what is
		return nil, fmt.Errorf("account state: %w", err)
	}
	*a = *next
	return b, nil
}

func (p *Position) fields() [9]*int64 {
	return [...]*int64{&p.Quantity, &p.Cost, &p.Mark, &p.Worth, &p.Realised, &p.Unrealised, &p.Margin, &p.OpenTime, &p.feeRest}
}

func (a *Account) fields() [10]*int64 {
	return [...]*int64{&a.inUse, &a.equity, &a.peak, &a.drawdown, &a.day, &a.dayStart, &a.realised, &a.fees, &a.asOf, &a.uncounted}
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
