package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// journalSource reads what a host left in its journal.
type journalSource struct {
	journal *journal.Journal
	place   *place
	// orphans are acts on letters that the journal does not hold.
	orphans []string
	// pruned says that letters may have been given up, while acts on them are kept.
	pruned bool
}

func openJournalSource(p *place) (*journalSource, error) {
	if p.journal == "" {
		return nil, errors.New("there is no journal to read")
	}
	j, err := openReadOnly(p.journal)
	if err != nil {
		return nil, err
	}
	return &journalSource{journal: j, place: p}, nil
}

// close tells what did not fit, and closes the journal.
func (s *journalSource) close(errOut io.Writer) error {
	for _, id := range s.orphans {
		fmt.Fprintf(errOut, "agenthost: the journal tells of an act on dead letter %s, which it does not hold\n", visible(id))
	}
	return s.journal.Close()
}

// Letters are the dead letters that match, oldest first.
func (s *journalSource) Letters(_ context.Context, q admin.LetterQuery) (admin.LetterList, error) {
	b, err := s.book()
	if err != nil {
		return admin.LetterList{}, err
	}
	return q.Select(b.Letters()), nil
}

// LetterStats are the dead letters that match, grouped by cause.
func (s *journalSource) LetterStats(_ context.Context, q admin.LetterQuery) (admin.LetterStats, error) {
	b, err := s.book()
	if err != nil {
		return admin.LetterStats{}, err
	}
	return q.Stats(b.Letters()), nil
}

// Letter is one dead letter.
func (s *journalSource) Letter(_ context.Context, id string) (admin.Letter, error) {
	b, err := s.book()
	if err != nil {
		return admin.Letter{}, err
	}
	if l, ok := b.Get(id); ok {
		return l, nil
	}
	return admin.Letter{}, admin.Missing("dead letter", id)
}

// letterEntry is a letter, or an act on one, and its place.
type letterEntry struct {
	stream   string
	position uint64
	time     int64
	letter   *event.Letter
	act      event.LetterAct
}

// book folds all streams: letters and acts on them in the order of their times, and within a stream as
// they were written.
func (s *journalSource) book() (*admin.Book, error) {
	streams, err := s.journal.Streams()
	if err != nil {
		return nil, err
	}
	var all []letterEntry
	for _, i := range streams {
		s.pruned = s.pruned || i.Anchor.First > 1
		entries, err := s.letterEntries(i.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	slices.SortStableFunc(all, func(a, b letterEntry) int { return cmp.Compare(a.time, b.time) })
	var b admin.Book
	s.orphans = nil
	for i := range all {
		if l := all[i].letter; l != nil {
			b.Letter(*l, all[i].stream, all[i].position)
		} else if !b.Act(all[i].act) && !s.pruned {
			s.orphans = append(s.orphans, all[i].act.ID)
		}
	}
	return &b, nil
}

func (s *journalSource) letterEntries(stream string) (all []letterEntry, err error) {
	for e, err := range s.journal.ReadKept(stream, 1) {
		if err != nil {
			return nil, err
		}
		x := letterEntry{stream: stream, position: e.Position, time: e.Time}
		ok := false
		switch e.Kind {
		case journal.KindDeadLetter:
			x.letter, err = readLetter(e.Body)
			ok = true
		case journal.KindAudit:
			x.act, ok, err = event.ReadLetterAct(e.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("stream %s, position %d: %w", stream, e.Position, err)
		}
		if ok {
			if n := len(all); n > 0 { // time may stand still for a person's act; order in a stream is sure
				x.time = max(x.time, all[n-1].time)
			}
			all = append(all, x)
		}
	}
	return all, nil
}

// readLetter decodes a dead letter. Those of the first version were ticks without an id or a cause of
// their own.
func readLetter(body []byte) (*event.Letter, error) {
	var l event.Letter
	if err := json.Unmarshal(body, &l); err != nil {
		return nil, fmt.Errorf("read dead letter: %w", err)
	}
	if l.ID != "" {
		return &l, nil
	}
	var first struct {
		event.LetterTickFacts
		Verdict string `json:"verdict"`
	}
	if err := json.Unmarshal(body, &first); err != nil || first.Verdict == "" {
		return nil, errors.Join(errors.New("read dead letter: it has no id"), err)
	}
	l.ID, l.Cause, l.Tick = fmt.Sprintf("%s-%d", l.Agent, first.Turn), first.Verdict, &first.LetterTickFacts
	return &l, nil
}
