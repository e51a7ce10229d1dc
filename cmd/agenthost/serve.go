package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/agenthost/agenthost/host"
)

// serve runs a live configuration until a signal stops it.
func (r *runCommand) serve(ctx context.Context, path string, p *prepared) (err error) {
	switch {
	case r.resume != "":
		return usageError{errors.New("--resume is for recorded runs; a live run always goes on with its history, in data_dir")}
	case r.report != "" || r.json:
		return usageError{errors.New("--report and --json are for recorded runs, which end; ask a live one with agenthost status")}
	case p.config.Host.Journal.Type == "memory":
		return usageError{errors.New("a live run needs a journal on disk: an order that is not durable is not sent; set journal { type = \"sqlite\" }")}
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go r.stopOn(signals, cancel)
	l, err := newLiveHost(r.console, path, p, host.ServiceOptions{})
	if err != nil {
		return err
	}
	l.settings = &r.settings
	defer func() { err = errors.Join(err, l.close()) }()
	defer l.watchChanges(ctx)()
	return l.run(ctx)
}

// stopOn ends the host at the first signal and the process at the second.
func (r *runCommand) stopOn(signals <-chan os.Signal, cancel context.CancelCauseFunc) {
	asked := time.Time{}
	for s := range signals {
		if !asked.IsZero() && time.Since(asked) < oneSignal {
			continue
		}
		if !asked.IsZero() {
			fmt.Fprintln(r.err, "agenthost: stopped at once; what was under way is settled at the next start")
			os.Exit(128 + int(s.(syscall.Signal)))
		}
		asked = time.Now()
		fmt.Fprintf(r.err, "agenthost: %s: stopping as on_stop says; once more stops at once\n", signalName(s))
		cancel(errors.New(signalName(s)))
	}
}
