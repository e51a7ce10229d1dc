package admin

import (
	"errors"
	"net/http"
	"testing"
)

func TestCheckpointsAreListedShownAndMade(t *testing.T) {
	f := &fake{}
	client, _ := serve(t, f, nil)
	all, err := client.Checkpoints(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != 7 || all[0].Parts[0].Position != 9 {
		t.Errorf("listed: %+v, %v", all, err)
	}
	one, err := get[Checkpoint](t.Context(), client, nil, "checkpoints", "7")
	if err != nil || one.Account != "main" {
		t.Errorf("shown: %+v, %v", one, err)
	}
	var missing *NotFound
	if _, err := get[Checkpoint](t.Context(), client, nil, "checkpoints", "8"); !errors.As(err, &missing) {
		t.Errorf("one that is not kept: %v", err)
	}
	var wrong *Invalid
	if _, err := get[Checkpoint](t.Context(), client, nil, "checkpoints", "newest"); !errors.As(err, &wrong) {
		t.Errorf("no number: %v", err)
	}
	made, err := client.MakeCheckpoints(t.Context(), Act{Reason: "before the restart"})
	if err != nil || len(made) != 1 || made[0].ID != 8 {
		t.Errorf("made: %+v, %v", made, err)
	}
	if what, act := f.last(); what != "checkpoint" || act.Reason != "before the restart" || act.Peer == "" {
		t.Errorf("the host was told %s by %+v", what, act)
	}
	f.forget()
	if _, err := client.MakeCheckpoints(t.Context(), Act{}); !errors.As(err, &wrong) {
		t.Errorf("without a reason: %v", err)
	}
	if what, _ := f.last(); what != "nothing" {
		t.Errorf("without a reason the host was told %s", what)
	}
	for _, r := range Routes() {
		if r.Path == "/v1/checkpoints" && r.Method == http.MethodPost && r.Scope != ScopeOperate {
			t.Errorf("making one needs scope %s", r.Scope)
		}
	}
}
