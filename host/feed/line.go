package feed

import (
	"bytes"
	"errors"
	"io"
)

const (
	// lineBytesMax bounds a line; what is longer is no row of bars and is withheld as one.
	lineBytesMax = 32 << 10
	// textBytes is how much text is kept at once. It must hold a line and leave room to read on.
	textBytes = 4 * lineBytesMax
)

var (
	errLineLong = errors.New("line is too long")
	byteOrder   = []byte("\xef\xbb\xbf")
)

// lines cuts text into lines without copying: a line is valid until the next call.
type lines struct {
	from       io.Reader
	text       []byte
	start, end int
	ended      bool
	// number is that of the line returned last, from 1.
	number int64
}

func newLines(from io.Reader) *lines {
	return &lines{from: from, text: make([]byte, textBytes)}
}

// reset begins again; from must be back at its first byte.
func (l *lines) reset() {
	l.start, l.end, l.ended, l.number = 0, 0, false, 0
}

// next returns a line without its end (LF or CR LF); io.EOF after the last; errLineLong, with the
// beginning of the line, for one beyond lineBytesMax, of which the rest has then been skipped.
func (l *lines) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.text[l.start:l.end], '\n'); i >= 0 {
			line := l.text[l.start : l.start+i]
			l.start += i + 1
			return l.counted(line)
		}
		if l.ended {
			line := l.text[l.start:l.end]
			if len(line) == 0 {
				return nil, io.EOF
			}
			l.start = l.end
			return l.counted(line)
		}
		if l.end-l.start > lineBytesMax {
			return l.skip()
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

func (l *lines) counted(line []byte) ([]byte, error) {
	l.number++
	if l.number == 1 {
		line = bytes.TrimPrefix(line, byteOrder)
	}
	if len(line) > lineBytesMax {
		return line[:lineBytesMax], errLineLong
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// fill moves what is left to the front and reads once.
func (l *lines) fill() error {
	if l.start > 0 {
		copy(l.text, l.text[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	n, err := l.read(l.text[l.end:])
	l.end += n
	if err == io.EOF {
		l.ended = true
		return nil
	}
	return err
}

// read reads something, an error, or both. A reader may give nothing for a while, but not for ever.
func (l *lines) read(p []byte) (int, error) {
	for range 100 {
		if n, err := l.from.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// skip drops a line that is too long, up to its end. Its beginning stays at the front of text.
func (l *lines) skip() ([]byte, error) {
	copy(l.text, l.text[l.start:l.start+lineBytesMax])
	for {
		n, err := l.read(l.text[lineBytesMax:])
		rest := l.text[lineBytesMax : lineBytesMax+n]
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			l.start, l.end = lineBytesMax+i+1, lineBytesMax+n
			err = nil
		} else if err == nil {
			continue
		}
		if err == io.EOF {
			l.start, l.end, l.ended, err = 0, 0, true, nil
		}
		if err != nil {
			return nil, err
		}
		l.number++
		return l.text[:lineBytesMax], errLineLong
	}
}
