package journal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const document = "../../docs/JOURNAL.md"

// section gives what stands between two texts of the document.
func section(t *testing.T, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), from)
	text, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("%s holds no %q that ends with %q", document, from, to)
	}
	return text
}

func TestDocument(t *testing.T) {
	t.Run("the worked example is the frozen entry", func(t *testing.T) {
		example := section(t, "`a turn 1#!`):\n\n```\n", "```")
		if strings.Join(strings.Fields(example), "") != goldenEntry {
			t.Error(example)
		}
	})
	t.Run("the kinds are those of the code", func(t *testing.T) {
		for k := Kind(1); k <= kindMax; k++ {
			section(t, fmt.Sprintf("\n| %d | `%s` |", k, k), "\n")
		}
	})
	t.Run("the program that reads a journal without agenthost agrees", func(t *testing.T) {
		python, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("python3 is not here")
		}
		program := filepath.Join(t.TempDir(), "verify.py")
		if err := os.WriteFile(program, []byte(section(t, "```python\n", "```")), 0o600); err != nil {
			t.Fatal(err)
		}
		s := newDamaged(t)
		out, err := exec.Command(python, program, s.journal).CombinedOutput()
		if err != nil || string(out) != "a 800 entries are sound\n" {
			t.Errorf("%s %v", out, err)
		}
		edit(t, s.journal, reseal)
		out, err = exec.Command(python, program, s.journal).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "('a', 101, 'chain')") {
			t.Errorf("%s %v", out, err)
		}
	})
}
