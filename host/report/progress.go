package report

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// ProgressConfig says where and how progress is shown.
type ProgressConfig struct {
	Terminal Terminal
	// LineEvery writes a plain line each time that so much has passed, where there is no live
	// terminal. 0 stays silent there.
	LineEvery time.Duration
	// Unit is what is counted beside done and total; empty is "ticks".
	Unit string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Progress shows how far a run is, how fast, and how long it will still take: a bar on a live terminal,
// else a line now and then, or nothing. One goroutine at a time may use it.
type Progress struct {
	w        io.Writer
	config   ProgressConfig
	bar      *progressbar.ProgressBar // nil without a live terminal
	started  time.Time
	drawNext time.Time
}

// barEvery is how often the bar is drawn at most: often enough to look alive, too seldom to cost.
const barEvery = 60 * time.Millisecond

// NewProgress starts the clock. Nothing is written before the first Update.
func NewProgress(w io.Writer, c ProgressConfig) *Progress {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Unit == "" {
		c.Unit = "ticks"
	}
	p := &Progress{w: w, config: c, started: c.Now()}
	if c.Terminal.Live {
		p.bar = newBar(w, c.Terminal)
		return p
	}
	p.drawNext = p.started.Add(c.LineEvery)
	return p
}

func newBar(w io.Writer, t Terminal) *progressbar.ProgressBar {
	theme := progressbar.ThemeASCII
	if !t.ASCII {
		theme = progressbar.Theme{Saucer: "█", SaucerPadding: "░"}
	}
	return progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetTheme(theme),
		progressbar.OptionSetWidth(max(10, min(40, t.width()-62))),
		progressbar.OptionSetPredictTime(false), // the description says it, by the same reckoning as a line
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionClearOnFinish(),
	)
}

// Update says that done of total is behind us (in whatever the feed counts: bytes, rows) and how many
// ticks were made. A total of 0 or less is unknown.
func (p *Progress) Update(done, total, ticks int64) error {
	now := p.config.Now()
	if now.Before(p.drawNext) || (p.bar == nil && p.config.LineEvery <= 0) {
		return nil
	}
	text := p.words(done, total, ticks)
	if p.bar != nil {
		p.drawNext = now.Add(barEvery)
		return p.draw(done, total, text)
	}
	p.drawNext = now.Add(p.config.LineEvery)
	if total > 0 {
		text = fmt.Sprintf("%d %%  %s", 100*done/total, text)
	}
	_, err := fmt.Fprintln(p.w, text)
	return err
}

func (p *Progress) draw(done, total int64, text string) error {
	length := max(total, done, 1)
	if p.bar.GetMax64() != length {
		p.bar.ChangeMax64(length)
	}
	// The bar ends by Finish alone: a run that has read its last byte still has turns to make.
	if err := p.bar.Set64(min(done, length-1)); err != nil {
		return err
	}
	p.bar.Describe(text)
	return nil
}

// words are the ticks so far, the speed, and the time left where it can be told.
func (p *Progress) words(done, total, ticks int64) string {
	elapsed := p.config.Now().Sub(p.started).Seconds()
	text := grouped(ticks) + " " + p.config.Unit
	if elapsed <= 0 {
		return text
	}
	text += ", " + compact(float64(ticks)/elapsed) + "/s"
	if total > 0 && done > 0 {
		left := elapsed * float64(max(0, total-done)) / float64(done)
		text += ", " + span(left) + " left"
	}
	return text
}

// Finish removes the bar. The summary that follows says the rest.
func (p *Progress) Finish() error {
	if p.bar == nil {
		return nil
	}
	return p.bar.Finish()
}
