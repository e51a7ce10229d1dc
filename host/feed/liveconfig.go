package feed

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Transports of a live feed.
const (
	TransportWebSocket = "websocket"
	TransportHTTP      = "http"
)

const (
	silentAfterDefault = 15 * time.Second
	staleAfterMin      = 10 * time.Second
	graceMax           = 2 * time.Second
	backoffFirst       = 500 * time.Millisecond
	backoffMax         = 30 * time.Second
)

// LiveConfig is a feed of bars as they close, from a server with the API of docs/VENUE.md.
type LiveConfig struct {
	// Name is the feed's name in the configuration; of a fallback, its own.
	Name string
	// URL is the server: http, https, ws or wss, without /api. It holds no key: URLs are logged.
	URL string
	// Transport is TransportWebSocket (also for "") or TransportHTTP, which asks every PollEvery.
	Transport string
	// Instruments gives bars their indexes. Symbols are the server's words for them in the same order;
	// empty means by their names. A fallback leaves Instruments empty; its own Symbols if they differ.
	Instruments []event.Instrument
	Symbols     []string
	// Interval is the length of a bar, above zero. A source whose bars say another length is not used.
	Interval time.Duration
	// StaleAfter without a good bar makes a source stale, and the next fallback is begun. Zero: three
	// intervals, at least 10 s. It is no less than Interval.
	StaleAfter time.Duration
	// SilentAfter without any message, heartbeats included, ends a WebSocket and dials anew. Zero: 15 s.
	SilentAfter time.Duration
	// Grace is how long a bar waits for those of other instruments that close at the same time, and for
	// those that are missing before it. Zero: a tenth of Interval, at most 2 s, and PollEvery besides.
	Grace time.Duration
	// PollEvery is the time between two questions of TransportHTTP. Zero: a tenth of Interval, 100 ms to 5 s.
	PollEvery time.Duration
	// KeyEnv or KeyFile say where the bearer key is; it is read anew for every connection. Both empty: no key.
	KeyEnv, KeyFile string
	Quality         Quality
	// Fallback are the sources to use, in this order, while those before them are stale. What they leave
	// empty they have from the first. They have no fallbacks of their own.
	Fallback []LiveConfig

	// Now is the host's clock in nanoseconds; nil is the machine's. Waiting is done by the machine's.
	Now func() int64
	// Backoff is the wait before the attempt-th try in a row (from 1) to connect again. Nil: full jitter,
	// drawn by Random from up to 0.5 s, 1 s, 2 s and so on to 30 s.
	Backoff func(attempt int) time.Duration
	// Random is uniform over all values and may be called at once. Nil: the runtime's.
	Random func() uint64
}

// settle checks a configuration and fills in what is left out.
func (c LiveConfig) settle() (LiveConfig, error) {
	if c.Now == nil {
		c.Now = func() int64 { return time.Now().UnixNano() }
	}
	if c.Random == nil {
		c.Random = rand.Uint64
	}
	if c.Backoff == nil {
		c.Backoff = fullJitter(c.Random)
	}
	if err := c.settleInstruments(); err != nil {
		return c, err
	}
	c.settleTimes()
	if err := c.check(); err != nil {
		return c, err
	}
	fallbacks := make([]LiveConfig, 0, len(c.Fallback))
	for i := range c.Fallback {
		f, err := c.settleFallback(c.Fallback[i])
		if err != nil {
			return c, fmt.Errorf("fallback %d: %w", i+1, err)
		}
		fallbacks = append(fallbacks, f)
	}
	c.Fallback = fallbacks
	return c, nil
}

func (c *LiveConfig) settleInstruments() error {
	if len(c.Instruments) == 0 {
		return errors.New("it has no instruments")
	}
	if len(c.Symbols) == 0 {
		for i := range c.Instruments {
			c.Symbols = append(c.Symbols, c.Instruments[i].Name)
		}
	}
	if len(c.Symbols) != len(c.Instruments) {
		return fmt.Errorf("%d symbols for %d instruments; give one for each, or none", len(c.Symbols), len(c.Instruments))
	}
	names, symbols := map[string]bool{}, map[string]bool{}
	for i, s := range c.Symbols {
		name := c.Instruments[i].Name
		if s == "" || names[name] || symbols[s] {
			return fmt.Errorf("instrument %q with symbol %q: both must be there once", name, s)
		}
		names[name], symbols[s] = true, true
	}
	return nil
}

