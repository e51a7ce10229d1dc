package config

// Host is what concerns the whole process.
type Host struct {
	Source
	// RunsDir is where runs are kept, one folder each, as an absolute path.
	RunsDir string
	// CacheDir is where compiled modules are kept. Empty means agenthost's folder in the user's cache
	// directory.
	CacheDir string
	// Workers is how many groups of agents run at once. 0 means one for each core.
	Workers int
	// FrameBytesMax bounds a frame of turns without effects before it is handed to the journal.
	FrameBytesMax int64
	// Seed is what every agent's randomness and every recorded run's ids derive from.
	Seed    uint64
	Journal Journal
	Log     Log
	// DataDir is where the history of live agents is kept, as an absolute path.
	DataDir string
	// HighWaterPath is a file that holds how far the history has come, best on another disk, so that a
	// restored backup is noticed. Empty means within DataDir.
	HighWaterPath string
	// OrdersRate bounds the orders of all agents together. A zero Rate is no bound.
	OrdersRate Rate
	// OrderNotionalMax bounds every order of every agent, in money of its venue's currency; 0 is no bound.
	OrderNotionalMax int64
	Control          Control
	Disk             Disk
	Checkpoints      Checkpoints
	// Alerts are the ways by which a person is told, in the order written. The log tells every alert anyway.
	Alerts []Alert
	// Metrics serves figures of a live host to Prometheus.
	Metrics Metrics
	// Tracing is nil where there is no such block.
	Tracing *Tracing
	// Retention is nil where everything is kept.
	Retention *Retention
	// Chaos is nil where there is no such block.
	Chaos *Chaos
}

// Disk is about space for the journal, in bytes.
type Disk struct {
	Source
	// FreeMin is how much must be free; below, agents may only reduce.
	FreeMin int64
	// Ballast is the size of a file that is given up when the disk is full, so that cancels and closes can
	// still be journaled; 0 is none.
	Ballast int64
}

// Journal says what turns are kept in.
type Journal struct {
	Source
	// Type is "sqlite" or "memory".
	Type string
}

// Log says what the host logs.
type Log struct {
	Source
	// Level is "trace", "debug", "info", "warn", "error" or "off".
	Level string
	// Format is "text" or "json".
	Format string
}

// DefaultHost is the host without a host block. Load puts RunsDir under the working directory.
func DefaultHost() Host {
	return Host{
		RunsDir:       "runs",
		FrameBytesMax: 64 << 10,
		Journal:       DefaultJournal(),
		Log:           DefaultLog(),
		DataDir:       "data",
		Disk:          DefaultDisk(),
		Checkpoints:   DefaultCheckpoints(),
	}
}

// DefaultDisk keeps a quarter of a gibibyte free, and ballast for the last orders.
func DefaultDisk() Disk { return Disk{FreeMin: 256 << 20, Ballast: 64 << 20} }

// DefaultJournal is a SQLite file in the run's folder, which survives a power cut.
func DefaultJournal() Journal {
	return Journal{Type: "sqlite"}
}

// DefaultLog tells what an operator would want to know.
func DefaultLog() Log { return Log{Level: "info", Format: "text"} }

