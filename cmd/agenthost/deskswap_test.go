package main

import (
	"context"
	"fmt"

	"github.com/agenthost/agenthost/host/admin"
)

func (h *deskHost) Positions(context.Context) ([]admin.Position, error) {
	return []admin.Position{{Agent: "sma", Venue: "exchange", Account: "main", Instrument: "GOOG", Quantity: "10", Price: "797.8"}}, nil
}

func (h *deskHost) Swap(_ context.Context, agent string, s admin.SwapOrder) (admin.SwapReport, error) {
	if len(s.Module) > 0 && string(s.Module[:min(4, len(s.Module))]) != "\x00asm" {
		return admin.SwapReport{}, admin.Refuse("module", "the module is refused: it does not begin with \\0asm")
	}
	h.tell(fmt.Sprintf("swap %s %d bytes %v shadow=%d probation=%d on_swap=%s warmup=%s dry=%v: %s", agent, len(s.Module), s.Parameters, s.Shadow, s.Probation, s.OnSwap, s.Warmup, s.DryRun, s.Reason))
	r := admin.SwapReport{
		Agent: agent, FromSHA256: "aa11", ToSHA256: "bb22", State: admin.SwapDone, Sequence: 42, Position: 43, Warmup: "replay", WarmupTicks: 100, PauseNanoseconds: 120_000,
		Shadow: &admin.SwapShadow{Ticks: 50, Differing: 1, First: 17, Rows: []admin.SwapDifference{{Sequence: 17, Time: moment, Instrument: "GOOG", Old: "buy 10 market"}}},
	}
	if s.DryRun {
		r.State, r.Sequence, r.Position = admin.SwapShadowed, 0, 0
	} else if s.Probation > 0 {
		r.State = admin.SwapProbation
	}
	return r, nil
}

func (h *deskHost) Rollback(_ context.Context, agent string, a admin.Act) (admin.SwapReport, error) {
	if agent != "sma" {
		return admin.SwapReport{}, admin.Refuse("state", "there is nothing to go back to: %s was not swapped", agent)
	}
	h.tell("rollback " + agent + ": " + a.Reason)
	return admin.SwapReport{Agent: agent, FromSHA256: "bb22", ToSHA256: "aa11", State: admin.SwapRolledBack, Sequence: 44}, nil
}

func (h *deskHost) Reload(_ context.Context, r admin.ReloadOrder) (admin.ReloadReport, error) {
	h.tell(fmt.Sprintf("reload dry=%v: %s", r.DryRun, r.Reason))
	return admin.ReloadReport{Applied: !r.DryRun, Changes: []admin.ReloadChange{
		{Agent: "sma", What: "params.fast", From: "10", To: "12", How: admin.ReloadLive},
	}}, nil
}

func (h *deskHost) Audits(_ context.Context, q admin.AuditQuery) (admin.AuditList, error) {
	return q.Select([]admin.AuditEntry{{Time: moment, Subject: "agent", ID: "sma", Act: "mode", Detail: "full", By: "ann as token ops", Reason: "looked at", From: "10.0.0.7:4711", Stream: "lane/exchange/main", Position: 5}}), nil
}

func (h *deskHost) Streams(context.Context) ([]admin.StreamStatus, error) {
	return []admin.StreamStatus{{Stream: "agent/sma", Entries: 2, Events: 2}}, nil
}

func (h *deskHost) Tail(_ context.Context, q admin.TailQuery, deliver func(admin.JournalEntry) error) error {
	for n := max(q.From, 1); n <= 2; n++ {
		if err := deliver(admin.JournalEntry{Position: n, Sequence: n, Kind: "turn", Body: []byte(`{"verdict":"ok"}`)}); err != nil {
			return err
		}
	}
	return nil
}

func (h *deskHost) Checkpoints(context.Context) ([]admin.Checkpoint, error) {
	return []admin.Checkpoint{{ID: 7, Venue: "exchange", Account: "main", Time: moment, Parts: []admin.CheckpointPart{{Stream: "agent/sma", Position: 9, MadeBy: "module aa11, meter 1"}}}}, nil
}

func (h *deskHost) MakeCheckpoints(_ context.Context, a admin.Act) ([]admin.Checkpoint, error) {
	h.tell("checkpoint: " + a.Reason)
	return nil, admin.Refuse("state", "agent sma is on probation")
}
