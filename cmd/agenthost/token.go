package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/admin"
)

// tokenCommand is what the verbs on tokens have in common: which file, which token.
type tokenCommand struct {
	*console
	settings
	file, name string
	json       bool
}

func newToken(con *console) *cobra.Command {
	return group(withCommands(&cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens of the control port",
		Long: `token keeps the file of the tokens that are let in where the control block
listens on TCP. The file holds hashes: a token is printed once, when it is made,
and is nowhere else. A host reads the file at each request: what is revoked is
of no use from that moment on.

  read     looks: status, orders, journal, log
  operate  and stops, releases, settles, rolls back
  admin    and decides which code trades: swap, reload`,
	}, newTokenCreate(con), newTokenList(con), newTokenRevoke(con)))
}

func withCommands(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(children...)
	return cmd
}

func (t *tokenCommand) flags(cmd *cobra.Command) {
	t.settings.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&t.file, "file", "", "tokens' `FILE`, instead of CONFIG's tokens_file")
	f.BoolVar(&t.json, "json", false, "print JSON")
	completeFlag(cmd, "file", files("json"))
}

func (t *tokenCommand) nameFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.name, "name", "", "the token's `NAME`, which says whose or what for it is")
	completeFlag(cmd, "name", cobra.NoFileCompletions)
}

// tokens finds the file: named, or the configuration's.
func (t *tokenCommand) tokens(config string) (admin.TokenFile, error) {
	switch {
	case t.file != "" && config != "":
		return admin.TokenFile{}, usageError{fmt.Errorf("%s and --file %s both name a file; give one", config, t.file)}
	case t.file != "":
		return admin.TokenFile{Path: t.file}, nil
	case config == "":
		return admin.TokenFile{}, usageError{errors.New("which tokens? Name the configuration, or the file with --file")}
	}
	c, _, err := t.load(config) // its mistakes are check's to tell: without a token nobody may put them right
	if err != nil {
		return admin.TokenFile{}, err
	}
	if c.Host.Control.TokensFile == "" {
		return admin.TokenFile{}, fmt.Errorf("the control block of %s names no tokens_file: write, within host, control { listen = \"127.0.0.1:7777\", tokens_file = \"tokens.json\" }, each on a line of its own", config)
	}
	return admin.TokenFile{Path: c.Host.Control.TokensFile}, nil
}

func (t *tokenCommand) needsName() error {
	if t.name == "" {
		return usageError{errors.New("name the token with --name, such as --name grafana")}
	}
	return nil
}

type tokenCreate struct {
	tokenCommand
	scope   string
	expires string
}

func newTokenCreate(con *console) *cobra.Command {
	t := &tokenCreate{tokenCommand: tokenCommand{console: con}}
	cmd := &cobra.Command{
		Use:   "create [CONFIG]",
		Short: "Make a token and print it, once",
		Long: `create makes a token of 32 random bytes, keeps its hash, and prints it: it cannot
be printed again. Take the least scope that does: a dashboard needs read.`,
		Example: `  agenthost token create my.hcl --name grafana --scope read
  agenthost token create my.hcl --name deploy --scope admin --expires 90d > deploy.token`,
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE:              func(_ *cobra.Command, args []string) error { return t.run(argument(args, 0)) },
	}
	t.flags(cmd)
	t.nameFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&t.scope, "scope", "", "what it may do: read, operate or admin")
	f.StringVar(&t.expires, "expires", "", "when it ends: a `TIME` from now such as 90d, or a date (default: never)")
	completeFlag(cmd, "scope", words("read", "operate", "admin"))
	completeFlag(cmd, "expires", cobra.NoFileCompletions)
	return cmd
}

