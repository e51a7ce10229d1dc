package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
)

// checkpointsOf is the file of a live host's checkpoints.
func checkpointsOf(h *config.Host) string { return filepath.Join(h.DataDir, checkpointsFile) }

// checkpointsFile is the name of the file, in a live host's data_dir.
const checkpointsFile = "checkpoints.db"

// openCheckpoints opens the file beside the journal. A checkpoint is a shortcut: a file that is damaged is put
// aside, one of a newer version is left alone, and without any the host works; the journal has it all.
func (l *liveHost) openCheckpoints(o *host.ServiceOptions) {
	c := &l.prepared.config.Host.Checkpoints
	path := checkpointsOf(&l.prepared.config.Host)
	store, aside, err := checkpoint.OpenAnew(path, time.Now())
	if errors.Is(err, checkpoint.ErrFormat) {
		l.prepared.log.Warn("checkpoints are of a newer version: they are left alone, and none are made", "path", path, "error", err)
		return
	}
	if err != nil {
		l.prepared.log.Error("checkpoints cannot be kept; every start takes all of the journal", "path", path, "error", err)
		return
	}
	if aside != "" {
		l.prepared.log.Warn("checkpoints were damaged and are put aside; all comes from the journal", "path", path, "aside", aside)
	}
	l.checkpoints, o.Checkpoints = store, store
	if c.Every > 0 || c.Turns > 0 || c.OnOrders || c.OnPositions {
		o.CheckpointRule = host.CheckpointRule{
			Every: int64(c.Every), Turns: c.Turns, OnOrders: c.OnOrders, OnPositions: c.OnPositions, Keep: c.Keep,
		}
	}
}
