package abi

// OutputWriter builds an output, for guests in Go and for tests. It allocates nothing as long as the
// output fits the size given to NewOutputWriter. Not concurrency safe.
type OutputWriter struct {
	records []byte
	strings []byte
	count   uint32
}

// NewOutputWriter returns a writer with room for size bytes; it grows beyond by allocating.
func NewOutputWriter(size int) *OutputWriter {
	w := &OutputWriter{records: make([]byte, 0, size), strings: make([]byte, 0, size/4)}
	w.Reset()
	return w
}

// Reset starts a new output.
func (w *OutputWriter) Reset() {
	w.records = w.records[:sizeOf[OutputHeader]()]
	w.strings = w.strings[:0]
	w.count = 0
}

// String adds a string and returns the reference to put into a record.
func (w *OutputWriter) String(s string) StringRef {
	if s == "" {
		return StringRef{}
	}
	offset := len(w.strings)
	w.strings = append(w.strings, s...)
	return StringRef{Offset: uint32(offset), Length: uint32(len(s))}
}

// Each of the following adds a record; kind and size are set, the rest is copied from r.

func (w *OutputWriter) Submit(r *Submit) {
	r.recordKind, r.recordSize = IntentSubmit, uint16(recordSizes[IntentSubmit])
	appendIntent(w, r)
}

func (w *OutputWriter) Cancel(r *Cancel) {
	r.recordKind, r.recordSize = IntentCancel, uint16(recordSizes[IntentCancel])
	appendIntent(w, r)
}

func (w *OutputWriter) CancelAll(r *CancelAll) {
	r.recordKind, r.recordSize = IntentCancelAll, uint16(recordSizes[IntentCancelAll])
	appendIntent(w, r)
}

func (w *OutputWriter) Replace(r *Replace) {
	r.recordKind, r.recordSize = IntentReplace, uint16(recordSizes[IntentReplace])
	appendIntent(w, r)
}

func (w *OutputWriter) Close(r *Close) {
	r.recordKind, r.recordSize = IntentClose, uint16(recordSizes[IntentClose])
	appendIntent(w, r)
}

func (w *OutputWriter) Timer(r *Timer) {
	r.recordKind, r.recordSize = IntentTimer, uint16(recordSizes[IntentTimer])
	appendIntent(w, r)
}

func (w *OutputWriter) Series(r *Series) {
	r.recordKind, r.recordSize = IntentSeries, uint16(recordSizes[IntentSeries])
	appendIntent(w, r)
}

func (w *OutputWriter) Alert(r *Alert) {
	r.recordKind, r.recordSize = IntentAlert, uint16(recordSizes[IntentAlert])
	appendIntent(w, r)
}

func appendIntent[T any](w *OutputWriter, r *T) {
	n, size := len(w.records), sizeOf[T]()
	if n+size > cap(w.records) {
		w.records = append(w.records, make([]byte, size)...)
	}
	w.records = w.records[:n+size]
	store(w.records, n, r)
	w.count++
}

// Count is how many records there are.
func (w *OutputWriter) Count() int { return int(w.count) }

// Bytes closes the output and returns it, valid until Reset. Without records it is nil, which a
// guest returns as 0.
func (w *OutputWriter) Bytes() []byte {
	if w.count == 0 {
		return nil
	}
	end := len(w.records)
	out := append(w.records, w.strings...)
	store(out, 0, &OutputHeader{
		Magic: MagicOutput, Version: Version,
		Size: uint32(len(out)), HeaderSize: uint32(sizeOf[OutputHeader]()), Count: w.count,
		StringsOffset: uint32(end), StringsLength: uint32(len(w.strings)),
	})
	w.records = out[:end]
	return out
}
