package main

import (
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// cause says in words what a dead letter's cause means, and what a person can do about it.
type cause struct {
	kind, name string
	meaning    string
	// steps are what can be done, in order. ID and CONFIG stand for the letter and what names the host.
	steps []string
}

const (
	stepTry    = "see whether it could go out now, without sending it: agenthost dlq redrive ID CONFIG --dry-run"
	stepSend   = "send it again, with all checks: agenthost dlq redrive ID CONFIG --reason \"…\""
	stepIgnore = "leave it at that: agenthost dlq resolve ID CONFIG --as noted --reason \"…\""
)

// causes are all that are known. A letter of another cause has its message.
var causes = []cause{
	{
		event.LetterOrder, "rejected",
		"The venue has refused the order and holds nothing of it. The message is the venue's. Nothing is open and nothing was traded.",
		[]string{
			"put right what the venue complains about (money, permission, size, price); the strategy orders anew when it wishes to",
			stepTry, "wish it once more, as another order under a new id, with all checks: agenthost dlq redrive ID CONFIG --reason \"…\"", stepIgnore,
		},
	},
	{
		event.LetterOrder, "expired",
		"The order was never sent: its time to live was over before it could go out; the message says what was in the way. Nothing is at the venue. The price it was meant for may be gone.",
		[]string{"look what was in the way: agenthost statusCONFIG; a rate limit that is too low is rate_limit in the venue's block", stepTry + " --age-max 1h", stepSend, stepIgnore},
	},
	{
		event.LetterOrder, "not_sent",
		"The order never reached the venue: each attempt proves it. Then it was not tried again, for the reason in the message. Nothing is at the venue.",
		[]string{stepTry, stepSend, stepIgnore},
	},
	{
		event.LetterOrder, "unknown",
		"The order was sent and nobody knows what became of it: the reply was lost and asking the venue has not settled it. It may be filled, open or absent. Until this is settled it counts as exposure at its worst, and nothing that adds goes out on its instrument.",
		[]string{
			"look at the venue itself, in open orders and in the history, for the client order id of this order",
			"it was executed in full: agenthost dlq resolve ID CONFIG --as filled --price 101.5 --reason \"…\"",
			"it was executed in part, and is over: agenthost dlq resolve ID CONFIG --as filled --filled 0.5 --price 101.5 --reason \"…\"",
			"it was cancelled there without a fill: agenthost dlq resolve ID CONFIG --as cancelled --reason \"…\"",
			"it is nowhere to be found, and the venue says so for certain: agenthost dlq resolve ID CONFIG --as absent --reason \"…\"",
			"only where the venue refuses one id twice, or the host itself has proved that it never arrived, so that it cannot be doubled: agenthost dlq redrive ID CONFIG --dry-run",
		},
	},
	{
		event.LetterCancel, "cancel_lost",
		"An order was to be cancelled, and it is not known whether it was: it may still be open at the venue, and may still be filled.",
		[]string{"look at the venue whether the order is open; the host goes on cancelling by itself", "it is gone there: agenthost dlq resolve ID CONFIG --as cancelled --reason \"…\"", stepIgnore},
	},
	{
		event.LetterTick, event.VerdictTrapped.String(),
		"The strategy failed in a tick: it divided by zero, left its memory, or gave up by itself. Nothing of the tick remains, no order and no change of its memory; the events come again with the next tick.",
		tickSteps,
	},
	{
		event.LetterTick, event.VerdictFuel.String(),
		"The strategy used up its fuel in a tick: it never came to an end, or its limit is too small for what it does. Nothing of the tick remains.",
		tickSteps,
	},
	{
		event.LetterTick, event.VerdictStack.String(),
		"The strategy called itself too deeply in a tick. Nothing of the tick remains.",
		tickSteps,
	},
	{
		event.LetterTick, event.VerdictMalformed.String(),
		"The strategy's answer in a tick breaks the ABI and was refused whole. Nothing of the tick remains.",
		tickSteps,
	},
	{
		event.LetterAlert, "undelivered",
		"A person should have been told something, and no channel but the log took it. The message is what should have been told.",
		[]string{"try the channels: agenthost alert testCONFIG", stepSend, stepIgnore},
	},
}

var tickSteps = []string{
	"run it again, here: agenthost replay --dead-letter ID CONFIG",
	"try a repaired module on it: agenthost replay --dead-letter ID CONFIG --plugin fixed.wasm",
	"give message, stack and input to the strategy's author: agenthost replay --dead-letter ID CONFIG --export FOLDER",
	stepIgnore,
}

func causeOf(kind, name string) *cause {
	for i := range causes {
		if causes[i].kind == kind && causes[i].name == name {
			return &causes[i]
		}
	}
	return nil
}

func meaningOf(kind, name string) string {
	if c := causeOf(kind, name); c != nil {
		return c.meaning
	}
	return ""
}

// stepsOf are what can be done about a letter, as they can be typed.
func stepsOf(kind, name, id, arguments string) (steps []string) {
	all := []string{stepTry, stepIgnore}
	if c := causeOf(kind, name); c != nil {
		all = c.steps
	}
	for _, s := range all {
		s = strings.ReplaceAll(s, " CONFIG", arguments)
		s = strings.ReplaceAll(s, "CONFIG", arguments)
		steps = append(steps, strings.Replace(s, " ID", " "+id, 1))
	}
	return steps
}

// plainCauses are the causes' names, each once.
func plainCauses() (names []string) {
	for i := range causes {
		if !slices.Contains(names, causes[i].name) {
			names = append(names, causes[i].name)
		}
	}
	return names
}

func causeNames() (names []string) {
	for i := range causes {
		names = append(names, causes[i].name+"\tof "+causes[i].kind+"s")
	}
	return names
}

// wrapped breaks a text into lines of at most width columns, each behind an indent.
func wrapped(text, indent string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		if column > 0 && column+1+len([]rune(word)) > width {
			b.WriteByte('\n')
			column = 0
		}
		if column == 0 {
			b.WriteString(indent)
			column = len(indent)
		} else {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len([]rune(word))
	}
	return b.String()
}
