package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/report"
)

// socketVariable names a control socket for a whole shell.
const socketVariable = "AGENTHOST_SOCKET"

// hostFlags say which host is meant, for the verbs that ask a running one or tell it what to do.
type hostFlags struct {
	*console
	settings
	remoteFlags
	socket string
	json   bool
	// toRead: the host will read the configuration and say itself what is wrong with it.
	toRead bool
}

func (h *hostFlags) flags(cmd *cobra.Command) {
	h.settings.flags(cmd)
	h.remoteFlags.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&h.socket, "socket", "", "control `SOCKET` of the host, instead of CONFIG")
	f.BoolVar(&h.json, "json", false, "print JSON")
}

// actFlags say who changes something, and why.
type actFlags struct{ by, reason string }

func (a *actFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.by, "by", "", "who does this (default: this user of the system)")
	f.StringVar(&a.reason, "reason", "", "why, in a few words; kept in the journal")
	for _, flag := range []string{"by", "reason"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
}

func (a *actFlags) act() (admin.Act, error) {
	if strings.TrimSpace(a.reason) == "" {
		return admin.Act{}, usageError{errors.New("say why with --reason \"…\": it is kept in the journal with who did it")}
	}
	return admin.Act{By: a.by, Reason: a.reason}, nil
}

// needs is exactly for commands of which the last arguments may be left out.
func needs(required int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < required {
			return usageError{fmt.Errorf("%s needs %s: %s", cmd.CommandPath(), names[len(args)], cmd.UseLine())}
		}
		return atMost(names...)(cmd, args)
	}
}

// argument is the i-th argument, empty if it is left out.
func argument(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// configAt completes the i-th argument to a configuration.
func configAt(i int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) != i {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

// place is where a host is, or what it left.
type place struct {
	// socket is where it answers, journal the folder or file of its history; one of them may be empty.
	socket, journal string
	// config is what it runs, nil if only the socket or the journal was named.
	config *config.Config
	path   string
	// start is the command that starts it, arguments what names it in other commands.
	start, arguments string
	// remote asks a host on another machine, nil for one on this.
	remote *admin.Client
	// offline: no host runs, and this command has taken up what it left.
	offline bool
}

// find says where the host is that a command's argument names: a configuration, the folder of a run or of
// a host's data, a journal's file, or nothing.
func (h *hostFlags) find(arg string) (*place, error) {
	switch {
	case h.host != "" && (arg != "" || h.socket != ""):
		return nil, usageError{fmt.Errorf("--host %s and %s both name a host; give one", h.host, arg+h.socket)}
	case h.host != "":
		return h.place()
	case arg != "" && h.socket != "":
		return nil, usageError{fmt.Errorf("%s and --socket %s both name a host; give one", arg, h.socket)}
	case h.socket != "":
		return socketPlace(h.socket, " --socket "+report.ShellQuoted(h.socket)), nil
	case arg != "":
		return h.named(arg)
	}
	if s := os.Getenv(socketVariable); s != "" {
		return socketPlace(s, ""), nil
	}
	p := &place{journal: config.DefaultHost().DataDir}
	if !holdsJournal(p.journal) {
		return nil, usageError{errors.New("which host? Name its configuration, or its socket with --socket")}
	}
	p.socket = filepath.Join(p.journal, "control.sock")
	p.start = "`agenthost run CONFIG`"
	return p, nil
}

func socketPlace(socket, arguments string) *place {
	return &place{socket: socket, start: "`agenthost run CONFIG`", arguments: arguments}
}

func (h *hostFlags) named(arg string) (*place, error) {
	if _, err := os.Stat(arg); err != nil {
		return nil, plain(err)
	}
	quoted := " " + report.ShellQuoted(arg)
	if holdsJournal(arg) {
		p := &place{journal: arg, arguments: quoted, start: "`agenthost run CONFIG`"}
		if socket := filepath.Join(arg, "control.sock"); exists(socket) {
			p.socket = socket
		}
		return p, nil
	}
	c, d, err := h.load(arg)
	if err != nil {
		return nil, err
	}
	if d.HasErrors() && !h.toRead { // who must stop a host cannot first put its file right
		fmt.Fprintf(h.err, "agenthost: %s has mistakes, which `agenthost check%s` lists; its host is looked for on %s\n", arg, quoted, c.Host.Control.Socket)
	}
	for _, v := range h.vars {
		quoted += " --var " + report.ShellQuoted(v)
	}
	p := &place{socket: c.Host.Control.Socket, config: c, path: arg, arguments: quoted, start: "`agenthost run" + quoted + "`"}
	if holdsJournal(c.Host.DataDir) {
		p.journal = c.Host.DataDir
	}
	return p, nil
}

// holdsJournal reports whether a path is a journal's file, or a folder with one.
func holdsJournal(path string) bool {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "journal.db")
	}
	return looksLikeSQLite(path) == nil
}

