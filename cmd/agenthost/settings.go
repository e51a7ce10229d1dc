package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/report"
	"github.com/agenthost/agenthost/host/sandbox"
)

// settings are the flags by which a configuration is read, and what came of it.
type settings struct {
	vars []string
}

func (s *settings) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.vars, "var", nil, "set a variable, as `name=value`; may be repeated")
	completeFlag(cmd, "var", cobra.NoFileCompletions)
}

// load reads a configuration file or folder with everything that can be found wrong without running it.
func (s *settings) load(path string) (*config.Config, *config.Diagnostics, error) {
	variables := map[string]string{}
	for _, v := range s.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, nil, usageError{fmt.Errorf("--var %q is not of the form name=value", v)}
		}
		variables[name] = value
	}
	c, d := config.Load(path, config.Options{Variables: variables, Environ: os.LookupEnv})
	return c, d, nil
}

// prepared is a configuration with its strategies compiled.
type prepared struct {
	config     *config.Config
	runtime    *sandbox.Runtime
	strategies map[string]*host.Strategy
	log        hclog.Logger
	// lines are the last that were logged.
	lines *admin.LogRing
}

// prepare loads a configuration and its strategies. Diagnostics, if there are any, are complete: what
// the modules refuse is among them.
func (s *settings) prepare(ctx context.Context, path string, con *console) (*prepared, *config.Diagnostics, error) {
	c, d, err := s.load(path)
	if err != nil {
		return nil, nil, err
	}
	p := &prepared{config: c, lines: newRing(c.Host.Log)}
	p.log = newLog(c.Host.Log, con, p.lines)
	if p.runtime, err = newRuntime(c.Host.CacheDir, p.log); err != nil {
		return nil, nil, err
	}
	p.strategies = host.LoadModules(ctx, c, p.runtime)
	host.CheckFeeds(c)
	return p, d, nil
}

func (p *prepared) close() error {
	if p == nil || p.runtime == nil {
		return nil
	}
	return p.runtime.Close()
}

// newRuntime compiles into the cache directory, in a child process, so that no module can hold up or
// bring down the host. Where there is no directory to write to, it says so and compiles in memory.
func newRuntime(dir string, log hclog.Logger) (*sandbox.Runtime, error) {
	c := sandbox.Config{CacheDir: dir, Log: log}
	if c.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			log.Warn("no cache directory: modules are compiled anew each time, in this process; set cache_dir in the host block", "error", err)
			return sandbox.NewRuntime(c)
		}
		c.CacheDir = filepath.Join(user, "agenthost")
	}
	c.CompileAside = &sandbox.CompileAside{Args: []string{compileChildVerb}}
	rt, err := sandbox.NewRuntime(c)
	if errors.Is(err, os.ErrPermission) {
		log.Warn("cache directory cannot be written: modules are compiled anew each time, in this process", "directory", c.CacheDir, "error", err)
		return sandbox.NewRuntime(sandbox.Config{Log: log})
	}
	return rt, err
}

const compileChildVerb = "compile-child"

func newCompileChild() *cobra.Command {
	return &cobra.Command{
		Use: compileChildVerb, Hidden: true, DisableFlagParsing: true,
		Run: func(_ *cobra.Command, args []string) { os.Exit(sandbox.CompileChild(args)) },
	}
}

// terminalOf looks at the stream that people read.
func terminalOf(w any) report.Terminal {
	f, ok := w.(*os.File)
	if !ok {
		return report.Terminal{}
	}
	return report.DetectTerminal(f, os.Getenv)
}

// printDiagnostics writes what is wrong for people.
func printDiagnostics(con *console, d *config.Diagnostics) error {
	t := terminalOf(con.err)
	return d.WriteText(con.err, t.Color, t.Width)
}
