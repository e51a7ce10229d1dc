package meter

// nanLocals says which temporaries a function needs to make NaN bits canonical.
type nanLocals struct{ f32, f64, v128 bool }

// canonical replaces a NaN on top of the stack by the one with the canonical bits.
func (e *emitter) canonical(t valType) {
	switch t {
	case f32:
		e.u(opLocalTee, e.nan32)
		e.op(opF32Const, 0, 0, 0xc0, 0x7f)
		e.u(opLocalGet, e.nan32)
		e.u(opLocalGet, e.nan32)
		e.op(0x5b, opSelect) // f32.eq
	case f64:
		e.u(opLocalTee, e.nan64)
		e.op(opF64Const, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
		e.u(opLocalGet, e.nan64)
		e.u(opLocalGet, e.nan64)
		e.op(0x61, opSelect) // f64.eq
	}
}

func (w *walker) canonicalNaNs() {}
