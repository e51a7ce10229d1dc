package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/alert"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/systemd"
	"github.com/agenthost/agenthost/host/tracing"
)

// closeMax bounds what is still told and answered when a host ends.
const closeMax = 10 * time.Second

// liveHost is a live configuration at work: its service, and what is around it.
type liveHost struct {
	*console
	prepared *prepared
	path     string
	settings *settings // by which the configuration is read anew; nil for never
	service  *host.Service
	control  *host.Control
	server   *admin.Server
	alerts   *alert.Dispatcher
	ballast  *host.Ballast
	growth   host.Growth
	manager  *systemd.Notifier // nil where none asks to be told
	tracer   *tracing.Exporter // nil where the configuration has none
	metrics  *metrics.Set
	watched  *metrics.Server // nil where the configuration does not ask for it
	faults   *faults         // nil for none
	// checkpoints is nil where their file is of a newer version.
	checkpoints *checkpoint.Store

	quiet   bool          // it trades nothing; see host.ServiceOptions
	working chan struct{} // closed when it is at work for the first time

	mu      sync.Mutex
	began   time.Time // the recovery under way
	failure string    // why the journal cannot be written, empty if it can
	told    bool      // that it is at work
}

// newLiveHost takes the control socket first of all: of two hosts one is told at once.
func newLiveHost(con *console, path string, p *prepared, o host.ServiceOptions) (l *liveHost, err error) {
	h := &p.config.Host
	if err := os.MkdirAll(h.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w; set data_dir in the host block to a folder that can be written to", plain(err))
	}
	if err := writable(h.DataDir); err != nil {
		return nil, fmt.Errorf("data_dir: %w; without a journal nothing is sent: set data_dir in the host block to a folder that can be written to", plain(err))
	}
	l = &liveHost{console: con, prepared: p, path: path, began: time.Now(), quiet: o.Quiet, working: make(chan struct{})}
	if err := l.assemble(o); err != nil {
		return nil, errors.Join(err, l.close())
	}
	l.server, err = admin.Listen(l.adminConfig())
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	if h.Metrics.Listen != "" && !o.Quiet {
		if l.watched, err = metrics.Listen(h.Metrics.Listen, l.metrics.Handlers(l.control)); err != nil {
			return nil, errors.Join(fmt.Errorf("%w; set another address in listen of metrics", err), l.close())
		}
	}
	if l.ballast, err = host.OpenBallast(h.DataDir, h.Disk.Ballast, h.Disk.FreeMin); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// writable finds out whether files can be made in a folder. A full disk is another matter, which passes.
func writable(folder string) error {
	f, err := os.CreateTemp(folder, ".writable-*")
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return err
	}
	if err != nil {
		return nil
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// assemble makes the service and what tells of it. Nothing is opened yet.
func (l *liveHost) assemble(o host.ServiceOptions) error {
	p := l.prepared
	plan, err := host.NewServicePlan(p.config, p.strategies, p.log)
	if err != nil {
		return err
	}
	if c := p.config.Host.Chaos; c != nil {
		if l.faults, err = newFaults(c, p.config.Venues); err != nil {
			return err
		}
		l.faults.wrap(plan)
	}
	if !o.Quiet { // a command that settles is no service
		if l.manager, err = systemd.FromEnvironment(); err != nil {
			return err
		}
	}
	if l.alerts, err = alert.New(l.alertConfig(), nil, p.log); err != nil {
		return err
	}
	l.metrics = newMetrics(func(ctx context.Context) *metrics.Snapshot { return l.control.Snapshot(ctx) })
	if p.config.Host.Tracing != nil && !o.Quiet {
		if l.tracer, err = newTracer(p, l.metrics); err != nil {
			return err
		}
	}
	o.Metrics, o.Tracer = l.metrics, l.tracer
	o.OpenJournal, o.Owner, o.Log = l.openJournal, owner(), p.log
	o.Alert, o.DiskFree, o.Ready, o.Failed = l.alerts.Raise, l.diskFree, l.ready, l.failed
	o.Modules = host.NewModules(filepath.Join(p.config.Host.DataDir, "modules"), p.runtime)
	l.openCheckpoints(&o)
	if r := p.config.Host.Retention; r != nil {
		o.Retention = host.RetentionRule{Keep: r.Keep, AuditKeep: r.AuditKeep, ArchiveDir: r.ArchiveDir}
	}
	l.service = host.NewService(plan, o)
	control := host.ControlOptions{
		Config: l.path, Version: currentVersions().Agenthost,
		Alerts: l.alerts, Disk: l.disk, Replan: l.replan, Show: l.showEntry,
	}
	l.control = l.service.Control(control)
	return nil
}

// alertConfig is who is told: the log, always, and who the configuration names.
func (l *liveHost) alertConfig() alert.Config {
	c := alert.Config{OnUndelivered: l.undelivered}
	logged := false
	for i := range l.prepared.config.Host.Alerts {
		a := &l.prepared.config.Host.Alerts[i]
		logged = logged || a.Type == alert.TypeLog
		c.Sinks = append(c.Sinks, alert.SinkConfig{
			Type: a.Type, Name: a.Name, LevelMin: levels[a.LevelMin], URL: a.URL, Headers: a.Headers, HeadersEnv: a.HeadersEnv,
			Command: a.Command, Timeout: a.Timeout, RepeatEvery: a.RepeatEvery, EscalateAfter: a.EscalateAfter,
		})
	}
	if !logged {
		c.Sinks = append(c.Sinks, alert.SinkConfig{Type: alert.TypeLog, Name: "the host's log", LevelMin: event.AlertInfo})
	}
	return c
}

var levels = map[string]event.AlertLevel{"info": event.AlertInfo, "warning": event.AlertWarning, "critical": event.AlertCritical}

// undelivered keeps an alert that nobody took as a dead letter.
func (l *liveHost) undelivered(letter event.Letter) {
	ctx, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	if err := l.control.Undelivered(ctx, letter); err != nil {
		l.prepared.log.Error("an alert that could not be told is not in the journal either", "letter", letter.ID, "message", letter.Message, "error", err)
	}
}

// ready: every group has recovered.
func (l *liveHost) ready() {
	l.mu.Lock()
	took, first := time.Since(l.began), !l.told
	l.failure, l.told = "", true
	l.mu.Unlock()
	if !first {
		l.prepared.log.Info("the host is at work again", "recovery", took)
		l.tell(l.manager.Status(l.atWork()))
		return
	}
	close(l.working)
	if l.quiet {
		return
	}
	c := l.prepared.config
	l.tell(l.manager.Ready(l.atWork()))
	fmt.Fprintf(l.out, "live: %s, journal %s, socket %s%s; recovery took %s\n", l.atWork(), journalOf(&c.Host), c.Host.Control.Socket, l.port(), rounded(took))
	if l.faults != nil {
		fmt.Fprintln(l.err, "agenthost: CHAOS: faults are put in on purpose, as the chaos block says")
	}
}

// failed gives up the ballast where that can help.
func (l *liveHost) failed(err error) {
	l.mu.Lock()
	l.failure, l.began = err.Error(), time.Now()
	l.mu.Unlock()
	l.tell(l.manager.Status("nothing is sent; rebuilt from the journal after: " + err.Error()))
	if !errors.Is(err, journal.ErrFull) || l.ballast == nil {
		return
	}
	gave, err := l.ballast.Give()
	if gave || err != nil {
		l.prepared.log.Warn("the disk is full: the ballast is given up", "error", err)
	}
}

func (l *liveHost) diskFree() int64 {
	if l.ballast == nil {
		return host.DiskFree(l.prepared.config.Host.DataDir)
	}
	return l.ballast.Free()
}

// disk is the space where the journal is.
func (l *liveHost) disk() admin.DiskStatus {
	h := &l.prepared.config.Host
	l.mu.Lock()
	s := admin.DiskStatus{Path: h.DataDir, Problem: l.failure, Writable: l.failure == ""}
	l.mu.Unlock()
	s.Free = host.DiskFree(h.DataDir)
	s.Low = s.Free >= 0 && s.Free < h.Disk.FreeMin
	s.Ballast = sizeOf(filepath.Join(h.DataDir, "ballast"))
	if perDay, known := l.growth.PerDay(); known {
		growth := int64(perDay)
		s.GrowthPerDay = &growth
	}
	if days, known := l.growth.DaysLeft(s.Free); known {
		s.DaysLeft = &days
	}
	for _, part := range []string{"", "-wal"} {
		s.Journal += sizeOf(journalOf(h) + part)
	}
	return s
}

// sizeOf is a file's size in bytes, 0 where there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// run serves until ctx ends.
func (l *liveHost) run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- l.server.Serve() }()
	watched := make(chan error, 1)
	if l.watched != nil {
		l.prepared.log.Info("metrics are served", "address", l.watched.Address())
		go func() { watched <- l.watched.Serve() }()
	}
	if c := l.prepared.config.Host.Chaos; c != nil && c.KillEvery > 0 {
		alive, end := context.WithCancel(ctx)
		defer end()
		go killSelf(alive, c.KillEvery)
	}
	beside, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	go l.watchGrowth(beside)
	go l.keepAlive(beside)
	defer context.AfterFunc(ctx, func() { l.tell(l.manager.Stopping("stopping as on_stop says")) })()
	err := l.service.Run(ctx)
	closing, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	closed := l.server.Close(closing)
	l.server = nil
	if l.watched != nil {
		closed = errors.Join(closed, l.watched.Close(closing), <-watched)
		l.watched = nil
	}
	return errors.Join(err, closed, <-served)
}

