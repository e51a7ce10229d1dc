package sandbox

import (
	"strconv"

	"github.com/hashicorp/go-hclog"
)

// Stream says where a guest's line came from.
type Stream uint8

// The streams. Those of agenthost.log carry the guest's level.
const (
	StreamStdout   Stream = 1
	StreamStderr   Stream = 2
	StreamLogDebug Stream = 3
	StreamLogInfo  Stream = 4
	StreamLogWarn  Stream = 5
	StreamLogError Stream = 6
	StreamHost     Stream = 7 // A word of the sandbox itself, such as that lines were cut.
)

var streamNames = [...]string{"", "stdout", "stderr", "debug", "info", "warn", "error", "host"}

func (s Stream) String() string {
	if int(s) < len(streamNames) {
		return streamNames[s]
	}
	return "stream(" + strconv.Itoa(int(s)) + ")"
}

// Level is how the host should log a line of the stream.
func (s Stream) Level() hclog.Level {
	switch s {
	case StreamLogDebug:
		return hclog.Debug
	case StreamLogWarn, StreamStderr, StreamHost:
		return hclog.Warn
	case StreamLogError:
		return hclog.Error
	}
	return hclog.Info
}

// printedTailMax is how much of the end of a guest's text a Trap keeps: a Go panic with its stack.
const printedTailMax = 4 << 10

// printer takes what a guest prints during one call: whole lines go to the listener up to a limit of
// bytes, the end of it all is kept for a trap's report. Nothing of it outlives the call, so it
// is no part of the guest's state.
type printer struct {
	listener func(Stream, string)
	limit    int
	taken    int       // Bytes that counted against the limit in this call.
	cut      int       // Bytes beyond it.
	lines    [2][]byte // Begun lines of stdout and stderr.
	tail     []byte    // Raw; at most twice printedTailMax.
}

func (p *printer) begin() {
	p.taken, p.cut = 0, 0
	p.tail = p.tail[:0]
}

// write takes bytes of stdout or stderr.
func (p *printer) write(s Stream, b []byte) {
	p.keepTail(b)
	b = p.take(b)
	line := &p.lines[s-StreamStdout]
	for len(b) > 0 {
		n := 0
		for n < len(b) && b[n] != '\n' {
			n++
		}
		*line = append(*line, b[:n]...)
		if n == len(b) {
			return
		}
		p.emit(s, *line)
		*line = (*line)[:0]
		b = b[n+1:]
	}
}

// message takes one whole message of agenthost.log; its line ends become lines.
func (p *printer) message(s Stream, b []byte) {
	p.keepTail(b)
	p.keepTail([]byte{'\n'})
	b = p.take(b)
	start := 0
	for n := range b {
		if b[n] == '\n' {
			p.emit(s, b[start:n])
			start = n + 1
		}
	}
	if start < len(b) {
		p.emit(s, b[start:])
	}
}

// take counts b against the limit and returns what of it still fits.
func (p *printer) take(b []byte) []byte {
	room := p.limit - p.taken
	if len(b) > room {
		p.cut += len(b) - room
		b = b[:room]
	}
	p.taken += len(b)
	return b
}

func (p *printer) keepTail(b []byte) {
	if len(b) > printedTailMax {
		b = b[len(b)-printedTailMax:]
	}
	if len(p.tail)+len(b) > 2*printedTailMax {
		keep := p.tail[len(p.tail)-printedTailMax:]
		p.tail = p.tail[:copy(p.tail, keep)]
	}
	p.tail = append(p.tail, b...)
}

func (p *printer) emit(s Stream, line []byte) {
	if p.listener != nil {
		p.listener(s, cleanText(line))
	}
}

// end sends lines that were begun and says how much was cut.
func (p *printer) end() {
	if p.taken == 0 {
		return
	}
	for n := range p.lines {
		if len(p.lines[n]) > 0 {
			p.emit(StreamStdout+Stream(n), p.lines[n])
			p.lines[n] = p.lines[n][:0]
		}
	}
	if p.cut > 0 && p.listener != nil {
		p.listener(StreamHost, strconv.Itoa(p.cut)+" more bytes of output were cut: the limit is "+
			strconv.Itoa(p.limit)+" bytes in one call (log_bytes)")
	}
}

// printed is the clean end of what was printed, line ends kept.
func (p *printer) printed() string {
	tail := p.tail
	if len(tail) > printedTailMax {
		tail = tail[len(tail)-printedTailMax:]
	}
	return cleanLines(tail)
}
