package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

// Server is the exchange. Its methods may be called by several goroutines at once.
type Server struct {
	config Config
	log    hclog.Logger
	mux    *http.ServeMux
	// closing ends what waits; running are the streams, and the requests that execute later.
	closing chan struct{}
	running sync.WaitGroup

	epoch string // set by New

	mu        sync.Mutex // guards the rest
	accounts  []*account // as in Config.Accounts
	prices    []history  // by instrument
	published uint64     // markets so far
	market    event.Market
	now       int64 // of the request or bar at hand; it never goes back
	closed    int64 // time of the last bars
	ended     bool  // the prices have ended
	faults    Faults
	dice      dice // of requests
	depth     dice // of how much a price fills
	counts    Counts
	pending   int  // requests that will execute later
	shut      bool // nothing is executed any more
	streams   hub
}

// New opens the venue's books, those of Config.StatePath if it is there, and publishes the first bars of
// new ones, so that there is a price.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, log: c.Log, closing: make(chan struct{}), prices: make([]history, len(c.Instruments)), faults: c.Faults,
		dice: newDice(c.Seed, diceForRequests), depth: newDice(c.Seed, diceForFills), streams: hub{dice: newDice(c.Seed, diceForStreams)},
	}
	s.streams.server = s
	for i := range c.Accounts {
		a, err := newAccount(&c, c.Accounts[i].Name)
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a)
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	s.mux = s.routes()
	return s, nil
}

// begin loads the books, or begins new ones.
func (s *Server) begin() error {
	found, err := s.load()
	if err != nil || found {
		return err
	}
	var epoch [8]byte
	rand.Read(epoch[:]) // never fails: see its documentation
	s.epoch = hex.EncodeToString(epoch[:])
	s.tick()
	if err := s.step(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// tick brings the time up to the clock's. It never goes back.
func (s *Server) tick() { s.now = max(s.now, s.config.Clock()) }

// Run publishes bars at the interval until ctx ends, which is no error.
func (s *Server) Run(ctx context.Context) error {
	if s.config.Manual {
		<-ctx.Done()
		return nil
	}
	due := s.config.Clock() + int64(s.config.Interval)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.config.After(time.Duration(due - s.config.Clock())):
		}
		if err := s.publish(); err != nil {
			return err
		}
		if due += int64(s.config.Interval); due < s.config.Clock() {
			due = s.config.Clock() // a machine that slept does not make up for it
		}
	}
}

func (s *Server) publish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return nil
	}
	s.tick()
	err := s.step()
	s.flush()
	if !errors.Is(err, io.EOF) {
		return err
	}
	if !s.ended {
		s.ended = true
		s.log.Warn("prices have ended; the last ones hold", "bars", s.published)
	}
	return nil
}

// tell hands what an account's last call changed to the streams.
func (s *Server) tell(a *account) {
	for i := len(a.fills) - a.newFills; i < len(a.fills); i++ {
		s.streams.fill(a, s.now, &a.fills[i])
	}
	a.newFills = 0
}

// flush tells the orders that changed, as they stand now.
func (s *Server) flush() {
	for _, a := range s.accounts {
		s.tell(a)
		for _, o := range a.changed {
			s.streams.order(a, s.now, a.view(o))
		}
		a.changed = a.changed[:0]
	}
}

// Close ends streams and what waits, saves the books, and closes the prices. Requests that were to execute
// later never do, and are counted as lost. A second Close does nothing.
func (s *Server) Close() error {
	if !s.stop() {
		return nil
	}
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.save(), s.config.Prices.Close())
}

// stop is false the second time.
func (s *Server) stop() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.shut = true
	close(s.closing)
	s.streams.endAll(websocket.StatusGoingAway, "the venue closes")
	return true
}
