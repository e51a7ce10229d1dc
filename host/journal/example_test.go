package journal_test

import (
	"fmt"
	"log"
	"time"

	"github.com/agenthost/agenthost/host/journal"
)

// An agent's stream: taken up under a lease, written, made durable, read back and verified.
func Example() {
	j, err := journal.Open(journal.NewMemory(journal.MemoryOptions{}), journal.Options{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := j.Acquire("agent/sma", "host-1", 0, time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	s.Append(journal.KindGenesis, 0, 0, []byte("run 7"))
	b := s.Begin(journal.KindTurn, 1, 1_000) // the body is encoded in place
	b = append(b, "bar closed, buy 3"...)
	position := s.Commit(b)

	// The order may leave the host only after this.
	if err := s.Wait(position); err != nil {
		log.Fatal(err)
	}
	for e, err := range j.Read("agent/sma", 1) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d %s sequence %d: %s\n", e.Position, e.Kind, e.Sequence, e.Body)
	}
	report, err := j.Verify("agent/sma", nil)
	fmt.Println(report.Entries, "entries are sound", err)
	if err := j.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1 genesis sequence 0: run 7
	// 2 turn sequence 1: bar closed, buy 3
	// 2 entries are sound <nil>
}
