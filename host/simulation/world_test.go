package simulation

import (
	"testing"
)

func TestBareWorld(t *testing.T) {
	t.Run("the lane alone keeps its promises", func(t *testing.T) {
		bad := 0
		for seed := range uint64(300) {
			r, err := runBare(seed, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Violations) == 0 {
				continue
			}
			for i := range r.Violations[:min(3, len(r.Violations))] {
				t.Errorf("%s", r.Violations[i].String())
			}
			if bad++; bad > 12 {
				t.FailNow()
			}
		}
	})
}
