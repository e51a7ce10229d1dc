package meter

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
)

// part is one section of a module made by hand.
type part struct {
	id    int
	items [][]byte
}

func build(parts ...part) []byte {
	out := append(append([]byte{}, magic...), version...)
	for _, p := range parts {
		content := appendU32(nil, uint32(len(p.items)))
		for _, item := range p.items {
			content = append(content, item...)
		}
		out = appendSection(out, p.id, content)
	}
	return out
}

func repeat(item []byte, n int) (items [][]byte) {
	for i := 0; i < n; i++ {
		items = append(items, item)
	}
	return items
}

func body(code ...byte) []byte { return append(appendU32(nil, uint32(len(code))), code...) }

// oneFunction is a module with one function () -> () of the given body, locals first.
func oneFunction(code ...byte) []byte {
	return build(
		part{secType, [][]byte{{0x60, 0, 0}}},
		part{secFunction, [][]byte{{0}}},
		part{secExport, [][]byte{append(appendName(nil, "f"), kindFunc, 0)}},
		part{secCode, [][]byte{body(code...)}},
	)
}

func nested(depth int) []byte {
	code := []byte{0}
	code = append(code, bytes.Repeat([]byte{opBlock, noType}, depth)...)
	return append(code, bytes.Repeat([]byte{opEnd}, depth+1)...)
}

