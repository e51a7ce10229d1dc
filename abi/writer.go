package abi

import (
	"errors"
	"strconv"
)

// ErrInputTooLarge says that a tick did not fit. It is returned by Writer.Finish as a pointer.
type ErrInputTooLarge struct {
	Size int // Bytes that the tick needs.
	Max  int // Bytes that the writer may use.
}

func (e *ErrInputTooLarge) Error() string {
	return "tick input needs " + strconv.Itoa(e.Size) + " bytes, the limit is " + strconv.Itoa(e.Max)
}

// ErrSectionOrder is a mistake of the caller of a Writer: sections that do not ascend by kind, or a
// record in a section of another kind.
var ErrSectionOrder = errors.New("tick sections must ascend by kind, and a record belongs to its own section")

// Writer builds one tick's input in a buffer that it owns. It allocates only for a tick that is larger than
// any before it. One goroutine at a time; agents that take turns on one goroutine can share one.
type Writer struct {
	sizeMax  int
	buf      []byte
	strings  []byte
	sections [sectionKinds]Section
	opened   int // Sections in use; entry 0 is kept for strings.
	at       int // Bytes needed so far; beyond sizeMax nothing is written any more.
	header   Header
	err      error
}

// NewWriter returns a writer of ticks of at most sizeMax bytes.
func NewWriter(sizeMax int) *Writer {
	return &Writer{sizeMax: sizeMax}
}

// room sees to it that size bytes fit, within sizeMax.
func (w *Writer) room(size int) bool {
	if size <= len(w.buf) {
		return true
	}
	if size > w.sizeMax {
		return false
	}
	const step = 512
	buf := make([]byte, min(w.sizeMax, max(size+size/4, step)))
	copy(buf, w.buf)
	w.buf = buf
	return true
}

// Begin starts a tick. Magic, sizes and places in the header are set by Finish; the version too.
func (w *Writer) Begin(h *Header) {
	w.header = *h
	w.strings = w.strings[:0]
	w.opened, w.at, w.err = 1, sizeOf[Header](), nil
}

// Strings puts strings encoded earlier (see StringTable) at the front of this tick's strings, so
// that records encoded earlier find theirs. To be called right after Begin.
func (w *Writer) Strings(encoded []byte) {
	if len(w.strings) != 0 {
		w.err = ErrSectionOrder
		return
	}
	w.appendString(textOf(encoded))
}

// Section closes the former section and opens one. Sections come in ascending order of kind; one
// without records leaves no trace.
func (w *Writer) Section(kind SectionKind) {
	w.dropEmpty()
	if w.opened > 1 && w.sections[w.opened-1].Kind >= kind || kind <= SectionStrings || kind >= sectionKinds {
		w.err = ErrSectionOrder
		return
	}
	w.sections[w.opened] = Section{Kind: kind, Offset: uint32(w.at)}
	w.opened++
}

func (w *Writer) dropEmpty() {
	if w.opened > 1 && w.sections[w.opened-1].Count == 0 {
		w.opened--
	}
}

// The records of the open section. r is copied; the string references in it come from String.

func (w *Writer) Currency(r *Currency)     { put(w, SectionCurrencies, r) }
func (w *Writer) Instrument(r *Instrument) { put(w, SectionInstruments, r) }
func (w *Writer) Bar(r *Bar)               { put(w, SectionBars, r) }
func (w *Writer) Quote(r *Quote)           { put(w, SectionQuotes, r) }
func (w *Writer) Trade(r *Trade)           { put(w, SectionTrades, r) }
func (w *Writer) FeedHealth(r *FeedHealth) { put(w, SectionFeedHealth, r) }
func (w *Writer) Balance(r *Balance)       { put(w, SectionBalances, r) }
func (w *Writer) Account(r *Account)       { put(w, SectionAccount, r) }
func (w *Writer) Position(r *Position)     { put(w, SectionPositions, r) }
func (w *Writer) OpenOrder(r *OpenOrder)   { put(w, SectionOpenOrders, r) }
func (w *Writer) Event(r *Event)           { put(w, SectionEvents, r) }

