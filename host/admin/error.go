package admin

import (
	"fmt"
	"strings"
)

// Refusal is the host's no to something that makes sense but must not be done now: status 409.
type Refusal struct {
	// Code is one of a fixed set of words, such as "mode", "age", "risk", "state" or "unsupported".
	Code string
	// Message says what was found, and what to do.
	Message string
}

func (e *Refusal) Error() string { return e.Message }

// Refuse makes a refusal.
func Refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotFound says that there is no such agent, account, order or letter: status 404.
type NotFound struct{ Message string }

func (e *NotFound) Error() string { return e.Message }

// Missing makes a NotFound that names what there is instead.
func Missing(what, name string, known ...string) *NotFound {
	m := fmt.Sprintf("there is no %s %q", what, name)
	if len(known) > 0 {
		m += "; there is " + strings.Join(known, ", ")
	}
	return &NotFound{m}
}

// Invalid is a request that makes no sense: status 400.
type Invalid struct{ Message string }

func (e *Invalid) Error() string { return e.Message }

func invalid(format string, args ...any) *Invalid { return &Invalid{fmt.Sprintf(format, args...)} }

// Error is any other answer that is no success, as the client sees it.
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("the host answered: %s (%s)", e.Message, e.Code) }

// NotRunning says that nobody answers on the socket.
type NotRunning struct {
	Socket string
	// Start is the command that starts a host there.
	Start string
}

func (e *NotRunning) Error() string {
	return fmt.Sprintf("no host is running on %s; start it with %s", e.Socket, e.Start)
}

// Running says that the socket cannot be taken: another host answers on it.
type Running struct {
	Socket string
	// PID is that host's, 0 if it did not say.
	PID int
}

func (e *Running) Error() string {
	who := "another host"
	if e.PID != 0 {
		who = fmt.Sprintf("another host (process %d)", e.PID)
	}
	return fmt.Sprintf("%s is running on %s; stop it, or set another socket in the control block of this one", who, e.Socket)
}
