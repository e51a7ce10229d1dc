package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

// Page is what WriteHTML shows: a summary and the recorders that it was made from, in the same order.
type Page struct {
	Summary   Summary
	Recorders []*Recorder
}

var (
	//go:embed page/page.html
	pageFrame string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/format.js
	pageFormat string
	//go:embed page/chart.js
	pageChart string
	//go:embed page/table.js
	pageTable string
	//go:embed page/agent.js
	pageAgentScript string
	//go:embed page/page.js
	pageScript string
	//go:embed page/uplot/uPlot.iife.min.js
	uplotScript string
	//go:embed page/uplot/uPlot.min.css
	uplotStyle string
	//go:embed page/uplot/LICENSE
	uplotLicense string
)

// WriteHTML writes one page that holds all it needs: no file beside it, no network. It works in any
// browser of the last years, follows the reader's light or dark setting, and can be mailed.
func WriteHTML(w io.Writer, p Page) error {
	if len(p.Summary.Agents) != len(p.Recorders) {
		return fmt.Errorf("write page: %d agents in the summary, %d recorders", len(p.Summary.Agents), len(p.Recorders))
	}
	// Marshal escapes <, > and &, so that no name can end the element that holds the data.
	data, err := json.Marshal(newPageData(&p))
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	title := "agenthost run"
	if r := p.Summary.Run; r != nil && r.ID != "" {
		title += " " + r.ID
	}
	// One pass: what is put in is not searched for further places.
	_, err = strings.NewReplacer(
		"{{title}}", html.EscapeString(title),
		"{{style}}", uplotStyle+pageStyle,
		"{{uplot}}", "/*\n"+uplotLicense+"*/\n"+uplotScript,
		"{{script}}", pageFormat+pageChart+pageTable+pageAgentScript+pageScript,
		"{{data}}", string(data),
	).WriteString(w, pageFrame)
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}
