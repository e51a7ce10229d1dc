package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
)

const (
	// offlineMax is how long a halt or a flatten without a running host may take, settleMax how long its
	// accounts may take to settle first, and what is sent to be answered.
	offlineMax = time.Minute
	settleMax  = 15 * time.Second
	// progressEvery is how often a person is told how far it is.
	progressEvery = 2 * time.Second
)

// offline is what a host left, taken up for one act: its accounts are settled, no feed is heard and no
// strategy is called. It holds the control socket, so that no host can start meanwhile, and status answers.
type offline struct {
	*liveHost
	end   context.CancelFunc
	ended chan error
}

var _ changer = (*offline)(nil)

// takeUp recovers the history that p's configuration names, and waits until it is known how things stand.
func (h *hostFlags) takeUp(ctx context.Context, p *place) (o *offline, err error) {
	made, d, err := h.prepare(ctx, p.path, h.console)
	if err != nil {
		return nil, err
	}
	if d.HasErrors() {
		return nil, errors.Join(fmt.Errorf("%s has mistakes, which `agenthost check%s` lists", p.path, p.arguments), made.close())
	}
	fmt.Fprintf(h.err, "agenthost: no host is running on %s; its history is taken up, and no strategy is called\n", p.socket)
	l, err := newLiveHost(h.console, p.path, made, host.ServiceOptions{Quiet: true, StopMax: 5 * time.Second})
	if err != nil {
		return nil, errors.Join(err, made.close())
	}
	running, end := context.WithCancel(ctx)
	o = &offline{liveHost: l, end: end, ended: make(chan error, 1)}
	go func() { o.ended <- l.run(running) }()
	select {
	case <-l.working:
	case err := <-o.ended:
		o.ended <- err
		if err := o.close(); err != nil {
			return nil, err
		}
		return nil, context.Cause(ctx)
	}
	p.offline = true
	if err := o.settle(ctx, "what was open is being looked up"); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// wait asks until done says so, and tells a person what it waits for. False: it took too long.
func (o *offline) wait(ctx context.Context, most time.Duration, done func() (bool, string, error)) (bool, error) {
	began, told := time.Now(), time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, what, err := done()
		switch {
		case ok || err != nil:
			return ok, err
		case time.Since(began) > most:
			return false, nil
		case time.Since(told) > progressEvery:
			told = time.Now()
			fmt.Fprintf(o.err, "agenthost: %s (%s)\n", what, rounded(time.Since(began)))
		}
		select {
		case <-tick.C:
		case err := <-o.ended:
			o.ended <- err
			return false, errors.Join(errors.New("the history cannot be gone on with"), err)
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// settle waits until every account knows how things stand. Where a venue does not answer it goes on all
// the same: a halt needs none.
func (o *offline) settle(ctx context.Context, what string) error {
	ok, err := o.wait(ctx, settleMax, func() (bool, string, error) {
		ok, err := o.control.Settled(ctx)
		return ok, what, err
	})
	if err == nil && !ok {
		fmt.Fprintf(o.err, "agenthost: not all is settled after %v; going on with what is known\n", settleMax)
	}
	return err
}

// Halt stops agents, and waits until their orders are taken back.
func (o *offline) Halt(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	return o.stop(ctx, t, a, o.control.Halt)
}

// Flatten stops agents, and waits until they are flat.
func (o *offline) Flatten(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	return o.stop(ctx, t, a, o.control.Flatten)
}

func (o *offline) stop(ctx context.Context, t admin.Target, a admin.Act, begin func(context.Context, admin.Target, admin.Act) (admin.Stopping, error)) (admin.Stopping, error) {
	s, err := begin(ctx, t, signed(a))
	if err != nil {
		return s, err
	}
	ok, err := o.wait(ctx, offlineMax, func() (bool, string, error) {
		var err error
		s, err = o.control.Stopping(ctx, t)
		left := leftOf(&s)
		return left == "", left, err
	})
	if err == nil && !ok {
		for i := range s.Agents {
			if a := &s.Agents[i]; a.Problem == "" && (a.Cancelling > 0 || len(a.Closing) > 0) {
				a.Problem = fmt.Sprintf("not done after %v; it goes on when the host is started", offlineMax)
			}
		}
	}
	return s, err
}

// leftOf says what is still to be done, empty for nothing.
func leftOf(s *admin.Stopping) string {
	var left []string
	for i := range s.Agents {
		a := &s.Agents[i]
		if a.Cancelling > 0 {
			left = append(left, fmt.Sprintf("%s takes back %s", a.Name, plural(a.Cancelling, "order")))
		}
		for k := range a.Closing {
			left = append(left, fmt.Sprintf("%s closes %s %s", a.Name, a.Closing[k].Quantity, a.Closing[k].Instrument))
		}
	}
	return strings.Join(left, "; ")
}

// Letters are the dead letters that match, oldest first.
func (o *offline) Letters(ctx context.Context, q admin.LetterQuery) (admin.LetterList, error) {
	all, err := o.control.Letters(ctx)
	return q.Select(all), err
}

// Redrive does again what a letter could not, and waits for the venue's answer.
func (o *offline) Redrive(ctx context.Context, letter string, r admin.Redrive) (admin.RedriveResult, error) {
	r.Act = signed(r.Act)
	result, err := o.control.Redrive(ctx, letter, r)
	if err != nil || r.DryRun {
		return result, err
	}
	return result, o.settle(ctx, "waiting for the venue's answer")
}

// Resolve settles a letter by a person's word.
func (o *offline) Resolve(ctx context.Context, letter string, r admin.Resolve) (admin.Letter, error) {
	r.Act = signed(r.Act)
	return o.control.Resolve(ctx, letter, r)
}

// signed says who acts, where nobody is asked by a socket: this user of the system.
func signed(a admin.Act) admin.Act {
	u, err := user.Current()
	if err != nil {
		a.Peer = fmt.Sprintf("uid %d", os.Getuid())
	} else {
		a.Peer = fmt.Sprintf("%s (uid %s)", u.Username, u.Uid)
	}
	if a.By == "" && err == nil {
		a.By = u.Username
	}
	if a.By == "" {
		a.By = a.Peer
	}
	return a
}

// close stops, which carries out no on_stop, and lets go of everything.
func (o *offline) close() error {
	o.end()
	return errors.Join(<-o.ended, o.liveHost.close(), o.prepared.close())
}
