package admin

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

func TestAStreamIsFollowedAsItGrows(t *testing.T) {
	f := &fake{entries: make(chan JournalEntry)}
	c, _ := serve(t, f, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var got []uint64
	done := make(chan error, 1)
	arrived := make(chan uint64, 10)
	go func() {
		done <- c.Tail(ctx, TailQuery{Stream: "agent/sma", From: 2, Follow: true}, func(e JournalEntry) error {
			arrived <- e.Position
			return nil
		})
	}()
	got = append(got, <-arrived, <-arrived)
	f.entries <- JournalEntry{Position: 4, Body: []byte("{}")}
	if got = append(got, <-arrived); got[0] != 2 || got[1] != 3 || got[2] != 4 {
		t.Errorf("%v", got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAStreamThatFailsSaysSoAtItsEnd(t *testing.T) {
	f := &fake{entries: make(chan JournalEntry)}
	close(f.entries)
	c, _ := serve(t, f, nil)
	n := 0
	err := c.Tail(context.Background(), TailQuery{Stream: "agent/sma", Follow: true}, func(JournalEntry) error { n++; return nil })
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") || n != 3 {
		t.Errorf("%d entries, %v", n, err)
	}
	var missing *NotFound
	if err := c.Tail(context.Background(), TailQuery{Stream: "agent/x"}, nil); !errors.As(err, &missing) || !strings.Contains(err.Error(), "agent/sma") {
		t.Errorf("a stream that is not there: %v", err)
	}
}

func TestAStreamLivesLongerThanARequestAndBeats(t *testing.T) {
	f := &fake{entries: make(chan JournalEntry)}
	c, _ := serve(t, f, func(c *Config) { c.RequestMax, c.Heartbeat = time.Millisecond, 20*time.Millisecond })
	req, err := http.NewRequest("GET", "http://agenthost/v1/journal/agent%2Fsma?follow=true&from=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if lines.Text() != "" {
				return lines.Text()
			}
		}
		t.Fatal(lines.Err())
		return ""
	}
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("content type %q", kind)
	}
	if id, data := next(), next(); id != "id: 3" || !strings.HasPrefix(data, `data: {"position":3`) {
		t.Errorf("%q, %q", id, data)
	}
	for range 3 {
		if beat := next(); beat != ":" {
			t.Errorf("heartbeat %q", beat)
		}
	}
	f.entries <- JournalEntry{Position: 4, Body: []byte("{}")}
	for line := next(); line != "id: 4"; line = next() {
		if line != ":" {
			t.Fatalf("%q", line)
		}
	}
}

func TestAHostThatEndsEndsItsStreams(t *testing.T) {
	f := &fake{entries: make(chan JournalEntry)}
	c, s := serve(t, f, nil)
	begun := make(chan struct{}, 3)
	done := make(chan error, 1)
	go func() {
		done <- c.Tail(context.Background(), TailQuery{Stream: "agent/sma", Follow: true}, func(JournalEntry) error { begun <- struct{}{}; return nil })
	}()
	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheLastLinesOfTheLogAreKeptAndFollowed(t *testing.T) {
	ring := &LogRing{}
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: "agenthost", Level: hclog.Off})
	log.RegisterSink(ring)
	c, _ := serve(t, &fake{}, func(c *Config) { c.Logs = ring })
	log.Debug("too little")
	log.With("agent", "sma").Warn("trap", "code", 3)
	log.Error("disk", "error", errors.New("full"), "free", hclog.Fmt("%d B", 7))
	read := func(q LogQuery) (lines []LogLine) {
		t.Helper()
		if err := c.Logs(context.Background(), q, func(l LogLine) error { lines = append(lines, l); return nil }); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	all := read(LogQuery{})
	if len(all) != 2 || all[0].Message != "trap" || all[0].Field("agent") != "sma" || all[0].Field("code") != "3" || all[1].Field("error") != "full" || all[1].Field("free") != "7 B" || all[1].Number != 2 {
		t.Errorf("%+v", all)
	}
	if of := read(LogQuery{Agent: "sma"}); len(of) != 1 {
		t.Errorf("of sma: %+v", of)
	}
	if severe := read(LogQuery{Level: "error"}); len(severe) != 1 || severe[0].Message != "disk" {
		t.Errorf("errors: %+v", severe)
	}
	ctx, cancel := context.WithCancel(context.Background())
	arrived, done := make(chan LogLine), make(chan error, 1)
	go func() {
		done <- c.Logs(ctx, LogQuery{Last: 1, Follow: true}, func(l LogLine) error { arrived <- l; return nil })
	}()
	if l := <-arrived; l.Message != "disk" {
		t.Errorf("%+v", l)
	}
	log.Info("more")
	if l := <-arrived; l.Message != "more" {
		t.Errorf("%+v", l)
	}
	cancel()
	<-done
	var wrong *Invalid
	if err := c.Logs(context.Background(), LogQuery{Level: "loud"}, nil); !errors.As(err, &wrong) {
		t.Errorf("a level that there is not: %v", err)
	}
}

func TestTheLogsRingForgetsTheOldest(t *testing.T) {
	ring := &LogRing{}
	for i := range logLinesMax + 10 {
		ring.Accept("", hclog.Info, "line", "i", i)
	}
	lines, next, _ := ring.since(0)
	if len(lines) != logLinesMax || lines[0].Number != 11 || lines[0].Field("i") != "10" || lines[len(lines)-1].Number != next-1 {
		t.Errorf("%d lines from %+v, next %d", len(lines), lines[0], next)
	}
}
