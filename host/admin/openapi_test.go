package admin

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/openapi.json and the table in docs/API.md anew")

func TestTheDocumentOfTheAPIIsCurrent(t *testing.T) {
	const path = "../../docs/openapi.json"
	want, err := json.MarshalIndent(Document(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/openapi.json is out of date (%v): go test ./host/admin -run Current -update", err)
	}
	c, _ := serve(t, &fake{}, nil)
	status, served := raw(t, c, "GET", "/openapi.json", "", "")
	var a, b any
	if json.Unmarshal([]byte(served), &a) != nil || json.Unmarshal(want, &b) != nil || status != 200 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%d: the host serves another document", status)
	}
}

const tableBegin, tableEnd = "<!-- routes: made by go test ./host/admin -run Current -update -->\n", "<!-- end -->\n"

func TestTheTableOfRoutesIsCurrent(t *testing.T) {
	const path = "../../docs/API.md"
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(got), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	var b strings.Builder
	b.WriteString("| route | scope | what |\n| --- | --- | --- |\n")
	for _, r := range Routes() {
		says := r.Says
		for i, q := range r.Query {
			says += map[bool]string{true: " `?", false: " `"}[i == 0] + q.Name + "`"
		}
		fmt.Fprintf(&b, "| `%s %s` | %s | %s |\n", r.Method, r.Path, r.Scope, says)
	}
	want := before + tableBegin + b.String() + tableEnd + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(got) != want {
		t.Error("docs/API.md is out of date: go test ./host/admin -run Current -update")
	}
}

func TestEverySchemaIsUsedAndEveryReferenceLeadsSomewhere(t *testing.T) {
	b, err := json.Marshal(Document())
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	for name, schema := range d.Components.Schemas {
		if schema == nil || !bytes.Contains(b, []byte(`"#/components/schemas/`+name+`"`)) {
			t.Errorf("schema %s: %v", name, schema)
		}
	}
	for _, part := range strings.Split(string(b), `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if d.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
	ids := map[string]bool{}
	for i := range routes {
		id := operationID(&routes[i])
		if id == "" || ids[id] {
			t.Errorf("%s %s: operation %q", routes[i].Method, routes[i].Path, id)
		}
		ids[id] = true
	}
}
