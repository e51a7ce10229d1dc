package simulation

import (
	"fmt"
	"slices"
)

// Sometimes points must be reached at least once in a campaign: a simulator that never gets into trouble proves
// nothing. Each has a name in sometimesPoints.
type Sometimes struct{ reached Counts }

// The points, in the order in which reports list them.
const (
	PointCrash              = "power fails"
	PointCrashRecovery      = "power fails again during recovery"
	PointAppendDoubt        = "an append is in doubt"
	PointDiskFull           = "the disk is full"
	PointUnknownFound       = "an unknown order is found"
	PointUnknownAbsent      = "an unknown order is proved absent"
	PointResent             = "an order goes out again under its id"
	PointDeadLetter         = "an order becomes a dead letter"
	PointRejected           = "a venue rejects an order"
	PointLapsed             = "an order lapses unsent"
	PointFillBeforeAck      = "a fill comes before the answer to the submit"
	PointFillAfterCancel    = "a fill comes after the cancel"
	PointCancelUnsent       = "an order is cancelled that was never sent"
	PointCancelUnknown      = "a cancel is wished of an unknown order"
	PointReplaced           = "an order is replaced"
	PointReplaceByNew       = "a replace is a cancel and a new order"
	PointBreakerOpen        = "a breaker opens"
	PointBreakerOverRestart = "a breaker is open over a restart"
	PointHeld               = "an account is held"
	PointTrap               = "a tick traps"
	PointQuarantine         = "a strategy is quarantined"
	PointDenied             = "an order is denied"
	PointDuplicateKnown     = "a venue knows a duplicate"
	PointLateArrival        = "a request arrives after the settle window"
	PointForeign            = "somebody else trades on the account"
	PointHalted             = "an account halts because books differ"
	PointRestartInFlight    = "the host restarts with a call in flight"
	PointClosedByHost       = "the host closes a position"
	PointRedriven           = "an order is redriven under its own id"
	PointRedrivenAnew       = "a rejected order is redriven under a new id"
	PointRedrivenAbsent     = "an order that is proved absent is redriven under a new id"
	PointRedriveRefused     = "a redrive is refused"
	PointResolved           = "a person says what became of an order"

	PointSwapLoad        = "a new module loads what the old one saved"
	PointSwapReplay      = "a new module is ticked with all that was"
	PointSwapFresh       = "a new module begins anew"
	PointSwapKept        = "settings change and the strategy goes on"
	PointSwapConfigured  = "the configuration has changed at a restart"
	PointSwapBackTrap    = "a module that fails is swapped back"
	PointSwapBackDenials = "a module that is denied too much is swapped back"
	PointSwapBackLoss    = "a module that loses is swapped back"
	PointSwapBackHand    = "a module is swapped back by hand"
	PointSwapCancel      = "a swap cancels open orders"
	PointSwapRefused     = "a swap is refused"
	PointSwapUnknown     = "a module is swapped while an order is Unknown"
	PointSwapBreaker     = "a module is swapped while a breaker is open"
	PointSwapLost        = "power fails between making a swap ready and giving it"
	PointCrashProbation  = "power fails in a probation"

	PointFromCheckpoint      = "a group goes on from its newest checkpoint"
	PointFromOlder           = "a group goes on from an older checkpoint"
	PointFromJournal         = "a group goes on from its journal, for no checkpoint is of use"
	PointFromPruned          = "a group is recovered whose journal was pruned"
	PointCheckpointTorn      = "a failure of power tears a checkpoint"
	PointCheckpointLost      = "a failure of power loses a checkpoint that was not synced"
	PointCheckpointAmid      = "power fails while a checkpoint is written"
	PointCheckpointDamaged   = "the newest checkpoint is damaged"
	PointCheckpointOther     = "checkpoints are another engine's"
	PointCheckpointGone      = "the file of checkpoints is deleted"
	PointCheckpointFails     = "a checkpoint cannot be written"
	PointCheckpointProbation = "a checkpoint is skipped in a probation"
	PointPruned              = "a journal is pruned"
	PointPruneRefused        = "nothing is pruned, for there is no checkpoint"
	PointPruneSwap           = "nothing is pruned, for a swap is made ready"
	PointPruneCrash          = "power fails amid pruning"
)

var sometimesPoints = slices.Concat(hostPoints, checkpointPoints)

// hostPoints are those of orders, failures and swaps.
var hostPoints = []string{
	PointCrash, PointCrashRecovery, PointAppendDoubt, PointDiskFull, PointUnknownFound, PointUnknownAbsent,
	PointResent, PointDeadLetter, PointRejected, PointLapsed, PointFillBeforeAck, PointFillAfterCancel, PointCancelUnsent,
	PointCancelUnknown, PointReplaced, PointReplaceByNew, PointBreakerOpen, PointBreakerOverRestart, PointHeld, PointTrap,
	PointQuarantine, PointDenied, PointDuplicateKnown, PointLateArrival, PointForeign, PointHalted, PointRestartInFlight,
	PointClosedByHost, PointRedriven, PointRedrivenAnew, PointRedrivenAbsent, PointRedriveRefused, PointResolved,
	PointSwapLoad, PointSwapReplay, PointSwapFresh, PointSwapKept, PointSwapConfigured, PointSwapBackTrap,
	PointSwapBackDenials, PointSwapBackLoss, PointSwapBackHand, PointSwapCancel, PointSwapRefused,
	PointSwapUnknown, PointSwapBreaker, PointSwapLost, PointCrashProbation,
}

// checkpointPoints are those of checkpoints and of pruning behind them.
var checkpointPoints = []string{
	PointFromCheckpoint, PointFromOlder, PointFromJournal, PointFromPruned, PointCheckpointTorn, PointCheckpointLost, PointCheckpointAmid,
	PointCheckpointDamaged, PointCheckpointOther, PointCheckpointGone, PointCheckpointFails, PointCheckpointProbation, PointPruned,
	PointPruneRefused, PointPruneSwap, PointPruneCrash,
}

// SometimesPoints are all points, in order.
func SometimesPoints() []string { return append([]string(nil), sometimesPoints...) }

// Reach counts that a point was reached. A name that is not declared panics: it would never be missed.
func (s *Sometimes) Reach(point string) {
	for _, p := range sometimesPoints {
		if p == point {
			if s.reached == nil {
				s.reached = Counts{}
			}
			s.reached.add(point, 1)
			return
		}
	}
	panic(fmt.Sprintf("sometimes point %q is not declared", point))
}

// Reached is how often each point was reached.
func (s *Sometimes) Reached() Counts { return s.reached.clone() }

// Add takes other's points in.
func (s *Sometimes) Add(other *Sometimes) {
	if s.reached == nil {
		s.reached = Counts{}
	}
	s.reached.Add(other.reached)
}

// Missing are the points that were never reached, in order.
func (s *Sometimes) Missing() (missing []string) {
	for _, p := range sometimesPoints {
		if s.reached[p] == 0 {
			missing = append(missing, p)
		}
	}
	return missing
}
