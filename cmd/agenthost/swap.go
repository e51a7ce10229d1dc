package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
)

type swapCommand struct {
	hostFlags
	actFlags
	order      admin.SwapOrder
	parameters []string
}

func newSwap(con *console) *cobra.Command {
	s := &swapCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "swap AGENT [FILE.wasm] [CONFIG]",
		Short: "Put another module, or other parameters, into an agent while it runs",
		Long: `swap compiles a module, brings it to the agent's state, compares it with the old
one over the last recorded ticks (--shadow), and lets it take over between two
ticks. In its probation the old one is kept warm, and comes back by itself if
the new one traps. A module that is refused changes nothing. Without a FILE the
module stays and --param changes its parameters.

What is swapped lasts beyond a restart, as the journal says, until what the
configuration says of the agent changes: that then takes its place. Put the swap
into the configuration, too.`,
		Example: `  agenthost swap sma sma2.wasm my.hcl --dry-run --shadow 500 --reason "what would differ?"
  agenthost swap sma sma2.wasm my.hcl --shadow 500 --probation 100 --reason "fixes #7"
  agenthost swap sma my.hcl --param fast=12 --reason "calmer"`,
		Args:              agentFirst("an agent's name", "a module", "a configuration file or folder"),
		ValidArgsFunction: completeSwap,
		RunE:              func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args) },
	}
	s.hostFlags.flags(cmd)
	s.actFlags.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&s.order.Shadow, "shadow", 0, "compare over the last so many recorded ticks first (default: as the agent says)")
	f.IntVar(&s.order.Probation, "probation", 0, "keep the old one warm for so many ticks (default: as the agent says)")
	f.StringVar(&s.order.OnSwap, "on-swap", "", "open orders: keep or cancel (default: as the agent says)")
	f.StringVar(&s.order.Warmup, "warmup", "", "how it gets its state: load, replay or fresh (default: load where both can, else replay)")
	f.StringArrayVar(&s.parameters, "param", nil, "a parameter, as `NAME=VALUE`; may be repeated")
	f.BoolVar(&s.order.DryRun, "dry-run", false, "make ready and compare, and change nothing")
	completeFlag(cmd, "on-swap", words("keep", "cancel"))
	completeFlag(cmd, "warmup", words("load", "replay", "fresh"))
	for _, flag := range []string{"shadow", "probation", "param"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func completeSwap(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 1:
		return []string{"wasm", "hcl"}, cobra.ShellCompDirectiveFilterFileExt
	case 2:
		return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func (s *swapCommand) run(ctx context.Context, args []string) (err error) {
	agent, module, config := args[0], argument(args, 1), argument(args, 2)
	if config == "" && module != "" && !strings.HasSuffix(module, ".wasm") {
		module, config = "", module
	}
	if s.order.Act, err = s.act(); err != nil {
		return err
	}
	if s.order.Parameters, err = parameters(s.parameters); err != nil {
		return err
	}
	if module == "" && len(s.parameters) == 0 {
		return usageError{errors.New("nothing is to change: name a module FILE.wasm, or a parameter with --param")}
	}
	if module != "" { // its bytes are sent: the host may be on another machine
		if s.order.Module, err = os.ReadFile(module); err != nil {
			return plain(err)
		}
		s.order.Name = filepath.Base(module)
		if len(s.order.Module) == 0 {
			return fmt.Errorf("%s is empty", module)
		}
	}
	return s.tell(config, func(c *admin.Client, p *place) error {
		end := s.await(ctx, c, agent)
		r, err := c.Swap(ctx, agent, s.order)
		end()
		if err != nil {
			return swapError(agent, err)
		}
		return s.print(&r, p)
	})
}

func parameters(texts []string) (map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	all := map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("--param %q is not of the form NAME=VALUE", text)}
		}
		all[name] = value
	}
	return all, nil
}

// swapError says that the old one goes on, which is what a person wants to know first.
func swapError(agent string, err error) error {
	var refusal *admin.Refusal
	if errors.As(err, &refusal) && refusal.Code != "not_available" && !strings.Contains(refusal.Message, "goes on") {
		return fmt.Errorf("%w; %s goes on as it was", err, agent)
	}
	return err
}

// spinEvery is how fast the waiting turns, askEvery how often the host is asked how far it is.
const (
	spinEvery = 120 * time.Millisecond
	askEvery  = time.Second
)