func TestRefusalsNameRulePlaceAndHint(t *testing.T) {
	empty := part{secType, [][]byte{{0x60, 0, 0}}}
	table := append([]byte{opBrTable}, appendU32(nil, 300)...)
	table = append([]byte{0, opI32Const, 0}, append(append(table, make([]byte, 301)...), opEnd)...)
	snapshot := func(c *Config) { c.Snapshot = true }
	cases := []struct {
		rule   string
		wasm   []byte
		set    func(*Config)
		found  string
		where  string // part of the place
		module string
	}{
		{"size", oneFunction(0, opEnd), func(c *Config) { c.Limits.Size = 10 }, "31", "", ""},
		{"types", build(part{secType, repeat([]byte{0x60, 0, 0}, 4)}), func(c *Config) { c.Limits.Types = 3 }, "4", "", ""},
		{"imports", build(empty, part{secImport, repeat([]byte{1, 'm', 1, 'f', kindFunc, 0}, 4)}), func(c *Config) { c.Limits.Imports = 3 }, "4", "", ""},
		{"functions", build(empty, part{secFunction, repeat([]byte{0}, 9)}, part{secCode, repeat(body(0, opEnd), 9)}), func(c *Config) { c.Limits.Functions = 8 }, "9", "", ""},
		{"function_size", oneFunction(append(append([]byte{0}, make([]byte, 50)...), opEnd)...), func(c *Config) { c.Limits.FunctionSize = 40 }, "52", `function 0 "f"`, ""},
		{"params", build(part{secType, [][]byte{append(append([]byte{0x60, 5}, bytes.Repeat([]byte{byte(i32)}, 5)...), 0)}}), func(c *Config) { c.Limits.Params = 4 }, "5", "offset", ""},
		{"results", build(part{secType, [][]byte{append([]byte{0x60, 0, 5}, bytes.Repeat([]byte{byte(i32)}, 5)...)}}), func(c *Config) { c.Limits.Results = 4 }, "5", "offset", ""},
		{"locals", oneFunction(1, 0xff, 0xff, 0xff, 0xff, 0x07, byte(i32), opEnd), func(c *Config) { c.Limits.Locals = 1000 }, "2147483647", `function 0 "f"`, ""},
		{"locals_total", oneFunction(1, 9, byte(i32), opEnd), func(c *Config) { c.Limits.LocalsTotal = 8 }, "9", "", ""},
		{"locals_blocks", oneFunction(1, 100, byte(i32), opBlock, noType, opEnd, opLoop, noType, opEnd, opEnd), func(c *Config) { c.Limits.LocalsBlocks = 199 }, "200", "function 0", ""},
		{"nesting", oneFunction(nested(6)...), func(c *Config) { c.Limits.Nesting = 5 }, "6", "function 0", ""},
		{"branch_targets", oneFunction(table...), func(c *Config) { c.Limits.BranchTargets = 299 }, "300", "function 0", ""},
		{"tables", build(part{secTable, repeat([]byte{byte(funcref), 0, 1}, 3)}), func(c *Config) { c.Limits.Tables = 2 }, "3", "", ""},
		{"table_elements", build(part{secTable, [][]byte{{byte(funcref), 0, 100}}}), func(c *Config) { c.Limits.TableElements = 99 }, "100", "offset", ""},
		{"memory_pages", build(part{secMemory, [][]byte{{0, 100}}}), func(c *Config) { c.Limits.MemoryPages = 99 }, "100", "", ""},
		{"globals", build(part{secGlobal, repeat([]byte{byte(i32), 0, opI32Const, 0, opEnd}, 3)}), func(c *Config) { c.Limits.Globals = 2 }, "3", "", ""},
		{"exports", build(part{secMemory, [][]byte{{0, 1}}}, part{secExport, [][]byte{{1, 'a', 2, 0}, {1, 'b', 2, 0}}}), func(c *Config) { c.Limits.Exports = 1 }, "2", "", ""},
		{"elements", build(part{secTable, [][]byte{{byte(funcref), 0, 1}}}, part{secElement, repeat([]byte{0, opI32Const, 0, opEnd, 0}, 2)}), func(c *Config) { c.Limits.Elements = 1 }, "2", "", ""},
		{"data_segments", build(part{secMemory, [][]byte{{0, 1}}}, part{secData, repeat([]byte{0, opI32Const, 0, opEnd, 0}, 2)}), func(c *Config) { c.Limits.DataSegments = 1 }, "2", "", ""},
		{"tags", build(empty, part{secTag, repeat([]byte{0, 0}, 2)}), func(c *Config) { c.Features, c.Limits.Tags = FeaturesAll, 1 }, "2", "", ""},
		{"memory_pages_max", build(part{secMemory, [][]byte{{0, 100}}}), func(c *Config) { c.MemoryPagesMax = 99 }, "100 pages", "", ""},
		{"table_elements_max", build(part{secTable, [][]byte{{byte(funcref), 0, 100}}}), func(c *Config) { c.TableElementsMax = 99 }, "100 elements", "table 0", ""},
		{"reserved_export", build(part{secMemory, [][]byte{{0, 1}}}, part{secExport, [][]byte{append(appendName(nil, ExportFuel), kindMemory, 0)}}), func(c *Config) {}, ExportFuel, ExportFuel, ""},
		{"snapshot", nil, snapshot, "table.set", `function 0 "f"`, "unsaved"},
		{"snapshot", build(part{secGlobal, [][]byte{{byte(extref), 1, opRefNull, byte(extref), opEnd}}}), snapshot, "mutable global of externref", "global 0", ""},
		{"snapshot", build(part{secGlobal, [][]byte{append(append([]byte{byte(v128), 1, opVector, vecConst}, make([]byte, 16)...), opEnd)}}), snapshot, "v128", "global 0", ""},
		{"snapshot", build(part{secImport, [][]byte{{1, 'm', 1, 't', kindTable, byte(funcref), 0, 1}}}), snapshot, "imported table", "m.t", ""},
		{"feature", build(part{secMemory, [][]byte{{3, 1, 1}}}), func(c *Config) { c.Features = FeaturesV2 }, "threads", "offset", ""},
		{"feature", oneFunction(0, opReturnCall, 0, opEnd), func(c *Config) { c.Features = FeaturesV2 }, "tail-call", `function 0 "f"`, ""},
		{"feature", oneFunction(0, 0xfe, 3, 0, opEnd), func(c *Config) { c.Features = FeaturesV2 }, "threads", "function 0", ""},
	}
	for _, c := range cases {
		config := Config{Features: FeaturesStrategy}
		c.set(&config)
		if c.module != "" {
			c.wasm = wat(t, c.module)
		}
		_, err := Rewrite(c.wasm, config)
		var r *Refusal
		if !errors.As(err, &r) || r.Rule != c.rule {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if !strings.Contains(r.Found, c.found) || !strings.Contains(r.Place.String(), c.where) || r.Hint == "" || r.Allowed == "" {
			t.Errorf("%s: found %q at %q, allowed %q, hint %q", c.rule, r.Found, r.Place, r.Allowed, r.Hint)
		}
	}
}

func TestDefaultsAdmitRealCompilers(t *testing.T) {
	for _, name := range []string{"c", "as", "go"} {
		if _, err := Rewrite(kernelFile(t, name), DefaultConfig()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIndicesAreHeldAgainstTheOriginal: after the rewriting these would name something of ours.
func TestIndicesAreHeldAgainstTheOriginal(t *testing.T) {
	global := part{secGlobal, [][]byte{{byte(i64), 1, opI64Const, 0, opEnd}}}
	one := func(code ...byte) []byte {
		return build(part{secType, [][]byte{{0x60, 0, 0}}}, part{secFunction, [][]byte{{0}}}, global, part{secCode, [][]byte{body(code...)}})
	}
	cases := map[string][]byte{
		"global.get of the fuel":               one(0, opGlobalGet, 1, 0x1a, opEnd),
		"global.set of the fuel":               one(0, opI64Const, 0, opGlobalSet, 1, opEnd),
		"global.set of the fuel, dead":         one(0, opUnreachable, opI64Const, 0, opGlobalSet, 1, opEnd),
		"global.set of the depth":              one(0, opI32Const, 0, opGlobalSet, 2, opEnd),
		"a local of ours":                      one(0, opLocalGet, 0, 0x1a, opEnd),
		"a label of ours":                      one(0, opLoop, noType, opBr, 2, opEnd, opEnd),
		"a label of ours, dead":                one(0, opUnreachable, opBrTable, 1, 0, 1, opEnd),
		"a type of ours":                       one(0, opBlock, 1, opEnd, opEnd),
		"an export of the fuel":                build(global, part{secExport, [][]byte{{1, 'x', kindGlobal, 1}}}),
		"a global from a later one":            build(part{secGlobal, [][]byte{{byte(i64), 0, opGlobalGet, 1, opEnd}}}),
		"a data offset from ours":              build(part{secMemory, [][]byte{{0, 1}}}, global, part{secData, [][]byte{{0, opGlobalGet, 1, opEnd, 0}}}),
		"an element offset from ours":          build(part{secTable, [][]byte{{byte(funcref), 0, 1}}}, global, part{secElement, [][]byte{{0, opGlobalGet, 1, opEnd, 0}}}),
		"sections out of order":                build(global, part{secMemory, [][]byte{{0, 1}}}),
		"a section twice":                      build(global, global),
		"a count beyond the file":              append(build(), secFunction, 5, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"an over-long integer":                 append(build(), secType, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
		"a vector opcode that wazero misreads": one(0, 0xfd, 0x80, 0x02, opEnd, opEnd),
		"a body without end":                   one(0, 0x01),
		"bytes after the end":                  one(0, opEnd, opEnd),
		"no module":                            []byte("\x7fELF"),
		"a component":                          {0, 'a', 's', 'm', 0x0d, 0, 1, 0},
		"data without a memory":                build(part{secData, [][]byte{{0, opI32Const, 0, opEnd, 0}}}),
	}
	for name, wasm := range cases {
		_, err := Rewrite(wasm, Config{Fuel: true, StackMax: 1000, Features: FeaturesAll})
		var m *MalformedError
		if !errors.As(err, &m) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCutAndChangedFilesAreToldOrTaken(t *testing.T) {
	wasm := kernelFile(t, "as")
	for n := range wasm {
		_, err := Rewrite(wasm[:n], DefaultConfig())
		var m *MalformedError
		if err != nil && !errors.As(err, &m) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		changed := bytes.Clone(wasm)
		changed[n] ^= 1 << (n % 8)
		if _, err := Rewrite(changed, DefaultConfig()); err != nil {
			told(t, err)
		}
	}
}

// wazero allocates by the counts in a name section, so none of the module's own reaches it.
func TestAHostileNameSectionIsLeftOut(t *testing.T) {
	section := append(appendName(nil, "name"), namesFunctions, 5, 0xff, 0xff, 0xff, 0xff, 0x0f)
	for _, strip := range []bool{true, false} {
		res, err := Rewrite(appendSection(oneFunction(0, opEnd), secCustom, section), Config{StripCustom: strip})
		if err != nil || bytes.Contains(res.Wasm, []byte{0xff, 0xff, 0xff, 0xff, 0x0f}) {
			t.Errorf("strip %v: %v", strip, err)
		}
	}
}

func TestDebugSectionsAreLeftOut(t *testing.T) {
	wasm := oneFunction(0, opEnd)
	for _, name := range []string{".debug_info", "producers", "mine"} {
		wasm = appendSection(wasm, secCustom, append(appendName(nil, name), 1, 2, 3))
	}
	for strip, want := range map[bool]string{true: "producers", false: "producers mine"} {
		res, err := Rewrite(wasm, Config{StripCustom: strip})
		if err != nil {
			t.Fatal(err)
		}
		m, _ := decode(res.Wasm, 0, Limits{})
		var names []string
		for _, c := range m.customs {
			names = append(names, c.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("strip %v leaves %q", strip, got)
		}
	}
}

func TestRewriteIsAFunction(t *testing.T) {
	wasm := kernelFile(t, "go")
	before := bytes.Clone(wasm)
	results := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = rewritten(t, wasm, DefaultConfig()) })
	}
	wg.Wait()
	for _, r := range results[1:] {
		if !bytes.Equal(r, results[0]) {
			t.Error("two results differ")
		}
	}
	if !bytes.Equal(before, wasm) {
		t.Error("the input changed")
	}
}

func TestMetersOutputIsRefused(t *testing.T) {
	once := rewritten(t, kernelFile(t, "c"), DefaultConfig())
	_, err := Rewrite(once, DefaultConfig())
	var r *Refusal
	if !errors.As(err, &r) || r.Rule != "reserved_export" {
		t.Errorf("metered twice: %v", err)
	}
}
