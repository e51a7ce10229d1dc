package simulation

import (
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// entry is one of an agent's stream: a module's body, or a turn.
type entry struct {
	module string
	turn   event.Turn
}

func made(body string) entry { return entry{module: body} }

func turn(sequence, module uint64, kind event.Kind) entry {
	return entry{turn: event.Turn{Module: module, Event: event.Event{Kind: kind, Sequence: sequence, Time: start}}}
}

func failing(e entry, output uint64) entry {
	e.turn.Verdict, e.turn.Output = event.VerdictTrapped, output
	return e
}

func TestSuccession(t *testing.T) {
	const old, fresh, back = `{"module_sha256":"aa"}`, `{"module_sha256":"bb","swap":{"warmup":"load","by":"p"}}`, `{"module_sha256":"aa","swap":{"warmup":"back","by":"host","why":"the new module failed"}}`
	whole := []entry{
		made(old), turn(1, 1, event.KindStart), turn(2, 1, event.KindMarket), made(fresh), turn(3, 4, event.KindSwap),
		failing(turn(4, 4, event.KindMarket), 7), made(back), turn(5, 7, event.KindSwap), turn(6, 7, event.KindMarket),
	}
	for _, c := range []struct {
		claim, want string // empty: no violation
		entries     []entry
	}{
		{"a swap and its way back break nothing", "", whole},
		{"a turn is missing", "follows turn", append(append([]entry{}, whole[:2]...), whole[3:]...)},
		{"a turn is there twice", "turn 2 follows turn 2", append(append([]entry{}, whole[:3]...), whole[2])},
		{"a swap has no number", "of kind market", []entry{whole[0], whole[1], whole[2], whole[3], turn(3, 4, event.KindMarket)}},
		{"a swap has no module entry", "of kind swap", []entry{whole[0], whole[1], turn(2, 1, event.KindSwap)}},
		{"a turn names another module", "names the module entry 1", []entry{whole[0], whole[1], whole[2], whole[3], turn(3, 1, event.KindSwap)}},
		{"something else comes back", "brings back module cc", []entry{
			whole[0], whole[1], whole[2], whole[3], whole[4], failing(turn(4, 4, event.KindMarket), 7),
			made(strings.Replace(back, "aa", "cc", 1)), turn(5, 7, event.KindSwap),
		}},
		{"a failed turn has wishes, and nothing comes back", "is no swap back", append(append([]entry{}, whole[:6]...), turn(5, 4, event.KindMarket))},
	} {
		t.Run(c.claim, func(t *testing.T) {
			disk := NewDisk(1, NewPower(), DiskFaults{})
			j, err := journal.Open(disk.Open(), journal.Options{Inline: true})
			if err != nil {
				t.Fatal(err)
			}
			s, err := j.Acquire("agent/a", "host", 0, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			last := uint64(0)
			for i := range c.entries {
				e := &c.entries[i]
				kind, body := journal.KindModule, []byte(e.module)
				if e.module == "" {
					kind, body = journal.KindTurn, event.AppendTurn(nil, &e.turn)
					last = e.turn.Event.Sequence
				}
				if err := s.Wait(s.Append(kind, last, start, body)); err != nil {
					t.Fatal(err)
				}
			}
			checker, swaps := NewChecker(1, start, newTestVenue(1, nil), Limits{}), map[string]int{}
			checker.checkSuccession(j, "agent/a", new(Sometimes), swaps)
			found := ""
			for _, v := range checker.Violations() {
				found += v.String() + "\n"
			}
			if (found == "") != (c.want == "") || !strings.Contains(found, c.want) {
				t.Errorf("want %q, found:\n%s", c.want, found)
			}
			if c.want == "" && (swaps["p"] != 1 || swaps["host"] != 1) {
				t.Errorf("counted %v", swaps)
			}
		})
	}
}
