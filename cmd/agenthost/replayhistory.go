package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// history is a journal with the modules beside it, to be replayed. It is also where modules come from.
type history struct {
	path    string // of the journal's folder or file
	journal *journal.Journal
	runtime *sandbox.Runtime
	*host.Modules
	checkpoints *checkpoint.Store // nil where there are none
	// plugin is the module of --plugin: its path, bytes and hash.
	plugin string
	wasm   []byte
	sha    [32]byte
}

// open finds the journal that an argument names, and reads the plugin.
func (r *replayCommand) open(where string) (h *history, err error) {
	h = &history{plugin: r.plugin}
	c, err := r.locate(where, h)
	if err != nil {
		return nil, err
	}
	if r.plugin != "" {
		if h.wasm, err = os.ReadFile(r.plugin); err != nil {
			return nil, plain(err)
		}
		h.sha = sha256.Sum256(h.wasm)
	}
	log := newLog(c.Log, r.console)
	if r.interpreter {
		h.runtime, err = sandbox.NewRuntime(sandbox.Config{Interpreter: true, Log: log})
	} else {
		h.runtime, err = newRuntime(c.CacheDir, log)
	}
	if err != nil {
		return nil, err
	}
	folder := h.path
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		folder = filepath.Dir(folder)
	}
	h.Modules = host.NewModules(filepath.Join(folder, "modules"), h.runtime)
	if h.journal, err = openReadOnly(h.path); err != nil {
		return nil, errors.Join(err, h.runtime.Close())
	}
	if path := filepath.Join(folder, checkpointsFile); exists(path) {
		if h.checkpoints, err = checkpoint.Open(path, checkpoint.Options{ReadOnly: true}); err != nil {
			h.checkpoints = nil // a shortcut, and no more
			fmt.Fprintf(r.err, "agenthost: checkpoints are not used: %v\n", err)
		}
	}
	return h, nil
}

// locate finds the journal of a folder, a file, a live host's configuration, or the last run of a recorded
// one's.
func (r *replayCommand) locate(where string, h *history) (config.Host, error) {
	flags := hostFlags{console: r.console, settings: r.settings}
	p, err := flags.find(where)
	if err != nil {
		return config.Host{}, err
	}
	if p.config == nil {
		if h.path = p.journal; h.path == "" {
			return config.Host{}, usageError{errors.New("which journal? Name the run's folder, the journal's file, or the configuration of its host")}
		}
		return config.DefaultHost(), nil
	}
	c := p.config.Host
	if p.config.Recorded() {
		run, err := lastRun(c.RunsDir, where, fmt.Sprintf("%x", p.config.Hash))
		if err != nil {
			return c, err
		}
		h.path = run.path
		fmt.Fprintf(r.err, "agenthost: replaying from %s\n", h.path)
		return c, nil
	}
	if h.path = p.journal; h.path == "" {
		return c, fmt.Errorf("there is no journal in %s, the data_dir of %s: its host has not run yet", c.DataDir, where)
	}
	return c, nil
}

func (h *history) options() host.ReplayOptions {
	o := host.ReplayOptions{Journal: h.journal, Modules: h}
	if h.checkpoints != nil {
		o.Checkpoints = h.checkpoints
	}
	return o
}

func (h *history) close() error {
	err := errors.Join(h.journal.Close(), h.runtime.Close())
	if h.checkpoints != nil {
		err = errors.Join(err, h.checkpoints.Close())
	}
	return err
}

// Load compiles a module that the journal speaks of: as it is kept, or the file of --plugin if it is that.
func (h *history) Load(ctx context.Context, sha [32]byte, l sandbox.Limits) (*sandbox.Module, error) {
	if h.plugin != "" && h.sha == sha {
		return h.loadPlugin(ctx, l)
	}
	if path := h.Path(sha); !exists(path) {
		return nil, fmt.Errorf("the module that made these turns is not there: put its file at %s, or give it with --plugin (its SHA-256 is %x)", path, sha)
	}
	return h.Modules.Load(ctx, sha, l)
}

func (h *history) loadPlugin(ctx context.Context, l sandbox.Limits) (*sandbox.Module, error) {
	return h.runtime.Load(ctx, h.plugin, h.wasm, l)
}

// bytesOf are a module's.
func (h *history) bytesOf(sha string) ([]byte, error) {
	if fmt.Sprintf("%x", h.sha) == sha {
		return h.wasm, nil
	}
	hash, err := hex.DecodeString(sha)
	if err != nil || len(hash) != 32 {
		return nil, fmt.Errorf("%q is no SHA-256", sha)
	}
	return os.ReadFile(h.Path([32]byte(hash)))
}
