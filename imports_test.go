package agenthost

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/agenthost/agenthost"

// mayImport is the table of docs/ARCHITECTURE.md: which packages of ours, and which of the third-party
// libraries that are one package's own, a package may import. Test files apart. hclog may be used
// anywhere in host/ and cmd/.
var mayImport = map[string][]string{
	"abi":                  {},
	"abi/internal/...":     {"abi", "abi/internal/..."},
	"resilience":           {},
	"resilience/...":       {"resilience"},
	"config":               {"hcl"},
	"host/event":           {"abi", "resilience"},
	"host/meter":           {},
	"host/wire":            {},
	"host/sandbox":         {"abi", "host/meter", "wazero"},
	"host/feed":            {"host/event"},
	"host/account":         {"host/event"},
	"host/risk":            {"host/event", "resilience"},
	"host/journal":         {"host/event", "sqlite"},
	"host/metrics":         {"host/event", "host/journal", "resilience", "prometheus"},
	"host/checkpoint":      {"host/event", "sqlite"},
	"host/venue/paper":     {"host/event"},
	"host/venue/http":      {"host/event", "resilience"},
	"host/venue/server":    {"host/event", "host/venue/paper", "host/feed"},
	"host/execution":       {"host/event", "host/wire", "resilience"},
	"host/alert":           {"host/event"},
	"host/admin":           {"host/event"},
	"host/chaos":           {"host/event", "resilience", "host/journal"},
	"host/backup":          {"host/event", "host/journal"},
	"host/systemd":         {},
	"host/tracing":         {},
	"host/simulation":      {"*"},
	"host/report":          {"host/event"},
	"host":                 {"abi", "config", "resilience", "host/...", "!host/simulation"},
	"cmd/agenthost":        {"*"},
	"plugins/sdk/...":      {"abi", "plugins/sdk/..."},
	"plugins/examples":     {},
	"plugins/examples/...": {"abi", "plugins/sdk/..."},
}

// owned are the libraries that belong to one package each.
var owned = map[string]string{
	"github.com/tetratelabs/wazero": "wazero",
	"modernc.org/sqlite":            "sqlite",
	"github.com/prometheus":         "prometheus",
	"github.com/hashicorp/hcl/v2":   "hcl",
	"github.com/zclconf/go-cty":     "hcl",
}

// TestImports holds the direction of imports: data flows forward, and packages do not reach back.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if name == module || name == p.ImportPath {
			continue
		}
		allowed, known := rule(name)
		if !known {
			t.Errorf("%s is not in the table: add it here and in docs/ARCHITECTURE.md", name)
			continue
		}
		for _, i := range p.Imports {
			what := classify(i)
			if what != "" && !permits(allowed, what) {
				t.Errorf("%s imports %s; it may import %s", name, i, strings.Join(allowed, ", "))
			}
		}
	}
}

func rule(name string) ([]string, bool) {
	if allowed, ok := mayImport[name]; ok {
		return allowed, true
	}
	for pattern, allowed := range mayImport {
		if prefix, ok := strings.CutSuffix(pattern, "/..."); ok && strings.HasPrefix(name, prefix+"/") {
			return allowed, true
		}
	}
	return nil, false
}

// classify is what an import is called in the table, "" for what the table does not speak of.
func classify(path string) string {
	if ours, ok := strings.CutPrefix(path, module+"/"); ok {
		return ours
	}
	for prefix, name := range owned {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return name
		}
	}
	return ""
}

func permits(allowed []string, what string) bool {
	if slices.Contains(allowed, "!"+what) {
		return false
	}
	if slices.Contains(allowed, "*") || slices.Contains(allowed, what) {
		return true
	}
	for _, pattern := range allowed {
		if prefix, ok := strings.CutSuffix(pattern, "/..."); ok && strings.HasPrefix(what, prefix+"/") {
			return true
		}
	}
	return false
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