func (t *tokenCreate) run(config string) error {
	if err := t.needsName(); err != nil {
		return err
	}
	if !slices.Contains(admin.Scopes, admin.Scope(t.scope)) {
		return usageError{fmt.Errorf("--scope %q: write read, operate or admin", t.scope)}
	}
	now := time.Now()
	expires, err := parseExpires(t.expires, now)
	if err != nil {
		return err
	}
	file, err := t.tokens(config)
	if err != nil {
		return err
	}
	text, made, err := file.Create(t.name, admin.Scope(t.scope), now, expires)
	if err != nil {
		return err
	}
	if t.json {
		type kept = admin.Token
		return encode(t.out, struct {
			Secret string `json:"token"`
			kept
		}{text, made})
	}
	fmt.Fprintf(t.err, "agenthost: token %s (%s, %s) is in %s; this is the only time that it is shown:\n", made.Name, made.Scope, ends(&made), file.Path)
	_, err = fmt.Fprintln(t.out, text)
	return err
}

// parseExpires reads a duration, with days, or a date.
func parseExpires(s string, now time.Time) (at time.Time, err error) {
	if s == "" {
		return at, nil
	}
	var days int
	if n, _ := fmt.Sscanf(s, "%dd", &days); n == 1 && fmt.Sprintf("%dd", days) == s {
		at = now.AddDate(0, 0, days)
	} else if d, failed := time.ParseDuration(s); failed == nil {
		at = now.Add(d)
	} else if at, err = time.Parse(time.RFC3339, s); err != nil {
		at, err = time.Parse(time.DateOnly, s)
	}
	if err != nil || !at.After(now) {
		return at, usageError{fmt.Errorf("--expires %q: write a time to come: 90d, 12h, 2027-02-01 or 2027-02-01T12:00:00Z", s)}
	}
	return at.Truncate(time.Second), nil
}

func ends(t *admin.Token) string {
	if t.Expires.IsZero() {
		return "never expires"
	}
	return "expires " + t.Expires.Format(time.RFC3339)
}

func newTokenList(con *console) *cobra.Command {
	t := &tokenCommand{console: con}
	cmd := &cobra.Command{
		Use:               "list [CONFIG]",
		Short:             "List tokens: names, scopes and whether they are valid",
		Example:           "  agenthost token list my.hcl",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := t.tokens(argument(args, 0))
			if err != nil {
				return err
			}
			return t.list(file)
		},
	}
	t.flags(cmd)
	return cmd
}

func (t *tokenCommand) list(file admin.TokenFile) error {
	all, err := file.Tokens()
	if err != nil {
		return err
	}
	if t.json {
		return encode(t.out, all...)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(t.out, "%s has no tokens\n", file.Path)
		return err
	}
	rows := newTable(t.out)
	rows.row("name", "scope", "state", "created", "ends")
	for i := range all {
		x := &all[i]
		rows.row(x.Name, x.Scope, x.State(time.Now()), x.Created.Format(time.RFC3339), strings.TrimPrefix(ends(x), "expires "))
	}
	return rows.flush()
}

func newTokenRevoke(con *console) *cobra.Command {
	t := &tokenCommand{console: con}
	cmd := &cobra.Command{
		Use:               "revoke [CONFIG]",
		Short:             "Take a token back, from this moment on",
		Example:           "  agenthost token revoke my.hcl --name deploy",
		Args:              needs(0, "a configuration file or folder"),
		ValidArgsFunction: configAt(0),
		RunE:              func(cmd *cobra.Command, args []string) error { return t.revoke(cmd.Context(), argument(args, 0)) },
	}
	t.flags(cmd)
	t.nameFlag(cmd)
	return cmd
}

func (t *tokenCommand) revoke(_ context.Context, config string) error {
	if err := t.needsName(); err != nil {
		return err
	}
	file, err := t.tokens(config)
	if err != nil {
		return err
	}
	gone, err := file.Revoke(t.name, time.Now())
	if err != nil {
		return err
	}
	if t.json {
		return encode(t.out, gone)
	}
	_, err = fmt.Fprintf(t.out, "token %s is revoked\n", gone.Name)
	return err
}
