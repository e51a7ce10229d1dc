package report

import (
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

// WriteText writes a summary for people: what the agents earned, what they cost, what was wrong with
// the data, and what to look at.
func WriteText(w io.Writer, s Summary, t Terminal) error {
	var b strings.Builder
	t.writeHead(&b, &s)
	if len(s.Agents) > 0 {
		results := t.results(s.Agents)
		if len(s.Agents) == 1 && t.writeChart(&b, &s.Agents[0]) {
			results = slices.Delete(results, 1, 2) // the small curve
		}
		t.writeTable(&b, results)
		b.WriteString("\n")
		t.writeTable(&b, t.efforts(s.Agents))
	}
	t.writeFeeds(&b, s.Agents)
	t.writeWarnings(&b, &s)
	t.writePlaces(&b, &s)
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Terminal) writeHead(b *strings.Builder, s *Summary) {
	name := "run"
	if r := s.Run; r != nil {
		name = strings.TrimSpace("run " + r.ID)
		if r.Config != "" {
			name += " of " + r.Config
		}
		if r.Resumed {
			name += ", resumed"
		}
	}
	b.WriteString("\n" + t.paint(bold, t.shorten(t.clean(name), t.width())) + "\n")
	var rows, start, end int64
	var elapsed float64
	for i := range s.Agents {
		x := &s.Agents[i].Statistics
		if x.Rows == 0 {
			continue
		}
		if rows == 0 || x.Start < start {
			start = x.Start
		}
		rows, end = max(rows, x.Rows), max(end, x.End)
		elapsed = max(elapsed, s.Agents[i].ElapsedSeconds)
	}
	if rows > 0 {
		what := fmt.Sprintf("%s to %s, %s in %s", date(start), date(end), plural(rows, "market event"), span(elapsed))
		b.WriteString(t.paint(faint, what) + "\n")
	}
	b.WriteString("\n")
}

func date(ns int64) string { return time.Unix(0, ns).UTC().Format(time.DateOnly) }

// writeChart draws the equity of a single agent larger than its table has room for, where the terminal
// has it.
func (t Terminal) writeChart(b *strings.Builder, a *AgentSummary) bool {
	const rows, labelWidth = 6, 14
	columns := min(t.width()-labelWidth-tableMargin-2, 100)
	low, high := bounds(a.Equity)
	if len(a.Equity) < 2 || columns < 20 || low == high {
		return false // a flat line says no more large than small
	}
	c := newCanvas(columns, rows, t.ASCII)
	c.line(a.Equity)
	for row := range rows {
		label := ""
		switch row {
		case 0:
			label = amount(high)
		case rows - 1:
			label = amount(low)
		}
		fmt.Fprintf(b, "%*s%s %s\n", tableMargin, "", t.paint(faint, fmt.Sprintf("%*s", labelWidth-1, label)), strings.TrimRight(c.text(row), " ⠀"))
	}
	from, to := date(a.Statistics.Start), date(a.Statistics.End)
	gap := max(1, columns-len(from)-len(to))
	b.WriteString(strings.Repeat(" ", tableMargin+labelWidth) + t.paint(faint, from+strings.Repeat(" ", gap)+to) + "\n\n")
	return true
}

// name is an agent's, cut where the terminal is narrow: the figures beside it matter more than its end.
func (t Terminal) name(a *AgentSummary) string {
	return t.shortenInside(t.clean(a.Name), max(8, t.width()/6))
}

func (t Terminal) names(agents []AgentSummary) *column {
	c := &column{title: "agent", left: true}
	for i := range agents {
		c.add(t.name(&agents[i]), bold)
	}
	return c
}

// results are what came of it.
func (t Terminal) results(agents []AgentSummary) []*column {
	curve := &column{title: "equity", rank: 2, widthMin: 6, widthMax: 48}
	curve.draw = func(row, width int) string { return sparkline(agents[row].Equity, width, t.ASCII) }
	final, gain := &column{title: finalTitle(agents)}, &column{title: "return"}
	fall, sharpe := &column{title: "drawdown"}, &column{title: "Sharpe", rank: 1}
	trades, win := &column{title: "trades"}, &column{title: "win rate", rank: 5}
	factor, sqn := &column{title: "profit factor", rank: 7}, &column{title: "SQN", rank: 6}
	fees, hold := &column{title: "fees", rank: 3}, &column{title: "buy & hold", rank: 8}
	for i := range agents {
		a := &agents[i]
		final.add(a.FinalEquity.fixed(2), plain)
		gain.add(t.percent(a.ReturnPct, true), sign(a.ReturnPct))
		fall.add(t.percent(a.MaxDrawdownPct, false), plain)
		sharpe.add(t.figure(a.Sharpe, 2), plain)
		trades.add(grouped(a.Trades), plain)
		win.add(t.percent(a.WinRatePct, false), plain)
		factor.add(t.figure(a.ProfitFactor, 2), plain)
		sqn.add(t.figure(a.SQN, 2), plain)
		fees.add(a.Fees.fixed(2), plain)
		hold.add(t.percent(a.Statistics.BuyHoldReturnPct, true), plain)
	}
	return []*column{t.names(agents), curve, final, gain, hold, fall, sharpe, sqn, trades, win, factor, fees}
}

// finalTitle names the currency where it is one for all.
func finalTitle(agents []AgentSummary) string {
	for i := range agents {
		if agents[i].Currency != agents[0].Currency {
			return "final"
		}
	}
	return strings.TrimSpace("final " + agents[0].Currency)
}

// efforts are what it took.
func (t Terminal) efforts(agents []AgentSummary) []*column {
	ticks, speed := &column{title: "ticks"}, &column{title: "ticks/s", rank: 2}
	orders, fills := &column{title: "orders"}, &column{title: "fills", rank: 3}
	denied, rejected := &column{title: "denied", rank: 4}, &column{title: "rejected", rank: 5}
	expired := &column{title: "expired", rank: 6}
	p50, p99, top := &column{title: "fuel p50"}, &column{title: "p99"}, &column{title: "max"}
	limit := &column{title: "of limit", rank: 1}
	for i := range agents {
		a := &agents[i]
		ticks.add(grouped(a.Ticks), plain)
		speed.add(compact(a.TicksPerSecond), plain)
		orders.add(grouped(a.Orders), plain)
		fills.add(grouped(a.Fills), plain)
		denied.add(grouped(a.Denied), alarm(a.Denied, amber))
		rejected.add(grouped(a.Rejected), alarm(a.Rejected, amber))
		expired.add(grouped(a.Expired), alarm(a.Expired, amber))
		p50.add(grouped(a.Fuel.P50), plain)
		p99.add(grouped(a.Fuel.P99), plain)
		top.add(grouped(a.Fuel.Max), plain)
		limit.add(t.fuelShare(a.Fuel), fuelStyle(a.Fuel))
	}
	return []*column{t.names(agents), ticks, speed, orders, fills, denied, rejected, expired, p50, p99, top, limit}
}

func (t Terminal) fuelShare(f FuelSummary) string {
	if f.Limit <= 0 {
		return t.glyph("–", "-")
	}
	share := 100 * float64(f.Max) / float64(f.Limit)
	if share < 0.1 && f.Max > 0 {
		return "< 0.1%"
	}
	return fmt.Sprintf("%.1f%%", share)
}

func fuelStyle(f FuelSummary) style {
	if f.Limit > 0 && f.Max > f.Limit/2 {
		return amber
	}
	return plain
}

func alarm(n int64, st style) style {
	if n > 0 {
		return st
	}
	return plain
}

// writeFeeds tells of each feed and instrument once, however many agents were fed by it. What agents
// saw differently of one feed is told for each of them.
func (t Terminal) writeFeeds(b *strings.Builder, agents []AgentSummary) {
	var told []FeedQuality
	for i := range agents {
		for _, f := range agents[i].Feeds {
			same := func(x FeedQuality) bool { return reflect.DeepEqual(x, f) }
			if slices.ContainsFunc(told, same) {
				continue
			}
			if len(told) == 0 {
				b.WriteString("\n" + t.paint(bold, "data") + "\n")
			}
			told = append(told, f)
			name := strings.TrimSpace(f.Feed + " " + f.Instrument)
			if f.Instrument == "" && len(agents) > 1 {
				name += " for " + agents[i].Name
			}
			t.writeFeed(b, name, &f)
		}
	}
}

func (t Terminal) writeFeed(b *strings.Builder, name string, f *FeedQuality) {
	st := plain
	if f.Withheld > 0 || f.Flagged > 0 {
		st = amber
	}
	t.writeWrapped(b, t.paint(st, t.clean(name+": "+f.sentence())))
	for _, d := range f.Defects {
		text := fmt.Sprintf("  %s: %s", strings.ReplaceAll(d.Defect, "_", " "), grouped(d.Count))
		if d.First != "" {
			text += ", first at " + d.First
		}
		t.writeWrapped(b, t.clean(text))
	}
}

// sentence says what the gate did.
func (f *FeedQuality) sentence() string {
	parts := []string{plural(f.Bars, "bar")}
	if f.Withheld > 0 {
		parts = append(parts, grouped(f.Withheld)+" withheld")
	}
	if f.Flagged > 0 {
		parts = append(parts, grouped(f.Flagged)+" flagged")
	}
	if f.Gaps > 0 {
		gap := plural(f.Gaps, "gap")
		if f.Missing > 0 {
			gap += " (" + plural(f.Missing, "bar") + " missing)"
		}
		parts = append(parts, gap)
	}
	if f.Rounded > 0 {
		parts = append(parts, grouped(f.Rounded)+" rounded to the instrument's decimals")
	}
	if len(parts) == 1 {
		parts = append(parts, "nothing withheld")
	}
	return strings.Join(parts, ", ")
}

func (t Terminal) writeWarnings(b *strings.Builder, s *Summary) {
	var lines []string
	for i := range s.Agents {
		for _, warning := range s.Agents[i].alerts() {
			lines = append(lines, s.Agents[i].Name+": "+warning)
		}
	}
	if r := s.Run; r != nil && r.Stopped != "" {
		lines = append(lines, "the run was stopped by "+r.Stopped)
	}
	if r := s.Run; r != nil && r.Error != "" {
		lines = append(lines, "the run ended with an error: "+r.Error)
	}
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + t.paint(bold, "look at") + "\n")
	for _, line := range lines {
		t.writeWrapped(b, t.paint(amber, t.clean(line)))
	}
}

