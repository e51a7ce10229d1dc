package meter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agenthost/agenthost/host/meter"
)

// The WebAssembly specification's own suite, as it ships within wazero's module.
type (
	script struct {
		Commands []command `json:"commands"`
	}
	command struct {
		Type       string  `json:"type"`
		Line       int     `json:"line"`
		Name       string  `json:"name"`
		Filename   string  `json:"filename"`
		As         string  `json:"as"`
		Action     action  `json:"action"`
		Expected   []value `json:"expected"`
		ModuleType string  `json:"module_type"`
		Text       string  `json:"text"`
	}
	action struct {
		Type   string  `json:"type"`
		Args   []value `json:"args"`
		Field  string  `json:"field"`
		Module string  `json:"module"`
	}
	value struct {
		Type     string `json:"type"`
		LaneType string `json:"lane_type"`
		Value    any    `json:"value"`
	}
)

// proposals are the suites and the features that each runs with.
var proposals = []struct {
	name     string
	features meter.Features
}{
	{"v1", meter.FeaturesV1},
	{"v2", meter.FeaturesV2},
	{"threads", meter.FeaturesV2 | meter.FeatureThreads},
	{"tail-call", meter.FeaturesV2 | meter.FeatureTailCall},
	{"extended-const", meter.FeaturesV2 | meter.FeatureExtendedConst},
	{"exception-handling", meter.FeaturesV2 | meter.FeatureExceptionHandling | meter.FeatureTailCall | meter.FeatureTypedFunctionReferences},
	{"typed-function-references", meter.FeaturesV2 | meter.FeatureTypedFunctionReferences | meter.FeatureTailCall},
}

const (
	assertionsTotal = 73_628
	plenty          = int64(1) << 50
)

// TestSpecification runs all assertions on rewritten modules. wazero never sees the originals, so
// what must be refused has to be refused here, or still be refused after the rewriting.
func TestSpecification(t *testing.T) {
	fuel := meter.Config{Fuel: true, FuelStart: plenty}
	all := fuel
	all.StackMax, all.ExportGlobals, all.MergeData, all.StripCustom = 60_000, true, true, true
	stack := fuel
	stack.StackMax = 60_000
	globals := fuel
	globals.ExportGlobals = true
	nan := all
	nan.CanonicalNaN = true
	compiler, interpreter := wazero.NewRuntimeConfigCompiler, wazero.NewRuntimeConfigInterpreter
	cases := []struct {
		name   string
		config meter.Config
		engine func() wazero.RuntimeConfig
		long   bool
	}{
		{"fuel", fuel, compiler, false},
		{"fuel and stack limit", stack, compiler, true},
		{"fuel and exported globals", globals, compiler, true},
		{"everything", all, compiler, false},
		{"everything and canonical NaN", nan, compiler, false},
		{"fuel, on the interpreter", fuel, interpreter, false},
		{"everything and canonical NaN, on the interpreter", nan, interpreter, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.long && testing.Short() {
				t.Skip("left out by -short")
			}
			t.Parallel()
			total := 0
			for _, p := range proposals {
				total += runProposal(t, p.name, p.features, c.config, c.engine())
			}
			t.Logf("%d assertions passed", total)
			if total != assertionsTotal {
				t.Errorf("%d of %d assertions passed", total, assertionsTotal)
			}
		})
	}
}

func wazeroDir(t testing.TB) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skipf("the wazero module is not in the module cache: %v", err)
	}
	return dir
}

func runProposal(t *testing.T, name string, features meter.Features, c meter.Config, engine wazero.RuntimeConfig) int {
	dir := filepath.Join(wazeroDir(t), "internal", "integration_test", "spectest")
	spectest, err := os.ReadFile(filepath.Join(dir, "testdata", "spectest.wasm"))
	if err != nil {
		t.Skipf("the wazero module comes without its specification suite: %v", err)
	}
	c.Features = features
	files, _ := filepath.Glob(filepath.Join(dir, name, "testdata", "*.json"))
	passed := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s := &specRun{t: t, dir: filepath.Dir(f), file: filepath.Base(f), config: c, modules: map[string]api.Module{}}
		if err := json.Unmarshal(raw, &s.script); err != nil {
			t.Fatal(err)
		}
		passed += s.run(engine.WithCoreFeatures(api.CoreFeatures(features)), spectest)
	}
	t.Logf("%-26s %6d assertions in %d files", name, passed, len(files))
	return passed
}

type specRun struct {
	t       *testing.T
	dir     string
	file    string
	script  script
	config  meter.Config
	r       wazero.Runtime
	modules map[string]api.Module
	last    api.Module
}

