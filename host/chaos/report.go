package chaos

import (
	"fmt"
	"io"
	"sync"
)

// Fault names a kind of fault, in reports and in logs.
type Fault string

const (
	FaultFail               Fault = "fail"
	FaultDropBeforeProved   Fault = "drop_before_proved"
	FaultDropBeforeUnproved Fault = "drop_before_unproved"
	FaultDropAfter          Fault = "drop_after"
	FaultDelay              Fault = "delay"
	// FaultDelayMade and FaultDelayAbandoned are what became of the delayed.
	FaultDelayMade      Fault = "delay_made"
	FaultDelayAbandoned Fault = "delay_abandoned"
	FaultDuplicate      Fault = "duplicate"
	// FaultDuplicateWithheld counts those that would have made two orders; see VenueFaults.Duplicate.
	FaultDuplicateWithheld Fault = "duplicate_withheld"
	FaultLatency           Fault = "latency"
	// FaultLate is a reply that came, by the latency, when its caller had given up; FaultGivenUp a call that
	// for the same reason was never made.
	FaultLate       Fault = "late"
	FaultGivenUp    Fault = "given_up"
	FaultReorder    Fault = "reorder"
	FaultSplit      Fault = "split"
	FaultCut        Fault = "cut"
	FaultStreamEnds Fault = "stream_ends"

	FaultNaN   Fault = "nan"
	FaultStale Fault = "stale"
	FaultGap   Fault = "gap"

	FaultAppendFails Fault = "append_fails"
	// FaultIndeterminateStored and FaultIndeterminateLost are the two sides of the coin.
	FaultIndeterminateStored Fault = "indeterminate_stored"
	FaultIndeterminateLost   Fault = "indeterminate_lost"
	FaultDiskFull            Fault = "disk_full"
)

// faults are all of them, in the order of a report.
var faults = []Fault{
	FaultFail, FaultDropBeforeProved, FaultDropBeforeUnproved, FaultDropAfter, FaultDelay, FaultDelayMade, FaultDelayAbandoned,
	FaultDuplicate, FaultDuplicateWithheld, FaultLatency, FaultLate, FaultGivenUp, FaultReorder, FaultSplit, FaultCut, FaultStreamEnds,
	FaultNaN, FaultStale, FaultGap, FaultAppendFails, FaultIndeterminateStored, FaultIndeterminateLost, FaultDiskFull,
}

// seam is one place at which faults are put in, and what was counted there.
type seam struct {
	kind, name string
	mu         sync.Mutex
	things     uint64
	counts     map[Fault]uint64
}

func (c *Chaos) seam(kind, name string) *seam {
	s := &seam{kind: kind, name: name, counts: map[Fault]uint64{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seams = append(c.seams, s)
	return s
}

// next counts one thing that comes by and returns its number, from 1.
func (s *seam) next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things++
	return s.things
}

func (s *seam) count(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[f]++
}

// Report is what was injected so far.
type Report struct {
	Seed  uint64       `json:"seed"`
	Seams []SeamReport `json:"seams"`
}

// SeamReport is one seam: a venue, its stream, a feed, or the store.
type SeamReport struct {
	// Kind is "venue", "stream", "feed" or "store".
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Things counts what came by: calls, messages, bars, appends.
	Things   uint64       `json:"things"`
	Injected []FaultCount `json:"injected"`
}

// FaultCount is how often a fault was injected.
type FaultCount struct {
	Fault Fault  `json:"fault"`
	Count uint64 `json:"count"`
}

// Report tells what was injected so far, by seam in the order in which they were made.
func (c *Chaos) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Report{Seed: c.config.Seed, Seams: []SeamReport{}}
	for _, s := range c.seams {
		r.Seams = append(r.Seams, s.report())
	}
	return r
}

func (s *seam) report() SeamReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := SeamReport{Kind: s.kind, Name: s.name, Things: s.things, Injected: []FaultCount{}}
	for _, f := range faults {
		if n := s.counts[f]; n > 0 {
			r.Injected = append(r.Injected, FaultCount{f, n})
		}
	}
	return r
}

// Count sums a fault over all seams.
func (r *Report) Count(f Fault) (n uint64) {
	for i := range r.Seams {
		for _, c := range r.Seams[i].Injected {
			if c.Fault == f {
				n += c.Count
			}
		}
	}
	return n
}

// thingNames are what a seam's things are called.
var thingNames = map[string]string{"venue": "calls", "stream": "messages", "feed": "bars", "store": "appends"}

// WriteText writes the report for people. A seam where nothing came by is left out.
func (r *Report) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "faults injected (seed %d)\n", r.Seed); err != nil {
		return err
	}
	for i := range r.Seams {
		if r.Seams[i].Things == 0 {
			continue
		}
		if err := r.Seams[i].writeText(w); err != nil {
			return err
		}
	}
	return nil
}

func (s *SeamReport) writeText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "  %s %s: %d %s\n", s.Kind, s.Name, s.Things, thingNames[s.Kind]); err != nil {
		return err
	}
	for _, c := range s.Injected {
		if _, err := fmt.Fprintf(w, "    %-22s %8d  %5.1f %%\n", c.Fault, c.Count, 100*float64(c.Count)/float64(max(s.Things, 1))); err != nil {
			return err
		}
	}
	if len(s.Injected) == 0 {
		_, err := fmt.Fprintln(w, "    none")
		return err
	}
	return nil
}
