package alert_test

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/alert"
	"github.com/agenthost/agenthost/host/event"
)

// A matter is told once, however often it is raised.
func Example() {
	log := hclog.New(&hclog.LoggerOptions{Output: os.Stdout, DisableTime: true})
	d, err := alert.New(alert.Config{Sinks: []alert.SinkConfig{{Type: alert.TypeLog, Name: "log"}}}, nil, log)
	if err != nil {
		panic(err)
	}
	stale := event.Alert{Key: "feed_stale", Level: event.AlertWarning, Agent: "trend", Text: "no bar for 3m0s"}
	d.Raise(stale)
	d.Raise(stale)
	if err := d.Close(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(len(d.Active()), "lasts")
	// Output:
	// [WARN]  alert: key=feed_stale level=warning text="no bar for 3m0s" agent=trend
	// 1 lasts
}
