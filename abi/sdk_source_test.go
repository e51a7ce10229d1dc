package abi

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

// cSource writes the guest in C.
type cSource struct{ strings.Builder }

func (s *cSource) source() string { return s.String() }

func (s *cSource) begin() {
	s.WriteString(`#include "agenthost.h"
AH_GUEST(4096)
AH_OUTPUT(out, 4096, 256);
static uint64_t numbers[4096];
static uint32_t n;
static void put(uint64_t v) { numbers[n++] = v; }
static void put_text(const char *text, uint32_t length) {
    put(length);
    for (uint32_t i = 0; i < length; i++) put((uint8_t)text[i]);
}
`)
}

func (s *cSource) reader(header *layout.Record, kinds []SectionKind, records map[SectionKind]*layout.Record) {
	dump := func(r *layout.Record) {
		name := "ah_" + layout.Snake(r.Name)
		fmt.Fprintf(s, "static void dump_%s(const ah_header *tick, const %s *r) {\n    (void)tick;\n", name, name)
		for _, f := range r.Fields {
			switch f.Type {
			case "string":
				fmt.Fprintf(s, "    put_text(ah_text(tick, r->%s), r->%s.length);\n", f.Name, f.Name)
			case "bytes16":
				fmt.Fprintf(s, "    put(((const uint64_t *)r->%s)[0]); put(((const uint64_t *)r->%s)[1]);\n", f.Name, f.Name)
			default:
				fmt.Fprintf(s, "    put(r->%s);\n", f.Name)
			}
		}
		s.WriteString("}\n")
	}
	dump(header)
	for _, kind := range kinds {
		dump(records[kind])
	}
	s.WriteString("AH_EXPORT(strategy_tick) int64_t tick(const ah_header *tick, int32_t length) {\n    (void)length;\n    n = 0;\n    dump_ah_header(tick, tick);\n    ah_view v;\n")
	for _, kind := range kinds {
		name := "ah_" + layout.Snake(records[kind].Name)
		fmt.Fprintf(s, "    v = ah_find(tick, AH_SECTION_%s);\n    put(v.count);\n", strings.ToUpper(kind.String()))
		fmt.Fprintf(s, "    for (uint32_t i = 0; i < v.count; i++) dump_%s(tick, AH_AT(%s, v, i));\n", name, name)
	}
	s.WriteString("    return ah_result(numbers, n * 8);\n}\n")
}

func (s *cSource) params() {
	s.WriteString(`AH_EXPORT(strategy_init) int64_t init(const ah_params_header *params, int32_t length) {
    (void)length;
    n = 0;
    put(params->count);
    for (uint32_t i = 0; i < params->count; i++) {
        const ah_param *p = ah_param_at(params, i);
        put(p->type);
        put(p->value);
        put_text(ah_param_text(params, i), p->text.length);
    }
    return ah_result(numbers, n * 8);
}
`)
}

func (s *cSource) output(n int, records []outputRecord) {
	fmt.Fprintf(s, "AH_EXPORT(write_%d) int64_t write_%d(void) {\n    ah_begin(&out);\n", n, n)
	for i, r := range records {
		name := layout.Snake(r.record.Name)
		fmt.Fprintf(s, "    ah_%s *r%d = ah_add_%s(&out);\n    (void)r%d;\n", name, i, name, i)
		for _, f := range r.record.Fields {
			v := r.values[f.Name]
			switch {
			case v == nil:
			case f.Type == "string":
				text := v.(string)
				fmt.Fprintf(s, "    r%d->%s = ah_add_string(&out, \"%s\", %d);\n", i, f.Name, cText(text), len(text))
			case f.Type == "bytes16":
				raw, _ := hex.DecodeString(v.(string))
				for j, c := range raw {
					fmt.Fprintf(s, "    r%d->%s[%d] = %d;\n", i, f.Name, j, c)
				}
			case f.Type == "i64":
				fmt.Fprintf(s, "    r%d->%s = %s;\n", i, f.Name, cInteger(v.(string)))
			default:
				fmt.Fprintf(s, "    r%d->%s = %vu;\n", i, f.Name, v)
			}
		}
	}
	s.WriteString("    return ah_end(&out);\n}\n")
}

func cInteger(v string) string {
	if v == "-9223372036854775808" {
		return "INT64_MIN"
	}
	return "INT64_C(" + v + ")"
}

