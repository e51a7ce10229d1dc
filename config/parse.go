package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	// fileBytesMax and filesMax bound what is read: room for ten thousands of agents.
	fileBytesMax = 16 << 20
	filesMax     = 1000
)

// listFiles returns the files of a configuration: path itself, or a folder's *.hcl by name.
func listFiles(path string) (files []string, folder bool, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, false, err
	}
	entries, err := os.ReadDir(path) // in the order of names
	if err != nil {
		return nil, true, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hcl") && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	switch {
	case len(files) == 0:
		return nil, true, errors.New("the folder has no file whose name ends in .hcl")
	case len(files) > filesMax:
		return nil, true, fmt.Errorf("the folder has %d files; at most %d are read", len(files), filesMax)
	}
	return files, true, nil
}

func readSource(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, fileBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(source) > fileBytesMax {
		return nil, fmt.Errorf("the file is larger than %s, which no configuration is", formatSize(fileBytesMax))
	}
	return source, nil
}

// parsedFile is a file as far as its grammar could be read.
type parsedFile struct {
	body     *hclsyntax.Body
	problems hcl.Diagnostics
	// broken are the places where the grammar is wrong. What seems missing around one may have been
	// swallowed by it.
	broken []hcl.Range
	// lost says that the rest of the file was not understood either.
	lost bool
}

// repairs is how often a file is read again without a line; long ones are not read so often.
func repairs(source []byte) int {
	if len(source) > 1<<20 {
		return 3
	}
	return 50
}

// parse reads a file's grammar. HCL's parser tells of one mistake and then falls silent, so the line
// with the mistake is blanked and the file read again: all other places stay where they are.
func parse(source []byte, name string) (f parsedFile) {
	source = bytes.Clone(source)
	blanked := -1 // no line, and none before the first
	if problem := tooDeep(source, name); problem != nil {
		return parsedFile{problems: hcl.Diagnostics{problem}, lost: true}
	}
	for range repairs(source) {
		file, problems := hclsyntax.ParseConfig(source, name, hcl.InitialPos)
		if file != nil {
			f.body, _ = file.Body.(*hclsyntax.Body) // ParseConfig makes no other
		}
		first := firstBreak(problems)
		if first == nil {
			f.problems = append(f.problems, problems...)
			return f
		}
		line := lineAround(source, first.Subject.Start.Byte)
		structural := bytes.ContainsAny(line, "{}")
		f.lost = f.lost || structural
		if structural && first.Subject.Start.Line == blanked+1 {
			return f // a consequence of blanking the line before
		}
		f.problems = append(f.problems, first)
		f.broken = append(f.broken, *first.Subject)
		if !blank(line) {
			break
		}
		blanked = first.Subject.Start.Line
	}
	f.lost = true
	return f
}

// firstBreak returns the first mistake that keeps the parser from reading on, or nil.
func firstBreak(problems hcl.Diagnostics) (first *hcl.Diagnostic) {
	for _, x := range problems {
		if x.Severity != hcl.DiagError || x.Subject == nil || x.Summary == "Attribute redefined" {
			continue
		}
		if first == nil || x.Subject.Start.Byte < first.Subject.Start.Byte {
			first = x
		}
	}
	return first
}

func lineAround(source []byte, at int) []byte {
	at = min(at, len(source))
	return source[bytes.LastIndexByte(source[:at], '\n')+1 : lineEnd(source, at)]
}

// blank overwrites a line. It reports false, and does nothing, if that would not help: the line is blank
// already, or opens or closes a block.
func blank(line []byte) bool {
	if len(bytes.TrimSpace(line)) == 0 || !balanced(line) {
		return false
	}
	for i := range line {
		line[i] = ' '
	}
	return true
}

// balanced reports whether a line closes every bracket that it opens. What is in quotes does not count.
func balanced(line []byte) bool {
	depth, quoted := 0, false
	for i, c := range line {
		switch {
		case c == '"' && (i == 0 || line[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

// fileError says in a sentence why a file cannot be read.
func fileError(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("There is no file or folder %s.", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s may not be read by this user.", path)
	}
	return fmt.Sprintf("%s: %v.", path, err)
}
