package sandbox

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText makes a guest's bytes harmless in a terminal, a log and a page: escape sequences, control
// and formatting characters (those that reorder text among them) go, bytes that are not UTF-8
// become U+FFFD, a tab becomes a space.
func cleanText(b []byte) string {
	if isPlain(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == 0x1b:
			size = escapeLength(b)
		case r == 0x9b:
			size += sequenceLength(b[size:])
		case r == '\t':
			out.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
		default:
			out.WriteRune(r)
		}
		b = b[size:]
	}
	return out.String()
}

// cleanLines is cleanText for several lines.
func cleanLines(b []byte) string {
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	for i, line := range lines {
		lines[i] = cleanText([]byte(line))
	}
	return strings.Join(lines, "\n")
}

func isPlain(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// escapeLength is the length of the escape sequence that b begins with: ESC [ … letter,
// ESC ] … (BEL or ESC \) and its like, or ESC and one more printable byte.
func escapeLength(b []byte) int {
	if len(b) == 1 {
		return 1
	}
	switch b[1] {
	case '[':
		return 2 + sequenceLength(b[2:])
	case ']', 'P', '^', '_', 'X':
		for n := 2; n < len(b); n++ {
			if b[n] == 0x07 {
				return n + 1
			}
			if b[n] == 0x1b && n+1 < len(b) && b[n+1] == '\\' {
				return n + 2
			}
		}
		return len(b)
	}
	if b[1] < 0x20 || b[1] > 0x7e {
		return 1 // Not a sequence: what follows stands for itself.
	}
	return 2
}

// sequenceLength is the length of the rest of a control sequence, its final byte included.
func sequenceLength(b []byte) int {
	for n, c := range b {
		if c >= 0x40 && c <= 0x7e {
			return n + 1
		}
		if c < 0x20 || c > 0x3f {
			return n
		}
	}
	return len(b)
}
