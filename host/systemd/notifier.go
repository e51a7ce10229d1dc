// Package systemd tells a service manager how a host is: ready, reloading, stopping, alive. The protocol is
// sd_notify(3): one datagram of NAME=VALUE lines to the Unix socket that NOTIFY_SOCKET names.
package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notifier sends to the manager that started this process. A nil one sends nothing and reports no error, so
// that a host without a manager needs no second way. Any goroutine may use it.
type Notifier struct {
	conn     *net.UnixConn
	watchdog time.Duration
}

// FromEnvironment reads what the manager left in the environment: NOTIFY_SOCKET, WATCHDOG_USEC and
// WATCHDOG_PID. It is nil, without an error, if no manager asks to be told.
func FromEnvironment() (*Notifier, error) {
	return New(os.Getenv("NOTIFY_SOCKET"), os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID"))
}

// New is FromEnvironment with the three values given. socket is a path, or "@" and an abstract name.
// watchdogPID, if it is not empty, says which process the watchdog waits for.
func New(socket, watchdogMicroseconds, watchdogPID string) (*Notifier, error) {
	if socket == "" {
		return nil, nil
	}
	if !strings.HasPrefix(socket, "/") && !strings.HasPrefix(socket, "@") {
		return nil, fmt.Errorf("NOTIFY_SOCKET=%s: only paths and abstract names of Unix sockets are spoken", socket)
	}
	watchdog, err := interval(watchdogMicroseconds, watchdogPID)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return &Notifier{conn: conn, watchdog: watchdog}, nil
}

// interval is how often the watchdog wants to hear at least, 0 for never.
func interval(microseconds, pid string) (time.Duration, error) {
	if microseconds == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	n, err := strconv.ParseInt(microseconds, 10, 64)
	if err != nil || n <= 0 || n > int64(time.Duration(1<<63-1)/time.Microsecond) {
		return 0, fmt.Errorf("WATCHDOG_USEC=%s is no number of microseconds above 0", microseconds)
	}
	return time.Duration(n) * time.Microsecond, nil
}

// Watchdog is the longest silence that the manager allows between two Alive; 0: it does not watch.
func (n *Notifier) Watchdog() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog
}

// Ready says that the host is at work, and after Reloading that it is again. status is a line for people.
func (n *Notifier) Ready(status string) error { return n.send("READY=1", "STATUS="+oneLine(status)) }

// Reloading says that the configuration is read anew; Ready ends it, whatever came of it.
func (n *Notifier) Reloading() error {
	at, err := monotonic()
	if err != nil {
		return fmt.Errorf("notify reload: %w", err)
	}
	return n.send("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(at.Microseconds(), 10))
}

// Stopping says that the host is on its way out.
func (n *Notifier) Stopping(status string) error {
	return n.send("STOPPING=1", "STATUS="+oneLine(status))
}

// Status says in a line for people what the host does.
func (n *Notifier) Status(status string) error { return n.send("STATUS=" + oneLine(status)) }

// Alive keeps the watchdog quiet for another interval.
func (n *Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Close lets go of the socket.
func (n *Notifier) Close() error {
	if n == nil {
		return nil
	}
	return n.conn.Close()
}

// sendMax bounds a send: a manager that does not read must not hold the host up.
const sendMax = time.Second

func (n *Notifier) send(lines ...string) error {
	if n == nil {
		return nil
	}
	err := n.conn.SetWriteDeadline(time.Now().Add(sendMax))
	if err == nil {
		_, err = n.conn.Write([]byte(strings.Join(lines, "\n")))
	}
	if err != nil {
		return fmt.Errorf("notify %s: %w", lines[0], err)
	}
	return nil
}

// oneLine keeps what is told from becoming another assignment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
