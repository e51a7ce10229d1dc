package report

import (
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

// column is one of a table. Numbers stand to the right.
type column struct {
	title string
	left  bool
	// rank decides who goes when the table is too wide: the highest first. 0 stays.
	rank int
	// draw, if set, fills the cell of a row with what fits into the width that is left over, between
	// widthMin and widthMax.
	draw               func(row, width int) string
	widthMin, widthMax int
	cells              []cell
}

type cell struct {
	text  string
	style style
}

func (c *column) add(text string, st style) { c.cells = append(c.cells, cell{text, st}) }

// wide counts terminal columns, not bytes or runes.
func wide(s string) int { return uniseg.StringWidth(s) }

func (c *column) width() int {
	w := max(wide(c.title), c.widthMin)
	for _, x := range c.cells {
		w = max(w, wide(x.text))
	}
	return w
}

const (
	tableMargin = 2
	tableGap    = 2
)

// writeTable lays columns out in the terminal's width, dropping those of least importance where they
// do not fit.
func (t Terminal) writeTable(b *strings.Builder, columns []*column) {
	for tableWidth(columns) > t.width() {
		worst := slices.MaxFunc(columns, func(a, b *column) int { return a.rank - b.rank })
		if worst.rank == 0 {
			break
		}
		columns = slices.DeleteFunc(slices.Clone(columns), func(c *column) bool { return c == worst })
	}
	widths := make([]int, len(columns))
	spare := t.width() - tableWidth(columns)
	for i, c := range columns {
		widths[i] = c.width()
		if c.draw != nil {
			extra := max(0, min(spare, c.widthMax-widths[i]))
			widths[i] += extra
			spare -= extra
		}
	}
	t.writeRow(b, columns, widths, func(c *column) cell { return cell{c.title, faint} })
	for row := range columns[0].cells {
		t.writeRow(b, columns, widths, func(c *column) cell {
			if c.draw != nil {
				return cell{c.draw(row, max(c.widthMin, widths[slices.Index(columns, c)])), plain}
			}
			return c.cells[row]
		})
	}
}

func tableWidth(columns []*column) int {
	w := tableMargin - tableGap
	for _, c := range columns {
		w += c.width() + tableGap
	}
	return w
}

func (t Terminal) writeRow(b *strings.Builder, columns []*column, widths []int, of func(*column) cell) {
	var line strings.Builder
	line.WriteString(strings.Repeat(" ", tableMargin))
	for i, c := range columns {
		x := of(c)
		pad := strings.Repeat(" ", max(0, widths[i]-wide(x.text)))
		if i > 0 {
			line.WriteString(strings.Repeat(" ", tableGap))
		}
		if c.left || c.draw != nil {
			line.WriteString(t.paint(x.style, x.text) + pad)
		} else {
			line.WriteString(pad + t.paint(x.style, x.text))
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// shortenInside cuts s to a width with an ellipsis two thirds along: what tells names apart is often
// their end.
func (t Terminal) shortenInside(s string, width int) string {
	if wide(s) <= width {
		return s
	}
	tail, room := "", (width-1)/3
	for rest := s; wide(rest) > room; {
		_, rest, _, _ = uniseg.FirstGraphemeClusterInString(rest, -1)
		tail = rest
	}
	return t.shorten(s, width-wide(tail)) + tail
}

// shorten cuts s to a width, with an ellipsis.
func (t Terminal) shorten(s string, width int) string {
	if wide(s) <= width {
		return s
	}
	mark := t.glyph("…", "~")
	var b strings.Builder
	left := width - 1
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if left -= g.Width(); left < 0 {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + mark
}
