package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/sandbox"
)

func newPlugin(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Look at strategy modules",
	}
	cmd.AddCommand(newPluginInspect(con), newPluginBench(con))
	return group(cmd)
}

func newPluginInspect(con *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE.wasm",
		Short: "Show what a module is, what it wants, and whether it would be admitted",
		Long: `inspect admits and compiles a module as a run would, and shows its exports and
imports, the ABI it was built for, the parameters it declares, and what it
takes of each limit. A module that is refused is reported with the rule, the
place, what was found and what helps; the exit code is then 1.`,
		Example:           "  agenthost plugin inspect plugins/examples/sma-cross-c/sma-cross-c.wasm",
		Args:              exactly("a module's file"),
		ValidArgsFunction: firstFile("wasm"),
		RunE: func(cmd *cobra.Command, args []string) error {
			wasm, err := os.ReadFile(args[0])
			if err != nil {
				return plain(err)
			}
			rt, err := newRuntime("", newLog(config.DefaultHost().Log, con))
			if err != nil {
				return err
			}
			defer rt.Close()
			m, err := rt.Load(cmd.Context(), args[0], wasm, sandbox.DefaultLimits())
			if err != nil {
				return err
			}
			defer m.Close()
			info := m.Inspect()
			if asJSON {
				return json.NewEncoder(con.out).Encode(inspectJSON(&info))
			}
			return inspectText(con, &info)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as one JSON object")
	return cmd
}

// inspected is the JSON of plugin inspect.
type inspected struct {
	FormatVersion string           `json:"format_version"`
	Name          string           `json:"name"`
	SHA256        string           `json:"sha256"`
	Size          int              `json:"size"`
	SizeRewritten int              `json:"size_rewritten"`
	ABI           string           `json:"abi"`
	Description   json.RawMessage  `json:"description"`
	Imports       []sandbox.Symbol `json:"imports"`
	Exports       []sandbox.Symbol `json:"exports"`
	Limits        []foundLimit     `json:"limits"`
	RewriteMS     float64          `json:"rewrite_ms"`
	CompileMS     float64          `json:"compile_ms"`
	Cached        bool             `json:"cached"`
}

type foundLimit struct {
	Rule    string `json:"rule"`
	Found   int64  `json:"found"`
	Allowed int64  `json:"allowed"`
	Place   string `json:"place,omitempty"`
}

func inspectJSON(i *sandbox.Info) inspected {
	out := inspected{
		FormatVersion: "1.0", Name: i.Name, SHA256: fmt.Sprintf("%x", i.SHA256), Size: i.Size, SizeRewritten: i.SizeRewritten,
		ABI: fmt.Sprintf("%d.%d", i.ABIMajor, i.ABIMinor), Description: i.Description.AppendJSON(nil),
		Imports: i.Imports, Exports: i.Exports, Cached: i.Cached,
		RewriteMS: i.RewriteTime.Seconds() * 1e3, CompileMS: i.CompileTime.Seconds() * 1e3,
	}
	for _, f := range i.Found {
		out.Limits = append(out.Limits, foundLimit{f.Rule, f.Found, f.Allowed, f.Place})
	}
	return out
}

func inspectText(con *console, i *sandbox.Info) error {
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "module\t%s\n", i.Name)
	fmt.Fprintf(w, "sha256\t%x\n", i.SHA256)
	fmt.Fprintf(w, "strategy\t%s %s\n", i.Description.Name, i.Description.Version)
	if i.Description.Summary != "" {
		fmt.Fprintf(w, "\t%s\n", i.Description.Summary)
	}
	fmt.Fprintf(w, "abi\t%d.%d\n", i.ABIMajor, i.ABIMinor)
	fmt.Fprintf(w, "size\t%d bytes, %d after the meter's rewrite\n", i.Size, i.SizeRewritten)
	from := "compiled"
	if i.Cached {
		from = "loaded from the cache"
	}
	fmt.Fprintf(w, "time\trewritten in %.2f ms, %s in %.2f ms\n", i.RewriteTime.Seconds()*1e3, from, i.CompileTime.Seconds()*1e3)
	if err := w.Flush(); err != nil {
		return err
	}
	inspectParameters(con, i.Description)
	symbols(con, "imports", i.Imports)
	symbols(con, "exports", i.Exports)
	w = tabwriter.NewWriter(con.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(con.out, "\nlimits of admission")
	fmt.Fprintf(w, "\tfound\tallowed\t\n")
	for _, f := range i.Found {
		place := ""
		if f.Place != "" {
			place = "  " + f.Place
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", f.Rule, f.Found, f.Allowed, place)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	l := &i.Limits
	pause := float64(l.FuelTick+l.FuelBank) * 8e-6
	_, err := fmt.Fprintf(con.out, "\nfuel per tick %d (bank %d): the longest that such a tick can hold up the host is about %.1f ms, at 8 ns a unit\n", l.FuelTick, l.FuelBank, pause)
	return err
}

func inspectParameters(con *console, d *abi.Description) {
	if len(d.Parameters) > 0 {
		fmt.Fprintln(con.out, "\nparameters")
		w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		for k := range d.Parameters {
			p := &d.Parameters[k]
			fmt.Fprintf(w, "  %s\t%s\tdefault %s\t%s\n", p.Name, p.Type, p.Format(p.Default), p.Help)
		}
		w.Flush()
	}
	if len(d.Series) > 0 {
		var names []string
		for _, s := range d.Series {
			names = append(names, fmt.Sprintf("%s (%s)", s.Name, s.Unit))
		}
		fmt.Fprintf(con.out, "\nseries  %s\n", strings.Join(names, ", "))
	}
}

func symbols(con *console, title string, list []sandbox.Symbol) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(con.out, "\n%s\n", title)
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		name := s.Name
		if s.Module != "" {
			name = s.Module + "." + name
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", s.Kind, name, s.Type)
	}
	w.Flush()
}
