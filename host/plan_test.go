package host

import (
	"testing"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/sandbox"
)

// TestDefaultsAgree: config knows nothing of the sandbox and writes the defaults again; they are the same.
func TestDefaultsAgree(t *testing.T) {
	written := config.DefaultLimits()
	if got, want := limitsOf(&written), sandbox.DefaultLimits(); got != want {
		t.Errorf("limits of the configuration:\n%+v\nof the sandbox:\n%+v", got, want)
	}
}
