package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPaths has a configuration in one folder and starts in another; each file is in one or in both.
func TestPaths(t *testing.T) {
	for _, c := range []struct {
		claim      string
		file, work bool // where the module is
		given      bool // by the command line
		want       string
	}{
		{"what the file says is beside the file", true, true, false, "file"},
		{"or in the working directory, if it is not there", false, true, false, "work"},
		{"what the command line says is in the working directory", true, true, true, "work"},
		{"or beside the file, if it is not there", true, false, true, "file"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			root := t.TempDir()
			for name, there := range map[string]bool{"file": c.file, "work": c.work} {
				write(t, root, name+"/here", "")
				if there {
					write(t, root, name+"/m.wasm", "")
				}
			}
			o := Options{WorkDir: filepath.Join(root, "work"), Variables: map[string]string{}}
			if c.given {
				o.Variables["module"] = "m.wasm"
			}
			write(t, root, "file/GOOG.csv", "")
			write(t, root, "file/IBM.csv", "")
			text := strings.Replace(good, `"sma.wasm"`, `"./${var.module}"`, 1) + `variable "module" { default = "m.wasm" }`
			got, d := Load(write(t, root, "file/config.hcl", text), o)
			if want := filepath.Join(root, c.want, "m.wasm"); d.HasErrors() || got.Agents[0].Strategy != want {
				t.Errorf("got %s, want %s\n%s", got.Agents[0].Strategy, want, textOf(d))
			}
		})
	}
}

func TestPathsOfTheEnvironmentAreInTheWorkingDirectory(t *testing.T) {
	dir := folder(t)
	write(t, dir, "work/sma.wasm", "")
	text := strings.Replace(good, `"sma.wasm"`, `env("MODULE")`, 1)
	o := Options{WorkDir: filepath.Join(dir, "work"), Environ: func(string) (string, bool) { return "sma.wasm", true }}
	c, d := Load(write(t, dir, "config.hcl", text), o)
	if want := filepath.Join(dir, "work", "sma.wasm"); d.HasErrors() || c.Agents[0].Strategy != want {
		t.Errorf("got %s\n%s", c.Agents[0].Strategy, textOf(d))
	}
}

func TestPathsThatAreWrittenNeedNotBeThere(t *testing.T) {
	dir := folder(t)
	work := filepath.Join(dir, "work")
	path := write(t, dir, "config.hcl", good)
	c, d := Load(path, Options{WorkDir: work})
	if d.HasErrors() || c.Host.RunsDir != filepath.Join(work, "runs") || c.Host.CacheDir != "" {
		t.Errorf("default: runs in %s, cache in %q\n%s", c.Host.RunsDir, c.Host.CacheDir, textOf(d))
	}
	path = write(t, dir, "config.hcl", good+"host {\n  runs_dir = \"runs\"\n  cache_dir = \"/var/cache/x\"\n}")
	c, d = Load(path, Options{WorkDir: work})
	if d.HasErrors() || c.Host.RunsDir != filepath.Join(dir, "runs") || c.Host.CacheDir != "/var/cache/x" {
		t.Errorf("written: runs in %s, cache in %q\n%s", c.Host.RunsDir, c.Host.CacheDir, textOf(d))
	}
}