func hostBlock() *block[Host] {
	alerts := map[string]Range{}
	return &block[Host]{
		name: "host", says: "What concerns the whole process. It may be left out.",
		defaults: DefaultHost, source: func(h *Host) *Source { return &h.Source },
		fields: []field[Host]{
			path("runs_dir", func(h *Host) *string { return &h.RunsDir }, false,
				"The folder in which runs are kept, a folder each.").like(`"runs"`).defaults(`"runs" in the working directory`).outside(),
			path("cache_dir", func(h *Host) *string { return &h.CacheDir }, false,
				"The folder in which compiled modules are kept.").like(`"/var/cache/agenthost"`).defaults("agenthost's folder in the user's cache directory").outside(),
			whole("workers", func(h *Host) *int { return &h.Workers }, 0, 4096,
				"How many groups of agents run at once; 0 is one for each core.").outside(),
			size("frame_bytes_max", func(h *Host) *int64 { return &h.FrameBytesMax }, 1<<10, 16<<20, 1,
				"How much of the turns without effects is packed into one entry of the journal.").like(`"64KiB"`).outside(),
			path("data_dir", func(h *Host) *string { return &h.DataDir }, false,
				"The folder in which the history of live agents is kept.").like(`"data"`).defaults(`"data" in the working directory`).outside(),
			path("high_water_path", func(h *Host) *string { return &h.HighWaterPath }, false,
				"The file that says how far the history has come, best on another disk than data_dir: a restored backup is known by it, and does not trade.").like(`"/mnt/other/agenthost.mark"`).defaults("a file in data_dir").outside(),
			bound(parsed("orders_rate", "rate", func(h *Host) *Rate { return &h.OrdersRate }, parseRate, Rate.String,
				"How many orders may go out, of all agents together: 100/1s is a hundred at once, then one each 10ms. Each account has an even part of it.", "100/1s")),
			bound(money("order_notional_max", func(h *Host) *int64 { return &h.OrderNotionalMax }, 1,
				"The greatest worth of any order of any agent, in the currency of its venue.")),
			whole("seed", func(h *Host) *uint64 { return &h.Seed }, 0, maxInt64,
				"What every agent's randomness, and the ids of a recorded run, derive from."),
		},
		children: []child[Host]{
			one(journalBlock(), func(h *Host) *Journal { return &h.Journal }),
			one(logBlock(), func(h *Host) *Log { return &h.Log }),
			one(controlBlock(), func(h *Host) *Control { return &h.Control }),
			one(diskBlock(), func(h *Host) *Disk { return &h.Disk }),
			beside(optional(retentionBlock(), func(h *Host) **Retention { return &h.Retention })),
			beside(one(metricsBlock(), func(h *Host) *Metrics { return &h.Metrics })),
			beside(optional(tracingBlock(), func(h *Host) **Tracing { return &h.Tracing })),
			beside(one(checkpointsBlock(), func(h *Host) *Checkpoints { return &h.Checkpoints })),
			alertChild("log", alerts), alertChild("webhook", alerts), alertChild("command", alerts),
			optional(chaosBlock(), func(h *Host) **Chaos { return &h.Chaos }),
		},
	}
}

func diskBlock() *block[Disk] {
	return &block[Disk]{
		name: "disk", says: "Space for the journal.",
		defaults: DefaultDisk, source: func(d *Disk) *Source { return &d.Source },
		fields: []field[Disk]{
			size("free_min", func(d *Disk) *int64 { return &d.FreeMin }, 0, 1<<40, 1,
				"How much must be free; below, agents may only reduce.").like(`"256MiB"`),
			size("ballast", func(d *Disk) *int64 { return &d.Ballast }, 0, 16<<30, 1,
				"The size of a file that is given up when the disk is full, so that cancels and closes can still be journaled; 0B is none.").like(`"64MiB"`),
		},
	}
}

func journalBlock() *block[Journal] {
	return &block[Journal]{
		name: "journal", says: "What turns are kept in.",
		defaults: DefaultJournal, source: func(j *Journal) *Source { return &j.Source },
		fields: []field[Journal]{
			oneOf("type", func(j *Journal) *string { return &j.Type }, []string{"sqlite", "memory"},
				"sqlite is a file in the run's folder that survives a power cut; what is in memory is gone when the run ends.").outside(),
		},
	}
}

func logBlock() *block[Log] {
	return &block[Log]{
		name: "log", says: "What the host tells, on standard error.",
		defaults: DefaultLog, source: func(l *Log) *Source { return &l.Source },
		fields: []field[Log]{
			oneOf("level", func(l *Log) *string { return &l.Level }, []string{"trace", "debug", "info", "warn", "error", "off"},
				"The least that is logged.").outside(),
			oneOf("format", func(l *Log) *string { return &l.Format }, []string{"text", "json"},
				"Lines for people, or JSON for machines.").outside(),
		},
	}
}
