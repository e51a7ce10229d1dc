package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A file with generated parts has each between two lines: one that holds "generated: WHAT" and one
// that holds "end of generated". The lines themselves stay.
const (
	beginMark = "generated: "
	endMark   = "end of generated"
)

// Files are the files with generated parts, from the root of the repository.
var Files = []string{"abi/SPEC.md", "plugins/sdk/c/agenthost.h", "plugins/sdk/assemblyscript/agenthost.ts"}

// Render returns what the file at root/path should hold.
func (l *Layout) Render(root, path string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return "", err
	}
	var out []string
	skipping := false
	for line := range strings.SplitSeq(string(raw), "\n") {
		if strings.Contains(line, endMark) {
			skipping = false
		}
		if skipping {
			continue
		}
		out = append(out, line)
		if _, what, ok := strings.Cut(line, beginMark); ok && !strings.Contains(line, endMark) {
			part, err := l.part(strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(what), "-->"), "*/")))
			if err != nil {
				return "", fmt.Errorf("render %s: %w", path, err)
			}
			out = append(out, strings.TrimRight(part, "\n"))
			skipping = true
		}
	}
	if skipping {
		return "", fmt.Errorf("render %s: a generated part has no line %q", path, endMark)
	}
	return strings.Join(out, "\n"), nil
}

func (l *Layout) part(what string) (string, error) {
	switch what {
	case "c":
		return l.C(), nil
	case "assemblyscript":
		return l.AssemblyScript(), nil
	}
	part, err := l.Markdown(what)
	return "\n" + part, err
}
