package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/venue/server"
)

// venueCommand is the flags of venue.
type venueCommand struct {
	*console
	listen           string
	public           bool
	keyEnv, keyFile  string
	accounts         []string
	data, symbols    []string
	more             []string // symbols under the flag's other name
	syntheticSeed    uint64
	once             bool
	priceDecimals    uint8
	quantityDecimals uint8
	tick, lot        string
	cash             string
	commission       server.Fraction
	feeFixed         string
	spread, margin   server.Fraction
	fill, dedupe     string
	logLevel         string
	config           server.Config
}

func newVenue(con *console) *cobra.Command {
	v := &venueCommand{console: con, config: server.Config{Faults: server.DefaultFaults()}}
	cmd := &cobra.Command{
		Use:   "venue (--data FILE --symbol S | --synthetic SEED --symbols A,B)",
		Short: "Serve a paper exchange over HTTP, to develop and test against",
		Long: `venue is a paper exchange as a server: the API of docs/VENUE.md on loopback, over
recorded or made-up prices. Its books are its own, so that they can be held
against a host's journal; with faults on request it is as bad as real ones are.

The first line of standard output says where it listens. Ctrl-C (or SIGTERM)
stops it; with --state its books are then saved, and found again the next time.
They are saved at no other time: a venue that is killed forgets.`,
		Example: `  export VENUE_KEY=secret
  agenthost venue --key-env VENUE_KEY --synthetic 7 --symbols A,B
  agenthost venue --key-file key --data GOOG.csv --symbol GOOG --interval 250ms
  agenthost venue --key-file key --synthetic 7 --symbols A --dedupe none \
    --fail-rate 0.3 --fail-where mixed --latency 500ms --admin`,
		Args: atMost(),
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd) },
	}
	v.flags(cmd)
	v.faultFlags(cmd)
	completeFlag(cmd, "dedupe", words("none", "open", "window", "forever"))
	completeFlag(cmd, "fill", words("immediate", "next-bar"))
	completeFlag(cmd, "fail-where", words("before", "after", "mixed"))
	return cmd
}

func (v *venueCommand) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	c := &v.config
	f.StringVar(&v.listen, "listen", "127.0.0.1:8400", "`HOST:PORT` to listen on; port 0 picks one")
	f.BoolVar(&v.public, "public", false, "allow --listen on an address that others reach")
	f.StringVar(&v.keyEnv, "key-env", "", "the key of account main is in the environment variable `NAME`")
	f.StringVar(&v.keyFile, "key-file", "", "the key of account main is in `FILE`, read anew for each request")
	f.StringArrayVar(&v.accounts, "account", nil, "an account of its own: `NAME=KEYFILE`; may be given again")
	f.StringArrayVar(&v.data, "data", nil, "recorded bars, a CSV `FILE`; may be given again, each with its --symbol")
	f.StringSliceVar(&v.symbols, "symbol", nil, "what the data, or the made-up prices, are of")
	f.StringSliceVar(&v.more, "symbols", nil, "the same, several with commas")
	f.Uint64Var(&v.syntheticSeed, "synthetic", 0, "make prices up, from a `SEED`: the same for the same seed and symbols")
	f.BoolVar(&v.once, "once", false, "let the last price hold when the data ends, instead of beginning again")
	f.DurationVar(&c.Interval, "interval", time.Second, "a bar comes so often, whatever the data's own spacing")
	f.BoolVar(&c.Manual, "manual", false, "bars come only by POST /admin/step")
	f.StringVar(&v.fill, "fill", "immediate", "immediate: at the last price at once; next-bar: on the next bar, as in a backtest")
	f.Uint8Var(&v.priceDecimals, "price-decimals", 4, "decimals of prices")
	f.Uint8Var(&v.quantityDecimals, "quantity-decimals", 4, "decimals of quantities")
	f.StringVar(&v.tick, "tick", "", "step of prices (default: one in the last decimal)")
	f.StringVar(&v.lot, "lot", "", "step of quantities (default: one in the last decimal)")
	f.StringVar(&c.Currency, "currency", "USD", "what money is counted in")
	f.StringVar(&v.cash, "cash", "100000", "what each account begins with")
	f.Var(&v.commission, "commission", "fraction of the worth of each fill")
	f.StringVar(&v.feeFixed, "fee-fixed", "0", "money for each fill")
	f.Var(&v.spread, "spread", "fraction of the price, against whoever opens")
	f.Var(&v.margin, "margin", "fraction of a position that must be covered (0: all)")
	f.StringVar(&v.dedupe, "dedupe", "forever", "for how long an Idempotency-Key stands for its first order: none, open, window, forever")
	f.DurationVar(&c.DedupeWindow, "dedupe-window", 24*time.Hour, "how long with --dedupe window")
	f.StringVar(&c.StatePath, "state", "", "keep the books in `FILE` from a clean stop to the next start")
	f.BoolVar(&c.Admin, "admin", false, "open /admin: books, faults, step, disconnect")
	f.StringVar(&v.logLevel, "log-level", "info", "trace, debug, info, warn or error")
}

