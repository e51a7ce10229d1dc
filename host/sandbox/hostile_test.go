package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/agenthost/agenthost/abi"
)

var hostileFolder = filepath.Join("..", "..", "testdata", "hostile")

// hostileCase is a module and what must happen to it, as the header of its text says:
//
//	;; A sentence about it.
//	;; verdict: ok | refused RULE | trap KIND
//	;; at: load | init | tick | save | restore      where that must happen
//	;; cause: KIND        of the trap behind "refused start"
//	;; memory: N KiB      what the guest has in the end; else at most its limit
//	;; code: N            of the trap
//	;; message: TEXT      contained in the trap's message
//	;; printed: TEXT      contained in what was printed, as a Go string without quotes
//	;; intents: N         in its output
//	;; limits: NAME=N     other than the defaults
type hostileCase struct {
	name    string
	wasm    []byte
	verdict string
	at      string
	cause   string
	memory  int64
	code    int32
	message string
	printed string
	intents int
	input   []byte // nil: one bar
	limits  Limits
	host    int64 // MiB that the host may allocate; 0: 32
}

// outcome is what did happen.
type outcome struct {
	verdict, at string
	err         error
	trap        *Trap
	fuel        int64
	memory      int64
	intents     int
	printed     string
	hash        [32]byte

	// Of the host, and not asserted but for allocated.
	start     time.Time
	took, gap time.Duration // without compilation, where there was one
	allocated int64
}

func TestHostile(t *testing.T) {
	cases := hostileCases(t)
	if len(cases) < 60 {
		t.Fatalf("%d hostile modules, at least 60 were promised", len(cases))
	}
	config := Config{CacheDir: t.TempDir(), CompileAside: aside()}
	if underRace {
		config = Config{} // two hundred children would take minutes, and race with nobody
	}
	r := newRuntime(t, config)
	neighbour := startNeighbour(t, r)
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "file\tverdict\tat\tfuel\ttime\tguest KiB\thost KiB\theartbeat gap")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := c.measure(r, neighbour)
			c.judge(t, o)
			if limit := max(c.host, 32) << 20; o.allocated > limit {
				t.Errorf("the host allocated %d bytes, at most %d were promised", o.allocated, limit)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%d\t%d\t%s\n", c.name, o.verdict, o.at, o.fuel, round(o.took),
				o.memory>>10, o.allocated>>10, round(o.gap))
		})
	}
	w.Flush()
	t.Logf("times are without compilation, but for modules that were refused; %d modules; beside them a neighbour ticked %d times\n%s", len(cases), neighbour.stop(), table.String())
}

