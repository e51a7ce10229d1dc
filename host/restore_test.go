package host_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/backup"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// copyAway makes a backup of the stand's journal, as it stands.
func (s *stand) copyAway() string {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	dest := filepath.Join(s.TempDir(), "copy")
	source := backup.Source{DataDir: filepath.Dir(s.path), Mark: s.path + ".mark", Now: time.Unix(0, s.now)}
	if _, err := backup.Make(context.Background(), source, dest); err != nil {
		s.Fatal(err)
	}
	return dest
}

// loseDisk ends the host, and puts a backup in the place of what it had.
func (s *stand) loseDisk(copied string) {
	s.Helper()
	s.stop()
	folder := filepath.Join(s.TempDir(), "data")
	r := backup.Restore{
		Backup: copied, DataDir: folder, By: "ann", Reason: "the disk died", Now: time.Unix(0, s.now),
		Run: func() [8]byte { return [8]byte{9, 9, 9, byte(s.starts)} },
	}
	if _, err := r.Do(context.Background()); err != nil {
		s.Fatal(err)
	}
	s.path = filepath.Join(folder, "journal.db")
	s.start()
}

// ids are those of all orders in the agent's journal.
func (s *stand) ids() map[event.OrderID]bool {
	ids := map[event.OrderID]bool{}
	s.turns(func(t *event.Turn) {
		for i := range t.Requests {
			if t.Requests[i].Kind == event.RequestSubmit {
				ids[t.Requests[i].Order.ID] = true
			}
		}
	})
	return ids
}

func TestAfterARestoreNoIDComesAgain(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 2)
	copied := s.copyAway()
	known := s.ids()
	trade := func() {
		for range 25 {
			s.order(buy, 1)
			s.order(sell, 1)
		}
	}
	trade()
	sent := s.ids()
	s.loseDisk(copied)
	s.run(8 * time.Second)
	if err := s.command(host.Command{Act: unhold}); err != nil {
		t.Fatal(err)
	}
	s.run(3 * time.Second)
	for _, step := range []func(){trade, s.restart, trade} { // the new run is found in the journal, at its place
		step()
		for id := range s.ids() {
			if sent[id] && !known[id] {
				t.Fatalf("id %s was used before the loss, and is used again", id)
			}
		}
	}
	if n := len(s.ids()) - len(known); n < 90 {
		t.Errorf("%d orders after the restore prove nothing", n)
	}
}

var unhold = execution.Act{Kind: execution.ActUnhold, Who: "ann", Why: "looked at it"}

func TestAfterARestoreNothingGoesOutUntilAPersonHasLooked(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 3)
	copied := s.copyAway()
	s.order(buy, 2)
	s.order(rest, 4)
	lost := s.arrived()
	s.loseDisk(copied)
	if err := s.command(host.Command{Act: unhold}); err == nil || !strings.Contains(err.Error(), "not compared with the venue yet") {
		t.Errorf("released at once: %v", err)
	}
	s.order(buy, 1)
	s.restart()
	s.order(sell, 1)
	s.run(20 * time.Second)
	if s.arrived() != lost {
		t.Errorf("%d calls that change something went out while the account was held", s.arrived()-lost)
	}
	h := host.LaneHealth(s.live)
	if !strings.Contains(h.Held, "ann: the disk died") || !h.Ready || h.Reconciled == 0 || h.Differ != "" {
		t.Errorf("%+v", h)
	}
	named := 0
	for i := range s.alerts {
		if strings.HasPrefix(s.alerts[i].Key, "lost_order/") {
			named++
		}
	}
	if named != 2 {
		t.Errorf("%d orders are named that were sent after the backup, want 2", named)
	}
	if err := s.command(host.Command{Act: unhold}); err != nil {
		t.Fatal(err)
	}
	if books, lane := host.LivePosition(s.live, 0); books != 3 || lane != 3 {
		t.Errorf("the agent holds %d, the lane %d, want 3: what was lost is foreign", books, lane)
	}
	s.order(closePosition, 0)
	if venue := s.venue.Book().Own[0]; venue != 2 {
		t.Errorf("the venue holds %d after the close, want the 2 that are foreign", venue)
	}
	if d := host.LaneHealth(s.live).Differ; d != "" {
		t.Errorf("differs: %s", d)
	}
}

func TestAfterARestoreLostFillsAreClaimedWhereTheConfigurationSaysSo(t *testing.T) {
	s := newStand(t, func(s *stand) { s.lane.Foreign = execution.ForeignClaim })
	s.order(buy, 3)
	copied := s.copyAway()
	s.order(buy, 2)
	s.loseDisk(copied)
	s.run(20 * time.Second)
	if err := s.command(host.Command{Act: unhold}); err != nil {
		t.Fatal(err)
	}
	s.run(3 * time.Second)
	s.holds(5)
	s.order(closePosition, 0)
	s.holds(0)
}

// An order that was about to go out when the backup was made may have gone out since.
func TestAfterARestoreAnOrderThatMayHaveGoneOutIsLookedUp(t *testing.T) {
	s := newStand(t, func(s *stand) {
		s.group.Venue.Dedupe, s.lane.TimeToLive.Limit = resilience.DedupeNone, int64(time.Hour)
		s.group.Venue.Facilities &^= event.FacilityOpenOrders | event.FacilityPositions // no list tells it
	})
	s.call = func(c *event.Call) fate { return fate{refused: c.Kind == event.CallSubmit} } // it waits for the next attempt
	s.order(rest, 3)
	copied := s.copyAway()
	for _, o := range host.LaneOrders(s.live) {
		if o.Life.State != resilience.StatePending {
			t.Fatalf("the order is %s", o.Life.State)
		}
	}
	s.call = nil
	s.run(10 * time.Second)
	if n := len(s.venue.Book().Orders); n != 1 {
		t.Fatalf("%d orders are at the venue, want 1", n)
	}
	s.loseDisk(copied)
	s.run(5 * time.Second)
	if err := s.command(host.Command{Act: unhold}); err != nil {
		t.Fatal(err)
	}
	s.run(10 * time.Second)
	for _, o := range host.LaneOrders(s.live) {
		if !o.Life.Acknowledged { // found, it may since have been taken back, for the account was held
			t.Errorf("the order rests at the venue, and here it is %s", o.Life.State)
		}
	}
	s.holds(0)
}
