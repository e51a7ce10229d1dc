package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// answerMax is how much of a failed answer an error shows.
const answerMax = 256

// webhook posts alerts as JSON. Any status of 200 to 299 is an answer. Redirects are not followed: what
// is secret in the headers must not go where they lead.
type webhook struct {
	config *SinkConfig
	now    func() int64
	client *http.Client
}

func newWebhook(s *SinkConfig, now func() int64) *webhook {
	return &webhook{config: s, now: now, client: &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *webhook) Name() string { return w.config.Name }

func (w *webhook) Send(ctx context.Context, a event.Alert) error {
	body, err := encode(a)
	if err != nil {
		return Permanent(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.URL, bytes.NewReader(body))
	if err != nil {
		return Permanent(errors.New("url cannot be used")) // the error would show it
	}
	if err := w.sign(request, body); err != nil {
		return Permanent(err)
	}
	response, err := w.client.Do(request)
	if err != nil {
		return bare(err)
	}
	defer response.Body.Close() // nothing to be done about an answer that does not close
	text, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return nil
	}
	if err != nil {
		text = nil // the status says enough
	}
	return answered(response.StatusCode, text)
}

// answered: what is wrong with the request stays wrong.
func answered(status int, text []byte) error {
	err := fmt.Errorf("the webhook answers %d %s: %q", status, http.StatusText(status), strings.TrimSpace(string(text)))
	if status >= 300 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout {
		return Permanent(err)
	}
	return err
}

// sign sets the headers, those that are secret too.
func (w *webhook) sign(request *http.Request, body []byte) error {
	h := request.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "agenthost")
	for name, value := range w.config.Headers {
		h.Set(name, value)
	}
	for name, variable := range w.config.HeadersEnv {
		value, err := secret(variable)
		if err != nil {
			return err
		}
		h.Set(name, value)
	}
	if w.config.SecretEnv == "" {
		return nil
	}
	key, err := secret(w.config.SecretEnv)
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(w.now()/1e9, 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	h.Set("X-Agenthost-Timestamp", stamp)
	h.Set("X-Agenthost-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

func secret(variable string) (string, error) {
	value := strings.TrimSpace(os.Getenv(variable))
	if value == "" {
		return "", fmt.Errorf("environment variable %s is not set", variable)
	}
	return value, nil
}

// bare takes the address off an error: there may be a secret in it.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
