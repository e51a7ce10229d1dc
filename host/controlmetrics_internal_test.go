package host

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestAGroupThatDoesNotAnswerIsTold: a watchdog must not be fed for a host of which a part hangs, and the
// other part must still be seen.
func TestAGroupThatDoesNotAnswerIsTold(t *testing.T) {
	plan := &ServicePlan{}
	for _, account := range []string{"stuck", "well", "ended"} {
		plan.Groups = append(plan.Groups, &ServiceGroup{Plan: &LivePlan{Venue: "v", Account: account}})
	}
	s := NewService(plan, ServiceOptions{})
	c := s.Control(ControlOptions{})
	if got := c.Alive(t.Context()); got != nil {
		t.Errorf("a host that is being rebuilt is to be killed: %q", got)
	}
	if got := c.Ready(t.Context()); len(got) != 1 || !strings.Contains(got[0], "rebuilt") {
		t.Errorf("a host without groups is ready: %q", got)
	}
	var workers []*worker
	for _, g := range plan.Groups {
		workers = append(workers, newWorker(s, g, &Live{}))
	}
	ended := make(chan struct{})
	go func() { // the one that is well answers what it is asked
		defer close(ended)
		for {
			select {
			case q := <-workers[1].queries:
				q(workers[1].live)
			case <-workers[1].stopped:
				return
			}
		}
	}()
	close(workers[2].stopped)
	s.publish(workers)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := c.Alive(ctx); len(got) != 1 || got[0] != "account v/stuck: its goroutine does not answer" {
		t.Errorf("%q", got)
	}
	close(workers[1].stopped)
	<-ended
}
