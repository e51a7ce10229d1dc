package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/metrics"
)

func Example() {
	s := metrics.New(metrics.Config{})
	s.Recovered(1500 * time.Millisecond)
	w := httptest.NewRecorder()
	s.Handlers(probes{})["/metrics"].ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for l := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(l, "agenthost_recover") {
			fmt.Print(l)
		}
	}
	// Output:
	// agenthost_recoveries_total 1
	// agenthost_recovery_duration_seconds 1.5
}
