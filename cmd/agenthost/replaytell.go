package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// replayed is the JSON of a replay's summary: the last line.
type replayed struct {
	FormatVersion string `json:"format_version"`
	Kind          string `json:"kind"` // summary
	host.ReplaySummary
	// Equal: no turn of those compared differs from the journal.
	Equal          bool                `json:"equal"`
	Seconds        float64             `json:"seconds"`
	TicksPerSecond float64             `json:"ticks_per_second"`
	Plugin         *host.PluginSummary `json:"plugin,omitempty"`
}

// divergence is the JSON of the first turn that differs.
type divergence struct {
	Kind     string       `json:"kind"` // divergence
	Stream   string       `json:"stream"`
	Position uint64       `json:"position"`
	Sequence uint64       `json:"sequence"`
	Entry    string       `json:"entry"`
	Journal  any          `json:"journal"` // null: the journal does not have it
	Replayed any          `json:"replayed"`
	Fields   []fieldTwice `json:"fields"` // those that differ
}

// fieldTwice is one field of both sides, as JSON text; empty where a side does not have it.
type fieldTwice struct {
	Field    string `json:"field"`
	Journal  string `json:"journal"`
	Replayed string `json:"replayed"`
}

// pluginTick is the JSON of a tick at which a plugin's orders differ, or that it failed.
type pluginTick struct {
	Kind        string            `json:"kind"` // tick
	Sequence    uint64            `json:"sequence"`
	Time        int64             `json:"time"`
	OldFailed   bool              `json:"old_failed,omitempty"`
	Trap        string            `json:"trap,omitempty"`
	Message     string            `json:"message,omitempty"`
	Fuel        int64             `json:"fuel"`
	Differences []host.Difference `json:"differences"`
}

func (r *replayCommand) tickJSON(t *host.PluginTick) error {
	out := pluginTick{Kind: "tick", Sequence: t.Sequence, Time: t.Time, OldFailed: t.OldFailed, Fuel: t.Fuel, Differences: t.Differences}
	if t.Trap != nil {
		out.Trap, out.Message = t.Trap.Kind.String(), t.Trap.Message
	}
	return encode(r.out, out)
}

// tell ends a replay.
func (r *replayCommand) tell(replay *host.Replay, d *host.Diverged, took time.Duration) error {
	s := replayed{
		FormatVersion: "1.0", Kind: "summary", ReplaySummary: replay.Summary(), Plugin: replay.Plugin(), Equal: d == nil, Seconds: took.Seconds(),
	}
	if s.Seconds > 0 {
		s.TicksPerSecond = float64(s.Ticks) / s.Seconds
	}
	if d != nil {
		if err := r.divergence(d, scalesFrom(replay.Instruments())); err != nil {
			return err
		}
	}
	if r.json {
		if err := encode(r.out, s); err != nil {
			return err
		}
	} else if err := r.summary(&s); err != nil {
		return err
	}
	if d != nil {
		return errPrinted
	}
	return nil
}

func scalesFrom(instruments []event.Instrument) scales {
	var s scales
	for i := range instruments {
		x := &instruments[i]
		s = append(s, instrumentFacts{x.Name, x.PriceDecimals, x.QuantityDecimals})
	}
	return s
}

func (r *replayCommand) summary(s *replayed) error {
	if s.Equal {
		fmt.Fprintf(r.out, "agent %s: %s taken again, %d compared with the journal: all are equal\n", s.Agent, plural(int(s.Taken), "turn"), s.Turns)
	} else {
		fmt.Fprintf(r.out, "\nagent %s: %s taken again; %d compared before that were equal\n", s.Agent, plural(int(s.Taken), "turn"), s.Turns)
	}
	t := newTable(r.out)
	if s.Turns > 0 {
		t.fact("events", fmt.Sprintf("%d to %d, %s to %s UTC", s.From, s.To, when(s.FirstTime), when(s.LastTime)))
	}
	if s.Checkpoint != 0 {
		t.fact("begun", fmt.Sprintf("from the checkpoint after event %d", s.Checkpoint))
	}
	t.fact("ticks", fmt.Sprintf("%d, of which %d failed", s.Ticks, s.Failed))
	t.fact("speed", fmt.Sprintf("%.0f ticks/s, %.2f s", s.TicksPerSecond, s.Seconds))
	t.fact("module", s.ModuleSHA256)
	t.fact("turns' hash", s.TurnsSHA256)
	t.fact("state_hash", s.StateHash)
	machines(t, s.Made, s.Replayed)
	if err := t.flush(); err != nil || s.Plugin == nil {
		return err
	}
	return r.pluginText(s.Plugin)
}

// machines says what made the turns and what took them again, where that is not the same.
func machines(t *table, then, now host.Machine) {
	if then == now {
		return
	}
	words := func(m host.Machine) string {
		return fmt.Sprintf("%s on %s, wazero %s, %s", m.Engine, m.Arch, m.Wazero, m.Meter)
	}
	t.fact("made by", words(then))
	t.fact("replayed by", words(now))
}

