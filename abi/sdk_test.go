package abi

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

// The SDKs of other languages are held against the vectors by guests made for it: one written from the
// tables reads every field of every record by the SDK's structs and hands all of them back as numbers,
// and writes each output of the vectors by the SDK's functions.

// sdkSource writes such a guest in one language.
type sdkSource interface {
	begin()
	// reader writes strategy_tick: header and then each section's count and records.
	reader(header *layout.Record, sections []SectionKind, records map[SectionKind]*layout.Record)
	// params writes strategy_init: count, then type, value and text of each.
	params()
	// output writes an export write_N that makes an output and returns it.
	output(n int, records []outputRecord)
	source() string
}

// outputRecord is a record of an output with the fields that are not zero.
type outputRecord struct {
	record *layout.Record
	values map[string]any
}

func TestSDKOfCAgreesWithTheVectors(t *testing.T) {
	clang, err := exec.LookPath("clang")
	if _, err2 := exec.LookPath("wasm-ld"); err != nil || err2 != nil {
		t.Skip("clang or wasm-ld is not here")
	}
	testSDK(t, &cSource{}, func(t *testing.T, source, dir string) string {
		file, out := filepath.Join(dir, "guest.c"), filepath.Join(dir, "guest.wasm")
		write(t, file, source)
		run(t, exec.Command(clang, "--target=wasm32", "-O2", "-Wall", "-Werror", "-nostdlib", "-ffreestanding",
			"-Wl,--no-entry", "-I", "../plugins/sdk/c", "-o", out, file))
		return out
	})
}

func TestSDKOfAssemblyScriptAgreesWithTheVectors(t *testing.T) {
	asc, err := exec.LookPath("asc")
	if err != nil {
		asc = "/opt/tools/node_modules/.bin/asc"
		if _, err := os.Stat(asc); err != nil {
			t.Skip("asc is not here")
		}
	}
	testSDK(t, &scriptSource{}, func(t *testing.T, source, dir string) string {
		sdk, err := os.ReadFile("../plugins/sdk/assemblyscript/agenthost.ts")
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "agenthost.ts"), string(sdk))
		write(t, filepath.Join(dir, "guest.ts"), source)
		build := exec.Command(asc, "guest.ts", "-O3", "--runtime", "stub", "-o", "guest.wasm")
		build.Dir = dir
		run(t, build)
		return filepath.Join(dir, "guest.wasm")
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func readVectors(t *testing.T, file string) []vector {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var all, good []vector
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Error == nil {
			good = append(good, v)
		}
	}
	return good
}

