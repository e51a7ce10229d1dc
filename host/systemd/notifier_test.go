package systemd_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/systemd"
)

// manager is a real datagram socket, as systemd has it.
func manager(t testing.TB, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func hear(t testing.TB, c *net.UnixConn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<10)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestEachWordIsOneDatagram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	c := manager(t, path)
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	n, err := systemd.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if n.Watchdog() != 3*time.Second {
		t.Errorf("the watchdog wants to hear every %s", n.Watchdog())
	}
	for _, s := range []struct {
		say  func() error
		want string
	}{
		{func() error { return n.Ready("2 agents") }, "^READY=1\nSTATUS=2 agents$"},
		{func() error { return n.Status("a\nREADY=1\x00") }, "^STATUS=a READY=1 $"},
		{n.Alive, "^WATCHDOG=1$"},
		{func() error { return n.Stopping("by a signal") }, "^STOPPING=1\nSTATUS=by a signal$"},
	} {
		if err := s.say(); err != nil {
			t.Fatal(err)
		}
		if got := hear(t, c); !regexp.MustCompile(s.want).MatchString(got) {
			t.Errorf("heard %q, not %s", got, s.want)
		}
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if err := n.Alive(); err == nil {
		t.Error("a closed notifier says that it was heard")
	}
}

func TestAReloadSaysWhen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the clock is Linux's")
	}
	path := filepath.Join(t.TempDir(), "notify")
	c := manager(t, path)
	n, err := systemd.New(path, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var times []int64
	for range 2 {
		if err := n.Reloading(); err != nil {
			t.Fatal(err)
		}
		rest, ok := strings.CutPrefix(hear(t, c), "RELOADING=1\nMONOTONIC_USEC=")
		at, err := strconv.ParseInt(rest, 10, 64)
		if !ok || err != nil {
			t.Fatalf("%q %v", rest, err)
		}
		times = append(times, at)
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Skip("no /proc/uptime to compare with")
	}
	seconds, err := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	if times[0] <= 0 || times[1] < times[0] || float64(times[1])/1e6 > seconds+60 {
		t.Errorf("times %v, after %v s of uptime", times, seconds)
	}
}

func TestAnAbstractSocketIsASocketToo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("abstract names are Linux's")
	}
	name := fmt.Sprintf("@agenthost-test-%d", os.Getpid())
	c := manager(t, name)
	n, err := systemd.New(name, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Alive(); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, c); got != "WATCHDOG=1" {
		t.Errorf("heard %q", got)
	}
}

func TestWithoutAManagerNothingIsSaid(t *testing.T) {
	n, err := systemd.New("", "1000", "")
	if n != nil || err != nil {
		t.Fatalf("%v, %v", n, err)
	}
	if err := n.Ready("x"); err != nil || n.Watchdog() != 0 || n.Close() != nil {
		t.Error("a notifier without a manager is not quiet")
	}
}

func TestAnEnvironmentThatMakesNoSenseIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	manager(t, path)
	for _, c := range []struct{ socket, usec, pid, says string }{
		{"vsock:2:1234", "", "", "only paths"},
		{filepath.Join(t.TempDir(), "nobody"), "", "", "NOTIFY_SOCKET"},
		{path, "soon", "", "WATCHDOG_USEC=soon"},
		{path, "-5", "", "WATCHDOG_USEC=-5"},
		{path, "9223372036854775807", "", "WATCHDOG_USEC="},
	} {
		if _, err := systemd.New(c.socket, c.usec, c.pid); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q %q: %v", c.socket, c.usec, err)
		}
	}
	n, err := systemd.New(path, "1000000", "1") // another process is watched
	if err != nil || n.Watchdog() != 0 {
		t.Errorf("%v, watchdog %s", err, n.Watchdog())
	}
}

func Example() {
	folder, err := os.MkdirTemp("", "notify")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	socket := filepath.Join(folder, "s")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		panic(err)
	}
	defer manager.Close()

	n, err := systemd.New(socket, "", "")
	if err != nil {
		panic(err)
	}
	if err := n.Ready("1 agent"); err != nil {
		panic(err)
	}
	b := make([]byte, 100)
	read, err := manager.Read(b)
	fmt.Printf("%s, %v\n", b[:read], err)
	// Output:
	// READY=1
	// STATUS=1 agent, <nil>
}