// close lets go of everything, and tells what is still to be told.
func (l *liveHost) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	if l.server != nil {
		err = l.server.Close(ctx)
	}
	if l.watched != nil {
		err = errors.Join(err, l.watched.Close(ctx))
	}
	if l.alerts != nil {
		err = errors.Join(err, l.alerts.Close(ctx))
	}
	if lost := l.tracer.Close(ctx); lost != nil {
		l.prepared.log.Warn("spans that waited were given up", "error", lost)
	}
	err = errors.Join(err, l.manager.Close())
	if l.checkpoints != nil {
		err = errors.Join(err, l.checkpoints.Close())
	}
	if l.faults != nil {
		l.faults.chaos.Close()
		report := l.faults.chaos.Report()
		err = errors.Join(err, report.WriteText(l.err))
	}
	return err
}

// journalOf is the file of the live history.
func journalOf(h *config.Host) string { return filepath.Join(h.DataDir, "journal.db") }

func (l *liveHost) openJournal() (*journal.Journal, error) {
	h := &l.prepared.config.Host
	device, err := journal.OpenSQLite(journalOf(h), journal.SQLiteOptions{})
	if err != nil {
		return nil, err
	}
	if l.faults != nil {
		device = l.faults.device(device)
	}
	device = l.metrics.Device(device)
	mark := h.HighWaterPath
	if mark == "" {
		mark = filepath.Join(h.DataDir, "journal.mark")
	}
	j, err := journal.Open(device, journal.Options{FrameBytesMax: int(h.FrameBytesMax), Log: l.prepared.log, HighWaterPath: mark})
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return j, nil
}
