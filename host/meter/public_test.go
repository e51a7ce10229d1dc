package meter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	publicFolder = "../../bench/public/node_modules"
	// publicSizeMax keeps the test short; PUBLIC=all in the environment compiles larger files too.
	publicSizeMax = 300 << 10
	publicFuel    = 3_000_000
)

// TestPublicFilesRunAsBefore meters modules out of public packages: parsers, codecs, SQLite, QuickJS
// and others. Imports are stubs that give zero. Every export that takes numbers is called, first
// metered, and if it ends, unmetered as well: results, traps, memory and globals must be the same.
func TestPublicFilesRunAsBefore(t *testing.T) {
	files := publicFiles(t)
	if len(files) < 20 {
		t.Skipf("the public packages are not fetched (bench/public/install.sh): %d files", len(files))
	}
	everything := os.Getenv("PUBLIC") == "all"
	var ran, calls atomic.Int64
	for _, file := range files {
		wasm, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(wasm) > publicSizeMax && !everything || testing.Short() && len(wasm) > 100<<10 {
			rewritten(t, wasm, publicConfig())
			continue
		}
		name := file[strings.LastIndex(file[:strings.LastIndexByte(file, '/')], "/")+1:]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := newPublicRun(t, wasm)
			if err != nil {
				t.Fatal(err)
			}
			n, ended := p.callAll()
			ran.Add(1)
			calls.Add(int64(ended))
			t.Logf("%d of %d calls ended, and ended alike", ended, n)
		})
	}
	t.Cleanup(func() {
		t.Logf("%d files metered, %d compiled and run, %d calls compared", len(files), ran.Load(), calls.Load())
	})
}

func publicConfig() Config {
	c := DefaultConfig()
	c.Snapshot, c.Limits, c.MemoryPagesMax, c.TableElementsMax = false, Limits{}, 0, 0
	return c
}

// publicFiles are the packages' files and those in wazero's own module, each content once.
func publicFiles(t *testing.T) []string {
	var files []string
	seen := map[[32]byte]bool{}
	add := func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".wasm") || strings.Contains(path, "spectest") ||
			strings.Contains(path, "debug") {
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() < 3000 {
			return nil
		}
		b, err := os.ReadFile(path)
		if h := sha256.Sum256(b); err == nil && !seen[h] {
			seen[h] = true
			files = append(files, path)
		}
		return nil
	}
	filepath.WalkDir(publicFolder, add)
	if out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output(); err == nil {
		filepath.WalkDir(strings.TrimSpace(string(out)), add)
	}
	sort.Strings(files)
	return files
}

// publicRun is one file, metered and not.
type publicRun struct {
	t       *testing.T
	m       *module
	wasm    [2][]byte
	runtime [2]wazero.Runtime
	code    [2]wazero.CompiledModule
	mod     [2]api.Module
}

func newPublicRun(t *testing.T, wasm []byte) (*publicRun, error) {
	m, err := decode(wasm, FeaturesAll, Limits{})
	if err != nil {
		return nil, err
	}
	c := publicConfig()
	c.CanonicalNaN = false // stays apart: memory is compared with the unmetered run's
	c.FuelStart = 1 << 40
	// The other one only shows its globals, so that they can be compared.
	shown := rewritten(t, wasm, Config{ExportGlobals: true})
	p := &publicRun{t: t, m: m, wasm: [2][]byte{rewritten(t, wasm, c), shown}}
	ctx := context.Background()
	for i := range p.wasm {
		p.runtime[i] = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().
			WithCoreFeatures(api.CoreFeatures(FeaturesAll)).WithMemoryLimitPages(4096))
		t.Cleanup(func() { p.runtime[i].Close(ctx) })
		for name, stub := range stubs(m) {
			if _, err := p.runtime[i].InstantiateWithConfig(ctx, stub, wazero.NewModuleConfig().WithName(name)); err != nil {
				return nil, fmt.Errorf("stub %s: %w", name, err)
			}
		}
		if p.code[i], err = p.runtime[i].CompileModule(ctx, p.wasm[i]); err != nil {
			return nil, err
		}
	}
	return p, p.restart()
}

func (p *publicRun) restart() error {
	for i := range p.mod {
		if p.mod[i] != nil {
			p.mod[i].Close(context.Background())
		}
		var err error
		config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
		if p.mod[i], err = p.runtime[i].InstantiateModule(context.Background(), p.code[i], config); err != nil {
			return err
		}
	}
	return nil
}

func (p *publicRun) callAll() (calls, ended int) {
	for _, e := range p.m.exports {
		if e.kind != kindFunc {
			continue
		}
		typ := p.m.types[p.m.funcs[e.index]]
		if calls++; calls > 400 {
			return calls, ended
		}
		if p.call(e.name, &typ, uint64(calls)) {
			ended++
		} else if len(p.m.imports) > 0 && p.m.memsImported+p.m.tablesImported+p.m.globalsImported > 0 {
			return calls, ended // the stub's memory cannot be made fresh
		}
	}
	return calls, ended
}

