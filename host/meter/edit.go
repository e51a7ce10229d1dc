package meter

// edit is something to insert before the byte at pos, in place of skip bytes.
type edit struct {
	pos    int
	amount int64 // of fuel; the greatest length, for editLength
	skip   int32
	region int32
	depth  uint32 // label of the out-of-fuel block here, or of the body for editReturn
	label  uint32 // label of the loop for back-edges; lengthKind for editLength
	kind   editKind
	check  bool
}

type editKind uint8

const (
	editNone       editKind = iota
	editCharge              // take a region's cost
	editHeader              // the same and check, at a loop's header
	editCheck               // check at a loop's header
	editBackEdge            // take and check before br to a loop
	editBackEdgeIf          // br_if to a loop becomes if, take, check, br, end
	editLength              // take by the length on the stack and check
	editReturn              // return becomes br to the epilogue
	editTailCall            // the frame ends
	editLanding             // an exception may have left frames: the depth is this frame's again
	editNaN                 // what lies on the stack gets canonical NaN bits
)

// lengthKind says how a length becomes units.
type lengthKind uint32

const (
	lengthBytes lengthKind = iota
	lengthElements
	lengthPages
	lengthGrowElements
)

// settle puts the regions' costs, which are known only now, into the function's edits, and drops
// those that do nothing.
func (w *walker) settle() {
	fn := w.fn
	w.pay()
	fn.entryCost = w.regions[entryRegion].cost
	kept := w.edits[:fn.edits.start]
	for _, e := range w.edits[fn.edits.start:] {
		if w.settleEdit(&e); e.kind != editNone {
			kept = append(kept, e)
		}
	}
	w.edits = kept
	fn.edits.end = len(kept)
	fn.lengths = fn.lengths && w.cfg.Fuel
}

// pay moves the costs of regions that are paid at their end. Whatever a region's cost goes to comes
// after it, so one pass in order does.
func (w *walker) pay() {
	for i := range w.regions {
		r := &w.regions[i]
		if r.move == 0 || r.fixed || r.calls {
			continue
		}
		m := &w.moves[r.move]
		if m.edit >= 0 {
			w.edits[m.edit].amount += r.cost
		}
		for _, to := range m.to {
			w.regions[to].cost += r.cost
		}
		r.cost = 0
	}
}

func (w *walker) settleEdit(e *edit) {
	switch e.kind {
	case editCharge, editHeader, editCheck, editBackEdge, editBackEdgeIf, editLength:
		if !w.cfg.Fuel {
			e.kind = editNone
			return
		}
	}
	r := &w.regions[e.region]
	switch e.kind {
	case editCharge:
		e.amount = r.cost
	case editHeader:
		e.amount, e.check = r.cost, true
	case editCheck:
		e.check = true
	case editBackEdge, editBackEdgeIf:
		if !r.atHeader {
			e.amount += r.cost
			e.check = !r.many
		}
	default:
		return
	}
	if e.check {
		w.fn.needsOut = true
	}
	if e.amount == 0 && !e.check {
		e.kind = editNone
	}
}