func (s *specRun) run(engine wazero.RuntimeConfig, spectest []byte) (passed int) {
	ctx := context.Background()
	s.r = wazero.NewRuntimeWithConfig(ctx, engine)
	defer s.r.Close(ctx)
	if _, err := s.r.InstantiateWithConfig(ctx, spectest, wazero.NewModuleConfig()); err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(s.script.Commands); i++ {
		c := &s.script.Commands[i]
		as := ""
		if c.Type == "module" && i+1 < len(s.script.Commands) && s.script.Commands[i+1].Type == "register" {
			i++
			as = s.script.Commands[i].As
		}
		if err := s.command(c, as); err != nil {
			s.t.Errorf("%s:%d %s: %v", s.file, c.Line, c.Type, err)
			continue
		}
		if c.ModuleType != "text" && c.Type != "register" {
			passed++
		}
	}
	return passed
}

func (s *specRun) command(c *command, as string) error {
	switch c.Type {
	case "module":
		mod, err := s.instantiate(c.Filename, as)
		if err != nil {
			return err
		}
		if c.Name != "" {
			s.modules[c.Name] = mod
		}
		s.last = mod
		return nil
	case "assert_malformed", "assert_invalid", "assert_unlinkable", "assert_uninstantiable":
		return s.refused(c)
	case "assert_return", "action":
		return s.returns(c)
	case "assert_trap", "assert_exhaustion", "assert_exception":
		return s.traps(c)
	}
	return fmt.Errorf("unknown command")
}

func (s *specRun) instantiate(file, as string) (api.Module, error) {
	wasm, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		return nil, err
	}
	res, err := meter.Rewrite(wasm, s.config)
	if err != nil {
		return nil, err
	}
	return s.r.InstantiateWithConfig(context.Background(), res.Wasm, wazero.NewModuleConfig().WithName(as))
}

func (s *specRun) refused(c *command) error {
	if c.ModuleType == "text" {
		return nil
	}
	_, err := s.instantiate(c.Filename, "")
	if c.Text == "out of bounds table access" && c.Type == "assert_uninstantiable" {
		return err // wazero leaves such a module instantiated, on purpose
	}
	if err == nil {
		return fmt.Errorf("accepted, though %s", c.Text)
	}
	return nil
}

func (s *specRun) module(c *command) api.Module {
	if c.Action.Module != "" {
		return s.modules[c.Action.Module]
	}
	return s.last
}

func (s *specRun) invoke(c *command) (api.Function, []uint64, error) {
	m := s.module(c)
	for _, g := range []struct {
		name  string
		value uint64
	}{{meter.ExportFuel, uint64(plenty)}, {meter.ExportDepth, uint64(s.config.StackMax)}} {
		if m, ok := m.ExportedGlobal(g.name).(api.MutableGlobal); ok {
			m.Set(g.value)
		}
	}
	fn := m.ExportedFunction(c.Action.Field)
	var args []uint64
	for _, a := range c.Action.Args {
		args = append(args, a.bits()...)
	}
	results, err := fn.Call(context.Background(), args...)
	if g := m.ExportedGlobal(meter.ExportDepth); err == nil && g != nil && int32(g.Get()) != s.config.StackMax {
		return fn, results, fmt.Errorf("depth %d after the call", int32(g.Get()))
	}
	return fn, results, err
}

func (s *specRun) returns(c *command) error {
	if c.Action.Type == "get" {
		if got := s.module(c).ExportedGlobal(c.Action.Field).Get(); got != c.Expected[0].bits()[0] {
			return fmt.Errorf("global %q is %d, want %v", c.Action.Field, got, c.Expected[0])
		}
		return nil
	}
	_, results, err := s.invoke(c)
	if err != nil {
		return err
	}
	for i, want := range c.Expected {
		n := 1
		if want.Type == "v128" {
			n = 2
		}
		if len(results) < n {
			return fmt.Errorf("result %d is missing", i)
		}
		if !want.matches(results[:n]) {
			return fmt.Errorf("%s%v: result %d is %#x, want %v", c.Action.Field, c.Action.Args, i, results[:n], want)
		}
		results = results[n:]
	}
	if len(results) != 0 {
		return fmt.Errorf("%d results too many", len(results))
	}
	return nil
}

