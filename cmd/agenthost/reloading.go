package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
)

// replan reads the configuration anew and compiles what it names, for a reload.
func (l *liveHost) replan(ctx context.Context) (*host.ServicePlan, error) {
	if l.settings == nil {
		return nil, errors.New("this host cannot read its configuration anew")
	}
	c, d, err := l.settings.load(l.path)
	if err != nil {
		return nil, err
	}
	strategies := host.LoadModules(ctx, c, l.prepared.runtime)
	if d.HasErrors() {
		return nil, fmt.Errorf("the configuration has mistakes\n%s", diagnosticsText(d))
	}
	if c.Host.DataDir != l.prepared.config.Host.DataDir {
		return nil, errors.New("data_dir has changed: that is another host; stop this one and start it anew")
	}
	return host.NewServicePlan(c, strategies, l.prepared.log)
}

// diagnosticsText is what is wrong, for a person far away.
func diagnosticsText(d *config.Diagnostics) string {
	var b strings.Builder
	if err := d.WriteText(&b, false, 100); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// changePoll is how often the files of strategies that are watched are looked at.
const changePoll = time.Second

// watchChanges reloads at SIGHUP, and swaps where a file has changed whose agent says watch = true, also
// since a reload. end stops it and waits.
func (l *liveHost) watchChanges(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	var running sync.WaitGroup
	for _, loop := range []func(){func() { l.reloadOn(ctx, hangups) }, func() { l.watchFiles(ctx) }} {
		running.Add(1)
		go func() {
			defer running.Done()
			loop()
		}()
	}
	return func() {
		signal.Stop(hangups)
		cancel()
		running.Wait()
	}
}

// reloadOn carries a reload out at each signal and tells what came of it.
func (l *liveHost) reloadOn(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		l.tell(l.manager.Reloading())
		report, err := l.control.Reload(ctx, admin.ReloadOrder{Act: admin.Act{By: "SIGHUP", Reason: "the process was told to reload"}})
		if ctx.Err() != nil {
			return
		}
		l.tell(l.manager.Ready(l.atWork()))
		l.tellChange("reload", "", err, fmt.Sprintf("reload at SIGHUP: %d changes, applied: %v; %s", len(report.Changes), report.Applied, report.Message))
	}
}

// watchedFile is an agent's file as it was seen last. It is swapped in when it has changed and then stayed
// the same for a moment: a compiler may still be writing it.
type watchedFile struct {
	host.WatchedFile // as the configuration had it
	seen, pending    [32]byte
}

// changed reports whether the file has changed for good.
func (w *watchedFile) changed() bool {
	now, err := fileHash(w.Path)
	switch {
	case err != nil || now == w.seen: // a file that is gone comes back, or is not wanted
		w.pending = w.seen
		return false
	case now != w.pending:
		w.pending = now
		return false
	}
	w.seen = now
	return true
}

// watchFiles looks at every watched file.
func (l *liveHost) watchFiles(ctx context.Context) {
	files := map[string]*watchedFile{}
	tick := time.NewTicker(changePoll)
	defer tick.Stop()
	for {
		watched := l.control.Watched()
		for agent, f := range watched {
			if w := files[agent]; w == nil || w.WatchedFile != f {
				files[agent] = &watchedFile{WatchedFile: f, seen: f.SHA256, pending: f.SHA256}
			}
			if files[agent].changed() {
				l.swapChanged(ctx, agent, f.Path)
			}
		}
		maps.DeleteFunc(files, func(agent string, _ *watchedFile) bool { return watched[agent].Path == "" })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// swapChanged swaps a file in and tells what came of it.
func (l *liveHost) swapChanged(ctx context.Context, agent, path string) {
	report, err := l.control.Swap(ctx, agent, admin.SwapOrder{
		Act: admin.Act{By: "watch", Reason: "the file " + path + " has changed"}, File: path,
	})
	if ctx.Err() != nil {
		return
	}
	l.tellChange("swap", agent, err, fmt.Sprintf("%s: %s, module %.12s by %s", path, report.State, report.ToSHA256, report.Warmup))
}

func fileHash(path string) (sum [32]byte, err error) {
	b, err := os.ReadFile(path)
	return sha256.Sum256(b), err
}

// tellChange says what came of a change that nobody waits for.
func (l *liveHost) tellChange(what, agent string, err error, text string) {
	alert := event.Alert{Key: what + "_refused", Level: event.AlertWarning, Agent: agent, Time: time.Now().UnixNano()}
	if err != nil {
		l.prepared.log.Error(what+" refused", "agent", agent, "error", err)
		alert.Text = fmt.Sprintf("%s refused, what ran goes on: %v", what, err)
	} else {
		l.prepared.log.Info(what, "agent", agent, "result", text)
		alert.Text, alert.Over = text, true
	}
	l.alerts.Raise(alert)
}
