package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Alert is a way by which a person is told.
type Alert struct {
	Source
	// Type is "log", "webhook" or "command".
	Type, Name string
	// LevelMin is "info", "warning" or "critical": the least that is told this way.
	LevelMin string
	// URL is a webhook's address; the alert is sent there as JSON by POST.
	URL string
	// Headers are sent as they are, by name; HeadersEnv hold the names of environment variables.
	Headers, HeadersEnv map[string]string
	// Command is a program and its arguments; the alert is its standard input, as JSON.
	Command []string
	// Timeout bounds one telling.
	Timeout time.Duration
	// RepeatEvery is how often a matter that lasts is told again; 0 is never.
	RepeatEvery time.Duration
	// EscalateAfter raises a matter that lasts so long by one level; 0 is never.
	EscalateAfter time.Duration
}

// DefaultAlert tells of warnings once an hour while they last.
func DefaultAlert(typ string) Alert {
	return Alert{Type: typ, LevelMin: "warning", Timeout: 10 * time.Second, RepeatEvery: time.Hour, EscalateAfter: 30 * time.Minute}
}

// alertChild reads the alerts of one type; first are the names of all alerts.
func alertChild(typ string, first map[string]Range) child[Host] {
	b := alertBlock(typ)
	return child[Host]{
		name: "alert", many: true, describe: b.describe,
		dump: func(c *canon, h *Host) {
			for i := range h.Alerts {
				if c.list != nil && h.Alerts[i].Type == typ { // who is told does not decide what is done
					b.dump(c, &h.Alerts[i])
				}
			}
		},
		read: func(p *place, x *hclsyntax.Block, h *Host) {
			if meantOr(firstLabel(x), alertNames) != typ {
				return // one of another type reads it
			}
			a := b.defaults()
			named := p.typed(x, alertNames...) && p.nameRule(x, 1, nameRule) && p.once(x, first)
			if named {
				a.Type, a.Name = x.Labels[0], x.Labels[1]
			}
			b.read(p.inner(x), &a)
			if named {
				at, _ := slices.BinarySearchFunc(h.Alerts, a, func(a, b Alert) int { return a.before(&b) })
				h.Alerts = slices.Insert(h.Alerts, at, a)
			}
		},
	}
}

// alertNames are the types in the order in which they are told.
var alertNames = []string{"log", "webhook", "command"}

// before keeps alerts in the order in which they are written.
func (a *Alert) before(b *Alert) int {
	return cmp.Or(cmp.Compare(a.Range.File, b.Range.File), cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte))
}

func alertBlock(typ string) *block[Alert] {
	says := map[string]string{
		"log":     "A person is told by the host's log. Every alert is logged anyway; this says how often again.",
		"webhook": "A person is told by an HTTP request: the alert is sent as JSON by POST. Any status of 200 to 299 is an answer; else it is tried again, and after that a dead letter.",
		"command": "A person is told by a program of this machine, which gets the alert as JSON on its standard input. Any exit code but 0 is a failure.",
	}
	b := &block[Alert]{
		name: "alert", labels: []string{quoted(typ), "NAME"}, says: says[typ],
		defaults: func() Alert { return DefaultAlert(typ) }, source: func(a *Alert) *Source { return &a.Source },
		identify: func(a *Alert) string { return a.Type + " " + a.Name },
	}
	switch typ {
	case "webhook":
		b.fields, b.check = webhookFields(), checkWebhook
	case "command":
		b.fields = []field[Alert]{commandLine("command", func(a *Alert) *[]string { return &a.Command }, "The program and its arguments; there is no shell between.").must()}
	}
	b.fields = append(b.fields, alertFields(typ)...)
	for i := range b.fields {
		b.fields[i].unhashed = true
	}
	return b
}

func alertFields(typ string) []field[Alert] {
	fields := []field[Alert]{
		oneOf("level_min", func(a *Alert) *string { return &a.LevelMin }, []string{"info", "warning", "critical"}, "The least that is told this way."),
		duration("repeat_every", func(a *Alert) *time.Duration { return &a.RepeatEvery }, 0, "How often a matter that lasts is told again; 0s is never.", "1h"),
		duration("escalate_after", func(a *Alert) *time.Duration { return &a.EscalateAfter }, 0, "A matter that lasts so long is told as one level worse; 0s is never.", "30m"),
	}
	if typ == "log" {
		return fields
	}
	return append(fields, duration("timeout", func(a *Alert) *time.Duration { return &a.Timeout }, time.Millisecond, "How long one telling may take.", "10s"))
}

func webhookFields() []field[Alert] {
	return []field[Alert]{
		text("url", func(a *Alert) *string { return &a.URL }, urlRule("https", "http"), "The address.").like(`"https://alerts.example.com/agenthost"`).must().unlisted(),
		mapping("headers", func(a *Alert) *map[string]string { return &a.Headers }, nil, nil, "Headers that are sent with it.", `{ "X-Team" = "trading" }`),
		mapping("headers_env", func(a *Alert) *map[string]string { return &a.HeadersEnv }, nil, nil, "Headers whose value is in an environment variable, by its name: what is secret does not belong in this file.", `{ Authorization = "ALERT_TOKEN" }`),
	}
}

func checkWebhook(p *place, a *Alert) {
	for _, list := range []struct {
		name string
		of   map[string]string
	}{{"headers", a.Headers}, {"headers_env", a.HeadersEnv}} {
		for _, name := range slices.Sorted(maps.Keys(list.of)) {
			if wrong := headerRule(name); wrong != "" {
				p.fail(a.At(list.name), "Value not allowed", "%s has %q: %s", list.name, name, wrong)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.HeadersEnv)) {
		variable := a.HeadersEnv[name]
		if wrong := environmentRule(variable); wrong != "" {
			p.fail(a.At("headers_env"), "Value not allowed", "headers_env has %q for %s: %s", variable, name, wrong)
		} else if _, ok := p.environ(variable); !ok {
			p.warn(a.At("headers_env"), "Key not set", "The environment variable %s is not set here. It must be where the host runs.", variable)
		}
	}
}

// commandLine is a program and its arguments, of which some may be the same.
func commandLine[T any](name string, get func(*T) *[]string, says string) field[T] {
	return field[T]{
		name: name, kind: "list of texts", says: says, example: name + ` = ["/usr/local/bin/page", "trading"]`,
		show: func(t *T) string { return strings.Join(*get(t), "\n") },
		read: func(v value, t *T) {
			list := v.texts()
			if len(list) > 0 && strings.TrimSpace(list[0]) == "" {
				v.failAt(v.element(0), "Value not allowed", "%s has no program. Write, for example, `%s`.", v.name, v.example)
				return
			}
			*get(t) = list
		},
	}
}
