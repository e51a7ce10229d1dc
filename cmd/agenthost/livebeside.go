package main

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"time"
)

// atWork is the host in a few words.
func (l *liveHost) atWork() string {
	c := l.prepared.config
	accounts := map[string]bool{}
	for i := range c.Agents {
		accounts[c.Agents[i].Venue+"/"+c.Agents[i].Account] = true
	}
	return plural(len(c.Agents), "agent") + ", " + plural(len(accounts), "account")
}

// tell logs what the service manager did not hear: that ends no trading.
func (l *liveHost) tell(err error) {
	if err != nil {
		l.prepared.log.Warn("the service manager was not told", "error", err)
	}
}

// keepAlive keeps the manager's watchdog quiet, as long as each group's goroutine answers within the third
// of its interval that passes between two words. Until the host is at work for the first time the manager does not watch.
func (l *liveHost) keepAlive(ctx context.Context) {
	if l.manager.Watchdog() == 0 {
		return
	}
	every := time.NewTicker(l.manager.Watchdog() / 3)
	defer every.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, l.manager.Watchdog()/3)
		reasons := l.control.Alive(asked)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if len(reasons) > 0 {
			l.prepared.log.Error("the watchdog is left alone: the host will be killed and started anew", "reasons", strings.Join(reasons, "; "))
		} else {
			l.tell(l.manager.Alive())
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// growthEvery is how often the history's size is looked at.
const growthEvery = time.Minute

// watchGrowth measures what the history takes.
func (l *liveHost) watchGrowth(ctx context.Context) {
	began := time.Now()
	every := time.NewTicker(growthEvery)
	defer every.Stop()
	for {
		l.growth.Add(time.Since(began), historySize(l.prepared.config.Host.DataDir))
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// historySize is what the files of a data_dir take, the ballast apart; below zero if they cannot be listed.
func historySize(folder string) int64 {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return -1
	}
	var size int64
	for _, e := range entries {
		if e.Name() == "ballast" || e.Type()&fs.ModeType != 0 {
			continue
		}
		if info, err := e.Info(); err == nil { // one that is gone meanwhile takes nothing
			size += info.Size()
		}
	}
	return size
}
