package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/agenthost/agenthost/abi"
)

// resumeOrder is what a child process is to do: go on from a snapshot, in a file, to a tick.
type resumeOrder struct {
	Guest, Wasm, Snapshot, Cache string
	Interpreter                  bool
	From, To                     int
}

// resumed is what came of it: hashes of the state in the end, and of all outputs and fuel on the way.
type resumed struct {
	State, Outputs string
}

// resumeChild is the child's main: order in, result out, as JSON.
func resumeChild(order string) int {
	r, err := resumeHere(order)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func resumeHere(order string) (r resumed, err error) {
	var o resumeOrder
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return r, err
	}
	wasm, err := os.ReadFile(o.Wasm)
	if err != nil {
		return r, err
	}
	encoded, err := os.ReadFile(o.Snapshot)
	if err != nil {
		return r, err
	}
	var s Snapshot
	if err := s.UnmarshalBinary(encoded); err != nil {
		return r, err
	}
	c := Config{Interpreter: o.Interpreter}
	if !o.Interpreter {
		c.CacheDir = o.Cache
	}
	rt, err := NewRuntime(c)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, rt.Close()) }()
	m, err := rt.Load(context.Background(), o.Guest, wasm, Limits{})
	if err != nil {
		return r, err
	}
	// A host refuses a snapshot of the other engine, as it should: this is to show that it need not.
	if o.Interpreter {
		if _, err := m.Restore(context.Background(), InstanceConfig{}, &s); !errors.Is(err, ErrIdentity) {
			return r, fmt.Errorf("a snapshot of the compiler in the interpreter: %w, want ErrIdentity", err)
		}
		s.Identity = m.identity
	}
	i, err := m.Restore(context.Background(), InstanceConfig{Name: o.Guest}, &s)
	if err != nil {
		return r, err
	}
	defer i.Close()
	outputs := sha256.New()
	w := abi.NewWriter(1 << 16)
	for n := o.From; n < o.To; n++ {
		if err := longTick(i, w, o.Guest, n, outputs); err != nil {
			return r, err
		}
	}
	return resumed{fmt.Sprintf("%x", stateOf(i)), fmt.Sprintf("%x", outputs.Sum(nil))}, nil
}

// longTick is tick n of a guest, with its output and fuel written to each hash.
func longTick(i *Instance, w *abi.Writer, guest string, n int, to ...hash.Hash) error {
	input := barTick(w, n)
	if guest == "rust" {
		input = []byte("ok")
	}
	out, used, err := i.Tick(input, int64(n+1)*60e9, 500_000_000)
	if err != nil {
		return fmt.Errorf("%s: tick %d: %w", guest, n, err)
	}
	var b [8]byte
	for k := range b {
		b[k] = byte(used >> (8 * k))
	}
	for _, h := range to {
		h.Write(out)
		h.Write(b[:])
	}
	return nil
}

// longGuest is a guest of the long test. The interpreter goes on for at most so many ticks.
type longGuest struct {
	name             string
	wasm             string // its path
	interpretedTicks int
}

func longGuests(t *testing.T) []longGuest {
	example := func(name string) string {
		return filepath.Join("..", "..", "plugins", "examples", name, name+".wasm")
	}
	const all = 1 << 30
	return []longGuest{
		{"wat", example("sma-cross-wat"), all},
		{"c", example("sma-cross-c"), all},
		{"as", example("sma-cross-as"), all},
		{"rust", filepath.Join(hostileFolder, "rust-panics", "rust-panics.wasm"), 20_000},
		{"go", buildGo(t, filepath.Join("plugins", "examples", "sma-cross-go"), "-s -w"), 20_000},
		{"go-heap", buildGo(t, "host/sandbox/testdata/guests/go-heap", ""), 500},
	}
}