func (p *publicRun) call(name string, typ *funcType, seed uint64) bool {
	args := make([]uint64, slotsOf(typ.params))
	for i := range args {
		args[i] = seed * uint64(i+1) * 64 % 4096
		if i < len(typ.params) && typ.params[i].isRef() {
			args[i] = 0
		}
	}
	ctx := context.Background()
	fuel := p.mod[0].ExportedGlobal(ExportFuel).(api.MutableGlobal)
	depth := p.mod[0].ExportedGlobal(ExportDepth).(api.MutableGlobal)
	fuel.Set(publicFuel)
	depth.Set(60_000)
	a, errA := p.mod[0].ExportedFunction(name).Call(ctx, args...)
	if int64(fuel.Get()) < 0 || int32(depth.Get()) < 0 { // would not end, or not soon
		if err := p.restart(); err != nil {
			p.t.Fatal(err)
		}
		return false
	}
	b, errB := p.mod[1].ExportedFunction(name).Call(ctx, args...)
	if first(errA) != first(errB) || fmt.Sprint(a) != fmt.Sprint(b) {
		p.t.Errorf("%s%v: metered %v %v, unmetered %v %v", name, args, a, errA, b, errB)
	}
	if !bytes.Equal(p.memory(0), p.memory(1)) {
		p.t.Fatalf("%s%v: memory differs", name, args)
	}
	if a, b := p.globals(0), p.globals(1); a != b {
		p.t.Fatalf("%s%v: globals %s, unmetered %s", name, args, a, b)
	}
	if int32(depth.Get()) != 60_000 && errA == nil {
		p.t.Errorf("%s%v: depth %d after the call", name, args, int32(depth.Get()))
	}
	return true
}

func first(err error) string {
	if err == nil {
		return ""
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func (p *publicRun) memory(i int) []byte {
	if len(p.m.mems) == 0 { // wazero's Memory() would not be nil
		return nil
	}
	mem := p.mod[i].Memory()
	b, _ := mem.Read(0, mem.Size())
	return b
}

func (p *publicRun) globals(i int) string {
	var b strings.Builder
	for g := p.m.globalsImported; g < len(p.m.globals); g++ {
		if t := p.m.globals[g]; t.mutable && t.typ != v128 && !t.typ.isRef() {
			fmt.Fprint(&b, p.mod[i].ExportedGlobal(ExportGlobal(g)).Get(), " ")
		}
	}
	return b.String()
}

// stubs makes a module for each that is imported from: functions that give zeros, memories, tables
// and globals as they are wanted.
func stubs(m *module) map[string][]byte {
	byName := map[string]*stub{}
	funcs, tables, mems, globals := 0, 0, 0, 0
	for _, e := range m.imports {
		s := byName[e.module]
		if s == nil {
			s = &stub{seen: map[string]bool{}}
			byName[e.module] = s
		}
		var index int
		switch e.kind {
		case kindFunc:
			index = s.function(m.types[m.funcs[funcs]])
			funcs++
		case kindTable:
			t := m.tables[tables]
			s.tables = append(s.tables, t.limits.append(t.elem.append(nil)))
			index = len(s.tables) - 1
			tables++
		case kindMemory:
			s.mems = append(s.mems, m.mems[mems].append(nil))
			mems++
		case kindGlobal:
			index = s.global(m.globals[globals])
			globals++
		default:
			continue
		}
		if !s.seen[e.name] {
			s.seen[e.name] = true
			s.exports = append(s.exports, appendU32(append(appendName(nil, e.name), e.kind), uint32(index)))
		}
	}
	out := map[string][]byte{}
	for name, s := range byName {
		out[name] = s.module()
	}
	return out
}

type stub struct {
	types, funcs, tables, mems, globals, exports, codes [][]byte
	seen                                                map[string]bool
}

func zeroOf(t valType) []byte {
	switch t {
	case i32:
		return []byte{opI32Const, 0}
	case i64:
		return []byte{opI64Const, 0}
	case f32:
		return []byte{opF32Const, 0, 0, 0, 0}
	case f64:
		return []byte{opF64Const, 0, 0, 0, 0, 0, 0, 0, 0}
	}
	return []byte{opRefNull, t.kind()}
}

func (s *stub) function(t funcType) int {
	typ := appendU32([]byte{0x60}, uint32(len(t.params)))
	for _, p := range t.params {
		typ = p.append(typ)
	}
	typ = appendU32(typ, uint32(len(t.results)))
	body := []byte{0}
	for _, r := range t.results {
		typ = r.append(typ)
		body = append(body, zeroOf(r)...)
	}
	body = append(body, opEnd)
	s.types = append(s.types, typ)
	s.funcs = append(s.funcs, appendU32(nil, uint32(len(s.funcs))))
	s.codes = append(s.codes, append(appendU32(nil, uint32(len(body))), body...))
	return len(s.funcs) - 1
}

func (s *stub) global(g globalType) int {
	b := append(g.typ.append(nil), byte(b2i(g.mutable)))
	s.globals = append(s.globals, append(append(b, zeroOf(g.typ)...), opEnd))
	return len(s.globals) - 1
}

func (s *stub) module() []byte {
	out := append(append([]byte{}, magic...), version...)
	for _, sec := range []struct {
		id    int
		items [][]byte
	}{{secType, s.types}, {secFunction, s.funcs}, {secTable, s.tables}, {secMemory, s.mems}, {secGlobal, s.globals}, {secExport, s.exports}, {secCode, s.codes}} {
		if len(sec.items) == 0 {
			continue
		}
		content := appendU32(nil, uint32(len(sec.items)))
		for _, item := range sec.items {
			content = append(content, item...)
		}
		out = appendSection(out, sec.id, content)
	}
	return out
}