func round(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// measure runs a case beside the neighbour and counts what the host allocates for it.
func (c *hostileCase) measure(r *Runtime, n *neighbour) outcome {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n.takeGap()
	o := c.run(r, n)
	runtime.ReadMemStats(&after)
	o.allocated = int64(after.TotalAlloc - before.TotalAlloc)
	return o
}

// run takes a module through its life until something happens.
func (c *hostileCase) run(r *Runtime, n *neighbour) (o outcome) {
	ctx := context.Background()
	o.start = time.Now()
	m, err := r.Load(ctx, c.name, c.wasm, c.limits)
	if err != nil {
		o.took = time.Since(o.start)
		return o.end("load", err)
	}
	defer m.Close()
	return c.live(m, n, o)
}

// live is run for a module that is loaded.
func (c *hostileCase) live(m *Module, n *neighbour, o outcome) outcome {
	ctx := context.Background()
	o.start = time.Now() // what compiling takes, and does to the heartbeat, is another matter
	if n != nil {
		n.takeGap()
	}
	var printed strings.Builder
	i, err := m.Instantiate(ctx, InstanceConfig{Name: c.name, Seed: 1, Time: 1e18, Output: func(_ Stream, line string) { printed.WriteString(line + "\n") }})
	if err == nil {
		defer i.Close()
		o = c.use(i, o)
		o.memory = i.MemoryBytes()
	} else {
		o = o.end("init", err)
	}
	if o.took = time.Since(o.start); n != nil {
		o.gap = n.takeGap()
	}
	if o.printed = printed.String(); i == nil {
		return o
	}
	h := sha256.New()
	i.Hash(h)
	o.hash = [32]byte(h.Sum(nil))
	if o.trap != nil {
		if _, _, err := i.Tick(nil, 0, 1000); !errors.Is(err, ErrPoisoned) {
			return o.end("poisoned", fmt.Errorf("a tick after a trap gave %v, want ErrPoisoned", err))
		}
	}
	return o
}

// use calls what the case is about.
func (c *hostileCase) use(i *Instance, o outcome) outcome {
	state := abi.AppendState(nil, abi.Version, [32]byte{1}, []byte("saved"))
	switch c.at {
	case "save":
		_, err := i.Save(1e18)
		return o.end("save", err)
	case "restore":
		return o.end("restore", i.Load(1e18, state))
	}
	input := c.input
	if input == nil {
		input = barTick(abi.NewWriter(1<<16), 0)
	}
	out, used, err := i.Tick(input, 1e18+60e9, i.limits.FuelTick)
	o.fuel = used
	if err == nil {
		intents, bad := abi.ParseOutput(out, abi.OutputLimits{SizeMax: i.limits.OutputBytes}, nil)
		o.intents = len(intents)
		if bad != nil {
			err = i.Reject(used, bad)
		}
	}
	return o.end("tick", err)
}

// end words the verdict.
func (o outcome) end(at string, err error) outcome {
	o.at, o.err, o.verdict = at, err, "ok"
	var refused *RefusedError
	switch {
	case err == nil:
		return o
	case errors.As(err, &refused):
		o.verdict = "refused " + refused.Rule
		errors.As(err, &o.trap)
	case errors.As(err, &o.trap):
		o.verdict = "trap " + o.trap.Kind.String()
	default:
		o.verdict = "error " + err.Error()
	}
	if o.trap != nil {
		o.fuel = o.trap.Fuel
	}
	return o
}

// judge holds the outcome against the promise: verdict, fuel and memory, never time.
func (c *hostileCase) judge(t *testing.T, o outcome) {
	if o.verdict != c.verdict || o.at != c.at {
		t.Fatalf("%s at %s: %v; promised is %s at %s", o.verdict, o.at, o.err, c.verdict, c.at)
	}
	limits := c.limits.or(DefaultLimits())
	budget := map[string]int64{
		"load": limits.FuelInit, "init": limits.FuelInit, "tick": limits.FuelTick,
		"save": limits.FuelSave, "restore": limits.FuelSave,
	}[o.at]
	fuelGone := o.trap != nil && o.trap.Kind == TrapFuel
	if fuelGone != (o.fuel > budget) || o.fuel < 0 {
		t.Errorf("used %d units of %d and ended with %v", o.fuel, budget, o.verdict)
	}
	if c.memory != 0 && o.memory != c.memory {
		t.Errorf("the guest has %d bytes of memory, promised are %d", o.memory, c.memory)
	}
	if o.memory > limits.MemoryBytes {
		t.Errorf("the guest has %d bytes of memory, its limit is %d", o.memory, limits.MemoryBytes)
	}
	c.judgeWords(t, o)
}

func (c *hostileCase) judgeWords(t *testing.T, o outcome) {
	var message string
	var code int32
	if o.trap != nil {
		message, code = o.trap.Message, o.trap.Code
		if c.cause != "" && o.trap.Kind.String() != c.cause {
			t.Errorf("behind the refusal is %v, promised is %s", o.trap, c.cause)
		}
	} else if c.cause != "" {
		t.Errorf("behind the refusal is no trap, promised is %s", c.cause)
	}
	if !strings.Contains(message, c.message) || code != c.code {
		t.Errorf("message %q and code %d, promised are %q and %d", message, code, c.message, c.code)
	}
	if !strings.Contains(o.printed, c.printed) {
		t.Errorf("printed %q, promised is %q", o.printed, c.printed)
	}
	if o.intents != c.intents {
		t.Errorf("%d intents, promised are %d", o.intents, c.intents)
	}
	text := o.printed
	if o.err != nil {
		text += o.err.Error()
	}
	if strings.ContainsAny(text, "\x1b\x07\x08\u009b\u202e") {
		t.Errorf("control bytes of the guest came through: %q", text)
	}
}

// hostileCases reads all of testdata/hostile and makes those that are too large to keep.
func hostileCases(t *testing.T) []*hostileCase {
	t.Helper()
	texts, err := filepath.Glob(filepath.Join(hostileFolder, "*.wat"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("no modules in %s: %v", hostileFolder, err)
	}
	var cases []*hostileCase
	for _, path := range texts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := parseHostile(t, strings.TrimSuffix(filepath.Base(path), ".wat"), text)
		if c.wasm, err = os.ReadFile(strings.TrimSuffix(path, ".wat") + ".wasm"); err != nil {
			t.Fatalf("%v; run testdata/hostile/assemble.sh --write", err)
		}
		cases = append(cases, c)
	}
	return append(cases, generatedCases(t)...)
}

func parseHostile(t *testing.T, name string, text []byte) *hostileCase {
	c := &hostileCase{name: name}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan() && strings.HasPrefix(s.Text(), ";;"); {
		key, value, ok := strings.Cut(strings.TrimPrefix(s.Text(), ";; "), ": ")
		if !ok || strings.Contains(key, " ") {
			continue // a sentence
		}
		if err := c.set(key, value); err != nil {
			t.Fatalf("%s.wat: %s: %v", name, key, err)
		}
	}
	if c.verdict == "" || c.at == "" {
		t.Fatalf("%s.wat does not say what must happen to it", name)
	}
	return c
}

func (c *hostileCase) set(key, value string) (err error) {
	switch key {
	case "verdict":
		c.verdict = value
	case "at":
		c.at = value
	case "cause":
		c.cause = value
	case "message":
		c.message = value
	case "printed":
		err = json.Unmarshal([]byte(`"`+value+`"`), &c.printed)
	case "memory":
		_, err = fmt.Sscanf(value, "%d KiB", &c.memory)
		c.memory <<= 10
	case "code":
		_, err = fmt.Sscan(value, &c.code)
	case "intents":
		c.intents, err = strconv.Atoi(value)
	case "limits":
		name, number, _ := strings.Cut(value, "=")
		var n int64
		n, err = strconv.ParseInt(number, 10, 64)
		switch name {
		case "memory_bytes":
			c.limits.MemoryBytes = n
		case "output_bytes":
			c.limits.OutputBytes = int(n)
		default:
			err = fmt.Errorf("unknown limit %q", name)
		}
	case "flags":
	default:
		err = errors.New("unknown word")
	}
	return err
}
