package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agenthost/agenthost/host/event"
)

// undeliveredMax bounds what Undelivered lists; the oldest go.
const undeliveredMax = 256

// Undelivered is a telling that was given up.
type Undelivered struct {
	Alert event.Alert
	// Sink is empty for an alert that no sink got to see: there were too many.
	Sink string
	// Attempts were made; Err is the last one's, or why there were none.
	Attempts int
	Err      error
	Time     int64
}

// Undelivered lists the last 256 tellings that were given up, oldest first; Health counts them all.
func (d *Dispatcher) Undelivered() []Undelivered {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.undelivered)
}

// abandon gives up a telling, and tells the other sinks that this one does not work.
func (d *Dispatcher) abandon(i int, it *item, err error) {
	name := d.sinks[i].Name()
	d.lose(it.alert, name, it.attempts, err)
	d.outboxes[i].failing = true
	d.noteFailing()
	d.settle(i, it, false)
	if it.alert.Key == KeyUndelivered || len(d.sinks) < 2 {
		return
	}
	d.handle(event.Alert{
		Key: KeyUndelivered, Level: max(event.AlertWarning, it.alert.Level), Time: d.now(),
		Text: fmt.Sprintf("alerts cannot be told through %s (%s); those that could not are dead letters: agenthost dlq list", strings.Join(d.failing(), ", "), cut(err.Error(), errorMax)),
	})
}

// lose records what could not be told: in the log, in the list, and as a dead letter.
func (d *Dispatcher) lose(a event.Alert, sink string, attempts []event.LetterAttempt, err error) {
	now := d.now()
	u := Undelivered{Alert: a, Sink: sink, Attempts: len(attempts), Err: err, Time: now}
	d.mu.Lock()
	d.health.Undelivered++
	if len(d.undelivered) == undeliveredMax {
		d.undelivered = slices.Delete(d.undelivered, 0, 1)
	}
	d.undelivered = append(d.undelivered, u)
	d.mu.Unlock()
	d.log.Error("alert could not be told", "sink", sink, "key", a.Key, "level", a.Level, "agent", a.Agent, "text", a.Text, "attempts", len(attempts), "error", err)
	select {
	case d.letters <- d.letter(&u, attempts):
	default:
		d.log.Error("dead letter of an alert is lost: too many wait", "key", a.Key)
	}
}

// letter writes a dead letter. Its number is the time, so that it is unique after a restart too.
func (d *Dispatcher) letter(u *Undelivered, attempts []event.LetterAttempt) event.Letter {
	d.letterID = max(d.letterID+1, u.Time)
	where := ""
	if u.Sink != "" {
		where = " through " + u.Sink
	}
	state := ""
	if u.Alert.Over {
		state = " (over)"
	}
	return event.Letter{
		ID: "alert-" + strconv.FormatInt(d.letterID, 10), Kind: event.LetterAlert,
		Agent: u.Alert.Agent, Venue: u.Alert.Venue, Account: u.Alert.Account, Time: u.Time, Cause: "undelivered",
		Message:  fmt.Sprintf("%s alert %s%s could not be told%s: %s: %q", u.Alert.Level, u.Alert.Key, state, where, cut(u.Err.Error(), errorMax), u.Alert.Text),
		Attempts: attempts,
	}
}

func (d *Dispatcher) failing() []string {
	var names []string
	for i := range d.outboxes {
		if d.outboxes[i].failing {
			names = append(names, d.sinks[i].Name())
		}
	}
	return names
}

func (d *Dispatcher) noteFailing() {
	names := d.failing()
	d.mu.Lock()
	d.health.Failing = names
	d.mu.Unlock()
}

// deliverLetters hands letters over, and lets nothing that the callback does come back.
func (d *Dispatcher) deliverLetters() {
	defer close(d.lettersEnded)
	handed := make(chan struct{})
	go func() {
		defer close(handed)
		for l := range d.letters {
			d.hand(l)
		}
	}()
	<-d.ended
	timer := time.NewTimer(lettersPatience)
	defer timer.Stop()
	select {
	case <-handed:
	case <-timer.C:
		d.log.Error("dead letters of alerts are lost: nobody takes them", "waiting", len(d.letters))
	}
}

func (d *Dispatcher) hand(l event.Letter) {
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("dead letter of an alert is lost: its taker panicked", "letter", l.ID, "panic", p)
		}
	}()
	if d.config.OnUndelivered != nil {
		d.config.OnUndelivered(l)
	}
}

// cut keeps a text short, in whole characters.
func cut(text string, longest int) string {
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
