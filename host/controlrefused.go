package host

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/agenthost/agenthost/host/admin"
)

// auditMax bounds how long a refusal waits to be kept, detailBytesMax what is kept of its words.
const (
	auditMax       = 5 * time.Second
	detailBytesMax = 500
)

// refusedAct is what a person wanted and did not get, for the journal: what was tried is part of what happened.
type refusedAct struct {
	act admin.Act
	// subject, id and what are as in event.Audit; dry: it would have changed nothing.
	subject, id, what string
	dry               bool
}

// keepRefusal journals a refused change. One that names what is not there, or makes no sense, is not kept.
func (c *Control) keepRefusal(ctx context.Context, r refusedAct, err error) {
	var refusal *admin.Refusal
	if r.dry || !errors.As(err, &refusal) {
		return
	}
	c.keepAttempt(ctx, r, "refused: "+refusal.Message)
}

// keepAttempt journals what a person wanted and what came of it, where nothing was changed. It bears no
// idempotency key: by its key a change is known that was carried out.
func (c *Control) keepAttempt(ctx context.Context, r refusedAct, outcome string) {
	workers, err := c.workers()
	if err != nil {
		return // nobody is there to write; the answer is logged
	}
	w := workers[0]
	if r.subject == "agent" {
		if w, err = c.agentOf(r.id); err != nil {
			return
		}
	}
	r.act.Key, r.act.Request = "", ""
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditMax)
	defer cancel()
	outcome = strings.Join(strings.FieldsFunc(outcome, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("╷│╵", r) }), " ")
	if len(outcome) > detailBytesMax {
		outcome = strings.ToValidUTF8(outcome[:detailBytesMax], "") + "…"
	}
	if err := w.order(ctx, Command{Audit: auditOf(r.act, r.subject, r.id, r.what, outcome)}); err != nil {
		c.service.options.Log.Error("what a person wanted in vain is not in the journal", "what", r.what, "id", r.id, "error", err)
	}
}

// keepReload journals a reload that changed nothing: what changes an agent is journaled with the change.
func (c *Control) keepReload(ctx context.Context, o *admin.ReloadOrder, report *admin.ReloadReport, err error) {
	r := refusedAct{o.Act, "configuration", "", "reload", o.DryRun}
	if err != nil || o.DryRun || report.Applied {
		c.keepRefusal(ctx, r, err)
		return
	}
	c.keepAttempt(ctx, r, report.Message)
}