// TestSnapshotsGoOnInAnotherProcess: a guest of each language lives TICKS ticks. At random moments of it a snapshot goes
// into a file, from which another process goes on, compiling or interpreting; state, outputs and fuel are
// those of the life that was never interrupted. go-heap allocates and collects, keeps goroutines asleep and goes
// through maps. `make snapshots` does it over 100,000 ticks; without TICKS it is a short version. What the
// interpreter is too slow for, it does in part: the table says how much. With INTERPRETED=all it does all, from one
// snapshot of each guest.
func TestSnapshotsGoOnInAnotherProcess(t *testing.T) {
	if underRace {
		t.Skip("nothing here is concurrent")
	}
	ticks, points := 1_000, 2
	if text := os.Getenv("TICKS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 10 {
			t.Fatalf("TICKS=%q is no number of ticks", text)
		}
		ticks, points = n, 3
	}
	if os.Getenv("INTERPRETED") == "all" {
		points = 1
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	table := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "guest\tticks\tsnapshot at\tbytes\tcompiled ticks\tinterpreted ticks\tequal\tstate\t")
	for _, g := range longGuests(t) {
		switch {
		case os.Getenv("TICKS") == "":
			g.interpretedTicks /= 10
		case os.Getenv("INTERPRETED") == "all":
			g.interpretedTicks = ticks
		}
		l := life{T: t, guest: g, ticks: ticks}
		l.live(points, rand.New(rand.NewPCG(seed, 1)))
		for _, p := range l.points {
			equal := l.resume(p, false) && l.resume(p, true)
			fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%v\t%.12s\t\n", g.name, ticks, p.at, p.bytes, ticks-p.at, p.interpretedTo-p.at, equal, p.want[ticks].State)
		}
	}
	if err := table.Flush(); err != nil {
		t.Error(err)
	}
}

// life is a guest that is never interrupted, and the moments at which its snapshot was taken.
type life struct {
	*testing.T
	guest  longGuest
	ticks  int
	points []*point
}

// point is such a moment, and what must be true of who goes on from it, by tick.
type point struct {
	at, interpretedTo int
	path              string
	bytes             int
	outputs           hash.Hash
	want              map[int]resumed
}

func (l *life) live(points int, random *rand.Rand) {
	l.Helper()
	wasm := readFile(l, l.guest.wasm)
	m, err := newRuntime(l, Config{CacheDir: filepath.Join(scratch, "resume-cache")}).Load(context.Background(), l.guest.name, wasm, Limits{})
	if err != nil {
		l.Fatal(err)
	}
	i := instantiate(l, m, InstanceConfig{Name: l.guest.name, Seed: 7, Time: 1})
	at := map[int]bool{}
	for len(at) < points {
		at[random.IntN(l.ticks)] = true
	}
	w := abi.NewWriter(1 << 16)
	var outputs []hash.Hash
	for n := range l.ticks {
		if at[n] {
			p := l.take(i, n)
			l.points, outputs = append(l.points, p), append(outputs, p.outputs)
		}
		if err := longTick(i, w, l.guest.name, n, outputs...); err != nil {
			l.Fatal(err)
		}
		for _, p := range l.points {
			if n+1 == l.ticks || n+1 == p.interpretedTo {
				p.want[n+1] = resumed{State: fmt.Sprintf("%x", stateOf(i)), Outputs: fmt.Sprintf("%x", p.outputs.Sum(nil))}
			}
		}
	}
}

// take puts a snapshot into a file.
func (l *life) take(i *Instance, n int) *point {
	l.Helper()
	var s Snapshot
	if err := i.Snapshot(&s); err != nil {
		l.Fatal(err)
	}
	encoded, err := s.AppendBinary(nil)
	if err != nil {
		l.Fatal(err)
	}
	p := &point{
		at: n, interpretedTo: min(l.ticks, n+l.guest.interpretedTicks), bytes: len(encoded), outputs: sha256.New(), want: map[int]resumed{},
		path: filepath.Join(l.TempDir(), "snapshot"),
	}
	if err := os.WriteFile(p.path, encoded, 0o600); err != nil {
		l.Fatal(err)
	}
	return p
}

// resume has a child process go on from a point, and compares.
func (l *life) resume(p *point, interpreter bool) bool {
	l.Helper()
	to := l.ticks
	if interpreter {
		to = p.interpretedTo
	}
	order, err := json.Marshal(resumeOrder{
		Guest: l.guest.name, Wasm: l.guest.wasm, Snapshot: p.path, Cache: filepath.Join(scratch, "resume-cache"),
		Interpreter: interpreter, From: p.at, To: to,
	})
	if err != nil {
		l.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		l.Fatal(err)
	}
	var problem bytes.Buffer
	child := exec.Command(self, "resume-child", string(order))
	child.Stderr = &problem
	out, err := child.Output()
	var got resumed
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		l.Errorf("%s, from tick %d, interpreter %v: %v\n%s", l.guest.name, p.at, interpreter, err, problem.String())
		return false
	}
	want := p.want[to]
	if want.State == "" || got.State != want.State || got.Outputs != want.Outputs {
		l.Errorf("%s, from tick %d to %d, interpreter %v: state %s, outputs %s, want %s, %s", l.guest.name, p.at, to, interpreter, got.State, got.Outputs, want.State, want.Outputs)
		return false
	}
	return true
}
