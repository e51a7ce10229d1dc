package sandbox

import (
	"encoding/binary"
	"errors"

	"github.com/agenthost/agenthost/host/meter"
)

// exportStart is the name under which a module's start function is exported. wazero runs a start
// function within Instantiate, before a budget can be set, gives no instance back if it traps, so that
// nobody can tell why, and cannot leave it out when a snapshot is to be restored.
const exportStart = meter.ReservedPrefix + "start"

// Sections of the binary format that are edited here.
const (
	sectionExport = 7
	sectionStart  = 8
)

var errSections = errors.New("the meter's output has sections that cannot be read")

// exportStartFunction turns the start section of a metered module into an export. The meter has checked
// the module, and always exports something; wasm is not changed.
func exportStartFunction(wasm []byte) ([]byte, error) {
	export, start, err := findSections(wasm)
	if err != nil || start.content == nil {
		return wasm, err
	}
	index, n := binary.Uvarint(start.content)
	count, m := binary.Uvarint(export.content)
	if n != len(start.content) || m <= 0 {
		return nil, errSections
	}
	content := binary.AppendUvarint(nil, count+1)
	content = append(content, export.content[m:]...)
	content = append(binary.AppendUvarint(content, uint64(len(exportStart))), exportStart...)
	content = binary.AppendUvarint(append(content, 0), index) // 0: a function

	out := append(make([]byte, 0, len(wasm)+32), wasm[:export.at]...)
	out = binary.AppendUvarint(append(out, sectionExport), uint64(len(content)))
	out = append(out, content...)
	out = append(out, wasm[export.end:start.at]...)
	return append(out, wasm[start.end:]...), nil
}

// sectionSpan is a section with its header, and its content.
type sectionSpan struct {
	at, end int
	content []byte
}

// findSections finds the export section and, if there is one, the start section, which comes later.
func findSections(wasm []byte) (export, start sectionSpan, err error) {
	const header = 8
	for at := header; at < len(wasm); {
		size, n := binary.Uvarint(wasm[at+1:])
		content := at + 1 + n
		end := content + int(size)
		if n <= 0 || size > uint64(len(wasm)-content) {
			return export, start, errSections
		}
		switch span := (sectionSpan{at, end, wasm[content:end]}); wasm[at] {
		case sectionExport:
			export = span
		case sectionStart:
			start = span
		}
		at = end
	}
	if start.content != nil && export.content == nil {
		return export, start, errSections
	}
	return export, start, nil
}
