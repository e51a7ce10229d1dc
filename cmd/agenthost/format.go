package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
)

func newFormat(con *console) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE|FOLDER]...",
		Short: "Write configuration files in the one canonical form",
		Long: `fmt rewrites .hcl files in place and prints the names of those it changed. A folder means all .hcl
files below it; '-' reads from standard input and writes to standard output; nothing means the
current folder. With --check nothing is written, and the exit code is 1 if something would be.`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			f := formatter{console: con, check: check}
			for _, a := range args {
				if err := f.path(a); err != nil {
					return err
				}
			}
			if check && f.changed > 0 {
				return errPrinted
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only report which files are not in canonical form")
	return cmd
}

type formatter struct {
	*console
	check   bool
	changed int
}

func (f *formatter) path(path string) error {
	if path == "-" {
		src, err := io.ReadAll(f.in)
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		out, err := config.Format(src, "standard input")
		if err != nil {
			return err
		}
		_, err = f.out.Write(out)
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return f.file(path, info.Mode())
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".hcl") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return f.file(p, info.Mode())
	})
}

func (f *formatter) file(path string, mode fs.FileMode) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, err := config.Format(src, path)
	if err != nil {
		return err
	}
	if bytes.Equal(src, out) {
		return nil
	}
	f.changed++
	fmt.Fprintln(f.out, path)
	if f.check {
		return nil
	}
	return os.WriteFile(path, out, mode.Perm())
}