func (p *place) client() *admin.Client {
	if p.remote != nil {
		return p.remote
	}
	c := admin.NewClient(p.socket)
	c.Start = p.start
	return c
}

// source is what can be read of a host, whether it runs or not.
type source interface {
	Orders(ctx context.Context, q admin.OrderQuery) (admin.OrderList, error)
	Order(ctx context.Context, id string) (admin.OrderStory, error)
	Letters(ctx context.Context, q admin.LetterQuery) (admin.LetterList, error)
	LetterStats(ctx context.Context, q admin.LetterQuery) (admin.LetterStats, error)
	Letter(ctx context.Context, id string) (admin.Letter, error)
	Audits(ctx context.Context, q admin.AuditQuery) (admin.AuditList, error)
}

// read asks the running host or, where none runs, its journal.
func (h *hostFlags) read(ctx context.Context, arg string, ask func(source, *place) error) error {
	p, err := h.find(arg)
	if err != nil {
		return err
	}
	if p.socket != "" {
		c := p.client()
		defer c.Close()
		var gone *admin.NotRunning
		if err := ask(c, p); !errors.As(err, &gone) || p.journal == "" {
			return err
		}
		fmt.Fprintf(h.err, "agenthost: no host is running on %s; this is from the journal in %s\n", p.socket, p.journal)
	}
	s, err := openJournalSource(p)
	if err != nil {
		return err
	}
	return errors.Join(ask(s, p), s.close(h.err))
}

// changer is who carries out what a person wants changed.
type changer interface {
	Halt(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error)
	Flatten(ctx context.Context, t admin.Target, a admin.Act) (admin.Stopping, error)
	Letters(ctx context.Context, q admin.LetterQuery) (admin.LetterList, error)
	Redrive(ctx context.Context, letter string, r admin.Redrive) (admin.RedriveResult, error)
	Resolve(ctx context.Context, letter string, r admin.Resolve) (admin.Letter, error)
}

// change lets the running host do something or, where none runs, does it to what it left.
func (h *hostFlags) change(ctx context.Context, arg string, do func(changer, *place) error) error {
	p, err := h.find(arg)
	if err != nil {
		return err
	}
	var gone *admin.NotRunning
	if p.socket != "" {
		c := p.client()
		defer c.Close()
		if err := do(c, p); !errors.As(err, &gone) {
			return err
		}
	}
	if gone == nil {
		return fmt.Errorf("%s is a journal: name the configuration of its host, so that it is known how to reach the venue", p.journal)
	}
	if p.remote != nil {
		return gone
	}
	if p.config == nil || p.journal == "" {
		return fmt.Errorf("%w, then ask again", gone)
	}
	o, err := h.takeUp(ctx, p)
	if err != nil {
		return fmt.Errorf("no host is running on %s, and its history cannot be taken up: %w", p.socket, err)
	}
	return errors.Join(do(o, p), o.close())
}

// tell lets the running host do what only a running one can.
func (h *hostFlags) tell(arg string, do func(*admin.Client, *place) error) error {
	p, err := h.find(arg)
	if err != nil {
		return err
	}
	if p.socket == "" {
		return fmt.Errorf("no host is running on %s", p.journal)
	}
	c := p.client()
	defer c.Close()
	return do(c, p)
}