func (c *LiveConfig) settleTimes() {
	if c.StaleAfter == 0 {
		c.StaleAfter = max(3*c.Interval, staleAfterMin)
	}
	if c.SilentAfter == 0 {
		c.SilentAfter = silentAfterDefault
	}
	if c.PollEvery == 0 {
		c.PollEvery = min(max(c.Interval/10, 100*time.Millisecond), 5*time.Second)
	}
	if c.Grace == 0 {
		c.Grace = min(c.Interval/10, graceMax)
		if c.Transport == TransportHTTP {
			c.Grace += c.PollEvery
		}
	}
}

func (c *LiveConfig) check() error {
	switch {
	case c.Transport != "" && c.Transport != TransportWebSocket && c.Transport != TransportHTTP:
		return fmt.Errorf("transport is %q; it can be %q or %q", c.Transport, TransportWebSocket, TransportHTTP)
	case c.Interval <= 0 || int64(c.Interval) > int64(intervalMax):
		return fmt.Errorf("interval is %v; set it to the length of a bar, at most 366 days", c.Interval)
	case c.StaleAfter < c.Interval:
		return fmt.Errorf("stale_after is %v and interval %v: a feed would be stale between two bars; set stale_after to more", c.StaleAfter, c.Interval)
	case c.SilentAfter < 0 || c.Grace < 0 || c.PollEvery < 0:
		return fmt.Errorf("silent_after %v, grace %v, poll_every %v: none can be below zero", c.SilentAfter, c.Grace, c.PollEvery)
	case c.KeyEnv != "" && c.KeyFile != "":
		return errors.New("key_env and key_file are both set; set one")
	}
	_, err := parseServer(c.URL)
	return err
}

// settleFallback gives a fallback what it has from the first source.
func (c *LiveConfig) settleFallback(f LiveConfig) (LiveConfig, error) {
	switch {
	case len(f.Fallback) > 0:
		return f, errors.New("it has fallbacks of its own; list them in order at the feed")
	case len(f.Instruments) > 0:
		return f, errors.New("it has instruments of its own; a fallback tells of the feed's")
	case f.Interval != 0 && f.Interval != c.Interval:
		return f, fmt.Errorf("interval is %v, the feed's %v; they must be the same", f.Interval, c.Interval)
	}
	f.Instruments, f.Interval, f.Quality = c.Instruments, c.Interval, c.Quality
	f.Now, f.Backoff, f.Random = c.Now, c.Backoff, c.Random
	if len(f.Symbols) == 0 {
		f.Symbols = c.Symbols
	}
	if f.StaleAfter == 0 {
		f.StaleAfter = c.StaleAfter
	}
	if f.SilentAfter == 0 {
		f.SilentAfter = c.SilentAfter
	}
	if f.Name == "" {
		f.Name = f.display()
	}
	if err := f.settleInstruments(); err != nil {
		return f, err
	}
	f.settleTimes()
	return f, f.check()
}

// parseServer reads URL: http and ws are the same server.
func parseServer(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("url cannot be read; it is such as https://venue.example") // the error would show it
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return nil, fmt.Errorf("url has scheme %q; it can be http, https, ws or wss", u.Scheme)
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("url must have a host, and no user, query or fragment: keys come from key_env or key_file, because urls are logged")
	}
	return u, nil
}

// display is the source's name in logs.
func (c *LiveConfig) display() string {
	u, err := parseServer(c.URL)
	if err != nil {
		return c.Name
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/")
}

// key reads the bearer key, which is "" where none is configured.
func (c *LiveConfig) key() (string, error) {
	var text string
	switch {
	case c.KeyEnv != "":
		text = os.Getenv(c.KeyEnv)
	case c.KeyFile != "":
		b, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return "", fmt.Errorf("read the key: %w", err)
		}
		text = string(b)
	default:
		return "", nil
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fmt.Errorf("the key is empty: set environment variable or file %s", c.KeyEnv+c.KeyFile)
	}
	if strings.ContainsAny(text, "\r\n") {
		return "", fmt.Errorf("the key in %s has more than one line", c.KeyEnv+c.KeyFile)
	}
	return text, nil
}

// fullJitter is the default Backoff.
func fullJitter(random func() uint64) func(int) time.Duration {
	return func(attempt int) time.Duration {
		longest := backoffMax
		if attempt < 8 {
			longest = min(longest, backoffFirst<<max(0, attempt-1))
		}
		return time.Duration(random() % uint64(longest))
	}
}
