package abi

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

// TestExampleOfTheSpecification holds section 14 of SPEC.md to the bytes that the codec makes.
func TestExampleOfTheSpecification(t *testing.T) {
	l := readLayout(t)
	var b strings.Builder
	b.WriteString("\nA tick of " + fmt.Sprint(len(exampleTick())) + " bytes, the first of the vectors: a daily bar of one share closed. Fields that are zero are left out.\n\n```\n")
	printTick(&b, l, exampleTick())
	b.WriteString("```\n\nThe answer of a strategy that sees a cross in it: close what there is, buy at market with all the margin, and have a stop and a target wait for that order.\n\n```\n")
	printOutput(&b, l, crossOutput())
	b.WriteString("```\n\n")

	const begin, end = "<!-- example: filled in by the test TestExampleOfTheSpecification -->\n", "<!-- example: end -->"
	raw, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(raw), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("SPEC.md has lost its example's marks")
	}
	want := before + begin + b.String() + end + after
	if *update {
		if err := os.WriteFile("SPEC.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(raw) != want {
		t.Error("the example of SPEC.md differs; run go test ./abi -run TestExampleOfTheSpecification -update")
	}
}

func printTick(b *strings.Builder, l *layout.Layout, raw []byte) {
	printRecord(b, recordNamed(l, "Header"), "header", raw, 0)
	at := int(binary.LittleEndian.Uint32(raw[16:]))
	for i := range int(binary.LittleEndian.Uint16(raw[14:])) {
		s := load[Section](raw, at+12*i, 12)
		if s.Kind == SectionStrings {
			continue
		}
		for j := range int(s.Count) {
			name := sectionRecords[s.Kind]
			printRecord(b, recordNamed(l, name), fmt.Sprintf("%s %d", s.Kind, j), raw, int(s.Offset)+j*int(s.Stride))
		}
	}
	strings := load[Section](raw, at, 12)
	printBytes(b, "strings", raw, int(strings.Offset), int(strings.Offset+strings.Count))
	for i := range int(binary.LittleEndian.Uint16(raw[14:])) {
		printRecord(b, recordNamed(l, "Section"), fmt.Sprintf("directory %d", i), raw, at+12*i)
	}
}

func printOutput(b *strings.Builder, l *layout.Layout, raw []byte) {
	printRecord(b, recordNamed(l, "OutputHeader"), "header", raw, 0)
	at := 32
	for i := range int(binary.LittleEndian.Uint32(raw[16:])) {
		r := recordNamed(l, intentNames[IntentKind(binary.LittleEndian.Uint16(raw[at:]))])
		printRecord(b, r, fmt.Sprintf("record %d, %s", i, layout.Snake(r.Name)), raw, at)
		at += r.Size
	}
}

// printRecord prints each field that is not zero: byte, bytes, name and value.
func printRecord(b *strings.Builder, r *layout.Record, title string, raw []byte, at int) {
	fmt.Fprintf(b, "-- %s, at %d\n", title, at)
	for _, f := range r.Fields {
		bytes := raw[at+f.Offset : at+f.Offset+f.Size]
		value := fieldByTable(&f, bytes, func(ref StringRef) string { return fmt.Sprintf("offset %d, length %d", ref.Offset, ref.Length) })
		if value == nil {
			continue
		}
		fmt.Fprintf(b, "%4d  %-23s  %-20s %v\n", at+f.Offset, fmt.Sprintf("% x", bytes), f.Name, value)
	}
}

func printBytes(b *strings.Builder, title string, raw []byte, from, to int) {
	fmt.Fprintf(b, "-- %s, at %d\n%4d  %-23s  %q\n", title, from, from, fmt.Sprintf("% x", raw[from:to]), raw[from:to])
}
