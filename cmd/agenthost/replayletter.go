package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/report"
)

// letterReplayed is the JSON of replay --dead-letter.
type letterReplayed struct {
	FormatVersion string `json:"format_version"`
	Kind          string `json:"kind"` // dead_letter
	// Reproduced: the tick fails as the journal says; else Differs names the facts that differ.
	Reproduced bool     `json:"reproduced"`
	Differs    []string `json:"differs,omitempty"`
	Stream     string   `json:"stream"`
	Position   uint64   `json:"position"`
	// Journal is the letter as journaled, Replayed as it was made again, null if the tick did not fail.
	Journal  *event.Letter `json:"journal"`
	Replayed *event.Letter `json:"replayed"`
	Made     host.Machine  `json:"made_by"`
	Now      host.Machine  `json:"replayed_by"`
	// Tried is the plugin's tick in the failed one's place, Plugin what became of the plugin before and there.
	Tried  *pluginTick         `json:"tried,omitempty"`
	Plugin *host.PluginSummary `json:"plugin,omitempty"`
}

func (r *replayCommand) runLetter(ctx context.Context, where string) (err error) {
	h, err := r.open(where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	o := h.options()
	if o.Plugin, err = r.other(h); err != nil {
		return err
	}
	stop := func() error { return nil }
	l, err := host.ReplayLetter(ctx, o, r.letter, func(replay *host.Replay) { stop = r.progress(replay) })
	if err = errors.Join(err, stop()); err != nil {
		return r.beforeLetter(err)
	}
	if r.export != "" {
		if err := r.exportLetter(l, h); err != nil {
			return fmt.Errorf("--export: %w", err)
		}
	}
	if err := r.tellLetter(l); err != nil {
		return err
	}
	if !l.Reproduced {
		return errPrinted
	}
	return nil
}

// beforeLetter tells of a turn before the failed tick that differs.
func (r *replayCommand) beforeLetter(err error) error {
	var d *host.Diverged
	if !errors.As(err, &d) {
		return err
	}
	if err := r.divergence(d, nil); err != nil {
		return err
	}
	fmt.Fprintf(r.err, "agenthost: dead letter %s: a turn before the tick is not what the journal holds\n", r.letter)
	return errPrinted
}

func (r *replayCommand) tellLetter(l *host.LetterReplay) error {
	if r.json {
		out := letterReplayed{
			FormatVersion: "1.0", Kind: "dead_letter", Reproduced: l.Reproduced, Differs: l.Differs, Stream: l.Stream, Position: l.Position,
			Journal: &l.Letter, Replayed: l.Made, Made: l.Then, Now: l.Now, Plugin: l.Plugin,
		}
		if t := l.Tried; t != nil {
			out.Tried = &pluginTick{Kind: "tick", Sequence: t.Sequence, Time: t.Time, OldFailed: true, Fuel: t.Fuel, Differences: l.Wishes}
			if t.Trap != nil {
				out.Tried.Trap, out.Tried.Message = t.Trap.Kind.String(), t.Trap.Message
			}
		}
		return encode(r.out, out)
	}
	switch {
	case l.Reproduced:
		fmt.Fprintf(r.out, "%s is reproduced: the tick fails as it did\n", l.Letter.ID)
	case l.Made == nil:
		fmt.Fprintf(r.out, "%s is NOT reproduced: the tick does not fail\n", l.Letter.ID)
	default:
		fmt.Fprintf(r.out, "%s is NOT reproduced: the tick fails, but otherwise: %s\n", l.Letter.ID, strings.Join(l.Differs, ", "))
	}
	shown := l.Made
	if shown == nil {
		shown = &l.Letter
	}
	t := newTable(r.out)
	t.fact("agent", shown.Agent)
	t.fact("when", when(shown.Time))
	t.fact("cause", shown.Cause)
	t.fact("message", shown.Message)
	tickFacts(t, shown.Tick)
	t.fact("module", shown.Module)
	t.fact("journal", fmt.Sprintf("stream %s, position %d", l.Stream, l.Position))
	machines(t, l.Then, l.Now)
	if r.export != "" {
		t.fact("written to", r.export)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if err := r.letterDiffers(l); err != nil {
		return err
	}
	return r.tried(l)
}

// letterDiffers shows both sides of what differs.
func (r *replayCommand) letterDiffers(l *host.LetterReplay) error {
	if l.Reproduced || l.Made == nil {
		return nil
	}
	all, err := sideBySide(&l.Letter, l.Made)
	if err != nil {
		return err
	}
	fmt.Fprintln(r.out)
	t := newTable(r.out)
	t.row("field", "journal", "made again")
	for _, f := range all {
		if f.Journal != f.Replayed {
			t.row(f.Field, f.Journal, f.Replayed)
		}
	}
	return t.flush()
}

// tried says what a plugin did in the place of the tick that failed.
func (r *replayCommand) tried(l *host.LetterReplay) error {
	if l.Plugin == nil {
		return nil
	}
	p, tried := l.Plugin, l.Tried
	fmt.Fprintf(r.out, "\n%s %s (%s), given every input from the start\n", p.Name, p.Version, r.plugin)
	t := newTable(r.out)
	for _, v := range p.Parameters {
		t.fact(v.Name, fmt.Sprintf("%s (%s)", v.Value, v.From))
	}
	switch {
	case tried == nil:
		t.fact("this tick", "was not reached")
	case tried.Trap != nil:
		t.fact("this tick", fmt.Sprintf("FAILS, too: %s: %s", tried.Trap.Kind, tried.Trap.Message))
		t.fact("stack", strings.Join(tried.Trap.Stack, " < "))
		t.fact("printed", tried.Trap.Printed)
	default:
		t.fact("this tick", fmt.Sprintf("passes, with %d units of fuel", tried.Fuel))
		for _, w := range l.Wishes {
			t.fact("orders", strings.TrimSpace(w.Instrument+" "+w.New))
		}
		if len(l.Wishes) == 0 {
			t.fact("orders", "none")
		}
	}
	t.fact("ticks before", fmt.Sprintf("%d, %d with other orders, %d failed", p.Ticks-1, p.Differing-differing(l), p.Failed-failures(tried)))
	return t.flush()
}

func differing(l *host.LetterReplay) uint64 {
	if len(l.Wishes) > 0 {
		return 1
	}
	return 0
}

func failures(t *host.PluginTick) uint64 {
	if t != nil && t.Trap != nil {
		return 1
	}
	return 0
}

// exportLetter writes what the module's author needs.
func (r *replayCommand) exportLetter(l *host.LetterReplay, h *history) error {
	if err := os.MkdirAll(r.export, 0o700); err != nil {
		return plain(err)
	}
	wasm, err := h.bytesOf(l.Letter.Module)
	if err != nil {
		return plain(err)
	}
	letter, input := &l.Letter, l.Letter.Tick.Input
	if l.Made != nil {
		input = l.Made.Tick.Input
	}
	text := fmt.Sprintf(`The tick of dead letter %s, which failed: %s
  module.wasm  the strategy, SHA-256 %s
  input.bin    what strategy_tick was given, a tick as docs/ABI.md lays it out; virtual clock %d ns, %d units of fuel
  state.bin    the strategy's memory, globals, clock and random position before it, as sandbox.Snapshot encodes them
To run it again, with the journal:
  agenthost replay --dead-letter %s %s
and with a repaired module:
  agenthost replay --dead-letter %s %s --plugin fixed.wasm
`, letter.ID, visible(letter.Message), letter.Module, letter.Time, letter.Tick.Budget,
		report.ShellQuoted(letter.ID), report.ShellQuoted(h.path), report.ShellQuoted(letter.ID), report.ShellQuoted(h.path))
	for name, content := range map[string][]byte{"module.wasm": wasm, "input.bin": input, "state.bin": l.Before, "README.txt": []byte(text)} {
		if err := os.WriteFile(filepath.Join(r.export, name), content, 0o600); err != nil {
			return plain(err)
		}
	}
	return nil
}
