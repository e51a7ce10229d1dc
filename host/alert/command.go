package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// outputMax is how much of a failed program's output an error shows: the end, where the reason is.
const outputMax = 1024

var environment = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "SYSTEMROOT"}

// command runs a program with the alert as JSON on its standard input. Any exit code but 0 is a failure.
type command struct {
	name string
	line []string
	pass []string
}

func (c *command) Name() string { return c.name }

func (c *command) Send(ctx context.Context, a event.Alert) error {
	input, err := encode(a)
	if err != nil {
		return Permanent(err)
	}
	cmd := exec.CommandContext(ctx, c.line[0], c.line[1:]...)
	cmd.Stdin = bytes.NewReader(append(input, '\n'))
	var output tail
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = c.environment()
	cmd.WaitDelay = abandonAfter / 2 // a child of it may hold its output open
	killGroup(cmd)
	err = cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return nil
	case ctx.Err() != nil:
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	if text := strings.TrimSpace(output.String()); text != "" {
		return fmt.Errorf("run %s: %w: it says %q", c.line[0], err, text)
	}
	return fmt.Errorf("run %s: %w", c.line[0], err)
}

func (c *command) environment() []string {
	out := []string{}
	for _, list := range [][]string{environment, c.pass} {
		for _, name := range list {
			if value, is := os.LookupEnv(name); is {
				out = append(out, name+"="+value)
			}
		}
	}
	return out
}

// tail keeps the last outputMax bytes.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	t.b = append(t.b, p[max(0, n-outputMax):]...)
	t.b = t.b[max(0, len(t.b)-outputMax):]
	return n, nil
}

func (t *tail) String() string { return string(t.b) }
