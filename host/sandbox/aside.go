package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// CompileAside is how to start the child that compiles: this program, with arguments that lead it to
// CompileChild. Compile time grows faster than hostile input and cannot be cancelled from within.
type CompileAside struct {
	Executable  string        // Empty: the running program.
	Args        []string      // What leads to CompileChild, such as a hidden verb.
	Timeout     time.Duration // By the clock. Zero: 1 min; an idle core takes 4 s for a Go guest of 11 MB.
	MemoryBytes int64         // What the child may take beyond its start. Zero: 1 GiB. Held on Linux only.
}

// asideError says that the child broke a limit.
type asideError struct{ rule, found, allowed string }

func (e *asideError) Error() string { return "compilation: " + e.rule + ": " + e.found }

// Exit codes of the child.
const (
	childDone    = 0
	childRefused = 3 // The module is at fault; why is on standard error.
	childFailed  = 4 // The child itself; why is on standard error.
)

// run compiles in a child that has nothing but the module: no environment, no files but dir.
func (a *CompileAside) run(ctx context.Context, dir string, wasm []byte) error {
	executable, timeout, memory := a.Executable, a.Timeout, a.MemoryBytes
	pick(&timeout, time.Minute)
	pick(&memory, 1<<30)
	if executable == "" {
		var err error
		if executable, err = os.Executable(); err != nil {
			return fmt.Errorf("compile aside: %w", err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	args := append(append([]string(nil), a.Args...), dir, strconv.FormatInt(memory, 10), strconv.Itoa(int(timeout.Seconds())+1))
	child := exec.CommandContext(limited, executable, args...)
	child.Env = []string{"GOTRACEBACK=none"}
	child.Stdin = bytes.NewReader(wasm)
	var said bytes.Buffer
	child.Stderr = &said
	child.WaitDelay = time.Second
	err := child.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("compile aside: %w", ctx.Err())
	case limited.Err() != nil:
		return &asideError{"time", "more than " + timeout.String(), timeout.String()}
	}
	return childError(err, said.String(), memory)
}

// childError tells apart the ways in which a child ends.
func childError(err error, said string, memory int64) error {
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	first = cleanText([]byte(first))
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		return fmt.Errorf("compile aside: %w", err)
	case strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"):
		// Also where the compiler gave the system's refusal back as its own.
		allowed := fmt.Sprintf("%d MiB", memory>>20)
		return &asideError{"memory", "more than " + allowed, allowed}
	case exit.ExitCode() == childRefused:
		return &invalidError{first}
	case exit.ExitCode() < 0: // a signal: the limit of processor time, or a crash
		return &asideError{"crash", exit.String() + ": " + first, "a compiler that ends by itself"}
	}
	return fmt.Errorf("compile aside: %w: %s", err, first)
}

// CompileChild is the body of the hidden verb that CompileAside starts, with the arguments behind
// CompileAside.Args. It reads the metered module from standard input and returns the exit code.
func CompileChild(args []string) int {
	if len(args) != 3 {
		fmt.Fprintln(os.Stderr, "want: DIRECTORY MEMORY_BYTES SECONDS; this verb is for agenthost itself")
		return childFailed
	}
	memory, errMemory := strconv.ParseInt(args[1], 10, 64)
	seconds, errSeconds := strconv.ParseUint(args[2], 10, 32)
	err := errors.Join(errMemory, errSeconds)
	if err == nil {
		err = limitProcess(uint64(memory), seconds)
	}
	var wasm []byte
	if err == nil {
		wasm, err = io.ReadAll(os.Stdin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compile child:", err)
		return childFailed
	}
	err = compileInto(args[0], wasm, runtime.GOMAXPROCS(0))
	var invalid *invalidError
	switch {
	case err == nil:
		return childDone
	case errors.As(err, &invalid):
		fmt.Fprintln(os.Stderr, invalid)
		return childRefused
	}
	fmt.Fprintln(os.Stderr, "compile child:", err)
	return childFailed
}
