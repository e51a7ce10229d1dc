package sandbox

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cacheFiles lists the files below dir whose path contains part.
func cacheFiles(t *testing.T, dir, part string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, part) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// loadIn loads the counter with a cache and tells whether its code came from there.
func loadIn(t *testing.T, c Config) bool {
	t.Helper()
	m := loadGuest(t, newRuntime(t, c), "counter.wasm", Limits{})
	if _, _, err := instantiate(t, m, InstanceConfig{}).Tick(nil, 0, 1000); err != nil {
		t.Fatal(err)
	}
	return m.Inspect().Cached
}

func TestCache(t *testing.T) {
	for _, mode := range []struct {
		name  string
		aside *CompileAside
	}{{"in this process", nil}, {"in a child", aside()}} {
		t.Run(mode.name, func(t *testing.T) {
			c := Config{CacheDir: filepath.Join(t.TempDir(), "new", "folder"), CompileAside: mode.aside}
			if loadIn(t, c) {
				t.Error("an empty cache had the code")
			}
			if !loadIn(t, c) {
				t.Error("the second load did not find the code")
			}
			entries, index := cacheFiles(t, c.CacheDir, "wazero-"), cacheFiles(t, c.CacheDir, "index")
			if len(entries) != 1 || len(index) != 1 || len(cacheFiles(t, c.CacheDir, "compile-")) != 0 {
				t.Fatalf("the cache has %q", cacheFiles(t, c.CacheDir, ""))
			}
			damage := map[string]func(){
				"one bit of the code flipped":       func() { flip(t, entries[0], 100) },
				"one bit of the offsets flipped":    func() { flip(t, entries[0], 30) },
				"the code truncated":                func() { write(t, entries[0], readFile(t, entries[0])[:50]) },
				"the code empty":                    func() { write(t, entries[0], nil) },
				"the code gone":                     func() { remove(t, entries[0]) },
				"the index entry no JSON":           func() { write(t, index[0], []byte("{")) },
				"the index entry out of the folder": func() { write(t, index[0], []byte(`{"entry":"../../../etc/passwd","sha256":""}`)) },
				"the index entry gone":              func() { remove(t, index[0]) },
			}
			for what, do := range damage {
				do()
				if loadIn(t, c) {
					t.Errorf("%s: the code was used", what)
				}
				if !loadIn(t, c) {
					t.Errorf("%s: the code was not made again", what)
				}
			}
		})
	}
}

// TestCacheEntryOfAnotherMaker: the index vouches for an entry that wazero then does not take.
func TestCacheEntryOfAnotherMaker(t *testing.T) {
	c := Config{CacheDir: t.TempDir()}
	loadIn(t, c)
	entry := cacheFiles(t, c.CacheDir, "wazero-")[0]
	flip(t, entry, 100)
	vouch(t, c.CacheDir, entry)
	if loadIn(t, c) {
		t.Error("code with a wrong checksum was used")
	}
	if !loadIn(t, c) {
		t.Error("the code was not made again")
	}
}

// vouch makes the index agree with whatever the entry holds now.
func vouch(t *testing.T, cacheDir, entry string) {
	t.Helper()
	index := cacheFiles(t, cacheDir, "index")[0]
	s := &codeStore{dir: filepath.Dir(filepath.Dir(index))}
	scratch, err := s.scratch()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(scratch, filepath.Base(filepath.Dir(entry)))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, filepath.Base(entry)), readFile(t, entry))
	var key [32]byte
	if _, err := hex.Decode(key[:], []byte(strings.TrimSuffix(filepath.Base(index), ".json"))); err != nil {
		t.Fatal(err)
	}
	if err := s.adopt(key, scratch); err != nil {
		t.Fatal(err)
	}
	remove(t, scratch)
}

func TestCacheDirectoryMustBeSafe(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	write(t, file, nil)
	open := filepath.Join(base, "open")
	if err := os.MkdirAll(filepath.Join(open, "agenthost-"+meterVersion(), "index"), 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{file: "not a directory", open: "chmod 700", "/proc/nothing": "name a directory"} {
		r, err := NewRuntime(Config{CacheDir: dir})
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("cache in %s: %v, want it named and %q", dir, err, want)
		}
	}
	if _, err := NewRuntime(Config{CompileAside: aside()}); err == nil || !strings.Contains(err.Error(), "CacheDir") {
		t.Errorf("compilation aside without a cache: %v", err)
	}
	made := filepath.Join(base, "made")
	newRuntime(t, Config{CacheDir: made})
	if info, err := os.Stat(filepath.Join(made, "agenthost-"+meterVersion())); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v (%v), want 0700", info.Mode(), err)
	}
}

// TestLeftoversAreRemoved: a host that died while it compiled leaves a folder, which a later one removes;
// that of a host at work stays.
func TestLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	newRuntime(t, Config{CacheDir: dir})
	s := &codeStore{dir: filepath.Join(dir, "agenthost-"+meterVersion())}
	old, err := s.scratch()
	if err != nil {
		t.Fatal(err)
	}
	young, err := s.scratch()
	if err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().Add(-2 * leftoverAge)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	newRuntime(t, Config{CacheDir: dir})
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old folder: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young folder: %v", err)
	}
}

// TestCompileAsideIsLimited: what the child may not do ends as a refusal, and leaves nothing behind.
func TestCompileAsideIsLimited(t *testing.T) {
	heavy := branchTable(18_000) // takes the compiler hundreds of milliseconds and as many MiB
	for _, limit := range []struct {
		name, rule string
		change     func(*CompileAside)
	}{
		{"time", "compile_time", func(a *CompileAside) { a.Timeout = 20 * time.Millisecond }},
		{"memory", "compile_memory", func(a *CompileAside) { a.MemoryBytes = 1 << 20 }},
	} {
		t.Run(limit.name, func(t *testing.T) {
			c := Config{CacheDir: t.TempDir(), CompileAside: aside()}
			limit.change(c.CompileAside)
			_, err := newRuntime(t, c).Load(context.Background(), "heavy", heavy, Limits{})
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Rule != limit.rule {
				t.Errorf("error %v, want a refusal by %s", err, limit.rule)
			}
			if left := cacheFiles(t, c.CacheDir, ""); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	t.Run("the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := newRuntime(t, Config{CacheDir: t.TempDir(), CompileAside: aside()}).Load(ctx, "heavy", heavy, Limits{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
	t.Run("no such program", func(t *testing.T) {
		a := &CompileAside{Executable: filepath.Join(t.TempDir(), "nothing")}
		_, err := newRuntime(t, Config{CacheDir: t.TempDir(), CompileAside: a}).Load(context.Background(), "heavy", heavy, Limits{})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v, want that the program does not exist", err)
		}
	})
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	b := readFile(t, path)
	b[at] ^= 4
	write(t, path, b)
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
