package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

// TestAServiceManagerIsTold is a host whose manager is a real datagram socket.
func TestAServiceManagerIsTold(t *testing.T) {
	folder, err := os.MkdirTemp("", "notify") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "s")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	hear := func(within time.Duration) string {
		if err := manager.SetReadDeadline(time.Now().Add(within)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1<<12)
		n, err := manager.Read(b)
		if err != nil {
			return ""
		}
		return string(b[:n])
	}
	until := func(what string) {
		t.Helper()
		var heard []string
		for {
			said := hear(15 * time.Second)
			if strings.HasPrefix(said, what) {
				return
			}
			if said == "" {
				t.Fatalf("%q was never said, but %q", what, heard)
			}
			heard = append(heard, said)
		}
	}
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, "")
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "1500000")
	l := startLive(t, config)
	until("READY=1\nSTATUS=1 agent, 1 account")
	for range 3 {
		until("WATCHDOG=1")
	}
	if err := l.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until("RELOADING=1\nMONOTONIC_USEC=")
	until("READY=1\nSTATUS=1 agent, 1 account")
	// A command on the same machine, with the same environment, is not the service.
	says(t, agenthost(t, "status", config), exitOK, "days of disk left: unknown until ten minutes are measured")
	l.stop()
	until("STOPPING=1")
	v.stop(syscall.SIGTERM)
}

func TestStatusSaysHowLongTheDiskLasts(t *testing.T) {
	days := func(v float64) *float64 { return &v }
	growth := int64(150 << 20)
	for _, c := range []struct {
		left *float64
		want string
	}{
		{nil, "unknown"}, {days(36_500), "it does not grow"}, {days(3.14), "3.1 days of disk left at 150.0 MiB a day"}, {days(120.4), "120 days of disk left at 150.0 MiB a day"},
	} {
		if got := daysLeft(&admin.DiskStatus{DaysLeft: c.left, GrowthPerDay: &growth}); !strings.Contains(got, c.want) {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
	b, err := json.Marshal(admin.DiskStatus{})
	if err != nil || strings.Contains(string(b), "days_left") {
		t.Errorf("%s %v: what is not known is left out", b, err)
	}
}

func TestTheHistorysSizeLeavesTheBallastOut(t *testing.T) {
	folder := t.TempDir()
	for name, size := range map[string]int{"journal.db": 100, "journal.db-wal": 20, "ballast": 5000} {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := historySize(folder); got != 120 {
		t.Errorf("%d bytes", got)
	}
	if got := historySize(filepath.Join(folder, "nowhere")); got >= 0 {
		t.Errorf("%d bytes of a folder that is not there", got)
	}
}

func TestTheUnitIsWhatSystemdTakes(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit, err := os.ReadFile("../../docs/agenthost.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "agenthost.service")
	text := strings.ReplaceAll(string(unit), "/usr/local/bin/agenthost", self) // it wants to see the binary
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "agenthost.service") {
			t.Errorf("systemd-analyze verify: %s", l)
		}
	}
	if err != nil {
		t.Logf("systemd-analyze: %v\n%s", err, out)
	}
}
