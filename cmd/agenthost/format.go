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
		Long: `fmt rewrites .hcl files in place and prints the names of those it changed. A
folder means all .hcl files below it; '-' reads from standard input and writes
to standard output; nothing means the current folder. With --check nothing is
written, and the exit code is 1 if something would be. A file that cannot be
read or parsed is reported, and the others are done.`,
		Example: "  agenthost fmt\n  agenthost fmt my.hcl config/\n  agenthost fmt --check .",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			f := formatter{console: con, check: check}
			for _, a := range args {
				f.failed(f.path(a))
			}
			if f.failures > 0 || check && f.changed > 0 {
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
	check    bool
	changed  int
	failures int
}

// failed tells about a file that could not be done; the rest go on.
func (f *formatter) failed(err error) {
	if err == nil {
		return
	}
	f.failures++
	fmt.Fprintf(f.err, "agenthost: %v\n", plain(err))
}

func (f *formatter) path(path string) error {
	if path == "-" {
		src, err := io.ReadAll(f.in)
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		return f.standard(src)
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
		f.failed(f.file(p, info.Mode()))
		return nil
	})
}

// standard formats standard input to standard output.
func (f *formatter) standard(src []byte) error {
	const name = "standard input"
	out, err := config.Format(src, name)
	if err != nil {
		return err
	}
	if !f.check {
		_, err = f.out.Write(out)
		return err
	}
	if !bytes.Equal(src, out) {
		f.changed++
		_, err = fmt.Fprintln(f.out, name)
	}
	return err
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
