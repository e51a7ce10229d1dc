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
