// Command generate writes the generated parts of SPEC.md and of the SDKs anew from the records of
// package abi. Run it by `go generate ./abi`.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	if err := generate(*root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(root string) error {
	l, err := layout.Read(filepath.Join(root, "abi"))
	if err != nil {
		return err
	}
	for _, path := range layout.Files {
		text, err := l.Render(root, path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
