package config

import (
	"bytes"
	"strings"
	"unicode"
)

// snippetLinesMax bounds how much of a long expression is shown.
const snippetLinesMax = 6

// snippet is the part of a file that a finding is about, in whole lines.
type snippet struct {
	// Context names the block around it; null in JSON if there is none.
	Context *string `json:"context"`
	Code    string  `json:"code"`
	// StartLine is the first line's number. The offsets of what is wrong count bytes of Code.
	StartLine            int               `json:"start_line"`
	HighlightStartOffset int               `json:"highlight_start_offset"`
	HighlightEndOffset   int               `json:"highlight_end_offset"`
	Values               []ExpressionValue `json:"values"`
}

// snippet cuts out what x is about. It is nil if the file is not known.
func (d *Diagnostics) snippet(x *Diagnostic) *snippet {
	source, ok := d.sources[x.Range.File]
	start, end := x.Range.Start.Byte, x.Range.End.Byte
	if !ok || start < 0 || start > len(source) {
		return nil
	}
	end = min(max(end, start), len(source))
	if len(bytes.TrimSpace(source[start:end])) == 0 {
		end = start // what is missing at the end of a line is not on the next
	}
	first := bytes.LastIndexByte(source[:start], '\n') + 1
	last := lineEnd(source, max(end, start))
	if cut := nthLineEnd(source, first, snippetLinesMax); cut < last {
		last, end = cut, min(end, cut)
	}
	s := &snippet{
		Code:                 strings.TrimRight(string(source[first:last]), "\r"),
		StartLine:            x.Range.Start.Line,
		HighlightStartOffset: start - first,
		HighlightEndOffset:   end - first,
		Values:               x.Values,
	}
	s.HighlightEndOffset = min(s.HighlightEndOffset, len(s.Code))
	s.HighlightStartOffset = min(s.HighlightStartOffset, s.HighlightEndOffset)
	if s.Values == nil {
		s.Values = []ExpressionValue{}
	}
	if x.Context != "" {
		s.Context = &x.Context
	}
	return s
}

func lineEnd(source []byte, from int) int {
	if i := bytes.IndexByte(source[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(source)
}

func nthLineEnd(source []byte, from, n int) int {
	end := lineEnd(source, from)
	for ; n > 1 && end < len(source); n-- {
		end = lineEnd(source, end+1)
	}
	return end
}

// printable makes text safe for a terminal: what a file holds must not move the cursor or hide text.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return ' '
		case c == unicode.ReplacementChar || unicode.IsPrint(c):
			return c
		}
		return '·'
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}
