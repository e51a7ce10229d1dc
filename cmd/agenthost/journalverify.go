package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/journal"
)

func newJournalVerify(con *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify RUN",
		Short: "Prove that nothing in a journal was lost or changed",
		Long: `verify reads every stream of a run's journal from its first entry and checks
each entry's CRC, the chain of hashes, positions and tokens, and the end
against the high-water mark kept beside it. Of what was pruned it checks the
anchor, which an entry of the chain names; an archive that prune wrote (.zst) is
verified as a journal of its own. The exit code is 0 if all of it holds.`,
		Args:              exactly("a run's folder or a journal's file"),
		ValidArgsFunction: oneFile,
		RunE:              func(_ *cobra.Command, args []string) error { return verifyJournal(con, args[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a stream")
	return cmd
}

// anchorText says where a pruned stream begins.
func anchorText(r *journal.Report) string {
	if r.From <= 1 {
		return ""
	}
	return fmt.Sprintf(", verified from position %d (anchor of entry %d, hash %x…; %d of the entries before are kept)", r.From, r.From-1, r.Stream.Anchor.Hash[:6], r.Carried)
}

func verifyJournal(con *console, path string, asJSON bool) error {
	j, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer j.Close()
	streams, err := j.Streams()
	if err != nil {
		return err
	}
	bad := 0
	for _, s := range streams {
		r, err := j.Verify(s.Name, nil)
		problem := ""
		if err != nil {
			problem = err.Error()
			bad++
		}
		if asJSON {
			err = json.NewEncoder(con.out).Encode(map[string]any{"stream": s.Name, "ok": problem == "", "from": r.From, "entries": r.Entries, "problem": problem})
		} else if problem == "" {
			_, err = fmt.Fprintf(con.out, "ok      %s: %d entries%s\n", s.Name, r.Entries, anchorText(&r))
		} else {
			_, err = fmt.Fprintf(con.out, "BROKEN  %s: %s\n", s.Name, strings.ReplaceAll(problem, "\n", "; "))
		}
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		fmt.Fprintf(con.err, "agenthost: %s of %d cannot be trusted; put a backup in its place\n", plural(bad, "stream"), len(streams))
		return errPrinted
	}
	return nil
}
