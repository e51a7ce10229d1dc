package host

import (
	"context"

	"github.com/agenthost/agenthost/host/admin"
)

// Swap puts another module or other parameters into an agent.
func (c *Control) Swap(context.Context, string, admin.SwapOrder) (admin.SwapReport, error) {
	return admin.SwapReport{}, notAvailable()
}

// Rollback puts back what an agent ran before its last swap.
func (c *Control) Rollback(context.Context, string, admin.Act) (admin.SwapReport, error) {
	return admin.SwapReport{}, notAvailable()
}

// Reload reads the configuration anew.
func (c *Control) Reload(context.Context, admin.ReloadOrder) (admin.ReloadReport, error) {
	return admin.ReloadReport{}, notAvailable()
}

func notAvailable() error {
	return admin.Refuse("not_available", "this host cannot change what it runs: stop it, and start it with the new configuration")
}