func testSDK(t *testing.T, s sdkSource, build func(t *testing.T, source, dir string) string) {
	l := readLayout(t)
	records := map[SectionKind]*layout.Record{}
	var kinds []SectionKind
	for kind := SectionCurrencies; kind < sectionKinds; kind++ {
		if name := sectionRecords[kind]; name != "" {
			records[kind], kinds = recordNamed(l, name), append(kinds, kind)
		}
	}
	outputs := readVectors(t, "outputs.json")
	s.begin()
	s.reader(recordNamed(l, "Header"), kinds, records)
	s.params()
	for n, v := range outputs {
		s.output(n, outputRecords(l, v))
	}
	g := loadSDKGuest(t, build(t, s.source(), t.TempDir()))

	for _, v := range readVectors(t, "ticks.json") {
		raw := unhex(t, v.Hex)
		if got, want := g.give("strategy_tick", raw), numbersOfTick(recordNamed(l, "Header"), kinds, records, raw); !bytes.Equal(got, want) {
			t.Errorf("tick %q: the guest reads\n%v, want\n%v", v.Name, numbers(got), numbers(want))
		}
	}
	for _, v := range readVectors(t, "params.json") {
		raw := unhex(t, v.Hex)
		if got, want := g.give("strategy_init", raw), numbersOfParams(t, raw); !bytes.Equal(got, want) {
			t.Errorf("params %q: the guest reads\n%v, want\n%v", v.Name, numbers(got), numbers(want))
		}
	}
	for n, v := range outputs {
		if got := g.take(g.call(fmt.Sprintf("write_%d", n))); hex.EncodeToString(got) != v.Hex {
			t.Errorf("output %q: the guest writes\n%x, want\n%s", v.Name, got, v.Hex)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func outputRecords(l *layout.Layout, v vector) (records []outputRecord) {
	for _, r := range v.Meaning.(map[string]any)["records"].([]any) {
		values := r.(map[string]any)
		for kind, name := range intentNames {
			if kind.String() == values["record"] {
				records = append(records, outputRecord{recordNamed(l, name), values})
			}
		}
	}
	return records
}

// numbersOfTick is what a guest should hand back, by the tables.
func numbersOfTick(header *layout.Record, kinds []SectionKind, records map[SectionKind]*layout.Record, raw []byte) []byte {
	tick, err := ReadTick(raw)
	if err != nil {
		panic(err)
	}
	out := numbersOfRecord(nil, header, raw, tick.Text)
	for _, kind := range kinds {
		s := tick.Section(kind)
		out = binary.LittleEndian.AppendUint64(out, uint64(s.Count))
		for i := range int(s.Count) {
			out = numbersOfRecord(out, records[kind], raw[int(s.Offset)+i*int(s.Stride):], tick.Text)
		}
	}
	return out
}

func numbersOfRecord(out []byte, r *layout.Record, raw []byte, text func(StringRef) []byte) []byte {
	for _, f := range r.Fields {
		b := raw[f.Offset : f.Offset+f.Size]
		switch f.Type {
		case "string":
			ref := load[StringRef](b, 0, 8)
			out = numbersOfText(out, text(ref), int(ref.Length))
		case "bytes16":
			out = append(out, b...)
		default:
			var wide [8]byte
			copy(wide[:], b)
			out = append(out, wide[:]...)
		}
	}
	return out
}

func numbersOfText(out, text []byte, length int) []byte {
	out = binary.LittleEndian.AppendUint64(out, uint64(length))
	for _, c := range text {
		out = binary.LittleEndian.AppendUint64(out, uint64(c))
	}
	return out
}

func numbersOfParams(t *testing.T, raw []byte) []byte {
	t.Helper()
	params, err := ReadParams(raw)
	if err != nil {
		t.Fatal(err)
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(params.Len()))
	for i := range params.Len() {
		out = binary.LittleEndian.AppendUint64(out, uint64(params.Type(i)))
		out = binary.LittleEndian.AppendUint64(out, uint64(params.Value(i)))
		out = numbersOfText(out, params.Text(i), len(params.Text(i)))
	}
	return out
}

func numbers(b []byte) (n []uint64) {
	for ; len(b) >= 8; b = b[8:] {
		n = append(n, binary.LittleEndian.Uint64(b))
	}
	return n
}

// sdkGuest is a guest on plain wazero.
type sdkGuest struct {
	t      *testing.T
	module api.Module
}

func loadSDKGuest(t *testing.T, path string) *sdkGuest {
	t.Helper()
	ctx := context.Background()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := wazero.NewRuntime(ctx)
	t.Cleanup(func() { _ = r.Close(ctx) })
	say := func(_ context.Context, m api.Module, _, at, n uint32) {
		text, _ := m.Memory().Read(at, n)
		t.Logf("guest: %s", text)
	}
	_, err = r.NewHostModuleBuilder("agenthost").NewFunctionBuilder().WithFunc(say).Export("log").
		NewFunctionBuilder().WithFunc(say).Export("fail").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(func(_, _, line, _ uint32) {
		panic(fmt.Sprintf("abort at line %d", line))
	}).Export("abort").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	module, err := r.Instantiate(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	g := &sdkGuest{t, module}
	if got := g.call("agenthost_abi"); got != Version {
		t.Fatalf("agenthost_abi = %#x", got)
	}
	return g
}

func (g *sdkGuest) call(name string, args ...uint64) uint64 {
	g.t.Helper()
	results, err := g.module.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	return results[0]
}

func (g *sdkGuest) give(name string, raw []byte) []byte {
	g.t.Helper()
	at := g.call("agenthost_buffer", uint64(len(raw)))
	if at%8 != 0 || !g.module.Memory().Write(uint32(at), raw) {
		g.t.Fatalf("agenthost_buffer(%d) = %d", len(raw), at)
	}
	return g.take(g.call(name, at, uint64(len(raw))))
}

func (g *sdkGuest) take(result uint64) []byte {
	g.t.Helper()
	b, ok := g.module.Memory().Read(uint32(result>>32), uint32(result))
	if !ok {
		g.t.Fatalf("result %#x is outside of the memory", result)
	}
	return b
}