func (r *replayCommand) pluginText(p *host.PluginSummary) error {
	fmt.Fprintf(r.out, "\n%s %s (%s) on the same inputs: %s, %d with the same orders, %d with others, %d failed\n",
		p.Name, p.Version, r.plugin, plural(int(p.Ticks), "tick"), p.Equal, p.Differing, p.Failed)
	t := newTable(r.out)
	for _, v := range p.Parameters {
		t.fact(v.Name, fmt.Sprintf("%s (%s)", v.Value, v.From))
	}
	if p.Loaded > 0 {
		t.fact("state", fmt.Sprintf("loaded from the agent's own strategy after event %d; the inputs before were pruned", p.Loaded))
	}
	t.fact("most fuel", fmt.Sprintf("%d units", p.FuelMax))
	if p.Timers > 0 {
		t.fact("timers", fmt.Sprintf("others set at %s; it is ticked when the old one's go off", plural(int(p.Timers), "tick")))
	}
	if err := t.flush(); err != nil {
		return err
	}
	for _, f := range r.failed {
		fmt.Fprintf(r.out, "  failed at %s\n", visible(f))
	}
	if more := int(p.Failed) - len(r.failed); more > 0 {
		fmt.Fprintf(r.out, "  and %d more; --json has all\n", more)
	}
	return r.differences(p)
}

func (r *replayCommand) differences(p *host.PluginSummary) error {
	if p.Differing == 0 {
		return nil
	}
	fmt.Fprintf(r.out, "\norders that differ, the first at event %d\n", p.First)
	if err := differences(r.out, r.rows); err != nil {
		return err
	}
	if len(r.rows) == rowsMax {
		_, err := fmt.Fprintf(r.out, "these are the first %d; --json has all\n", rowsMax)
		return err
	}
	return nil
}

// differences lists orders that two modules wish differently.
func differences(w io.Writer, rows []host.Difference) error {
	t := newTable(w)
	t.row("event", "time (UTC)", "instrument", "old", "new", "note")
	for i := range rows {
		d := &rows[i]
		mark := ""
		if d.Hypothetical {
			mark = "hypothetical"
		}
		t.row(d.Sequence, when(d.Time), d.Instrument, d.Old, d.New, mark)
	}
	return t.flush()
}

// divergence shows both sides of the first difference.
func (r *replayCommand) divergence(d *host.Diverged, s scales) error {
	v := divergence{Kind: "divergence", Stream: d.Stream, Position: d.Position, Sequence: d.Sequence, Entry: d.Kind.String()}
	var err error
	if v.Journal, err = showSide(d.Kind, d.Want, s); err != nil {
		return err
	}
	if v.Replayed, err = showSide(d.Kind, d.Got, s); err != nil {
		return err
	}
	all, err := sideBySide(v.Journal, v.Replayed)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.Journal != f.Replayed {
			v.Fields = append(v.Fields, f)
		}
	}
	if r.json {
		return encode(r.out, v)
	}
	fmt.Fprintf(r.out, "DIFFERS  stream %s, position %d, event %d: the journal's %s entry and the one made again\n", d.Stream, d.Position, d.Sequence, d.Kind)
	t := newTable(r.out)
	t.row(" ", "field", "journal", "made again")
	for _, f := range all {
		mark := " "
		if f.Journal != f.Replayed {
			mark = "!"
		}
		t.row(mark, f.Field, f.Journal, f.Replayed)
	}
	return t.flush()
}

// showSide decodes an entry's body; nil for none.
func showSide(kind journal.Kind, body []byte, s scales) (any, error) {
	if body == nil {
		return nil, nil
	}
	if kind != journal.KindTurn {
		return decodeBody(&journal.Entry{Kind: kind, Body: body}, s)
	}
	var t event.Turn
	if err := event.ReadTurn(body, &t); err != nil {
		return nil, err
	}
	m := s.showTurn(&t)
	m["time"], m["sequence"], m["module_position"] = showTime(t.Event.Time), t.Event.Sequence, t.Module
	m["output"] = fmt.Sprintf("%016x", t.Output)
	return m, nil
}

// sideBySide lines up the fields of two decoded bodies by their names.
func sideBySide(a, b any) ([]fieldTwice, error) {
	left, right := map[string]string{}, map[string]string{}
	for _, side := range []struct {
		value any
		into  map[string]string
	}{{a, left}, {b, right}} {
		if side.value == nil {
			continue
		}
		text, err := json.Marshal(side.value)
		if err != nil {
			return nil, err
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, err
		}
		flatten("", v, side.into)
	}
	var out []fieldTwice
	for name, text := range left {
		out = append(out, fieldTwice{name, text, right[name]})
	}
	for name, text := range right {
		if _, both := left[name]; !both {
			out = append(out, fieldTwice{Field: name, Replayed: text})
		}
	}
	sort.Slice(out, func(i, k int) bool { return out[i].Field < out[k].Field })
	return out, nil
}

// flatten names each leaf of a JSON value by its path.
func flatten(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			name := k
			if path != "" {
				name = path + "." + k
			}
			flatten(name, x, into)
		}
	case []any:
		for i, x := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), x, into)
		}
	case string:
		into[path] = v
	case float64:
		into[path] = fmt.Sprintf("%.0f", v)
		if v != float64(int64(v)) {
			into[path] = fmt.Sprint(v)
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}
