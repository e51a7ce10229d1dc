package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/tracing"
)

// ServicePlan is all live groups of a host.
type ServicePlan struct {
	Groups []*ServiceGroup
	// Config is what it was made of, so that a reload can say what is other in the file's words; nil is not
	// known.
	Config *config.Config
}

// ServiceGroup is one live group, its way to the venue and its feeds.
type ServiceGroup struct {
	Plan *LivePlan
	// Way names what Connect does, so that two plans can be compared: another word is another way.
	Way string
	// Connect makes the way to the venue and the feeds, which count instruments by their place in the list:
	// the order in which the group's history knows them.
	Connect func(instruments []event.Instrument) (Remote, []ServiceFeed, error)
}

// ServiceFeed opens a feed of a live group: anew whenever the group is opened.
type ServiceFeed struct {
	Name string
	// Instruments are the feed's, as indices into the group's.
	Instruments []uint32
	// Open begins after the given closes, one for each of the feed's instruments, 0 where there is none.
	Open func(last []int64) (Feeder, error)
}

// Feeder delivers steps of the market from one goroutine until ctx ends.
type Feeder interface {
	Run(ctx context.Context, deliver func(*event.Market)) error
}

// ServiceOptions are how a host serves its live groups.
type ServiceOptions struct {
	// OpenJournal opens the host's journal: at the start, and anew after it has failed.
	OpenJournal func() (*journal.Journal, error)
	// Checkpoints and CheckpointRule are as in LiveOptions.
	Checkpoints    Checkpoints
	CheckpointRule CheckpointRule
	// Retention is how much of the history is kept.
	Retention RetentionRule
	Owner     string
	// Lease is how long the streams' leases last; they are renewed three times as often. 0 means 30 s.
	Lease time.Duration
	// Alert is told what a person should know. It does not block.
	Alert func(event.Alert)
	// DiskFree measures bytes where the journal is, below zero if that is not known; nil is not known.
	DiskFree func() int64
	// StopMax is how long a stop may take until positions are closed, where on_stop says so. 0 means 30 s.
	StopMax time.Duration
	Log     hclog.Logger
	Now     func() int64
	// Ready is called when every group is at work: after each recovery from the journal. Failed is told what
	// ended that, if it is tried again. Both may be nil.
	Ready  func()
	Failed func(error)
	// Quiet opens the groups to settle, to take orders back and to close what is held: no feed is heard, no
	// strategy is called, nothing is judged, and a stop does not carry out on_stop.
	Quiet bool
	// OnTick is as in Options, Modules as in LiveOptions.
	OnTick  func(agent string, input []byte, now, used int64)
	Modules ModuleSource
	// Metrics, if set, is told what the groups do.
	Metrics *metrics.Set
	// Tracer, if set, is told traces of orders and rounds.
	Tracer *tracing.Exporter
}

// Service runs live groups: the goroutines, clocks and sockets around Live, which has none of them.
type Service struct {
	plan    *ServicePlan
	options ServiceOptions

	mu      sync.Mutex
	workers []*worker // of the incarnation at work, by group; nil between two
	started int64
	// markFailed: an alert says so. Of the goroutine that runs serve.
	markFailed bool
	// reloaded is what a reload has put in plan's place, as far as agents go; nil for none.
	reloaded *ServicePlan
}

// NewService checks nothing and starts nothing: Run does.
func NewService(p *ServicePlan, o ServiceOptions) *Service {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixNano() }
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.StopMax == 0 {
		o.StopMax = 30 * time.Second
	}
	if o.Alert == nil {
		o.Alert = func(event.Alert) {}
	}
	if o.Ready == nil {
		o.Ready = func() {}
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.DiskFree == nil {
		o.DiskFree = func() int64 { return -1 }
	}
	return &Service{plan: p, options: o}
}