// writeWrapped writes a line with the table's margin. It is not cut: a path that one cannot copy is
// worth less than a line that the terminal breaks.
func (t Terminal) writeWrapped(b *strings.Builder, line string) {
	b.WriteString(strings.Repeat(" ", tableMargin) + line + "\n")
}

// writePlaces says where to look on. The path of the journal is in the command that shows why ticks
// failed, so that it can be copied.
func (t Terminal) writePlaces(b *strings.Builder, s *Summary) {
	r := s.Run
	if r == nil || (r.Journal == "" && r.Report == "") {
		return
	}
	b.WriteString("\n")
	for _, place := range [][2]string{{"journal", r.Journal}, {"report ", r.Report}, {"resume ", r.Resume}, {"why    ", s.why()}} {
		if place[1] != "" {
			t.writeWrapped(b, t.paint(faint, place[0])+"  "+t.clean(place[1]))
		}
	}
}

// why is the command that shows the first agent's dead letters; empty where there are none, or no
// journal to show.
func (s *Summary) why() string {
	for i := range s.Agents {
		if a := &s.Agents[i]; a.DeadLetters > 0 && s.Run.Journal != "" {
			return fmt.Sprintf("agenthost journal show %s --stream %s | grep dead_letter", ShellQuoted(filepath.Dir(s.Run.Journal)), ShellQuoted("agent/"+a.Name))
		}
	}
	return ""
}

// ShellQuoted returns what a POSIX shell reads as text: the text itself, in quotes where it needs them.
func ShellQuoted(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-=:,@", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
