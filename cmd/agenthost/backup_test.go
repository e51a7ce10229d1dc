package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/journal"
)

func TestBackupFromTheCommandLine(t *testing.T) {
	h := newOfflineJournal(t)
	dest := filepath.Join(t.TempDir(), "copy")
	var out, errOut bytes.Buffer
	if code := execute([]string{"backup", h, dest}, nil, &out, &errOut); code != exitOK {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	_, sum, _ := strings.Cut(out.String(), "manifest SHA-256 ")
	out.Reset()
	if code := execute([]string{"backup", "verify", dest, "--json"}, nil, &out, &errOut); code != exitOK || len(sum) != 65 || !strings.Contains(out.String(), strings.TrimSpace(sum)) {
		t.Fatalf("exit %d: %s; made with %q", code, out.String(), sum)
	}
	if code := execute([]string{"backup", h, dest}, nil, &out, &errOut); code != exitProblem || !strings.Contains(errOut.String(), "never overwrites") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	if code := execute([]string{"backup"}, nil, &out, &errOut); code != exitUsage {
		t.Errorf("without a folder: exit %d", code)
	}
}

// newOfflineJournal is a data directory that a host has left.
func newOfflineJournal(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d, err := journal.OpenSQLite(filepath.Join(dir, "journal.db"), journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{HighWaterPath: filepath.Join(dir, "journal.mark")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire("agent/a", "a host", 0, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s.Append(journal.KindGenesis, 0, 1, []byte(`{"run":"0102030405060708","agent":"a"}`))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}
