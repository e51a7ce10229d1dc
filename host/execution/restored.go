package execution

import (
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// restoredHold begins the reason for which an account is held whose journal was restored from a backup. No
// other hold begins so.
const restoredHold = "restored from a backup"

// lostKey marks, among what was seen, an order that was sent after the backup.
const lostKey = "lost/"

// restored: the journal is older than what the venue knows, and no person has released the account yet. Only
// questions go out.
func (l *Lane) restored() bool { return strings.HasPrefix(l.account.held, restoredHold) }

// restore holds the account of a journal that was restored from a backup. What had not gone out when the
// backup was made may have gone out since, under the id that it has.
func (l *Lane) restore(a *Act) {
	acc := &l.account
	acc.held = restoredHold + " by " + a.Who + ": " + a.Why
	acc.reconciled, acc.money = 0, money{}
	for _, o := range append([]*order(nil), l.live...) {
		l.restoreOrder(o)
	}
	l.alert("account_held", "", event.AlertCritical, "nothing but questions goes out: "+acc.held+"; look at what the venue has, then release the account")
}

func (l *Lane) restoreOrder(o *order) {
	switch p := l.touch(o); o.life.State {
	case resilience.StatePending:
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeSend, Expiry: l.expiry(o)}) // InputStart makes it Unknown
	case resilience.StateContingent:
		p.endCode, p.endReason = uint16(event.CancelByHost), "the journal was restored from a backup while its parent was open"
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeDisarm})
	default:
		if p.stage == stageWished || p.stage == stageCancel { // what would take its place may be there already
			p.stage = stageNone
			l.refuseReplace(o, event.RejectHalted, "the journal was restored from a backup")
		}
	}
}

// unhold releases the account. After a restore, not before books and venue were compared.
func (l *Lane) unhold(a *Act) (refusal string) {
	switch {
	case l.account.held == "":
		return "the account is not held; nothing to release"
	case l.restored() && (!l.account.ready || l.account.reconciled == 0):
		return "its journal was restored from a backup, and is not compared with the venue yet: wait until status shows it reconciled"
	}
	l.account.held = ""
	l.alertOver("account_held", "", a.Who+" released it: "+a.Why)
	return ""
}

// lostOrder reports whether an order that the journal does not know is one sent after its backup. It tells of
// each once; from then on its fills are foreign.
func (l *Lane) lostOrder(id event.OrderID, text string) bool {
	key := lostKey + id.String()
	if l.strange.knows(key) {
		return true
	}
	if !l.restored() || !l.strangeKey(key) {
		return false
	}
	l.alert("lost_order/"+id.String(), "", event.AlertWarning, fmt.Sprintf(
		"%s was sent after the backup that the journal was restored from: it is nobody's here, and foreign = %s decides about its fills; if it is open, take it back at the venue", text, l.config.Foreign))
	return true
}

// takeOver books what cannot be explained after a restore as foreign: fills that the venue no longer lists.
func (l *Lane) takeOver(differences []int64) {
	for i, v := range differences {
		if v == 0 {
			continue
		}
		l.emit(Fact{Kind: FactForeign, Place: uint32(i), Values: [4]int64{l.foreign[i] + v}})
		l.alert("lost_position/"+l.config.Instruments[i].Name, "", event.AlertCritical, fmt.Sprintf(
			"after the restore the venue holds %s of %s more than the books, and lists no fills that say why: it is taken for foreign", l.units(i, v), l.config.Instruments[i].Name))
	}
	l.reconciledNow()
}
