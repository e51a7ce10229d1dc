package admin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// unreachable says in words why nobody answered.
func (c *Client) unreachable(err error) error {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &certificate):
		return fmt.Errorf("the certificate of %s is not trusted: %w; name its authority with --ca-file", c.place, certificate.Err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return &NotRunning{c.place, c.Start}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not control the host on %s: only the user that runs it, and root, may", c.place)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the host on %s does not answer; a change may still be made: look before asking again", c.place)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("ask the host on %s: %w", c.place, err)
}

// errorFrom gives an answer that is no success its type back.
func errorFrom(status int, b []byte) error {
	var body errorBody
	if err := json.Unmarshal(b, &body); err != nil || body.Error.Code == "" {
		return &Error{status, http.StatusText(status), fmt.Sprintf("%.200q", b)}
	}
	code, message := body.Error.Code, body.Error.Message
	switch status {
	case http.StatusConflict:
		return &Refusal{code, message}
	case http.StatusNotFound:
		return &NotFound{message}
	case http.StatusBadRequest:
		return &Invalid{message}
	}
	return &Error{status, code, message}
}
