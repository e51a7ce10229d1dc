package simulation

import (
	"crypto/sha256"

	"github.com/agenthost/agenthost/host/execution"
)

// settle turns all faults off and lets a person do what a person would: release, reconcile.
func (w *World) settle() {
	w.settling = true
	w.end = w.now + 10*w.plan.SettleWindow + 90*second
	w.look = w.now + looksAgain
	w.trace.Line(w.now, "world", "faults are off")
	w.power.Calm()
	w.disk.SetFull(false)
	w.disk.SetFaults(DiskFaults{})
	w.checkpoints.faults = CheckpointFaults{}
	for _, g := range w.groups {
		g.venue.Calm()
		g.seam.calm()
		g.inputs = append(g.inputs, w.acts()...)
	}
}

func (w *World) acts() []Input {
	return []Input{
		{Act: &execution.Act{Kind: execution.ActUnhold, Who: "simulator", Why: "faults are off"}},
		{Act: &execution.Act{Kind: execution.ActReconcile, Who: "simulator", Why: "faults are off"}},
	}
}

// finish compares the books and sums up.
func (w *World) finish() {
	for _, g := range w.groups {
		if g.host != nil && !w.failed {
			if err := g.books.complete(w.now); err != nil {
				w.fail(g, err)
			}
			g.watch.finish(w, g)
			g.operator.finish(w, g)
			g.retention.finish(w, g)
			g.checker.settled = w.now - 30*second
			g.checker.Check(g.books)
		}
		w.result.Violations = append(w.result.Violations, g.checker.Violations()...)
		w.result.Injected.Add(g.venue.Injected())
		w.result.Orders += uint64(len(g.venue.Book().Orders))
		w.result.Fills += uint64(len(g.venue.Book().Executions))
		if g.host != nil {
			if err := g.host.Release(); err != nil {
				g.checker.Violate(InvariantLiveness, 0, "release: %v", err)
			}
		}
	}
	w.result.Injected.Add(w.market.Injected())
	w.result.Injected.Add(w.disk.Injected())
	w.result.Injected.Add(w.checkpoints.injected)
	for p, n := range w.power.Crashes() {
		w.result.Crashes.add(p.String(), n)
	}
	w.result.Steps = w.power.Steps()
	all := sha256.New()
	for _, g := range w.groups {
		sum := w.hash(g)
		w.result.GroupHashes = append(w.result.GroupHashes, sum)
		all.Write(sum[:])
	}
	w.result.Hash = [32]byte(all.Sum(nil))
	w.reachDisk()
}

// reachDisk tells which points of disk and venue were reached, by what was injected.
func (w *World) reachDisk() {
	for name, point := range map[string]string{
		"append in doubt, stored":     PointAppendDoubt,
		"append in doubt, not stored": PointAppendDoubt, "disk full": PointDiskFull,
		FaultRequestVeryLate.String(): PointLateArrival, FaultForeign.String(): PointForeign,
		"checkpoint torn": PointCheckpointTorn, "checkpoints lost that were not synced": PointCheckpointLost,
		"power failed amid a checkpoint": PointCheckpointAmid, "newest checkpoint damaged": PointCheckpointDamaged,
		"checkpoints of another engine": PointCheckpointOther, "checkpoints deleted": PointCheckpointGone,
		"checkpoint not written": PointCheckpointFails, "power failed amid pruning": PointPruneCrash,
	} {
		if w.result.Injected[name] > 0 {
			w.result.Sometimes.Reach(point)
		}
	}
}
