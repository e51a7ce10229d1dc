package event

// AlertLevel is how urgent an alert is.
type AlertLevel uint8

const (
	AlertInfo AlertLevel = iota + 1
	AlertWarning
	// AlertCritical wants a person now.
	AlertCritical
)

// String names the level as logs, webhooks and HCL do.
func (l AlertLevel) String() string {
	names := [...]string{"", "info", "warning", "critical"}
	if l > 0 && int(l) < len(names) {
		return names[l]
	}
	return "level_unknown"
}

// Alert is something that a person should know. Alerts of one key and agent are one matter: they are
// told once while it lasts.
type Alert struct {
	// Key names the matter in a fixed set of words, such as "dead_letter" or "position_difference".
	Key   string
	Level AlertLevel
	// Agent, Venue and Account say where; empty where it is none's.
	Agent, Venue, Account string
	// Text says what was found and what to do.
	Text string
	Time int64
	// Over says that the matter is settled.
	Over bool
}
