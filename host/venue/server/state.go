package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/agenthost/agenthost/host/event"
)

// stateFormat changes when the file does.
const stateFormat = 1

// state is the whole venue as a file.
type state struct {
	Format      int                `json:"format"`
	Epoch       string             `json:"epoch"`
	Now         int64              `json:"now"`
	Closed      int64              `json:"closed"`
	Published   uint64             `json:"published"`
	Instruments []event.Instrument `json:"instruments"`
	Last        []*event.Bar       `json:"last"` // by instrument, null before the first
	Counts      Counts             `json:"counts"`
	Accounts    []accountState     `json:"accounts"`
}

type accountState struct {
	Name      string             `json:"name"`
	Book      []byte             `json:"book"` // paper.Venue's
	Orders    []*order           `json:"orders"`
	Fills     []fill             `json:"fills"`
	Keys      map[string]*memory `json:"keys"`
	Transfers []transfer         `json:"transfers"`
}

// save writes the books to Config.StatePath, whole or not at all.
func (s *Server) save() error {
	path := s.config.StatePath
	if path == "" {
		return nil
	}
	st := state{
		Format: stateFormat, Epoch: s.epoch, Now: s.now, Closed: s.closed, Published: s.published, Instruments: s.config.Instruments, Counts: s.counts,
	}
	for i := range s.prices {
		var last *event.Bar
		if h := &s.prices[i]; h.seen {
			last = &h.last
		}
		st.Last = append(st.Last, last)
	}
	for _, a := range s.accounts {
		st.Accounts = append(st.Accounts, accountState{a.name, a.book.AppendState(nil), a.orders, a.fills, a.keys, a.transfers})
	}
	if err := writeFile(path, encode(st)); err != nil {
		return fmt.Errorf("save the books: %w", err)
	}
	return nil
}

// writeFile replaces a file so that a crash leaves the old or the new one.
func writeFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// load reads the books back, if there are any.
func (s *Server) load() (found bool, err error) {
	path := s.config.StatePath
	if path == "" {
		return false, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := s.restore(b); err != nil {
		return false, fmt.Errorf("books of %s: %w", path, err)
	}
	return true, nil
}

func (s *Server) restore(b []byte) error {
	var st state
	if err := json.Unmarshal(b, &st); err != nil {
		return err
	}
	switch {
	case st.Format != stateFormat:
		return fmt.Errorf("format %d; this program reads %d", st.Format, stateFormat)
	case !reflect.DeepEqual(st.Instruments, s.config.Instruments):
		return errors.New("other instruments than those asked for; begin with another file, or with the settings of then")
	case len(st.Accounts) != len(s.accounts) || len(st.Last) != len(s.prices):
		return fmt.Errorf("%d accounts; %d are asked for", len(st.Accounts), len(s.accounts))
	}
	for i := range st.Accounts {
		if err := s.accounts[i].restore(&st.Accounts[i]); err != nil {
			return err
		}
	}
	for i, last := range st.Last {
		if last != nil {
			s.prices[i].add(*last)
		}
	}
	s.epoch, s.now, s.closed, s.counts = st.Epoch, st.Now, st.Closed, st.Counts
	for s.published < st.Published { // go on in the prices where they were
		if err := s.config.Prices.Next(&s.market); err != nil {
			return fmt.Errorf("prices of bar %d: %w", s.published+1, err)
		}
		s.published++
	}
	return nil
}

func (a *account) restore(st *accountState) error {
	if st.Name != a.name {
		return fmt.Errorf("account %s where %s is asked for", st.Name, a.name)
	}
	if err := a.book.ReadState(st.Book); err != nil {
		return err
	}
	a.orders, a.fills, a.transfers = st.Orders, st.Fills, st.Transfers
	for key, m := range st.Keys {
		if m.Order == 0 || m.Order > uint64(len(a.orders)) {
			return fmt.Errorf("key %s stands for order %d of %d", key, m.Order, len(a.orders))
		}
		a.keys[key] = m
	}
	for i, o := range a.orders {
		if o.Number != uint64(i)+1 {
			return fmt.Errorf("order %d is numbered %d", i+1, o.Number)
		}
		a.byClient[o.Wish.ClientOrderID] = append(a.byClient[o.Wish.ClientOrderID], o)
	}
	return nil
}
