package event

import (
	"strings"
	"testing"
)

func TestAnActOnALetterComesBackAsItWas(t *testing.T) {
	for _, want := range []LetterAct{
		{ID: "a6e7", Act: LetterRedriven, By: "ann", Reason: "the key was replaced", Time: 7, NewID: "a6e8"},
		{ID: "a6e7", Act: LetterResolved, By: "ann", Reason: "seen in the venue's history", Time: 8, As: LetterFilled, Filled: "0.5", Price: "797.8"},
		{ID: "sma-12", Act: LetterResolved, By: "ann", Reason: "\"fixed\" in v2 <&>", Time: -1, As: LetterNoted},
	} {
		b, err := AppendLetterAct(nil, &want)
		if err != nil {
			t.Fatal(err)
		}
		got, ok, err := ReadLetterAct(b)
		if err != nil || !ok || got != want {
			t.Errorf("%s: got %+v, %v, %v", b, got, ok, err)
		}
	}
}

func TestAnAuditOfSomethingElseIsNoActOnALetter(t *testing.T) {
	for _, body := range []string{"", "x", "[]", "null", `{"subject":"mode","mode":"full"}`, `{"subject":7}`, `{"id":"a"}`} {
		if a, ok, err := ReadLetterAct([]byte(body)); ok || err != nil {
			t.Errorf("%q: %+v, %v, %v", body, a, ok, err)
		}
	}
}

func TestAnActThatDoesNotSayEnoughIsRefused(t *testing.T) {
	whole := LetterAct{ID: "a", Act: LetterResolved, By: "ann", Reason: "r", As: LetterNoted}
	for name, c := range map[string]struct {
		change func(*LetterAct)
		says   string
	}{
		"no letter":      {func(a *LetterAct) { a.ID = "" }, "no letter"},
		"nobody":         {func(a *LetterAct) { a.By = "" }, "who did it"},
		"no reason":      {func(a *LetterAct) { a.Reason = "" }, "or why"},
		"another act":    {func(a *LetterAct) { a.Act = "burnt" }, `"burnt"`},
		"an odd outcome": {func(a *LetterAct) { a.As = "lost" }, `"lost"`},
	} {
		a := whole
		c.change(&a)
		if _, err := AppendLetterAct(nil, &a); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if _, ok, err := ReadLetterAct([]byte(`{"subject":"letter","act":"burnt","id":"a","by":"b","reason":"c"}`)); !ok || err == nil {
		t.Errorf("a journaled act that is not known: %v, %v", ok, err)
	}
}
