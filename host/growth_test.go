package host_test

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
)

func TestDaysLeftAreUnknownUntilEnoughIsMeasured(t *testing.T) {
	var g host.Growth
	for at := time.Duration(0); at < 10*time.Minute; at += time.Second {
		g.Add(at, int64(at))
		if _, known := g.DaysLeft(1 << 40); known {
			t.Fatalf("known after %s", at)
		}
	}
	g.Add(10*time.Minute, 1000)
	if _, known := g.DaysLeft(1 << 40); !known {
		t.Error("not known after ten minutes")
	}
	if _, known := g.DaysLeft(-1); known {
		t.Error("known without the free space")
	}
}

func TestDaysLeftFollowTheLastDay(t *testing.T) {
	var g host.Growth
	size := int64(0)
	day := func(from int, perMinute int64) {
		for m := range 24 * 60 {
			size += perMinute
			g.Add(time.Duration(from*24*60+m)*time.Minute, size)
		}
	}
	day(0, 1<<20)
	if days, known := g.DaysLeft(14400 << 20); !known || days < 9.9 || days > 10.1 {
		t.Errorf("%v days, %v: 1440 MiB a day are used of 14400", days, known)
	}
	day(1, 2<<20)
	if days, _ := g.DaysLeft(14400 << 20); days < 4.9 || days > 5.1 {
		t.Errorf("%v days: a day ago it grew by half as much, which is over", days)
	}
	if perDay, _ := g.PerDay(); perDay < 2879<<20 || perDay > 2881<<20 {
		t.Errorf("%v bytes a day", perDay)
	}
	size /= 2 // pruned
	day(2, 0)
	if days, known := g.DaysLeft(1 << 30); !known || days != host.DaysMax {
		t.Errorf("%v days of a history that does not grow", days)
	}
}

func TestASizeThatIsNotKnownIsNoMeasurement(t *testing.T) {
	var g host.Growth
	g.Add(0, 0)
	g.Add(time.Hour, -1)
	if _, known := g.PerDay(); known {
		t.Error("known from one measurement")
	}
}
