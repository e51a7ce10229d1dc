// Package alert tells people. A Dispatcher takes alerts (event.Alert) from anybody, at once and without
// ever failing them, and tells each matter through its sinks: the host's log, a webhook, a command.
//
// # A matter
//
// Alerts of one key, agent, venue and account are one matter. It is told once when it begins, again when
// it gets worse, again every RepeatEvery while it lasts, and once more, to those who were told, when an
// alert says that it is over. Alerts of level info ask nothing of anybody: they are told once, neither
// repeated nor escalated, and forgotten after an hour.
//
// # Escalation
//
// A matter that lasts for a sink's EscalateAfter is one level worse to it: a sink with LevelMin critical
// hears of a warning that nobody dealt with. EscalateTo names further sinks that are told from then on
// whatever their LevelMin.
//
// # What cannot be told
//
// A telling is tried AttemptsMax times with growing waits. Then it is logged as an error, listed by
// Undelivered, handed to OnUndelivered as a dead letter, and told as a matter of its own ("alert_undelivered")
// through the sinks that work. A sink that hangs or panics fails its own tellings only.
//
// # Goroutines
//
// One for the dispatcher's state, one for OnUndelivered, both ended by Close; one for each telling under
// way, at most one for a sink, ended by its timeout. A sink that does not come back from its timeout keeps
// its goroutine, and is not called again before it does.
package alert
