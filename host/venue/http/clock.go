package http

import (
	"context"
	"errors"
	"fmt"
)

// Time asks the venue for its clock, in nanoseconds since 1970. A venue without the endpoint, or without a name
// for the field, gives errors.ErrUnsupported.
func (v *Venue) Time(ctx context.Context) (int64, error) {
	e := &v.config.Endpoints.Time
	if e.Path == "" || v.config.Answer.ServerTime == "" {
		return 0, errors.ErrUnsupported
	}
	ctx, cancel := context.WithTimeout(ctx, v.config.Timeout)
	defer cancel()
	var body []byte
	if e.hasBody() {
		body = []byte("{}")
	}
	req, err := v.build(ctx, e, nil, body)
	if err != nil {
		return 0, fmt.Errorf("venue time: %w", err)
	}
	resp, err := v.transport.RoundTrip(req)
	if err != nil {
		return 0, fmt.Errorf("venue time: %s", v.clean(err.Error(), detailBytesMax))
	}
	defer resp.Body.Close()
	answer, err := readBody(resp, v.config.BodyMax)
	if err != nil || resp.StatusCode != 200 {
		return 0, fmt.Errorf("venue time: HTTP %d: %s", resp.StatusCode, v.clean(fmt.Sprint(err), detailBytesMax))
	}
	doc, err := parse(answer)
	if err != nil {
		return 0, fmt.Errorf("venue time: %w", err)
	}
	at, err := v.decoder.at(doc, v.config.Answer.ServerTime)
	if err == nil && at == 0 {
		err = errMissing
	}
	if err != nil {
		return 0, fmt.Errorf("venue time: %s: %s", v.config.Answer.ServerTime, v.clean(err.Error(), detailBytesMax))
	}
	return at, nil
}
