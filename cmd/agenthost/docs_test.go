package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declared is what the source declares: "Func", "pkg.Func", "(*Type).Method", "pkg.Type.Method" and types.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "bench" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			declare(all, f.Name.Name, decl)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func declare(all map[string]bool, pkg string, decl ast.Decl) {
	add := func(receiver, name string) {
		all[receiver+name], all[pkg+"."+receiver+name] = true, true
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add("", d.Name.Name)
			return
		}
		add(receiver(d.Recv.List[0].Type)+".", d.Name.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			ts, ok := s.(*ast.TypeSpec)
			if !ok {
				continue
			}
			add("", ts.Name.Name)
			if i, ok := ts.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					for _, name := range m.Names {
						add(ts.Name.Name+".", name.Name)
					}
				}
			}
		}
	}
}

func receiver(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if generic, ok := e.(*ast.IndexExpr); ok {
		e = generic.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return "?"
}

var (
	// method is (*Type).method or (*pkg.Type).method, with or without the star.
	method = regexp.MustCompile("`\\(\\*?([A-Za-z.]+)\\)\\.([A-Za-z]+)`")
	// named is pkg.Func, Type.method, or camelCase: anything else in backticks is a path, a word or a command.
	named = regexp.MustCompile("`([A-Za-z]+\\.[A-Za-z]+|[a-z]+[A-Z][A-Za-z]*)`")
	// fenced are examples, in which a word is no reference.
	fenced = regexp.MustCompile("(?s)```.*?```")
	goFile = regexp.MustCompile("`([a-z_/]+\\.go)`")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// notSymbols are words that look like pkg.Func and are files.
var notSymbols = regexp.MustCompile(`\.(go|hcl|md|wasm|json|db|csv)$`)

func TestArchitectureNamesWhatExists(t *testing.T) {
	text := fenced.ReplaceAllString(read(t, "../../docs/ARCHITECTURE.md"), "")
	all := declared(t)
	found := 0
	check := func(name string) {
		found++
		if !all[name] {
			t.Errorf("docs/ARCHITECTURE.md names %s, which the source does not declare", name)
		}
	}
	for _, m := range method.FindAllStringSubmatch(text, -1) {
		check(m[1] + "." + m[2])
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if !notSymbols.MatchString(m[1]) {
			check(m[1])
		}
	}
	for _, m := range goFile.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("docs/ARCHITECTURE.md names %s: %v", m[1], err)
		}
	}
	if found < 40 {
		t.Errorf("only %d names found: does the document still walk through the code?", found)
	}
}

func TestLinksOfTheDocumentsResolve(t *testing.T) {
	documents := []string{"../../README.md", "../../abi/SPEC.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../plugins/*.md", "../../plugins/*/*/README.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, more...)
	}
	for _, document := range documents {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, document), ""), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", document, m[1], err)
			} else if anchor != "" && !anchors(read(t, target))[anchor] {
				t.Errorf("%s links to %s: there is no such heading", document, m[1])
			}
		}
	}
}

// anchors are what GitHub makes of a document's headings.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		if heading := strings.TrimLeft(line, "#"); heading != line && strings.HasPrefix(heading, " ") {
			slug := strings.Map(func(r rune) rune {
				switch {
				case r == ' ':
					return '-'
				case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
					return r
				}
				return -1
			}, strings.ToLower(strings.TrimSpace(heading)))
			all[slug] = true
		}
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
