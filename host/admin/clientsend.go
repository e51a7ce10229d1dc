package admin

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// lines reads a stream.
func lines[T any](ctx context.Context, c *Client, query url.Values, deliver func(T) error, path ...string) error {
	res, err := c.send(ctx, http.MethodGet, query, nil, path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	read := bufio.NewReader(res.Body)
	for {
		line, err := read.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case err != nil:
			return c.unreachable(err)
		case len(bytes.TrimSpace(line)) == 0:
			continue // a heartbeat
		}
		var failed errorBody
		if bytes.HasPrefix(line, []byte(`{"error":{`)) && json.Unmarshal(line, &failed) == nil {
			return &Error{http.StatusInternalServerError, failed.Error.Code, failed.Error.Message}
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return notUnderstood(err)
		}
		if err := deliver(v); err != nil {
			return err
		}
	}
}

func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (v T, err error) {
	err = c.do(ctx, clientTimeout, http.MethodGet, &v, query, nil, path)
	return v, err
}

func post[T any](ctx context.Context, c *Client, body any, path ...string) (v T, err error) {
	return postFor[T](ctx, c, clientTimeout, body, path)
}

// postLong is post for what compiles and warms up.
func postLong[T any](ctx context.Context, c *Client, body any, path ...string) (v T, err error) {
	return postFor[T](ctx, c, swapMax+2*writeGrace, body, path)
}

func postFor[T any](ctx context.Context, c *Client, most time.Duration, body any, path []string) (v T, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return v, fmt.Errorf("encode request: %w", err)
	}
	err = c.do(ctx, most, http.MethodPost, &v, nil, b, path)
	return v, err
}

func (c *Client) do(ctx context.Context, most time.Duration, method string, into any, query url.Values, body []byte, path []string) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	res, err := c.send(ctx, method, query, body, path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return fmt.Errorf("read the host's answer: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return notUnderstood(err)
	}
	return nil
}

// send asks. Each change has a key of its own, by which the host knows it if it comes twice.
func (c *Client) send(ctx context.Context, method string, query url.Values, body []byte, path []string) (*http.Response, error) {
	address := c.base + "/v1"
	for _, p := range path {
		address += "/" + url.PathEscape(p)
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", rand.Text())
	}
	if c.token != nil {
		token, err := c.token()
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	return res, nil
}

func readError(res *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(res.Body, errorBytesMax))
	if err != nil {
		return fmt.Errorf("read the host's answer: %w", err)
	}
	return errorFrom(res.StatusCode, b)
}

func notUnderstood(err error) error {
	return fmt.Errorf("the host's answer cannot be read; is it another version? %w", err)
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

func setWhole(v url.Values, name string, n int64) {
	if n != 0 {
		v.Set(name, strconv.FormatInt(n, 10))
	}
}

func setFollow(v url.Values, follow bool) {
	if follow {
		v.Set("follow", "true")
	}
}
