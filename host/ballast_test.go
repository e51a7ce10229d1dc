package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/agenthost/agenthost/host"
)

func TestBallastTakesSpaceAndGivesItUp(t *testing.T) {
	folder := t.TempDir()
	if host.DiskFree(folder) < 0 {
		t.Skip("this system does not tell how much space is free")
	}
	b, err := host.OpenBallast(folder, 3<<20, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(folder, "ballast")); err != nil || info.Size() != 3<<20 {
		t.Fatalf("ballast: %v, %v", info, err)
	}
	if again, err := host.OpenBallast(folder, 3<<20, 1<<20); err != nil || again.Free() <= 0 {
		t.Errorf("opened again: %v", err)
	}
	for _, want := range []bool{true, false} {
		if gave, err := b.Give(); gave != want || err != nil {
			t.Errorf("gave %v, %v; want %v", gave, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "ballast")); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}

// What an earlier host has left behind, cut short by a crash or of another size, does not lie there for ever.
func TestBallastOfAnotherSizeIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct{ size, freeMin, want int64 }{
		"there is room for the new one": {2 << 20, 1 << 20, 2 << 20},
		"there is no room for it":       {2 << 20, 1 << 60, -1},
		"none is wanted any more":       {0, 0, -1},
	} {
		folder := t.TempDir()
		if host.DiskFree(folder) < 0 {
			t.Skip("this system does not tell how much space is free")
		}
		path := filepath.Join(folder, "ballast")
		if err := os.WriteFile(path, make([]byte, 3<<19), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := host.OpenBallast(folder, c.size, c.freeMin); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		found := int64(-1)
		if info, err := os.Stat(path); err == nil {
			found = info.Size()
		}
		if found != c.want {
			t.Errorf("%s: a ballast of %d bytes, want %d", name, found, c.want)
		}
	}
}
