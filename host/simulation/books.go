package simulation

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// folded is what a group's journal streams come to, folded by the simulator itself: a second lane that is shown
// every entry, and positions summed up from the agents' turns. So the host is judged by what it wrote down.
type folded struct {
	disk    *Disk
	group   *GroupPlan
	config  execution.Config
	lane    *execution.Lane
	journal *journal.Journal
	// seen is the last position folded, by stream, of a disk that was rewritten so often.
	seen      map[string]uint64
	rewritten uint64
	positions []int64 // of the agents, by the lane's instruments
	letters   map[string]event.Letter
	ticks     []failedTick
	now       int64
}

// failedTick is what is looked at of a dead letter about a tick.
type failedTick struct {
	Agent string
	Turn  uint64
	Time  int64
	Code  int32
}

// newFolded starts with nothing read. It reads the disk without steps that could fail.
func newFolded(d *Disk, g *GroupPlan, c execution.Config) (*folded, error) {
	f := &folded{disk: d, group: g, config: c}
	var err error
	if f.journal, err = journal.Open(d.Look(), journal.Options{}); err != nil {
		return nil, err
	}
	return f, f.forget()
}

// restart forgets what was read, if a crash has made some of it another.
func (f *folded) restart() error {
	if f.rewritten == f.disk.rewritten {
		return nil
	}
	return f.forget()
}

func (f *folded) forget() error {
	f.rewritten = f.disk.rewritten
	f.seen, f.letters, f.ticks = make(map[string]uint64), make(map[string]event.Letter), nil
	f.positions = make([]int64, len(f.config.Instruments))
	var err error
	f.lane, err = execution.New(f.config)
	return err
}

// advance folds what was appended to the lane's stream since. The error says that an entry cannot be read or
// applied.
func (f *folded) advance(now int64) error {
	f.now = max(f.now, now)
	return f.read(f.Lane(), f.step)
}

// complete folds the agents' streams too.
func (f *folded) complete(now int64) error {
	for i := range f.group.Agents {
		a := &f.group.Agents[i]
		if err := f.read(streamOf(a.Name), func(e *journal.Entry) error { return f.turn(a, e) }); err != nil {
			return err
		}
	}
	return f.advance(now)
}

// read hands the new entries of a stream to fold.
func (f *folded) read(name string, fold func(*journal.Entry) error) error {
	for e, err := range f.journal.Read(name, f.seen[name]+1) {
		if err != nil {
			return err
		}
		if err := fold(&e); err != nil {
			return fmt.Errorf("stream %s, entry %d: %w", name, e.Position, err)
		}
		f.seen[name] = e.Position
	}
	return nil
}

// turn folds an agent's entry: fills move positions, failed ticks are letters.
func (f *folded) turn(a *AgentSpec, e *journal.Entry) error {
	switch e.Kind {
	case journal.KindDeadLetter:
		var l event.Letter
		if err := json.Unmarshal(e.Body, &l); err != nil {
			return err
		}
		if l.Kind != event.LetterTick || l.Tick == nil {
			return fmt.Errorf("a dead letter of kind %q in an agent's stream", l.Kind)
		}
		f.ticks = append(f.ticks, failedTick{Agent: l.Agent, Turn: l.Tick.Turn, Time: l.Time, Code: l.Tick.Code})
	case journal.KindTurn:
		var t event.Turn
		if err := event.ReadTurn(e.Body, &t); err != nil {
			return err
		}
		if o := &t.Event.Outcome; t.Event.Kind == event.KindOutcome && o.Kind == event.EventFill {
			if int(o.Instrument) >= len(a.Instruments) {
				return fmt.Errorf("a fill of instrument %d of %d", o.Instrument, len(a.Instruments))
			}
			signed := o.Fill.Quantity
			if o.Fill.Side == event.Sell {
				signed = -signed
			}
			f.positions[a.Instruments[o.Instrument]] += signed
		}
	}
	return nil
}

// step folds an entry of the lane.
func (f *folded) step(e *journal.Entry) error {
	switch e.Kind {
	case journal.KindLane:
		var entry execution.Entry
		if err := execution.ReadEntry(e.Body, &entry); err != nil {
			return err
		}
		for _, l := range entry.Letters {
			f.letters[l.ID] = l
		}
		return f.lane.Apply(&entry)
	default:
		return nil
	}
}

// Health is the lane's.
func (f *folded) Health(now int64) execution.Health { return f.lane.Health(now) }

// Orders are the lane's.
func (f *folded) Orders() iter.Seq[HostOrder] {
	return func(yield func(HostOrder) bool) {
		for s := range f.lane.Orders() {
			o := HostOrder{
				ID: s.Order.ID, Replaces: s.Replaces, Parent: s.Order.Parent, State: s.Life.State, Instrument: s.Order.Instrument, Filled: s.Life.Filled,
				Reached: s.Life.Reached(), Letter: s.Letter, Created: s.Order.Created,
			}
			if !yield(o) {
				return
			}
		}
	}
}

// Letters are those of orders that still wait.
func (f *folded) Letters() (letters []event.Letter) {
	for s := range f.lane.Orders() {
		if l, there := f.letters[s.Order.ID.String()]; there && s.Letter {
			letters = append(letters, l)
		}
	}
	return letters
}

// Position is by the agents' turns, Foreign by the lane.
func (f *folded) Position(i uint32) int64 { return f.positions[i] }

// Foreign is what the lane holds for somebody else's.
func (f *folded) Foreign(i uint32) int64 { return f.lane.Foreign(i) }

// Halted is why books and venue do not add up.
func (f *folded) Halted() string { return f.lane.Health(f.now).Differ }

// Agents are the names of the agents' streams.
func (f *folded) Agents() []string {
	names := make([]string, len(f.group.Agents))
	for i := range f.group.Agents {
		names[i] = streamOf(f.group.Agents[i].Name)
	}
	return names
}

// Lane is the name of the lane's stream.
func (f *folded) Lane() string { return laneOf(f.config.Venue, f.config.Account) }

// Journal is the disk's, to be read.
func (f *folded) Journal() *journal.Journal { return f.journal }
