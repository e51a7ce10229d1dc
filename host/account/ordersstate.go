package account

import (
	"encoding/binary"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// ordersFormat is the first byte of encoded orders.
const ordersFormat = 1

// AppendState appends the open orders and the last ended ones, oldest first.
func (o *Orders) AppendState(b []byte) []byte {
	b = append(b, ordersFormat)
	b = binary.AppendUvarint(b, uint64(len(o.open)))
	for i := range o.open {
		b = o.details[i].append(event.AppendOrder(b, &o.open[i]))
	}
	last := o.ended.all()
	b = binary.AppendUvarint(b, uint64(len(last)))
	for i := range last {
		b = last[i].detail.append(event.AppendOrder(b, &last[i].order))
	}
	return b
}

// ReadState restores what AppendState wrote and returns the bytes after it. On an error the orders are as
// they were.
func (o *Orders) ReadState(b []byte) (rest []byte, err error) {
	if len(b) == 0 || b[0] != ordersFormat {
		return nil, fmt.Errorf("orders: %w", errState)
	}
	next := Orders{instruments: o.instruments}
	b, err = readOrders(b[1:], func(v event.Order, d detail) { next.add(v, d) })
	if err != nil {
		return nil, fmt.Errorf("open orders: %w", err)
	}
	b, err = readOrders(b, func(v event.Order, d detail) { next.ended.add(v, d) })
	if err != nil {
		return nil, fmt.Errorf("ended orders: %w", err)
	}
	*o = next
	return b, nil
}

func readOrders(b []byte, add func(event.Order, detail)) (rest []byte, err error) {
	n := take(&b)
	if b == nil || n > uint64(len(b)) {
		return nil, errState
	}
	for i := range n {
		var order event.Order
		var d detail
		if b, err = event.ReadOrder(b, &order); err != nil {
			return nil, fmt.Errorf("order %d: %w", i, err)
		}
		if b = d.read(b); b == nil {
			return nil, fmt.Errorf("order %d: %w", i, errState)
		}
		add(order, d)
	}
	return b, nil
}

const (
	detailCancelWished = 1 << iota
	detailReplacing
)

func (d *detail) append(b []byte) []byte {
	var flags byte
	if d.cancelWished {
		flags |= detailCancelWished
	}
	if d.replacing {
		flags |= detailReplacing
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, d.paid.High)
	b = binary.AppendUvarint(b, d.paid.Low)
	for _, v := range [...]int64{d.wish.Size, d.wish.Price, d.wish.StopPrice} {
		b = binary.AppendVarint(b, v)
	}
	return b
}

// read returns the bytes after the detail, nil if there is none.
func (d *detail) read(b []byte) []byte {
	if len(b) == 0 || b[0] >= detailReplacing<<1 {
		return nil
	}
	d.cancelWished, d.replacing = b[0]&detailCancelWished != 0, b[0]&detailReplacing != 0
	b = b[1:]
	d.paid.High, d.paid.Low = take(&b), take(&b)
	d.wish = Replacement{takeSigned(&b), takeSigned(&b), takeSigned(&b)}
	return b
}
