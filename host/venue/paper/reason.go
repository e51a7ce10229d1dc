package paper

import "github.com/agenthost/agenthost/host/event"

// Reasons of rejections, cancels and expiries. Each is told with two numbers, found and allowed.
const (
	reasonRequest     = "the venue has no such request"
	reasonDuplicate   = "duplicate id"
	reasonID          = "order id is empty or begins as the venue's own"
	reasonBankrupt    = "the account is bankrupt"
	reasonInstrument  = "the account has no such instrument"
	reasonIndex       = "an index cannot be traded"
	reasonShape       = "side, type, time in force or kind of size is not one the venue has"
	reasonPrice       = "a price is missing, not above zero, or where there must be none"
	reasonTick        = "price is no multiple of the tick"
	reasonExpiry      = "expire time is past, or there is one without GTD"
	reasonPostOnly    = "post-only is for limit orders that rest"
	reasonSize        = "size is not above zero, or a fraction above one"
	reasonLot         = "quantity is no multiple of the lot"
	reasonMin         = "quantity is below the least"
	reasonMax         = "quantity is above the greatest"
	reasonNotional    = "worth is below the least"
	reasonReduce      = "reduce-only: there is nothing to reduce"
	reasonParent      = "the parent is neither open nor has it an open trade"
	reasonParentOther = "the parent is of another agent or instrument, of the same side, or a child itself"
	reasonChild       = "a child is a limit or stop order, sized in units or as a fraction of the trade"
	reasonStopLoss    = "a protective stop must be on the losing side of the parent's price"
	reasonTakeProfit  = "a target must be on the winning side of the parent's price"
	reasonUnknown     = "no such order is open"
	reasonAgent       = "the order is another agent's"
	reasonFilled      = "replace: size is not above what is filled"
	reasonSized       = "replace: the order is sized in units already"
	reasonTriggered   = "replace: the stop has triggered"

	reasonRequested   = "cancelled as asked"
	reasonExclusive   = "a newer order took its place"
	reasonParentDone  = "the parent opened nothing, or what it opened is closed"
	reasonChildFilled = "a child closed what the order had opened"
	reasonTake        = "post-only: it would take at the open"
	reasonImmediate   = "immediate: not filled on the bar it met"
	reasonZero        = "sized at the fill: not one lot, or below the least"
	reasonMargin      = "costs more than the margin available"
	reasonNothingLeft = "reduce-only: nothing is left to reduce"
	reasonTime        = "its time in force is over"
	reasonZeroed      = "a bankrupt account ends at zero"
)

// refusal is why a request is refused.
type refusal struct {
	code           event.RejectCode
	reason         string
	found, allowed int64
}

var granted = refusal{}