func put[T any](w *Writer, kind SectionKind, r *T) {
	s := &w.sections[w.opened-1]
	if w.opened == 1 || s.Kind != kind {
		w.err = ErrSectionOrder
		return
	}
	size := sizeOf[T]()
	if w.room(w.at + size) {
		store(w.buf, w.at, r)
	}
	s.Stride = uint16(size)
	s.Count++
	w.at += size
}

// Raw adds a whole section that was encoded earlier (see AppendRecord): instruments do not change
// with each tick. records holds count records of stride bytes, a multiple of 8. Their strings must
// have been given to Strings.
func (w *Writer) Raw(kind SectionKind, stride uint16, count uint32, records []byte) {
	w.Section(kind)
	if uint64(len(records)) != uint64(stride)*uint64(count) || stride%8 != 0 {
		w.err = ErrSectionOrder
	}
	if w.err != nil {
		return
	}
	s := &w.sections[w.opened-1]
	s.Stride, s.Count = stride, count
	if w.room(w.at + len(records)) {
		copy(w.buf[w.at:], records)
	}
	w.at += len(records)
}

// String adds a string to the tick and returns the reference to put into records.
func (w *Writer) String(s string) StringRef {
	if s == "" {
		return StringRef{}
	}
	offset := len(w.strings)
	w.appendString(s)
	return StringRef{Offset: uint32(offset), Length: uint32(len(s))}
}

func (w *Writer) appendString(s string) {
	if len(w.strings)+len(s) > w.sizeMax {
		if w.err == nil {
			w.err = &ErrInputTooLarge{Size: w.at + len(w.strings) + len(s), Max: w.sizeMax}
		}
		return
	}
	w.strings = append(w.strings, s...)
}

// Finish closes the tick and returns its bytes, valid until the next Begin. The error is an
// *ErrInputTooLarge or ErrSectionOrder.
func (w *Writer) Finish() ([]byte, error) {
	w.dropEmpty()
	first := 1
	if len(w.strings) > 0 {
		first = 0
		w.sections[0] = Section{Kind: SectionStrings, Stride: 1, Count: uint32(len(w.strings)), Offset: uint32(w.at)}
	}
	stringsAt := w.at
	directoryAt := (stringsAt + len(w.strings) + 7) &^ 7
	directory := w.sections[first:w.opened]
	size := (directoryAt + len(directory)*sizeOf[Section]() + 7) &^ 7
	if w.err == nil && !w.room(size) {
		w.err = &ErrInputTooLarge{Size: size, Max: w.sizeMax}
	}
	if w.err != nil {
		return nil, w.err
	}
	end := stringsAt + copy(w.buf[stringsAt:], w.strings)
	clear(w.buf[end:directoryAt])
	at := directoryAt
	for i := range directory {
		store(w.buf, at, &directory[i])
		at += sizeOf[Section]()
	}
	clear(w.buf[at:size])
	h := &w.header
	h.Magic, h.Version = MagicTick, Version
	h.Size, h.HeaderSize = uint32(size), uint16(sizeOf[Header]())
	h.SectionCount, h.DirectoryOffset = uint16(len(directory)), uint32(directoryAt)
	store(w.buf, 0, h)
	return w.buf[:size:size], nil
}

// StringTable collects strings for records that are encoded once and used in many ticks. Bytes is
// what Writer.Strings takes. The zero value is ready.
type StringTable struct{ bytes []byte }

// Add returns the reference of s.
func (t *StringTable) Add(s string) StringRef {
	if s == "" {
		return StringRef{}
	}
	offset := len(t.bytes)
	t.bytes = append(t.bytes, s...)
	return StringRef{Offset: uint32(offset), Length: uint32(len(s))}
}

// Bytes are the strings so far.
func (t *StringTable) Bytes() []byte { return t.bytes }

// Record is any record of a tick that can be encoded ahead.
type Record interface {
	Currency | Instrument | Bar | Quote | Trade | FeedHealth | Balance | Account | Position | OpenOrder | Event
}

// AppendRecord encodes r behind dst, for Writer.Raw.
func AppendRecord[T Record](dst []byte, r *T) []byte {
	n, size := len(dst), sizeOf[T]()
	dst = append(dst, make([]byte, size)...)
	store(dst, n, r)
	return dst
}

// RecordSize is the stride of records of this type in this version.
func RecordSize[T Record]() uint16 { return uint16(sizeOf[T]()) }
