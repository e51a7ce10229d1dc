package report

import (
	"math"
	"strings"
)

// sparkline draws values in one line of the given width.
func sparkline(values []float64, width int, ascii bool) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	if ascii {
		levels = []rune("_.-:=+*#")
	}
	if len(values) == 0 || width <= 0 {
		return ""
	}
	low, high := bounds(values)
	var b strings.Builder
	for i := range min(width, len(values)) {
		v := values[stretch(i, min(width, len(values)), len(values))]
		b.WriteRune(levels[level(v, low, high, len(levels))])
	}
	return b.String()
}

// stretch maps place i of n onto one of size values, so that the first and the last are shown.
func stretch(i, n, size int) int {
	if n <= 1 {
		return size - 1
	}
	return i * (size - 1) / (n - 1)
}

// level puts v, between low and high, on one of n levels; a flat line lies on the lowest.
func level(v, low, high float64, n int) int {
	if high <= low {
		return 0
	}
	return min(n-1, int((v-low)/(high-low)*float64(n)))
}

func bounds(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// canvas draws a line chart with the dots of Braille characters, two by four in a cell; or, where only
// ASCII may be used, with asterisks, one in a cell.
type canvas struct {
	columns, rows, dotsAcross, dotsDown int
	cells                               []rune
	ascii                               bool
}

func newCanvas(columns, rows int, ascii bool) *canvas {
	c := &canvas{columns: columns, rows: rows, dotsAcross: 2, dotsDown: 4, ascii: ascii, cells: make([]rune, columns*rows)}
	if ascii {
		c.dotsAcross, c.dotsDown = 1, 1
	}
	return c
}

// The bits of a Braille character, by column and row of the dot (Unicode chapter 21.1).
var brailleBits = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

func (c *canvas) dot(x, y int) {
	cell := &c.cells[y/c.dotsDown*c.columns+x/c.dotsAcross]
	if c.ascii {
		*cell = '*'
		return
	}
	*cell |= brailleBits[x%2][y%4]
}

// line draws values across the whole canvas, the highest at the top.
func (c *canvas) line(values []float64) {
	low, high := bounds(values)
	width, height := c.columns*c.dotsAcross, c.rows*c.dotsDown
	before := -1
	for x := range width {
		y := height - 1 - level(values[stretch(x, width, len(values))], low, high, height)
		if before < 0 {
			before = y
		}
		for d := min(y, before); d <= max(y, before); d++ {
			c.dot(x, d)
		}
		before = y
	}
}

// text is the row'th line of the drawing.
func (c *canvas) text(row int) string {
	var b strings.Builder
	for _, cell := range c.cells[row*c.columns : (row+1)*c.columns] {
		switch {
		case c.ascii && cell == 0:
			cell = ' '
		case !c.ascii:
			cell += 0x2800
		}
		b.WriteRune(cell)
	}
	return b.String()
}
