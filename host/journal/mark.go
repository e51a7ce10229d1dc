package journal

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// markHeader is the first line of a mark's file.
const markHeader = "agenthost journal mark 1"

// mark is the external high-water mark: for each stream a position that was durable once, and the hash
// of the entry there. It is written after the fact and so never names what was not durable.
type mark struct {
	path string
	// there says that the file was there when the journal was opened.
	there bool

	mu    sync.Mutex
	heads map[string]markHead
	dirty chan struct{}
	stale bool
	// failure is why the file could not be written last, nil if it could.
	failure error

	// writing keeps two writers of the file apart: keepMark and ResetMark.
	writing sync.Mutex
}

type markHead struct {
	position, token uint64
	hash            [32]byte
}

// openMark reads the file at path; a file that is not there is an empty mark, and path "" is none.
func openMark(path string) (*mark, error) {
	m := &mark{path: path, heads: make(map[string]markHead), dirty: make(chan struct{}, 1)}
	if path == "" {
		return m, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read high-water mark: %w", err)
	}
	m.there = true
	if err := m.parse(b); err != nil {
		return nil, fmt.Errorf("read high-water mark %s: %w; compare the journal with the venue, then remove the file to begin a new mark", path, err)
	}
	return m, nil
}

// parse reads what encode wrote.
func (m *mark) parse(b []byte) error {
	body, sum, found := strings.Cut(string(b), "crc32c ")
	if !found || !strings.HasPrefix(body, markHeader+"\n") {
		return errors.New("it is not a whole mark file of format 1")
	}
	if want := fmt.Sprintf("%08x\n", crc32.Checksum([]byte(body), castagnoli)); sum != want {
		return fmt.Errorf("checksum is %q, want %q", sum, want)
	}
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Scan()
	for n := 2; lines.Scan(); n++ {
		if err := m.parseLine(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

func (m *mark) parseLine(line string) error {
	var head markHead
	var hash []byte
	if _, err := fmt.Sscanf(line, "%d %d %x", &head.position, &head.token, &hash); err != nil {
		return err
	}
	_, quoted, _ := strings.Cut(line, ` "`)
	name, err := strconv.Unquote(`"` + quoted)
	if err != nil || len(hash) != len(head.hash) {
		return fmt.Errorf("%q is not position, token, hash and quoted name", line)
	}
	copy(head.hash[:], hash)
	m.heads[name] = head
	return nil
}

// encode gives the file's text: a line per stream, sorted by name, and a checksum over the lines.
func (m *mark) encode() []byte {
	names := make([]string, 0, len(m.heads))
	for name := range m.heads {
		names = append(names, name)
	}
	sort.Strings(names)
	var b bytes.Buffer
	fmt.Fprintln(&b, markHeader)
	for _, name := range names {
		h := m.heads[name]
		fmt.Fprintf(&b, "%d %d %s %s\n", h.position, h.token, hex.EncodeToString(h.hash[:]), strconv.Quote(name))
	}
	fmt.Fprintf(&b, "crc32c %08x\n", crc32.Checksum(b.Bytes(), castagnoli))
	return b.Bytes()
}

// raise notes what has become durable; keepMark writes it down.
func (m *mark) raise(name string, b *Batch) {
	if m.path == "" {
		return
	}
	m.mu.Lock()
	m.heads[name] = markHead{position: b.Position, token: b.Token, hash: b.Hash}
	m.stale = true
	m.mu.Unlock()
	select {
	case m.dirty <- struct{}{}:
	default:
	}
}

// missing lists the streams that the mark knows and infos do not, by name.
func (m *mark) missing(infos []StreamInfo) []StreamInfo {
	m.mu.Lock()
	defer m.mu.Unlock()
	there := make(map[string]bool, len(infos))
	for _, info := range infos {
		there[info.Name] = true
	}
	var lost []StreamInfo
	for name, h := range m.heads {
		if h.position > 0 && !there[name] {
			lost = append(lost, StreamInfo{Name: name})
		}
	}
	sort.Slice(lost, func(a, b int) bool { return lost[a].Name < lost[b].Name })
	return lost
}

// head returns what the mark holds for a stream, position 0 if nothing.
func (m *mark) head(name string) markHead {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heads[name]
}

// set replaces what the mark holds for a stream, at once.
func (m *mark) set(name string, h markHead) error {
	m.mu.Lock()
	m.heads[name] = h
	m.stale = true
	m.mu.Unlock()
	return m.write()
}

// write replaces the file by a rename, so that a crash leaves the old one or the new one.
func (m *mark) write() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.mu.Lock()
	if m.path == "" || !m.stale {
		m.mu.Unlock()
		return nil
	}
	text := m.encode()
	m.stale = false
	m.mu.Unlock()
	err := replaceFile(m.path, text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure = err; err != nil {
		m.stale = true
		return fmt.Errorf("write high-water mark: %w", err)
	}
	return nil
}

// MarkFailure is why the high-water mark could not be written last, nil if it could: while it cannot, a tail of the
// journal that is lost is not missed. Any goroutine may call it.
func (j *Journal) MarkFailure() error {
	j.mark.mu.Lock()
	defer j.mark.mu.Unlock()
	return j.mark.failure
}

// ReplaceFile puts text in the place of a small file, so that a crash leaves the old one or the new one.
func ReplaceFile(path string, text []byte) error { return replaceFile(path, text) }

// replaceFile writes beside the file, syncs and renames. What a crash leaves beside it is overwritten next time.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// checkMarkThere warns of a mark that is gone: from here on a journal that lost its tail before now looks
// like a whole one.
func (j *Journal) checkMarkThere() error {
	if j.mark.path == "" || j.mark.there {
		return nil
	}
	infos, err := j.device.Streams()
	for _, info := range infos {
		if info.Position > 0 {
			j.options.Log.Warn("high-water mark is missing beside a journal with entries; a new one begins", "path", j.mark.path)
			break
		}
	}
	return err
}

// keepMark writes the mark at most every MarkEvery, until Close.
func (j *Journal) keepMark() {
	defer j.stopped.Done()
	for {
		select {
		case <-j.mark.dirty:
		case <-j.stop:
			return
		}
		select {
		case <-time.After(j.options.MarkEvery):
		case <-j.stop:
			return
		}
		before := j.MarkFailure()
		if err := j.mark.write(); err != nil && before == nil { // once, not each second
			j.options.Log.Error("high-water mark is not written; the last one stays", "error", err)
		}
	}
}
