package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// shown is a package and a test of it.
	shown = regexp.MustCompile("`([a-z/]+)` `(Test[A-Za-z0-9_]+)`")
	// numbered is a row of a table that begins with a number.
	numbered = regexp.MustCompile(`(?m)^\| (\d+) \|.*$`)
)

// tests are the names of a package's top-level tests.
func tests(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", folder, err)
	}
	all := map[string]bool{}
	for _, path := range files {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
			all[m[1]] = true
		}
	}
	return all
}

// TestGuideDefectsNamesWhatExists: every row of docs/GUIDE-DEFECTS.md names at least one test, which is there;
// the rows are 49 defects, then 16 incidents, all in their order; every test of an incident or of the chaos tests
// has its row.
func TestGuideDefectsNamesWhatExists(t *testing.T) {
	text := read(t, "../../docs/GUIDE-DEFECTS.md")
	packages, named := map[string]map[string]bool{}, map[string]bool{}
	for _, m := range shown.FindAllStringSubmatch(text, -1) {
		if packages[m[1]] == nil {
			packages[m[1]] = tests(t, m[1])
		}
		if named[m[2]] = true; !packages[m[1]][m[2]] {
			t.Errorf("package %s has no %s", m[1], m[2])
		}
	}
	if loose := regexp.MustCompile("`Test").FindAllString(text, -1); len(loose) != len(shown.FindAllString(text, -1)) {
		t.Errorf("%d tests are named, %d with their package", len(loose), len(shown.FindAllString(text, -1)))
	}
	rows := numbered.FindAllStringSubmatch(text, -1)
	if len(rows) != 49+16 {
		t.Fatalf("%d rows; 49 defects and 16 incidents", len(rows))
	}
	for i, row := range rows {
		want := i%49 + 1
		if row[1] != strconv.Itoa(want) || !shown.MatchString(row[0]) {
			t.Errorf("row %d: %s", want, row[0])
		}
	}
	for name := range packages["host"] {
		if (strings.HasPrefix(name, "TestIncident") || strings.HasPrefix(name, "TestChaos")) && !named[name] {
			t.Errorf("docs/GUIDE-DEFECTS.md does not name %s", name)
		}
	}
}

// TestSixteenIncidents: over all packages there are 16 tests of incidents, numbered from 01 to 16.
func TestSixteenIncidents(t *testing.T) {
	found := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^func (TestIncident(\d\d)\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
			if other := found[m[2]]; other != "" {
				t.Errorf("%s and %s have one number", other, m[1])
			}
			found[m[2]] = m[1]
		}
		return nil
	})
	if err != nil || len(found) != 16 || found["01"] == "" || found["16"] == "" {
		t.Errorf("%d incidents, %v: %v", len(found), err, found)
	}
}