// Run serves until ctx ends, which carries out each agent's on_stop and is no error. A journal that fails
// stops everything, for nothing is sent that is not durable; the host is then rebuilt from the journal,
// again and again until that works. What a person must decide ends Run with an error: a history that
// differs from what is done again, another host's lease, a journal older than its high-water mark.
func (s *Service) Run(ctx context.Context) error {
	failure := ""
	for attempt := 0; ; attempt++ {
		began := s.options.Now()
		err := s.incarnation(ctx, failure)
		if err == nil || ctx.Err() != nil || !transient(err) {
			return err
		}
		if s.options.Now()-began > int64(time.Minute) {
			attempt = 0
		}
		s.options.Alert(event.Alert{
			Key: "journal_failed", Level: event.AlertCritical, Time: s.options.Now(),
			Text: fmt.Sprintf("the journal cannot be written, so nothing is sent: %v; trying again", err),
		})
		s.options.Log.Error("host stopped and is rebuilt from its journal", "error", err, "attempt", attempt+1)
		s.options.Failed(err)
		failure = err.Error()
		wait(ctx, backoff(attempt))
	}
}

// transient reports whether opening again may help without a person.
func transient(err error) bool {
	var diverged *Diverged
	var older *journal.OlderThanMarkError
	var corrupt *journal.CorruptError
	switch {
	case errors.As(err, &diverged), errors.As(err, &older), errors.As(err, &corrupt),
		errors.Is(err, journal.ErrHeld), errors.Is(err, journal.ErrFenced), errors.Is(err, journal.ErrFormat):
		return false
	}
	return errors.Is(err, journal.ErrIndeterminate) || errors.Is(err, journal.ErrFull) || errors.Is(err, errAppend)
}

// errAppend marks the failure of a round, or of a renewal of the leases: the journal's.
var errAppend = errors.New("the journal failed")

