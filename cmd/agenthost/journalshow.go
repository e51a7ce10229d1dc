package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

type journalShow struct {
	*console
	stream   string
	from, to uint64
	json     bool
	scales   scales
}

func newJournalShow(con *console) *cobra.Command {
	s := &journalShow{console: con}
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Print streams, or the entries of one",
		Long: `show lists the streams of a run's journal (a run's folder, or a journal.db).
With --stream it prints that stream's entries, decoded: what happened, what the
strategy did, what was sent. A line begins with the entry's position, which
--from and --to count, and with the event that it is of, which the log calls
the turn. In an agent's stream prices and quantities are decimals, by the
scales that the run's folder keeps beside the journal; elsewhere they are whole
numbers in the instrument's units: with 8 price decimals (the default)
79780000000 is 797.8. A tick that failed has an entry dead_letter behind its
turn, with the message, the guest's stack, what it printed, and its input in
base64.`,
		Example:           "  agenthost journal show runs/20261123-181500-demo\n  agenthost journal show runs/20261123-181500-demo --stream agent/sma --from 60 --to 80",
		Args:              exactly("a run's folder or a journal's file"),
		ValidArgsFunction: oneFile,
		PreRunE:           func(*cobra.Command, []string) error { return s.checkFlags() },
		RunE:              func(_ *cobra.Command, args []string) error { return s.run(args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&s.stream, "stream", "", "print this stream's entries")
	f.Uint64Var(&s.from, "from", 1, "first position")
	f.Uint64Var(&s.to, "to", 0, "last position (default: the end)")
	f.BoolVar(&s.json, "json", false, "print one JSON object a line")
	completeFlag(cmd, "stream", completeStreams)
	return cmd
}

func (s *journalShow) checkFlags() error {
	switch {
	case s.stream == "" && (s.from != 1 || s.to != 0):
		return usageError{errors.New("--from and --to are positions in a stream: name it with --stream")}
	case s.to != 0 && s.to < s.from:
		return usageError{fmt.Errorf("--from %d --to %d: the first position comes after the last", s.from, s.to)}
	}
	return nil
}

func (s *journalShow) run(path string) error {
	j, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer j.Close()
	if s.stream == "" {
		return s.streams(j)
	}
	if err := s.checkStream(j); err != nil {
		return err
	}
	s.scales = scalesOf(path, s.stream)
	if err := s.head(); err != nil {
		return err
	}
	read := j.Read
	if s.from <= 1 {
		read = j.ReadKept // what of a pruned beginning is kept comes first
	}
	for e, err := range read(s.stream, s.from) {
		if err != nil {
			return err
		}
		if s.to != 0 && e.Position > s.to {
			return nil
		}
		if err := s.entry(&e); err != nil {
			return err
		}
	}
	return nil
}

// checkStream finds a stream that is not there, or ends before what is asked for.
func (s *journalShow) checkStream(j *journal.Journal) error {
	streams, err := j.Streams()
	if err != nil {
		return err
	}
	for _, i := range streams {
		if i.Name == s.stream && s.from > i.Position {
			return fmt.Errorf("stream %s ends at position %d, before --from %d", s.stream, i.Position, s.from)
		}
	}
	names := streamNames(streams)
	if !slices.Contains(names, s.stream) {
		return fmt.Errorf("the journal has no stream %q; it has %s", s.stream, strings.Join(names, ", "))
	}
	return nil
}

func streamNames(streams []journal.StreamInfo) (names []string) {
	for _, s := range streams {
		names = append(names, s.Name)
	}
	return names
}

func (s *journalShow) streams(j *journal.Journal) error {
	streams, err := j.Streams()
	if err != nil {
		return err
	}
	if !s.json {
		fmt.Fprintf(s.out, "%-40s %12s %12s %6s  %s\n", "stream", "entries", "events", "token", "owner")
	}
	for _, i := range streams {
		if s.json {
			err = json.NewEncoder(s.out).Encode(map[string]any{
				"stream": i.Name, "entries": i.Position, "events": i.Sequence, "token": i.Token, "owner": i.Owner,
			})
		} else {
			_, err = fmt.Fprintf(s.out, "%-40s %12d %12d %6d  %s\n", i.Name, i.Position, i.Sequence, i.Token, i.Owner)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shownEntry is an entry for people and programs.
type shownEntry struct {
	Position uint64 `json:"position"`
	Sequence uint64 `json:"sequence"`
	Kind     string `json:"kind"`
	Time     string `json:"time,omitempty"`
	Token    uint64 `json:"token"`
	Body     any    `json:"body"`
}

func (s *journalShow) head() error {
	if s.json {
		return nil
	}
	_, err := fmt.Fprintf(s.out, "%8s %8s  %-11s %-30s %s\n", "position", "event", "kind", "time", "body")
	return err
}

func (s *journalShow) entry(e *journal.Entry) error {
	v := shownEntry{Position: e.Position, Sequence: e.Sequence, Kind: e.Kind.String(), Token: e.Token}
	if e.Time != 0 {
		v.Time = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
	}
	var err error
	if v.Body, err = decodeBody(e, s.scales); err != nil {
		return fmt.Errorf("position %d: %w", e.Position, err)
	}
	if s.json {
		return json.NewEncoder(s.out).Encode(v)
	}
	body, err := json.Marshal(v.Body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%8d %8d  %-11s %-30s %s\n", v.Position, v.Sequence, v.Kind, v.Time, body)
	return err
}

// decodeBody turns a body into what JSON can show. A body of a kind that is not known is base64.
func decodeBody(e *journal.Entry, s scales) (any, error) {
	switch e.Kind {
	case journal.KindTurn:
		var t event.Turn
		if err := event.ReadTurn(e.Body, &t); err != nil {
			return nil, err
		}
		return s.showTurn(&t), nil
	case journal.KindOutcome:
		var o event.Outcome
		if err := event.ReadOutcome(e.Body, &o); err != nil {
			return nil, err
		}
		return s.showOutcome(&o), nil
	case journal.KindLane:
		var entry execution.Entry
		if err := execution.ReadEntry(e.Body, &entry); err != nil {
			return nil, err
		}
		return s.showLane(&entry), nil
	case journal.KindAttempt:
		var o event.Order
		if len(e.Body) == 0 {
			return nil, event.ErrTruncated
		}
		if _, err := event.ReadOrder(e.Body[1:], &o); err != nil {
			return nil, err
		}
		return map[string]any{"request": event.RequestKind(e.Body[0]).String(), "order": s.showOrder(&o)}, nil
	}
	if json.Valid(e.Body) {
		return json.RawMessage(append([]byte(nil), e.Body...)), nil
	}
	if utf8.Valid(e.Body) {
		return string(e.Body), nil
	}
	return base64.StdEncoding.EncodeToString(e.Body), nil
}
