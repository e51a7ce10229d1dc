package simulation_test

import (
	"fmt"

	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/simulation"
)

// The power fails while an entry is appended; the next host finds what was acknowledged.
func Example() {
	power := simulation.NewPower(5)
	disk := simulation.NewDisk(1, power, simulation.DiskFaults{Whole: true})
	write := func() error {
		j, err := journal.Open(disk.Open(), journal.Options{Inline: true})
		if err != nil {
			return err
		}
		s, err := j.Acquire("agent/a", "host", 0, 0)
		if err != nil {
			return err
		}
		head, _ := s.Head()
		fmt.Println("the host finds", head, "entries")
		for i := head; i < 5; i++ {
			if err := s.Wait(s.Append(journal.KindTurn, i+1, 0, nil)); err != nil {
				return err
			}
		}
		return j.Close()
	}
	err := write()
	fmt.Println(simulation.IsPower(err))
	power.Restore()
	fmt.Println(write())
	// Output:
	// the host finds 0 entries
	// true
	// the host finds 4 entries
	// <nil>
}
