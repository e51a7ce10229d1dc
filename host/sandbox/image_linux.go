package sandbox

import (
	"bytes"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// imageMap is an image in a file of the kernel's memory, without a name.
type imageMap struct {
	file *os.File
	view []byte // of the file, read-only
}

// memfdCreate is the system call's number, which package syscall does not have, on the processors that wazero
// compiles for and their like. Elsewhere instances are plain copies.
var memfdCreate = map[string]uintptr{"amd64": 319, "arm64": 279, "loong64": 279, "riscv64": 279}

// newImageMap returns nil if the kernel gives no file or no mapping. Pages of zeros stay holes.
func newImageMap(memory []byte) *imageMap {
	number, ok := memfdCreate[runtime.GOARCH]
	if !ok {
		return nil
	}
	name := []byte("agenthost-image\x00")
	const closeOnExec = 1 // MFD_CLOEXEC
	fd, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(&name[0])), closeOnExec, 0)
	if errno != 0 {
		return nil
	}
	m := &imageMap{file: os.NewFile(fd, "agenthost-image")}
	if !m.write(memory) {
		m.close()
		return nil
	}
	return m
}

func (m *imageMap) write(memory []byte) bool {
	if m.file.Truncate(int64(len(memory))) != nil {
		return false
	}
	for at := 0; at < len(memory); at += snapshotPage {
		if page := memory[at : at+snapshotPage]; !bytes.Equal(page, zeroPage[:]) {
			if _, err := m.file.WriteAt(page, int64(at)); err != nil {
				return false
			}
		}
	}
	view, err := syscall.Mmap(int(m.file.Fd()), 0, len(memory), syscall.PROT_READ, syscall.MAP_SHARED)
	m.view = view
	return err == nil
}

// over maps the image copy-on-write over the beginning of a reservation. After a failure the reservation
// may have a hole, and is good for nothing but release.
func (m *imageMap) over(reserved []byte) bool {
	_, _, errno := syscall.Syscall6(syscall.SYS_MMAP, uintptr(unsafe.Pointer(&reserved[0])), uintptr(len(m.view)),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_FIXED, m.file.Fd(), 0)
	return errno == 0
}

func (m *imageMap) close() {
	if m.view != nil {
		release(m.view)
		m.view = nil
	}
	_ = m.file.Close() // Nothing is written any more that could be lost.
}

// drop gives back an instance's own copies of pages that are the image's: it sees the image's again.
func drop(b []byte) { _ = syscall.Madvise(b, syscall.MADV_DONTNEED) }
