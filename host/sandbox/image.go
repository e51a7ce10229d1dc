package sandbox

import (
	"bytes"
	"runtime"
	"sync"
)

// image is a module's memory as it is after a first start, which all of its instances share: they map it
// copy-on-write, so a page takes memory of its own only once an instance has something else there. What
// it holds decides nothing: each instance is given its own bytes wherever they differ.
//
// It lives as long as a module, an instance or a snapshot refers to it. Concurrency safe.
type image struct {
	pages  []byte // read-only; a multiple of snapshotPage
	mapped *imageMap
	once   sync.Once
	hash   [32]byte // once made; see sum
}

// imageBytesMax bounds what is shared of one module: beyond it, guests fill their memory by themselves, and
// the kernel is asked for whole ranges (lazyBytes), which would copy the image.
const imageBytesMax = lazyBytes

// newImage keeps memory for others to share; nil where the system cannot, and instances are plain copies.
func newImage(memory []byte) *image {
	end := min(len(memory), imageBytesMax)
	for end > 0 && bytes.Equal(memory[end-snapshotPage:end], zeroPage[:]) {
		end -= snapshotPage
	}
	if end == 0 {
		return nil
	}
	m := newImageMap(memory[:end])
	if m == nil {
		return nil
	}
	g := &image{pages: m.view, mapped: m}
	runtime.AddCleanup(g, (*imageMap).close, m)
	return g
}

// page is the image's page at an offset; of zeros beyond its end, and in no image.
func (g *image) page(at int) []byte {
	if g == nil || at >= len(g.pages) {
		return zeroPage[:]
	}
	return g.pages[at : at+snapshotPage]
}

// size is how many bytes are shared.
func (g *image) size() int {
	if g == nil {
		return 0
	}
	return len(g.pages)
}

// differing appends the offsets of the pages of memory that are not the image's.
func (g *image) differing(to []uint32, memory []byte) []uint32 {
	for at := 0; at < len(memory); at += snapshotPage {
		if !bytes.Equal(memory[at:at+snapshotPage], g.page(at)) {
			to = append(to, uint32(at))
		}
	}
	runtime.KeepAlive(g)
	return to
}

// differingBlocks is differing by the block: most of a page that a guest has written to is as it was.
func (g *image) differingBlocks(to []uint32, memory []byte) []uint32 {
	for at := 0; at < len(memory); at += snapshotPage {
		own, shared := memory[at:at+snapshotPage], g.page(at)
		if bytes.Equal(own, shared) {
			continue
		}
		for b := 0; b < snapshotPage; b += snapshotBlock {
			if !bytes.Equal(own[b:b+snapshotBlock], shared[b:b+snapshotBlock]) {
				to = append(to, uint32(at+b))
			}
		}
	}
	runtime.KeepAlive(g)
	return to
}

var zeroPage [snapshotPage]byte

// share gives pages that have become the image's again back to it, as most are when a guest has started.
func (m *linearMemory) share(size int) {
	if m.image == nil {
		return
	}
	end := min(size, m.image.size())
	own := m.image.differing(nil, m.reserved[:end])
	from := 0
	for _, at := range append(own, uint32(end)) {
		if from < int(at) {
			drop(m.reserved[from:at])
		}
		from = int(at) + snapshotPage
	}
}

// put writes a page. One that is so already is not written to: to read a page that nobody made is cheap, to
// write it is not.
func (m *linearMemory) put(at int, page []byte) {
	if target := m.reserved[at : at+snapshotPage]; !bytes.Equal(target, page) {
		copy(target, page)
	}
}

// clear puts zeros where the image reaches beyond the memory's size, for when the guest grows.
func (m *linearMemory) clear(size int) {
	for at := size; at < m.image.size(); at += snapshotPage {
		m.put(at, zeroPage[:])
	}
}

// fill makes the memory what data says, a whole number of pages, and zeros behind it.
func (m *linearMemory) fill(data []byte) {
	for at := 0; at < len(data); at += snapshotPage {
		m.put(at, data[at:at+snapshotPage])
	}
	m.clear(len(data))
}

// fillBlocks is fill with blocks that differ from the memory's own image.
func (m *linearMemory) fillBlocks(size int, offsets []uint32, data []byte) {
	for n, at := range offsets {
		copy(m.reserved[at:at+snapshotBlock], data[n*snapshotBlock:])
	}
	m.clear(size)
}

// dataSegment is what a module wants in its memory before it runs.
type dataSegment struct {
	at    int
	bytes []byte
}

// dataImage lays the segments out as the beginning of a memory, up to the last page that has any.
func dataImage(segments []dataSegment) []byte {
	end := 0
	for _, s := range segments {
		end = max(end, s.at+len(s.bytes))
	}
	memory := make([]byte, (end+snapshotPage-1)/snapshotPage*snapshotPage)
	for _, s := range segments {
		copy(memory[s.at:], s.bytes)
	}
	return memory
}
