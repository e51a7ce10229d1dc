package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// content is the decompressed text of one file, which can be read again from its beginning.
type content struct {
	path  string
	file  *os.File
	size  int64
	taken atomic.Int64 // compressed bytes read, over all passes

	raw     *bufio.Reader
	gzip    *gzip.Reader
	zstd    *zstd.Decoder
	decoded io.Reader
}

const (
	rawBytes = 64 << 10
	// windowBytesMax bounds what a zstd frame may make its reader keep: what `zstd --long` writes.
	windowBytesMax = 128 << 20
)

// openContent opens a file and looks at its first bytes. Its mistakes lack Feed and Source.
func openContent(path string) (*content, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Mistake{Path: path, Found: "there is no such file", Hint: "check the path; a relative one begins at the working directory"}
	case err != nil:
		return nil, &Mistake{Path: path, Found: "cannot be opened", Cause: err}
	case info.IsDir():
		return nil, &Mistake{Path: path, Found: "is a directory", Hint: "name the file in it; one source per file"}
	case !info.Mode().IsRegular():
		return nil, &Mistake{Path: path, Found: "is not a regular file", Hint: "the data is read more than once: save it to a file"}
	case info.Size() == 0:
		return nil, &Mistake{Path: path, Found: "is empty", Hint: "a feed needs rows of time, open, high, low, close and volume"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &Mistake{Path: path, Found: "cannot be opened", Cause: err}
	}
	c := &content{path: path, file: file, size: info.Size()}
	if err := c.begin(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// begin sets up the reader that the file's first bytes ask for.
func (c *content) begin() error {
	c.raw = bufio.NewReaderSize(readerFunc(c.take), rawBytes)
	magic, err := c.raw.Peek(min(8, int(c.size)))
	if err != nil {
		return &Mistake{Path: c.path, Found: "cannot be read", Cause: err}
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		c.gzip, err = gzip.NewReader(c.raw)
		c.decoded = c.gzip
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		c.zstd, err = zstd.NewReader(c.raw, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(windowBytesMax), zstd.WithDecoderLowmem(true))
		c.decoded = c.zstd
	default:
		c.decoded = c.raw
		return c.refuse(magic)
	}
	if err != nil {
		return &Mistake{Path: c.path, Found: "begins like a compressed file, but cannot be decompressed", Cause: err}
	}
	return nil
}

// foreign are beginnings of files that people take for CSV.
var foreign = []struct{ magic, name, hint string }{
	{"PK\x03\x04", "a zip archive", "unpack it, or compress the CSV with gzip or zstd"},
	{"BZh", "bzip2", "decompress it, or use gzip or zstd"},
	{"\xfd7zXZ", "xz", "decompress it, or use gzip or zstd"},
	{"7z\xbc\xaf", "a 7z archive", "unpack it, or compress the CSV with gzip or zstd"},
	{"PAR1", "Parquet", "export it as CSV"},
	{"SQLite ", "a SQLite database", "export the table as CSV"},
	{"\xff\xfe", "text in UTF-16", "save it as UTF-8"},
	{"\xfe\xff", "text in UTF-16", "save it as UTF-8"},
}

func (c *content) refuse(magic []byte) error {
	for _, f := range foreign {
		if bytes.HasPrefix(magic, []byte(f.magic)) {
			return &Mistake{Path: c.path, Found: "is " + f.name + ", not CSV", Hint: f.hint}
		}
	}
	return nil
}

// take reads compressed bytes and counts them for Progress.
func (c *content) take(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.taken.Add(int64(n))
	return n, err
}

// Read gives decompressed bytes.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.decoded.Read(p)
	switch {
	case err == nil, err == io.EOF:
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, fmt.Errorf("the compressed file is cut off; fetch it again: %w", err)
	}
	return n, fmt.Errorf("decompress or read: %w", err)
}

// rewind begins again at the first byte.
func (c *content) rewind() error {
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read %s again: %w", c.path, err)
	}
	c.raw.Reset(readerFunc(c.take))
	var err error
	switch {
	case c.gzip != nil:
		err = c.gzip.Reset(c.raw)
	case c.zstd != nil:
		err = c.zstd.Reset(c.raw)
	}
	if err != nil {
		return fmt.Errorf("read %s again: %w", c.path, err)
	}
	return nil
}

func (c *content) close() error {
	if c.zstd != nil {
		c.zstd.Close()
	}
	return c.file.Close()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