// backoff is full jitter, up to half a minute.
func backoff(attempt int) time.Duration {
	return time.Duration(rand.Int64N(int64(min(30*time.Second, 500*time.Millisecond<<min(attempt, 10)))))
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// incarnation serves from one opening of the journal to its end. failure is what ended the one before, for
// the journal could not take it down then.
func (s *Service) incarnation(ctx context.Context, failure string) (err error) {
	began := time.Now()
	j, err := s.options.OpenJournal()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	options := LiveOptions{Journal: j, Checkpoints: s.options.Checkpoints, CheckpointRule: s.options.CheckpointRule, Owner: s.options.Owner, Lease: s.options.Lease, Now: s.options.Now(), Run: randomRun, Log: s.options.Log, OnTick: s.options.OnTick, Modules: s.options.Modules, Failure: failure, Quiet: s.options.Quiet}
	var workers []*worker
	defer func() {
		s.publish(nil)
		for _, w := range workers {
			err = errors.Join(err, w.live.Close())
			if remote, ok := w.remote.(io.Closer); ok {
				err = errors.Join(err, remote.Close())
			}
		}
	}()
	for _, g := range s.groups() {
		options.Recovered = func(step RecoveryStep) { s.recovered(g.Plan, step) }
		live, err := OpenLive(inner, g.Plan, options)
		if err != nil {
			return err
		}
		w := newWorker(s, g, live)
		workers = append(workers, w)
		if w.remote, w.feeds, err = g.Connect(g.Plan.Instruments); err != nil {
			return fmt.Errorf("venue %s, account %s: %w", g.Plan.Venue, g.Plan.Account, err)
		}
	}
	s.publish(workers)
	if s.options.Metrics != nil {
		s.options.Metrics.Recovered(time.Since(began))
	}
	s.options.Ready()
	s.options.Alert(event.Alert{Key: "journal_failed", Level: event.AlertCritical, Text: "the journal works", Time: s.options.Now(), Over: true})
	return s.serve(ctx, inner, cancel, workers, &options)
}

// configured is the plan of the configuration as it was read last: at the start, or by a reload that was
// applied.
func (s *Service) configured() *ServicePlan {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reloaded != nil {
		return s.reloaded
	}
	return s.plan
}

// reload takes another plan for the configuration's: its agents run already.
func (s *Service) reload(p *ServicePlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloaded = p
}

// agent is the plan of that name, nil if there is none.
func (p *ServicePlan) agent(name string) *AgentPlan {
	for _, g := range p.Groups {
		for _, a := range g.Plan.Agents {
			if a.Name == name {
				return a
			}
		}
	}
	return nil
}

// groups are those of the start, with the agents that the configuration has now: a group that is rebuilt from
// its journal does not go back behind a reload.
func (s *Service) groups() []*ServiceGroup {
	agents := map[string]*AgentPlan{}
	for _, g := range s.configured().Groups {
		for _, a := range g.Plan.Agents {
			agents[a.Name] = a
		}
	}
	groups := make([]*ServiceGroup, len(s.plan.Groups))
	for i, g := range s.plan.Groups {
		plan, group := *g.Plan, *g
		plan.Agents = slices.Clone(plan.Agents)
		for k, a := range plan.Agents {
			if now := agents[a.Name]; now != nil {
				plan.Agents[k] = now
			}
		}
		group.Plan = &plan
		groups[i] = &group
	}
	return groups
}

// recovered logs what a step of a recovery found: printed as it comes, at the level that a host has by default.
func (s *Service) recovered(p *LivePlan, step RecoveryStep) {
	s.options.Log.Info("recovery", "venue", p.Venue, "account", p.Account, "step", step.Name, "found", step.Found, "took", step.Took)
}

func randomRun() (run [8]byte) {
	for i, v := 0, rand.Uint64(); i < 8; i++ {
		run[i] = byte(v >> (8 * i))
	}
	return run
}

func (s *Service) publish(workers []*worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers = workers
	if s.started == 0 {
		s.started = s.options.Now()
	}
}

// serve runs the workers and holds on to the leases.
func (s *Service) serve(ctx, inner context.Context, cancel context.CancelCauseFunc, workers []*worker, o *LiveOptions) error {
	var running sync.WaitGroup
	failures := make([]error, len(workers))
	for i, w := range workers {
		running.Add(1)
		go func() {
			defer running.Done()
			if failures[i] = w.run(ctx, inner); failures[i] != nil {
				cancel(failures[i]) // one journal serves all: what failed one fails the others
			}
		}()
	}
	retaining, stop := context.WithCancel(inner)
	retained := make(chan struct{})
	go func() { s.retain(retaining, o.Journal, workers); close(retained) }()
	defer func() { stop(); <-retained }()
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	renew := time.NewTicker(s.options.Lease / 3)
	defer renew.Stop()
	var lost error
	for {
		select {
		case <-done:
			return errors.Join(append(failures, lost)...)
		case <-renew.C:
			if err := s.renew(o); err != nil && lost == nil {
				lost = err
				cancel(err)
			}
			s.tellMark(o.Journal)
		}
	}
}

// renew holds on to the leases. What keeps the journal from being written for a while ends no host, here as in a round.
func (s *Service) renew(o *LiveOptions) error {
	if err := o.Renew(s.options.Now()); err != nil {
		return fmt.Errorf("%w: %w", errAppend, err)
	}
	return nil
}

// tellMark alerts while the high-water mark cannot be written. Trading goes on: it is the journal that orders rest on.
func (s *Service) tellMark(j *journal.Journal) {
	a := event.Alert{Key: "mark_failed", Level: event.AlertWarning, Time: s.options.Now(), Text: "the high-water mark is written again", Over: true}
	err := j.MarkFailure()
	if err != nil {
		a.Text, a.Over = fmt.Sprintf("the high-water mark cannot be written, so a journal that loses its tail would not be noticed: %v", err), false
	}
	if err != nil || s.markFailed {
		s.options.Alert(a)
	}
	s.markFailed = err != nil
}