// trapTexts are wazero's words for the suite's.
var trapTexts = map[string]string{
	"expected shared memory": "expected shared memory", "out of bounds memory access": "out of bounds memory access",
	"indirect call type mismatch": "indirect call type mismatch", "indirect call": "indirect call type mismatch",
	"undefined element": "invalid table access", "undefined": "invalid table access",
	"out of bounds table access": "invalid table access", "integer overflow": "integer overflow",
	"invalid conversion to integer": "invalid conversion to integer", "integer divide by zero": "integer divide by zero",
	"unaligned atomic": "unaligned atomic", "unreachable": "unreachable", "uncaught exception": "uncaught exception",
	"null": "null reference", "null reference": "null reference", "null function reference": "null reference",
	"null function": "null reference",
}

func (s *specRun) traps(c *command) error {
	_, _, err := s.invoke(c)
	if err == nil {
		return errors.New("no trap")
	}
	m := s.module(c)
	depth := m.ExportedGlobal(meter.ExportDepth)
	tooDeep := depth != nil && int32(depth.Get()) < 0
	if fuel := m.ExportedGlobal(meter.ExportFuel); fuel != nil && int64(fuel.Get()) < 0 {
		return fmt.Errorf("out of fuel: %w", err)
	}
	want, known := trapTexts[c.Text]
	switch {
	case c.Type == "assert_exception":
		want = "uncaught exception"
	case c.Type == "assert_exhaustion":
		if tooDeep {
			return nil
		}
		want = "stack overflow"
	case strings.HasPrefix(c.Text, "uninitialized"):
		want = "invalid table access"
	case !known:
		return fmt.Errorf("trap %q is not in the list", c.Text)
	}
	if tooDeep || !strings.Contains(err.Error(), want) {
		return fmt.Errorf("want %q, got %w", want, err)
	}
	return nil
}

func (v value) lanes() (width, n int) {
	switch v.LaneType {
	case "i8":
		return 8, 16
	case "i16":
		return 16, 8
	case "i32", "f32":
		return 32, 4
	}
	return 64, 2
}

// bits gives a value as wazero takes it.
func (v value) bits() []uint64 {
	if v.Type == "v128" {
		width, n := v.lanes()
		var out [2]uint64
		for i, lane := range v.Value.([]any) {
			out[i*2/n] |= number(lane.(string), width) << (i % (n / 2) * width)
		}
		return out[:]
	}
	s, ok := v.Value.(string)
	if !ok || s == "null" {
		return []uint64{0}
	}
	if v.Type == "externref" {
		n, _ := strconv.ParseUint(s, 10, 64)
		return []uint64{n + 1} // wazero's null is zero
	}
	width := 64
	if strings.Contains(v.Type, "32") {
		width = 32
	}
	return []uint64{number(s, width)}
}

func number(s string, width int) uint64 {
	switch {
	case strings.HasPrefix(s, "nan") && width == 32:
		return 0x7fc00000
	case strings.HasPrefix(s, "nan"):
		return 0x7ff8000000000000
	case strings.HasPrefix(s, "-"):
		n, _ := strconv.ParseInt(s, 10, 64)
		return uint64(n) & (1<<width - 1)
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (v value) matches(got []uint64) bool {
	switch v.Type {
	case "f32", "f64":
		width := 32
		if v.Type == "f64" {
			width = 64
		}
		return floatMatches(v.Value.(string), got[0], width)
	case "v128":
		width, n := v.lanes()
		for i, lane := range v.Value.([]any) {
			bits := got[i*2/n] >> (i % (n / 2) * width)
			if width < 64 {
				bits &= 1<<width - 1
			}
			if strings.HasPrefix(v.LaneType, "f") {
				if !floatMatches(lane.(string), bits, width) {
					return false
				}
			} else if bits != number(lane.(string), width) {
				return false
			}
		}
		return true
	case "i32":
		return uint32(got[0]) == uint32(v.bits()[0])
	case "funcref", "externref", "exnref":
		return v.Value == nil || got[0] == v.bits()[0]
	}
	if strings.HasPrefix(v.Type, "(ref") || v.Value == nil {
		return true
	}
	return got[0] == v.bits()[0]
}

// floatMatches is strict with numbers and with the two kinds of NaN that the suite knows; a NaN
// given bit by bit must come back so too.
func floatMatches(want string, got uint64, width int) bool {
	quiet, magnitude := uint64(1)<<22, uint64(0x7fffffff)
	exponent := uint64(0x7f800000)
	if width == 64 {
		quiet, magnitude, exponent = 1<<51, math.MaxInt64, 0x7ff0000000000000
	}
	got &= magnitude<<1 | 1
	switch want {
	case "nan:canonical":
		return got&magnitude == exponent|quiet
	case "nan:arithmetic":
		return got&(exponent|quiet) == exponent|quiet
	}
	return got == number(want, width)
}
