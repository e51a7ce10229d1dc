//go:build !wasip1

package agenthost

import (
	"fmt"
	"os"

	"github.com/agenthost/agenthost/abi"
)

// Log writes to standard error; in WebAssembly, to the host's log.
func Log(level abi.LogLevel, text string) { fmt.Fprintf(os.Stderr, "%s: %s\n", level, text) }

// Fail panics; in WebAssembly it ends the tick as failed. It does not return.
func Fail(code int32, text string) { panic(fmt.Sprintf("fail %d: %s", code, text)) }