func (v *venueCommand) faultFlags(cmd *cobra.Command) {
	f, x := cmd.Flags(), &v.config.Faults
	f.Uint64Var(&v.config.Seed, "seed", 1, "of the faults")
	f.Var(&x.FailRate, "fail-rate", "fraction of requests that fail with a status")
	f.IntSliceVar(&x.FailCodes, "fail-codes", x.FailCodes, "the statuses")
	f.StringVar(&x.FailWhere, "fail-where", x.FailWhere, "before executing, after, or mixed")
	f.BoolVar(&x.FailReads, "fail-reads", false, "lookups and lists fail too")
	f.Var(&x.Latency, "latency", "of every request, half before it executes")
	f.Var(&x.DropBeforeRate, "drop-before-rate", "fraction whose connection closes, nothing executed")
	f.Var(&x.DropAfterRate, "drop-after-rate", "fraction whose connection closes after executing")
	f.Var(&x.DelayRate, "delay-rate", "fraction that gets a 504 and executes later")
	f.Var(&x.DelayBy, "delay-by", "how much later")
	f.Var(&x.DuplicateRate, "duplicate-rate", "fraction of fills that the stream tells twice")
	f.Var(&x.ReorderRate, "reorder-rate", "fraction of the stream's messages that come after the next")
	f.BoolVar(&x.PartialFills, "partial-fills", false, "each price fills only a part of what is open")
	f.Var(&x.RetryAfter, "retry-after", "what a 429 asks for")
}

// run serves until a signal, with everything of the command line judged before.
func (v *venueCommand) run(cmd *cobra.Command) error {
	listener, err := v.open(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	venue, err := server.New(v.config)
	if err != nil {
		return errors.Join(fmt.Errorf("venue: %w", plain(err)), listener.Close(), v.config.Prices.Close())
	}
	if _, err := fmt.Fprintf(v.out, "listening on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, listener.Close(), venue.Close())
	}
	return serveVenue(ctx, venue, listener, v.config.Log)
}

// open judges the flags, opens the prices and the port.
func (v *venueCommand) open(cmd *cobra.Command) (net.Listener, error) {
	if err := v.read(cmd); err != nil {
		return nil, usageError{err}
	}
	v.config.Log = newLog(config.Log{Level: v.logLevel}, v.console)
	if err := v.prices(cmd); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", v.listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--listen %s: %w", v.listen, err), v.config.Prices.Close())
	}
	return listener, nil
}

// serveVenue runs the server and its prices until ctx ends or one of them fails.
func serveVenue(ctx context.Context, venue *server.Server, listener net.Listener, log hclog.Logger) error {
	web := &http.Server{Handler: venue, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.StandardLogger(&hclog.StandardLoggerOptions{InferLevels: true})}
	failed := make(chan error, 2)
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { failed <- web.Serve(listener) }()
	go func() {
		if err := venue.Run(running); err != nil {
			failed <- err
		}
	}()
	var err error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-failed:
	}
	err = errors.Join(err, venue.Close()) // ends what waits, so that Shutdown need not
	closing, done := context.WithTimeout(context.Background(), 5*time.Second)
	defer done()
	return errors.Join(err, web.Shutdown(closing))
}

// read turns flags into the venue's configuration.
func (v *venueCommand) read(cmd *cobra.Command) (err error) {
	c := &v.config
	if err := v.checkListen(); err != nil {
		return err
	}
	if err := v.readAccounts(); err != nil {
		return err
	}
	if c.Dedupe, err = server.ParseDedupe(v.dedupe); err != nil {
		return fmt.Errorf("--%w", err)
	}
	if c.Fill, err = server.ParseFill(v.fill); err != nil {
		return fmt.Errorf("--%w", err)
	}
	if hclog.LevelFromString(v.logLevel) == hclog.NoLevel {
		return fmt.Errorf("--log-level %q: write trace, debug, info, warn or error", v.logLevel)
	}
	if c.Manual && !c.Admin {
		return errors.New("--manual needs --admin: bars then come only by POST /admin/step")
	}
	if c.Interval <= 0 {
		return fmt.Errorf("--interval %s: a bar must take some time", c.Interval)
	}
	if err := c.Faults.Validate(); err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	c.Commission, c.Spread, c.Margin = int64(v.commission), int64(v.spread), int64(v.margin)
	for _, m := range [...]struct {
		flag, text string
		to         *int64
	}{{"cash", v.cash, &c.Cash}, {"fee-fixed", v.feeFixed, &c.FeeFixed}} {
		if *m.to, err = event.ParseDecimal(m.text, event.MoneyDecimals); err != nil {
			return fmt.Errorf("--%s: %w", m.flag, err)
		}
	}
	return v.readInstruments(cmd)
}

