package host

import (
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/journal"
)

// An archive that would fill the disk is not begun.
func TestAnArchiveNeedsRoom(t *testing.T) {
	cuts := []journal.Cut{{Bytes: 10 << 20}, {Bytes: 20 << 20}}
	for free, refused := range map[int64]bool{60<<20 - 1: true, 60 << 20: false, 0: true, -1: false} {
		err := roomFor(cuts, free)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "60 MB are needed") {
			t.Errorf("%d bytes free: %v", free, err)
		}
	}
}
