package resilience_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

var update = flag.Bool("update", false, "write the tables of docs/RESILIENCE.md anew")

const document = "../docs/RESILIENCE.md"

func TestDocumentHoldsTheTablesOfTheCode(t *testing.T) {
	old, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for _, s := range resilience.Document() {
		begin, end := "<!-- generated: "+s.Name+" -->\n", "<!-- end -->"
		from := strings.Index(text, begin)
		if from < 0 {
			t.Fatalf("%s has no %q", document, strings.TrimSpace(begin))
		}
		from += len(begin)
		to := strings.Index(text[from:], end)
		if to < 0 {
			t.Fatalf("%s: %s has no end", document, s.Name)
		}
		text = text[:from] + s.Text + text[from+to:]
	}
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("%s is out of date: go test ./resilience -run Document -update", document)
	}
	if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