func cText(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "\\%03o", text[i])
	}
	return b.String()
}

// scriptSource writes the guest in AssemblyScript.
type scriptSource struct{ strings.Builder }

func (s *scriptSource) source() string { return s.String() }

func (s *scriptSource) begin() {
	s.WriteString(`import * as ah from "./agenthost";
export { agenthost_abi, agenthost_buffer } from "./agenthost";
const numbers = memory.data(32768, 8);
const scratch = memory.data(256, 8);
let n: u32 = 0;
function put(v: u64): void { store<u64>(numbers + n * 8, v); n++; }
function putText(text: usize, length: u32): void {
  put(length);
  for (let i: u32 = 0; i < length; i++) put(load<u8>(text + i));
}
`)
}

func camel(snake string) string {
	words := strings.Split(snake, "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

func (s *scriptSource) reader(header *layout.Record, kinds []SectionKind, records map[SectionKind]*layout.Record) {
	dump := func(r *layout.Record) {
		fmt.Fprintf(s, "function dump%s(tick: ah.Header, r: ah.%s): void {\n", r.Name, r.Name)
		for _, f := range r.Fields {
			name := camel(f.Name)
			switch f.Type {
			case "string":
				fmt.Fprintf(s, "  putText(ah.text(tick, r.%sOffset), r.%sLength);\n", name, name)
			case "bytes16":
				fmt.Fprintf(s, "  put(r.%s0); put(r.%s1);\n", name, name)
			default:
				fmt.Fprintf(s, "  put(<u64>r.%s);\n", name)
			}
		}
		s.WriteString("}\n")
	}
	dump(header)
	for _, kind := range kinds {
		dump(records[kind])
	}
	s.WriteString("export function strategy_tick(pointer: usize, length: u32): i64 {\n  const tick = changetype<ah.Header>(pointer);\n  n = 0;\n  dumpHeader(tick, tick);\n  let v: ah.Section | null = null;\n")
	for _, kind := range kinds {
		name := strings.ToUpper(kind.String()[:1]) + camel(kind.String())[1:]
		fmt.Fprintf(s, "  v = ah.find(tick, ah.SectionKind.%s);\n  put(v ? v.count : 0);\n", name)
		fmt.Fprintf(s, "  if (v) for (let i: u32 = 0; i < v.count; i++) dump%s(tick, ah.at<ah.%s>(tick, v, i));\n", records[kind].Name, records[kind].Name)
	}
	s.WriteString("  return ah.result(numbers, n * 8);\n}\n")
}

func (s *scriptSource) params() {
	s.WriteString(`export function strategy_init(pointer: usize, length: u32): i64 {
  const params = changetype<ah.ParamsHeader>(pointer);
  n = 0;
  put(params.count);
  for (let i: u32 = 0; i < params.count; i++) {
    const p = ah.param(params, i);
    put(p.type);
    put(<u64>p.value);
    putText(ah.paramText(params, p), p.textLength);
  }
  return ah.result(numbers, n * 8);
}
`)
}

func (s *scriptSource) output(n int, records []outputRecord) {
	fmt.Fprintf(s, "export function write_%d(): i64 {\n  ah.begin();\n", n)
	for i, r := range records {
		fmt.Fprintf(s, "  const r%d = ah.add<ah.%s>(ah.IntentKind.%s);\n", i, r.record.Name, r.record.Name)
		for _, f := range r.record.Fields {
			name := camel(f.Name)
			switch v := r.values[f.Name]; {
			case v == nil:
			case f.Type == "string":
				text := v.(string)
				for j := range len(text) {
					fmt.Fprintf(s, "  store<u8>(scratch + %d, %d);\n", j, text[j])
				}
				fmt.Fprintf(s, "  r%d.%sOffset = ah.addString(scratch, %d);\n  r%d.%sLength = %d;\n", i, name, len(text), i, name, len(text))
			case f.Type == "bytes16":
				raw, _ := hex.DecodeString(v.(string))
				fmt.Fprintf(s, "  r%d.%s0 = %d;\n  r%d.%s1 = %d;\n", i, name, binary.LittleEndian.Uint64(raw), i, name, binary.LittleEndian.Uint64(raw[8:]))
			default:
				fmt.Fprintf(s, "  r%d.%s = <%s>%v;\n", i, name, f.Type, v)
			}
		}
	}
	s.WriteString("  return ah.end();\n}\n")
}
