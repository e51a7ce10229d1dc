package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/meter"
)

// versions are all that decides whether two hosts do the same.
type versions struct {
	Agenthost string `json:"agenthost"`
	Revision  string `json:"revision,omitempty"`
	// Time is the revision's, Modified that the sources were not as it has them.
	Time          string `json:"time,omitempty"`
	Modified      bool   `json:"modified,omitempty"`
	ABI           string `json:"abi"`
	Meter         int    `json:"meter"`
	JournalFormat int    `json:"journal_format"`
	Wazero        string `json:"wazero"`
	SQLite        string `json:"modernc_sqlite"`
	Go            string `json:"go"`
	Platform      string `json:"platform"`
}

func currentVersions() *versions {
	v := &versions{
		Agenthost: "devel", ABI: fmt.Sprintf("%d.%d", abi.VersionMajor(abi.Version), abi.VersionMinor(abi.Version)),
		Meter: meter.Version, JournalFormat: journal.EntryFormat,
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Agenthost = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/tetratelabs/wazero":
			v.Wazero = d.Version
		case "modernc.org/sqlite":
			v.SQLite = d.Version
		}
	}
	return v
}

func (v *versions) text() string {
	name := v.Agenthost
	if v.Revision != "" {
		name += ", revision " + v.Revision + " of " + v.Time
	}
	if v.Modified {
		name += ", with changes"
	}
	return fmt.Sprintf("agenthost %s\nABI %s, meter %d, journal format %d\nwazero %s, modernc.org/sqlite %s\n%s %s\n",
		name, v.ABI, v.Meter, v.JournalFormat, v.Wazero, v.SQLite, v.Go, v.Platform)
}

func newVersion(con *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions that decide what a run does",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			v := currentVersions()
			if asJSON {
				return json.NewEncoder(con.out).Encode(v)
			}
			_, err := fmt.Fprint(con.out, v.text())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