// checkListen keeps a venue with a test's keys off the network unless that is wished.
func (v *venueCommand) checkListen() error {
	host, _, err := net.SplitHostPort(v.listen)
	if err != nil {
		return fmt.Errorf("--listen %q: write HOST:PORT, such as 127.0.0.1:0", v.listen)
	}
	if ip := net.ParseIP(host); !v.public && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s can be reached by others; a venue to test against listens on 127.0.0.1, unless --public is given", v.listen)
	}
	return nil
}

func (v *venueCommand) readAccounts() error {
	if v.keyEnv != "" && v.keyFile != "" {
		return errors.New("--key-env and --key-file both name the key of account main; give one")
	}
	if v.keyEnv != "" {
		if os.Getenv(v.keyEnv) == "" {
			return fmt.Errorf("--key-env %s: that variable is not set, or empty", v.keyEnv)
		}
		v.config.Accounts = append(v.config.Accounts, server.Account{Name: "main", Key: func() (string, error) { return os.Getenv(v.keyEnv), nil }})
	}
	if v.keyFile != "" {
		v.accounts = append([]string{"main=" + v.keyFile}, v.accounts...)
	}
	for _, a := range v.accounts {
		name, path, ok := strings.Cut(a, "=")
		if !ok || name == "" || path == "" {
			return fmt.Errorf("--account %q: write NAME=KEYFILE", a)
		}
		key := func() (string, error) { return readKey(path) }
		if _, err := key(); err != nil {
			return fmt.Errorf("account %s: %w", name, err)
		}
		v.config.Accounts = append(v.config.Accounts, server.Account{Name: name, Key: key})
	}
	if len(v.config.Accounts) == 0 {
		return errors.New("nobody could trade: name a key by --key-env NAME, --key-file FILE or --account NAME=FILE")
	}
	return nil
}

func readKey(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", plain(err)
	}
	key := strings.TrimSpace(string(b))
	if key == "" {
		return "", fmt.Errorf("key file %s is empty", path)
	}
	return key, nil
}

// readInstruments makes an instrument of each symbol.
func (v *venueCommand) readInstruments(cmd *cobra.Command) error {
	synthetic := cmd.Flags().Changed("synthetic")
	v.symbols = append(v.symbols, v.more...)
	switch {
	case synthetic == (len(v.data) > 0):
		return errors.New("prices come from --data FILE with --symbol S, or from --synthetic SEED with --symbols A,B; give one of the two")
	case len(v.symbols) == 0:
		return errors.New("--symbol is missing: what the prices are of")
	case !synthetic && len(v.data) != len(v.symbols):
		return fmt.Errorf("%s and %s: each file has one symbol", plural(len(v.data), "--data file"), plural(len(v.symbols), "symbol"))
	case v.priceDecimals > event.DecimalsMax || v.quantityDecimals > event.DecimalsMax:
		return fmt.Errorf("--price-decimals %d and --quantity-decimals %d: at most %d", v.priceDecimals, v.quantityDecimals, event.DecimalsMax)
	}
	in := event.Instrument{
		Kind: event.Spot, Quote: v.config.Currency, Settle: v.config.Currency, PriceDecimals: v.priceDecimals, QuantityDecimals: v.quantityDecimals,
		Tick: 1, Lot: 1, Multiplier: event.One, FeeMaker: int64(v.commission), FeeTaker: int64(v.commission),
	}
	for _, s := range [...]struct {
		flag, text string
		decimals   uint8
		to         *int64
	}{{"tick", v.tick, v.priceDecimals, &in.Tick}, {"lot", v.lot, v.quantityDecimals, &in.Lot}} {
		if s.text == "" {
			continue
		}
		var err error
		if *s.to, err = event.ParseDecimal(s.text, s.decimals); err != nil {
			return fmt.Errorf("--%s: %w", s.flag, err)
		}
		if *s.to <= 0 {
			return fmt.Errorf("--%s %s: it must be above zero", s.flag, s.text)
		}
	}
	for _, name := range v.symbols {
		in.Name = name
		v.config.Instruments = append(v.config.Instruments, in)
	}
	return nil
}

// prices opens the files, or begins the walks.
func (v *venueCommand) prices(cmd *cobra.Command) error {
	if cmd.Flags().Changed("synthetic") {
		v.config.Prices = server.NewSynthetic(v.syntheticSeed, v.config.Instruments)
		return nil
	}
	c := feed.Config{Name: "venue", Instruments: v.config.Instruments}
	for i, path := range v.data {
		c.Sources = append(c.Sources, feed.Source{Path: path, Instrument: v.symbols[i]})
	}
	prices, err := server.NewRecorded(c, v.once)
	if err != nil {
		return err
	}
	v.config.Prices = prices
	return nil
}
