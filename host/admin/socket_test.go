//go:build unix

package admin

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyTheHostsUserCanOpenTheSocket(t *testing.T) {
	_, s := serve(t, &fake{}, nil)
	info, err := os.Lstat(s.config.Socket)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestASecondHostIsRefusedAndToldWhoIsThere(t *testing.T) {
	c, s := serve(t, &fake{}, nil)
	_, err := Listen(Config{Socket: s.config.Socket, Host: &fake{}})
	var running *Running
	if !errors.As(err, &running) || running.PID != 42 || !strings.Contains(err.Error(), "process 42") {
		t.Errorf("%v, want *Running with the process id", err)
	}
	if _, err := c.Status(context.Background()); err != nil {
		t.Errorf("the first one no longer answers: %v", err)
	}
}

func TestASocketThatAnswersIsNeverRemoved(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("unix", path) // somebody without our lock
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	defer l.Close()
	var running *Running
	if _, err := Listen(Config{Socket: path, Host: &fake{}}); !errors.As(err, &running) {
		t.Errorf("%v, want *Running", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestTheSocketOfAHostThatDiedIsReplaced(t *testing.T) {
	path := socketPath(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, err := Listen(Config{Socket: path, Host: &fake{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if s, err = Listen(Config{Socket: path, Host: &fake{}}); err != nil {
		t.Fatalf("after a clean end: %v", err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAPlaceThatCannotBeTrustedIsRefused(t *testing.T) {
	dir := filepath.Dir(socketPath(t))
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	loose := filepath.Join(dir, "loose")
	if err := os.Mkdir(loose, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o777); err != nil { // Mkdir is subject to the umask
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ path, says string }{
		"no path":                      {"", "no path"},
		"no folder":                    {filepath.Join(dir, "missing", "s"), "make it first"},
		"a file for a folder":          {filepath.Join(file, "s"), "not a"},
		"a file in its place":          {file, "is no socket"},
		"a folder that all write to":   {filepath.Join(loose, "s"), "chmod go-w"},
		"a path too long for a socket": {filepath.Join(dir, strings.Repeat("x", 120)), "at most 103"},
	} {
		if _, err := Listen(Config{Socket: x.path, Host: &fake{}}); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", name, err, x.says)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("the file is %q, %v", b, err)
	}
}

func TestASocketThatSomebodyElsePutThereStays(t *testing.T) {
	s, err := Listen(Config{Socket: socketPath(t), Host: &fake{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.config.Socket, s.config.Socket+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.config.Socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(s.config.Socket); err != nil {
		t.Error(err)
	}
}

func TestWithoutAHostTheClientSaysHowToStartOne(t *testing.T) {
	path := socketPath(t)
	c := NewClient(path)
	c.Start = "`agenthost run my.hcl`"
	var gone *NotRunning
	_, err := c.Status(context.Background())
	if !errors.As(err, &gone) || err.Error() != "no host is running on "+path+"; start it with `agenthost run my.hcl`" {
		t.Errorf("no socket: %v", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := c.Status(context.Background()); !errors.As(err, &gone) {
		t.Errorf("a socket without a host: %v", err)
	}
}
