package config

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// textWidth is the width where the caller knows none.
const textWidth = 78

// WriteText writes every finding for a person, in the look of Terraform: what is wrong, where, the line
// with the part that is meant, and what to write instead. width wraps the text; 0 is 78 columns. With
// color the part is underlined, without it is marked by carets below.
func (d *Diagnostics) WriteText(w io.Writer, color bool, width int) error {
	if width <= 0 {
		width = textWidth
	}
	p := textPainter{color: color, width: max(width-2, 20)}
	for i := range d.list {
		p.finding(&d.list[i], d.snippet(&d.list[i]))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

const (
	styleReset     = "\x1b[0m"
	styleBold      = "\x1b[1m"
	styleUnderline = "\x1b[4m"
	styleError     = "\x1b[31m"
	styleWarning   = "\x1b[33m"
)

type textPainter struct {
	out   strings.Builder
	color bool
	width int
	rail  string
}

func (p *textPainter) styled(style, text string) string {
	if !p.color || text == "" {
		return text
	}
	return style + text + styleReset
}

func (p *textPainter) line(text string) {
	p.out.WriteString(strings.TrimRight(p.rail+" "+text, " "))
	p.out.WriteByte('\n')
}

func (p *textPainter) finding(x *Diagnostic, s *snippet) {
	style, title := styleError, "Error: "
	if x.Severity == SeverityWarning {
		style, title = styleWarning, "Warning: "
	}
	p.rail = p.styled(style, "│")
	p.out.WriteString(p.styled(style, "╷") + "\n")
	p.line(p.styled(style+styleBold, title) + p.styled(styleBold, printable(x.Summary)))
	p.line("")
	if x.Range.File != "" {
		p.place(x, s)
		p.line("")
	}
	for _, text := range wrap(x.Detail, p.width) {
		p.line(text)
	}
	p.out.WriteString(p.styled(style, "╵") + "\n")
}

func (p *textPainter) place(x *Diagnostic, s *snippet) {
	where := fmt.Sprintf("  on %s line %d", printable(x.Range.File), x.Range.Start.Line)
	if x.Context != "" {
		where += ", in " + printable(x.Context)
	}
	p.line(where + ":")
	if s == nil {
		return
	}
	offset := 0
	for i, code := range strings.Split(s.Code, "\n") {
		from := clamp(s.HighlightStartOffset-offset, len(code))
		to := clamp(s.HighlightEndOffset-offset, len(code))
		p.code(s.StartLine+i, code, from, to)
		offset += len(code) + 1
	}
	for _, v := range s.Values {
		p.line("    ├ " + printable(v.Traversal+" "+v.Statement))
	}
}

func (p *textPainter) code(number int, code string, from, to int) {
	before, marked, after := printable(code[:from]), printable(code[from:to]), printable(strings.TrimRight(code[to:], "\r"))
	p.line(fmt.Sprintf("%4d: %s%s%s", number, before, p.styled(styleUnderline, marked), after))
	if p.color {
		return
	}
	indent := utf8.RuneCountInString(marked) - utf8.RuneCountInString(strings.TrimLeft(marked, " "))
	carets := max(utf8.RuneCountInString(marked)-indent, 0)
	if from == to && code != "" {
		carets = 1 // what is missing is just here
	}
	if carets > 0 {
		p.line(strings.Repeat(" ", 6+utf8.RuneCountInString(before)+indent) + strings.Repeat("^", carets))
	}
}

func clamp(v, most int) int { return min(max(v, 0), most) }

// wrap breaks paragraphs into lines of at most width columns. Lines that begin with a space are code
// and stay as they are.
func wrap(text string, width int) (lines []string) {
	for _, paragraph := range strings.Split(text, "\n") {
		paragraph = printable(paragraph)
		if strings.HasPrefix(paragraph, " ") {
			lines = append(lines, paragraph)
			continue
		}
		lines = append(lines, wrapParagraph(paragraph, width)...)
	}
	return lines
}

func wrapParagraph(text string, width int) (lines []string) {
	line := ""
	for _, word := range words(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// words parts a text at blanks, but keeps what is between backquotes in one piece: it is to be copied.
func words(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(c rune) bool {
		if c == '`' {
			quoted = !quoted
		}
		return c == ' ' && !quoted
	})
}
