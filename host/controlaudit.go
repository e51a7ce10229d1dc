package host

import (
	"cmp"
	"context"
	"slices"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// auditOf is an act as the journal keeps it beside what it changes: Command.Audit.
func auditOf(a admin.Act, subject, id, act, detail string) *event.Audit {
	return &event.Audit{Subject: subject, ID: id, Act: act, Detail: detail, By: identity(a), Reason: a.Reason, Origin: originOf(a)}
}

func originOf(a admin.Act) event.Origin {
	return event.Origin{Peer: a.Peer, From: a.From, Key: a.Key, Request: a.Request}
}

// keepAudit writes what a person changes into the lane's stream, with the round that changes it.
func (l *Live) keepAudit(a *event.Audit) error {
	a.Time = l.now
	body, err := event.AppendAudit(nil, a)
	if err != nil {
		return err
	}
	if l.stream.Append(journal.KindAudit, l.step, l.now, body) == 0 {
		return l.stream.Failed()
	}
	return nil
}

// AuditEntry is an entry of kind audit in a person's words; false for one of another kind, or that cannot
// be read as such.
func AuditEntry(stream string, e *journal.Entry) (x admin.AuditEntry, ok bool) {
	if e.Kind != journal.KindAudit {
		return x, false
	}
	a, err := event.ReadAudit(e.Body)
	if err != nil {
		return x, false
	}
	return admin.AuditEntry{
		Time: cmp.Or(a.Time, e.Time), Subject: a.Subject, ID: a.ID, Act: a.Act, Detail: a.Detail, By: a.By, Reason: a.Reason,
		Peer: a.Peer, From: a.From, Key: a.Key, Request: a.Request, Stream: stream, Position: e.Position,
	}, true
}

// auditsMax is how many acts are remembered, the newest; the journal has all.
const auditsMax = 20_000

// Audits are the journaled acts of persons that match.
func (c *Control) Audits(_ context.Context, q admin.AuditQuery) (admin.AuditList, error) {
	if err := c.readLetters(); err != nil {
		return admin.AuditList{}, err
	}
	c.mu.Lock()
	all := slices.Clone(c.letters.audits)
	c.mu.Unlock()
	SortAudits(all)
	return q.Select(all), nil
}

// SortAudits puts acts into the order in which they were done.
func SortAudits(all []admin.AuditEntry) {
	slices.SortStableFunc(all, func(a, b admin.AuditEntry) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Position, b.Position))
	})
}

// audit remembers an act.
func (f *letterFold) audit(stream string, e *journal.Entry) {
	x, ok := AuditEntry(stream, e)
	if !ok {
		return
	}
	f.audits = append(f.audits, x)
	if len(f.audits) >= 2*auditsMax {
		f.audits = slices.Clone(f.audits[len(f.audits)-auditsMax:])
	}
}
