package config

import (
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
	// fileBytesMax and filesMax bound what is read: a configuration is written by people.
	fileBytesMax = 1 << 20
	filesMax     = 1000
	// nestingMax bounds brackets within brackets and operators before operands, which the parser
	// descends into.
	nestingMax = 200
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

// parse reads a file's grammar. The body is what could be read; broken are the places where it could not.
func parse(source []byte, name string) (body *hclsyntax.Body, problems hcl.Diagnostics, broken []hcl.Range) {
	if problem := tooDeep(source, name); problem != nil {
		return nil, hcl.Diagnostics{problem}, []hcl.Range{*problem.Subject}
	}
	file, problems := hclsyntax.ParseConfig(source, name, hcl.InitialPos)
	for _, x := range problems {
		if x.Severity == hcl.DiagError && x.Subject != nil && x.Summary != "Attribute redefined" {
			broken = append(broken, *x.Subject)
		}
	}
	if file != nil {
		body, _ = file.Body.(*hclsyntax.Body) // ParseConfig makes no other
	}
	return body, problems, broken
}

// tooDeep finds nesting that would make the parser's own stack deep. The scanner has none.
func tooDeep(source []byte, name string) *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(source, name, hcl.InitialPos) // the parser reports the scanner's findings
	depth, prefixes := 0, 0
	for i := range tokens {
		switch tokens[i].Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			depth--
		case hclsyntax.TokenMinus, hclsyntax.TokenBang, hclsyntax.TokenQuestion:
			prefixes++
		case hclsyntax.TokenNewline:
			prefixes = 0
		}
		if depth > nestingMax || prefixes > nestingMax {
			return &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Nested too deep", Subject: &tokens[i].Range,
				Detail: fmt.Sprintf("Brackets and operators are nested more than %d deep here.", nestingMax),
			}
		}
	}
	return nil
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
