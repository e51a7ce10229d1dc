package report

import (
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// Terminal is what a summary may use of the place it is written to. The zero value is a plain one of 80
// columns.
type Terminal struct {
	// Width is in columns. 0 means 80.
	Width int
	// Color allows ANSI colours.
	Color bool
	// ASCII forbids everything beyond it.
	ASCII bool
	// Live reports a real terminal, on which a line can be written over: progress needs one.
	Live bool
}

// DetectTerminal looks at f and at the environment. Colours need a terminal and yield to NO_COLOR
// (https://no-color.org) and TERM=dumb; characters beyond ASCII need a UTF-8 locale. A file or a pipe
// is 80 columns wide.
func DetectTerminal(f *os.File, env func(string) string) Terminal {
	t := Terminal{Width: 80, ASCII: !utf8Locale(env)}
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return t
	}
	if w, _, err := term.GetSize(fd); err == nil && w > 0 {
		t.Width = w
	}
	dumb := env("TERM") == "dumb"
	t.Live = !dumb
	t.Color = !dumb && env("NO_COLOR") == ""
	return t
}

// utf8Locale follows the order in which POSIX reads the variables.
func utf8Locale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

func (t Terminal) width() int {
	if t.Width <= 0 {
		return 80
	}
	return t.Width
}

// style is an ANSI attribute.
type style string

const (
	plain style = ""
	bold  style = "1"
	faint style = "2"
	red   style = "31"
	green style = "32"
	amber style = "33"
)

// paint gives s a style where colours are allowed.
func (t Terminal) paint(st style, s string) string {
	if !t.Color || st == plain || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// glyph chooses by what the terminal can show.
func (t Terminal) glyph(unicode, ascii string) string {
	if t.ASCII {
		return ascii
	}
	return unicode
}

// clean makes text from elsewhere (a file name, an error) harmless: what is not to be seen, and could
// move the cursor, change colours or turn the reading direction, becomes a space; a plain terminal gets
// question marks for what it cannot show.
func (t Terminal) clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsGraphic(r):
			return ' '
		case t.ASCII && r > 0x7f:
			return '?'
		}
		return r
	}, s)
}
