package event

import "testing"

func TestAnAuditComesBackAsItWasKept(t *testing.T) {
	want := Audit{Subject: "agent", ID: "sma", Act: "mode", Detail: "full", By: "ann as token ops", Reason: "r", Time: 7, Origin: Origin{Peer: "token ops", From: "10.0.0.1:5", Key: "k", Request: "ab"}}
	b, err := AppendAudit(nil, &want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadAudit(b); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnAuditSaysWhoAndWhy(t *testing.T) {
	for name, a := range map[string]Audit{
		"nobody": {Subject: "agent", Act: "mode", Reason: "r"}, "no reason": {Subject: "agent", Act: "mode", By: "ann"},
		"no act": {Subject: "agent", By: "ann", Reason: "r"}, "nothing": {Act: "mode", By: "ann", Reason: "r"},
	} {
		if _, err := AppendAudit(nil, &a); err == nil {
			t.Errorf("%s is kept", name)
		}
	}
}

func TestALettersActIsAnAuditToo(t *testing.T) {
	act := LetterAct{ID: "l1", Act: LetterResolved, By: "ann", Reason: "seen", Time: 9, As: LetterNoted, Origin: Origin{Key: "k"}}
	b, err := AppendLetterAct(nil, &act)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadAudit(b)
	if want := (Audit{Subject: "letter", ID: "l1", Act: LetterResolved, By: "ann", Reason: "seen", Time: 9, Origin: Origin{Key: "k"}}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if back, ok, err := ReadLetterAct(b); !ok || err != nil || back != act {
		t.Errorf("%+v, %v", back, err)
	}
}
