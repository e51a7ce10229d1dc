package http

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// CodeMisbuilt is the code of a call that the adapter could not put into words; nothing was sent. It is ours,
// not the venue's, and a row of VenueCodes.
const CodeMisbuilt = "agenthost_misbuilt"

// VenueCodes are the meanings of the venue's codes, for resilience.Classify. Every happening of this adapter is
// to be classified with them: without them a call that was never sent looks as if it might have been.
func (c *Config) VenueCodes() (*resilience.VenueCodes, error) {
	rows := []resilience.VenueCode{{
		Code: CodeMisbuilt, Answer: resilience.AnswerMisbuilt, Why: "the adapter cannot say this to the venue; nothing was sent",
	}}
	for _, k := range c.Errors.Codes {
		rows = append(rows, resilience.VenueCode{Code: k.Code, Request: k.Request, Answer: k.Answer, Why: k.Why})
	}
	codes, err := resilience.NewVenueCodes(rows...)
	if err != nil {
		return nil, fmt.Errorf("venue %s: errors: %w", c.Name, err)
	}
	return codes, nil
}

// RejectCode is what a venue's code of a rejection means to a strategy; RejectOther for one that is not known.
func (c *Config) RejectCode(code string) event.RejectCode {
	i := slices.IndexFunc(c.Errors.Codes, func(k Code) bool { return k.Code == code && k.Reject != 0 })
	if i < 0 {
		return event.RejectOther
	}
	return c.Errors.Codes[i].Reject
}

// declares reports whether the venue's documents say that nothing is done after this answer.
func (e *Errors) declares(status int, code string) bool {
	return slices.ContainsFunc(e.NotProcessed, func(n NotProcessed) bool {
		return (n.Status == 0 || n.Status == status) && (n.Code == "" || n.Code == code)
	})
}

// matches reports whether an answer to a lookup says that there is no such order.
func (n *NotFound) matches(status int, code string, body []byte) bool {
	if n.Status == 0 || status != n.Status {
		return false
	}
	return slices.Contains(n.Codes, code) && code != "" || n.Text != "" && containsFold(body, n.Text)
}
