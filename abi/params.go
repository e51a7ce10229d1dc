package abi

//lint:file-ignore U1000 reserved fields are never named: they hold their place on the wire

import "strconv"

// ParameterType is the type of a declared parameter.
type ParameterType uint16

const (
	ParameterInteger  ParameterType = 1 // Value is an int64.
	ParameterDecimal  ParameterType = 2 // Value is an int64 in 1e-8.
	ParameterBoolean  ParameterType = 3 // Value is 0 or 1.
	ParameterDuration ParameterType = 4 // Value is nanoseconds.
	ParameterText     ParameterType = 5 // Text is the value; Value is 0.
)

var parameterTypeNames = []string{"", "integer", "decimal", "boolean", "duration", "text"}

func (t ParameterType) String() string {
	return nameOf("parameter_type", parameterTypeNames, uint64(t))
}

// ParamsHeader begins the parameters that strategy_init is given. The records follow in the order in
// which the description declares them, then the strings.
type ParamsHeader struct {
	Magic         uint32 // "AHPA".
	Version       uint32 // ABI version of the host.
	Size          uint32 // Bytes of the whole.
	HeaderSize    uint16 // Bytes of this header; the first record begins here.
	Stride        uint16 // Bytes from one record to the next.
	Count         uint32 // Records.
	StringsOffset uint32 // Where the strings begin, from the start.
}

// Param is one parameter's value.
type Param struct {
	Type      ParameterType // As declared.
	reserved0 uint16        // Zero.
	reserved1 uint32        // Zero.
	Value     int64         // By type; 0 for a text.
	Text      StringRef     // Of a text; else zero.
}

// ParamWriter builds the parameters for strategy_init. The zero value is ready. Not concurrency safe.
type ParamWriter struct {
	params  []Param
	strings []byte
}

// Reset starts anew.
func (w *ParamWriter) Reset() { w.params, w.strings = w.params[:0], w.strings[:0] }

func (w *ParamWriter) add(t ParameterType, v int64) {
	w.params = append(w.params, Param{Type: t, Value: v})
}

// Integer adds an integer.
func (w *ParamWriter) Integer(v int64) { w.add(ParameterInteger, v) }

// Decimal adds a decimal, in units of 1e-8.
func (w *ParamWriter) Decimal(v int64) { w.add(ParameterDecimal, v) }

// Duration adds a duration in nanoseconds.
func (w *ParamWriter) Duration(nanoseconds int64) { w.add(ParameterDuration, nanoseconds) }

// Boolean adds a truth value.
func (w *ParamWriter) Boolean(v bool) {
	if v {
		w.add(ParameterBoolean, 1)
		return
	}
	w.add(ParameterBoolean, 0)
}

// Text adds a text.
func (w *ParamWriter) Text(s string) {
	p := Param{Type: ParameterText}
	if s != "" {
		p.Text = StringRef{Offset: uint32(len(w.strings)), Length: uint32(len(s))}
	}
	w.strings = append(w.strings, s...)
	w.params = append(w.params, p)
}

// Bytes returns the parameters as strategy_init is given them, in a new slice.
func (w *ParamWriter) Bytes() []byte {
	at, stride := sizeOf[ParamsHeader](), sizeOf[Param]()
	stringsAt := at + len(w.params)*stride
	size := (stringsAt + len(w.strings) + 7) &^ 7
	b := make([]byte, size)
	store(b, 0, &ParamsHeader{
		Magic: MagicParams, Version: Version, Size: uint32(size), HeaderSize: uint16(at),
		Stride: uint16(stride), Count: uint32(len(w.params)), StringsOffset: uint32(stringsAt),
	})
	for i := range w.params {
		store(b, at+i*stride, &w.params[i])
	}
	copy(b[stringsAt:], w.strings)
	return b
}

// Params reads parameters without copying them; valid as long as their bytes.
type Params struct {
	bytes  []byte
	header ParamsHeader
}

// ReadParams checks b and returns a view of it. The error is a *FormatError.
func ReadParams(b []byte) (Params, error) {
	need := sizeOf[ParamsHeader]()
	if len(b) < need {
		return Params{}, formatError("params", 0, "length", uint64(len(b)), "at least "+strconv.Itoa(need))
	}
	h := load[ParamsHeader](b, 0, need)
	switch {
	case h.Magic != MagicParams:
		return Params{}, formatError("params", 0, "magic", uint64(h.Magic), strconv.Itoa(int(MagicParams)))
	case VersionMajor(h.Version) != VersionMajor(Version):
		return Params{}, formatError("params", 4, "version", uint64(h.Version), "major "+strconv.Itoa(int(VersionMajor(Version))))
	case uint64(h.Size) > uint64(len(b)):
		return Params{}, formatError("params", 8, "size", uint64(h.Size), "at most the "+strconv.Itoa(len(b))+" bytes given")
	case int(h.HeaderSize) < need:
		return Params{}, formatError("params", 12, "header_size", uint64(h.HeaderSize), "at least "+strconv.Itoa(need))
	case int(h.Stride) < sizeOf[Param]() || h.Stride%8 != 0:
		return Params{}, formatError("params", 14, "stride", uint64(h.Stride), "a multiple of 8, at least "+strconv.Itoa(sizeOf[Param]()))
	case uint64(h.HeaderSize)+uint64(h.Stride)*uint64(h.Count) > uint64(h.StringsOffset) || h.StringsOffset > h.Size:
		return Params{}, formatError("params", 20, "strings_offset", uint64(h.StringsOffset), "behind the records and within the size")
	}
	return Params{bytes: b[:h.Size], header: h}, nil
}

// Len is how many parameters there are.
func (p *Params) Len() int { return int(p.header.Count) }

// Param returns the record of parameter i, which must be below Len.
func (p *Params) Param(i int) Param {
	if uint(i) >= uint(p.header.Count) {
		panic("abi: parameter " + strconv.Itoa(i) + " of " + strconv.Itoa(p.Len()))
	}
	return load[Param](p.bytes, int(p.header.HeaderSize)+i*int(p.header.Stride), int(p.header.Stride))
}

// Type is the type of parameter i.
func (p *Params) Type(i int) ParameterType { return p.Param(i).Type }

// Value is the number of parameter i: integer, decimal in 1e-8, nanoseconds, or 0 and 1.
func (p *Params) Value(i int) int64 { return p.Param(i).Value }

// Boolean is the truth value of parameter i.
func (p *Params) Boolean(i int) bool { return p.Param(i).Value != 0 }

// Text is the text of parameter i as a view; nil if it is outside of the strings.
func (p *Params) Text(i int) []byte {
	ref := p.Param(i).Text
	start := uint64(p.header.StringsOffset) + uint64(ref.Offset)
	if start+uint64(ref.Length) > uint64(len(p.bytes)) {
		return nil
	}
	return p.bytes[start : start+uint64(ref.Length)]
}
