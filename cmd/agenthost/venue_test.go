package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// venueProcess is agenthost venue, running.
type venueProcess struct {
	*testing.T
	cmd  *exec.Cmd
	url  string
	log  bytes.Buffer
	rest *bufio.Reader
}

func startVenue(t *testing.T, args ...string) *venueProcess {
	t.Helper()
	v := &venueProcess{T: t, cmd: command(t, append([]string{"venue", "--listen", "127.0.0.1:0"}, args...)...)}
	v.cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	v.cmd.Stderr = &v.log
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.cmd.Process.Kill() }) // for tests that ended early
	v.rest = bufio.NewReader(out)
	line, err := v.rest.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the first line is %q, %v\n%s", line, err, v.log.String())
	}
	v.url = url
	return v
}

func (v *venueProcess) do(method, path, body string) string {
	v.Helper()
	text, err := v.try(method, path, body)
	if err != nil {
		v.Fatal(err)
	}
	return text
}

// try is do for other goroutines than the test's.
func (v *venueProcess) try(method, path, body string) (string, error) {
	q, err := http.NewRequest(method, v.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	q.Header.Set("Authorization", "Bearer secret")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// stop ends the process by a signal and expects that nothing was wrong.
func (v *venueProcess) stop(s os.Signal) {
	v.Helper()
	if err := v.cmd.Process.Signal(s); err != nil {
		v.Fatal(err)
	}
	rest, err := io.ReadAll(v.rest)
	if err != nil || len(rest) != 0 {
		v.Errorf("standard output goes on %q, %v", rest, err)
	}
	if err := v.cmd.Wait(); err != nil {
		v.Errorf("stopped by %s: %v\n%s", s, err, v.log.String())
	}
}

func TestVenueKeepsItsBooksFromAStopToAStart(t *testing.T) {
	state := filepath.Join(t.TempDir(), "books")
	args := []string{
		"--key-env", "VENUE_KEY", "--data", "testdata/market/GOOG.csv", "--symbol", "GOOG", "--commission", "0.001", "--state", state, "--admin", "--manual",
	}
	v := startVenue(t, args...)
	v.do("POST", "/admin/step", `{"bars":1}`)
	first := v.do("POST", "/api/trade", `{"symbol":"GOOG","side":"buy","type":"market","quantity":"2","client_order_id":"a"}`)
	if !strings.Contains(first, `"average_price":"108.31"`) || !strings.Contains(first, `"fee":"0.21662"`) {
		t.Error(first)
	}
	v.stop(syscall.SIGTERM)
	v = startVenue(t, args...)
	if again := v.do("GET", "/api/orders/a", ""); again != first {
		t.Errorf("%s was %s", again, first)
	}
	v.stop(os.Interrupt)
}

func TestVenuePublishesByTheClock(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := startVenue(t, "--account", "alice="+key, "--synthetic", "7", "--symbols", "A,B", "--interval", "5ms", "--lot", "0.5")
	for !strings.Contains(v.do("GET", "/api/bars?symbol=B&after=0&limit=3", ""), `"complete":false`) { // until there are more than 3
	}
	if all := v.do("GET", "/api/instruments", ""); strings.Count(all, `"lot":"0.5"`) != 2 {
		t.Error(all)
	}
	if admin := v.do("GET", "/admin/books", ""); !strings.Contains(admin, "not_found") {
		t.Errorf("open without --admin: %s", admin)
	}
	v.stop(syscall.SIGTERM)
}

func TestVenueUnderstandsItsMistakes(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	busy := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "1", "--symbol", "A")
	good := []string{"--key-env", "VENUE_KEY", "--synthetic", "1", "--symbol", "A", "--listen", "127.0.0.1:0"}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no key":               {[]string{"--synthetic", "1", "--symbol", "A"}, exitUsage, "nobody could trade"},
		"a key that is unset":  {[]string{"--key-env", "NO_SUCH", "--synthetic", "1", "--symbol", "A"}, exitUsage, "NO_SUCH: that variable is not set"},
		"two keys":             {append(good, "--key-file", empty), exitUsage, "give one"},
		"an empty key":         {append(good, "--account", "x="+empty), exitUsage, "is empty"},
		"a key not there":      {append(good, "--account", "x=missing"), exitUsage, "there is no file or folder missing"},
		"an account like none": {append(good, "--account", "x"), exitUsage, "NAME=KEYFILE"},
		"no prices":            {[]string{"--key-env", "VENUE_KEY"}, exitUsage, "--data FILE"},
		"prices twice":         {append(good, "--data", "go.mod"), exitUsage, "one of the two"},
		"no symbol":            {[]string{"--key-env", "VENUE_KEY", "--synthetic", "1"}, exitUsage, "--symbol is missing"},
		"symbols too many":     {[]string{"--key-env", "VENUE_KEY", "--data", "go.mod", "--symbols", "A,B"}, exitUsage, "each file has one symbol"},
		"the network":          {append(good, "--listen", "0.0.0.0:0"), exitUsage, "unless --public"},
		"a name elsewhere":     {append(good, "--listen", "example.com:0"), exitUsage, "unless --public"},
		"no port":              {append(good, "--listen", "127.0.0.1"), exitUsage, "HOST:PORT"},
		"a port in use":        {append(good, "--listen", strings.TrimPrefix(busy.url, "http://")), exitProblem, "address already in use"},
		"no such dedupe":       {append(good, "--dedupe", "often"), exitUsage, "--dedupe is \"often\""},
		"no such fill":         {append(good, "--fill", "never"), exitUsage, "--fill is \"never\""},
		"a rate above one":     {append(good, "--fail-rate", "30"), exitUsage, "fail_rate is 30"},
		"manual without admin": {append(good, "--manual"), exitUsage, "--manual needs --admin"},
		"no time":              {append(good, "--interval", "0s"), exitUsage, "--interval 0s"},
		"no tick":              {append(good, "--tick", "0"), exitUsage, "--tick 0"},
		"no money":             {append(good, "--cash", "-1"), exitProblem, "cash is -1"},
		"no such level":        {append(good, "--log-level", "loud"), exitUsage, "loud"},
		"data not there":       {[]string{"--key-env", "VENUE_KEY", "--data", "missing.csv", "--symbol", "A"}, exitProblem, "missing.csv"},
		"books that are none":  {append(good, "--state", empty), exitProblem, "books of " + empty},
	} {
		r := agenthost(t, append([]string{"venue"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.errOut, c.says) || r.out != "" {
			t.Errorf("%s: exit %d, want %d; says\n%s%swant %q", name, r.code, c.code, r.out, r.errOut, c.says)
		}
	}
	busy.stop(syscall.SIGTERM)
}