// await shows a person how far a swap is, until end is called.
func (h *hostFlags) await(ctx context.Context, c *admin.Client, agent string) (end func()) {
	if !terminalOf(h.err).Live {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		spin(ctx, h.err, func() string {
			st, err := c.Status(ctx)
			if a := st.Agent(agent); err == nil && a != nil {
				return swapText(a.Swap)
			}
			return ""
		})
	}()
	return func() { cancel(); <-done }
}

// spin draws until ctx ends, and clears the line.
func spin(ctx context.Context, w io.Writer, stage func() string) {
	began, asked, text := time.Now(), time.Time{}, ""
	tick := time.NewTicker(spinEvery)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			fmt.Fprint(w, "\r\x1b[K")
			return
		case <-tick.C:
		}
		if time.Since(asked) > askEvery {
			text, asked = stage(), time.Now()
		}
		fmt.Fprintf(w, "\r\x1b[K%c %s (%s)", `|/-\`[i%4], visible(text), rounded(time.Since(began)))
	}
}

func (h *hostFlags) print(r *admin.SwapReport, p *place) error {
	if h.json {
		return encode(h.out, r)
	}
	if r.Shadow != nil {
		if err := h.shadow(r.Shadow); err != nil {
			return err
		}
	}
	if r.State == admin.SwapDone && r.Sequence == 0 { // nothing was swapped: no event
		_, err := fmt.Fprintf(h.out, "%s: %s\n", r.Agent, visible(r.Message))
		return err
	}
	switch r.State {
	case admin.SwapShadowed:
		fmt.Fprintf(h.out, "a dry run: %s goes on as it was\n", r.Agent)
	case admin.SwapRefused:
		return fmt.Errorf("refused: %s; %s goes on as it was", r.Message, r.Agent)
	default:
		fmt.Fprintf(h.out, "%s runs %s since event %d, before %s; the swap took %s between two ticks\n",
			r.Agent, short(r.ToSHA256), r.Sequence, before(r), time.Duration(r.PauseNanoseconds).Round(time.Microsecond))
	}
	if r.Warmup != "" && r.State != admin.SwapRolledBack {
		fmt.Fprintf(h.out, "  state: %s, %s\n", r.Warmup, plural(r.WarmupTicks, "tick"))
	}
	if r.State == admin.SwapProbation {
		fmt.Fprintf(h.out, "  on probation; to take it back: agenthost rollback %s%s --reason \"…\"\n", r.Agent, p.arguments)
	}
	if r.Message != "" {
		fmt.Fprintf(h.out, "  %s\n", visible(r.Message))
	}
	return nil
}

// before is what ran before a swap.
func before(r *admin.SwapReport) string {
	if r.FromSHA256 == r.ToSHA256 {
		return "the same with other settings"
	}
	return short(r.FromSHA256)
}

func (h *hostFlags) shadow(s *admin.SwapShadow) error {
	fmt.Fprintf(h.out, "over %s, %d with other orders\n", plural(s.Ticks, "recorded tick"), s.Differing)
	if len(s.Rows) == 0 {
		return nil
	}
	rows := make([]host.Difference, len(s.Rows))
	for i := range s.Rows {
		rows[i] = host.Difference(s.Rows[i])
	}
	return differences(h.out, rows)
}

type rollbackCommand struct {
	hostFlags
	actFlags
}

func newRollback(con *console) *cobra.Command {
	r := &rollbackCommand{hostFlags: hostFlags{console: con}}
	cmd := &cobra.Command{
		Use:   "rollback AGENT [CONFIG]",
		Short: "Put back what an agent ran before its last swap",
		Long: `rollback puts back what an agent ran before its last swap: at once while the old
one is kept warm, else made ready anew. Orders and positions stay. What was
taken back comes in again by agenthost swap only.`,
		Example:           `  agenthost rollback sma my.hcl --reason "odd orders"`,
		Args:              agentFirst("an agent's name", "a configuration file or folder"),
		ValidArgsFunction: configAt(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			act, err := r.act()
			if err != nil {
				return err
			}
			return r.tell(argument(args, 1), func(c *admin.Client, p *place) error {
				end := r.await(cmd.Context(), c, args[0])
				report, err := c.Rollback(cmd.Context(), args[0], act)
				end()
				if err != nil {
					return swapError(args[0], err)
				}
				return r.print(&report, p)
			})
		},
	}
	r.hostFlags.flags(cmd)
	r.actFlags.flags(cmd)
	return cmd
}
