package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	fetchTimeout  = 10 * time.Second
	fetchPage     = 1000    // bars asked for at once: the most that the server gives
	fetchBytesMax = 8 << 20 // a page that is longer is refused
	retryAfterMax = 5 * time.Minute
)

// statusError is an answer that is not what was asked for.
type statusError struct {
	status     int
	retryAfter time.Duration
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("the server answers %d %s", e.status, http.StatusText(e.status))
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return text + ": is the key in key_env or key_file right?"
	case http.StatusNotFound:
		return text + ": are url and symbols right?"
	}
	return text
}

// lasting says that asking again will not help.
func (e *statusError) lasting() bool {
	return e.status >= 400 && e.status < 500 && e.status != http.StatusTooManyRequests && e.status != http.StatusRequestTimeout
}

func newStatusError(response *http.Response) *statusError {
	e := &statusError{status: response.StatusCode}
	if seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16); err == nil {
		e.retryAfter = min(time.Duration(seconds)*time.Second, retryAfterMax)
	}
	return e
}

// newClient follows no redirects: where they lead, the key must not go.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// header authorizes a request.
func (s *liveSource) header() (http.Header, error) {
	key, err := s.config.key()
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
	return h, nil
}

// page asks for bars of one symbol: those after a time, or the newest where after is nil.
func (s *liveSource) page(ctx context.Context, symbol string, after *int64, limit int) (wireBars, error) {
	var answer wireBars
	query := url.Values{"symbol": {symbol}, "limit": {strconv.Itoa(limit)}}
	if after != nil {
		query.Set("after", strconv.FormatInt(*after, 10))
	}
	body, err := s.get(ctx, s.server.JoinPath("api", "bars").String()+"?"+query.Encode())
	if err != nil {
		return answer, fmt.Errorf("fetch bars of %s: %w", symbol, err)
	}
	if err := decode(body, &answer); err != nil {
		return answer, fmt.Errorf("fetch bars of %s: the answer is not JSON: %w", symbol, err)
	}
	if answer.Bars == nil && answer.Complete == nil {
		return answer, fmt.Errorf("fetch bars of %s: the answer has no bars: is url that of a venue with the API of docs/VENUE.md?", symbol)
	}
	return answer, nil
}

func (s *liveSource) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if request.Header, err = s.header(); err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, bare(err)
	}
	defer response.Body.Close() // nothing to be done about an answer that does not close
	if response.StatusCode != http.StatusOK {
		return nil, newStatusError(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, fetchBytesMax+1))
	if err == nil && len(body) > fetchBytesMax {
		return nil, fmt.Errorf("the answer is longer than %d bytes", fetchBytesMax)
	}
	return body, err
}

// bare takes the address off an error: it is in the log line anyway.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// catchUp fetches what closed since the last bar that was told, of all instruments, and tells it in the
// order of time. Where nothing was told yet it only notes how far the server is: what closed before a
// feed began is history. It returns how many bars it told.
func (s *liveSource) catchUp(ctx context.Context) (int, error) {
	var rows []row
	reached := make([]int64, len(s.config.Symbols))
	for i := range reached {
		after, known := s.position(uint32(i))
		if !known {
			if err := s.begin(ctx, uint32(i)); err != nil {
				return 0, err
			}
			continue
		}
		found, last, err := s.since(ctx, uint32(i), after)
		if err != nil {
			return 0, err
		}
		rows, reached[i] = append(rows, found...), last
	}
	rows, err := s.again(ctx, rows, reached)
	if err != nil {
		return 0, err
	}
	s.heard()
	if len(rows) == 0 {
		return 0, nil
	}
	sortRows(rows)
	for i := range rows {
		if r := &rows[i]; r.timed {
			s.caughtUp[r.instrument] = max(s.caughtUp[r.instrument], r.time)
		}
	}
	return len(rows), s.tell(ctx, arrival{rows: rows})
}

// again asks once more for the instruments that are behind others: their bars may have closed after they
// were asked for, and would come too late for their step with the next question.
func (s *liveSource) again(ctx context.Context, rows []row, reached []int64) ([]row, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	newest := slices.Max(reached)
	for i, at := range reached {
		if at == 0 || at == newest {
			continue
		}
		found, _, err := s.since(ctx, uint32(i), at)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// position is how far an instrument is told, by this source or by any.
func (s *liveSource) position(instrument uint32) (after int64, known bool) {
	after, known = s.told[instrument], s.known[instrument]
	if newest := s.live.newest[instrument].Load(); newest > after || !known && newest != 0 {
		after, known = newest, true
	}
	return after, known
}

// since fetches all pages of one instrument, and says how far they go.
func (s *liveSource) since(ctx context.Context, instrument uint32, after int64) (rows []row, last int64, err error) {
	symbol := s.config.Symbols[instrument]
	for {
		answer, err := s.page(ctx, symbol, &after, fetchPage)
		if err != nil {
			return nil, 0, err
		}
		found, err := s.rows(answer.Bars)
		if err != nil {
			return nil, 0, err
		}
		last := after
		for _, r := range found {
			if r.timed && r.time <= after {
				continue // a server that counts after itself in
			}
			rows = append(rows, r)
			if r.timed && r.instrument == instrument {
				last = max(last, r.time)
			}
		}
		more := len(answer.Bars) >= fetchPage
		if answer.Complete != nil {
			more = !*answer.Complete && len(answer.Bars) > 0
		}
		if !more {
			return rows, last, nil
		}
		if last == after {
			return nil, 0, fmt.Errorf("fetch bars of %s: the server says that more came after %d, and does not tell it", symbol, after)
		}
		after = last
	}
}

// begin notes the newest bar's time.
func (s *liveSource) begin(ctx context.Context, instrument uint32) error {
	answer, err := s.page(ctx, s.config.Symbols[instrument], nil, 1)
	if err != nil {
		return err
	}
	for i := range answer.Bars {
		if err := s.checkInterval(&answer.Bars[i]); err != nil {
			return err
		}
		if at, ok := wireTime(answer.Bars[i].CloseTime); ok {
			s.told[instrument] = max(s.told[instrument], at)
		}
	}
	s.known[instrument] = true
	return nil
}

// rows reads what may be used of bars.
func (s *liveSource) rows(bars []wireBar) ([]row, error) {
	rows := make([]row, 0, len(bars))
	for i := range bars {
		r, mine, err := s.row(&bars[i])
		if err != nil {
			return nil, err
		}
		if mine {
			rows = append(rows, r)
		} else {
			s.ignored.Add(1)
		}
	}
	return rows, nil
}

// catchUpOr fails while there is hope that what was missed can be fetched a little later: the stream is not
// listened to before, because what comes after a gap cannot be taken back. A server that has no bars to
// fetch, or does not give them for StaleAfter, leaves a gap that is told.
func (s *liveSource) catchUpOr(ctx context.Context) error {
	_, err := s.catchUp(ctx)
	if err == nil {
		s.failedAt = 0
		return nil
	}
	if ctx.Err() != nil || errors.Is(err, errInterval) {
		return err
	}
	now := s.live.elapsed()
	if s.failedAt == 0 {
		s.failedAt = now
	}
	var status *statusError
	if lasting := errors.As(err, &status) && status.lasting(); !lasting && now-s.failedAt < int64(s.config.StaleAfter) {
		return err
	}
	s.failedAt = 0
	s.log.Warn("missed bars cannot be fetched; what is missing is told as a gap", "source", s.name, "error", err)
	return s.tell(ctx, arrival{lost: true})
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// streamAddress is where the WebSocket is.
func (s *liveSource) streamAddress() string {
	return s.server.JoinPath("api", "stream").String() + "?" + url.Values{"channels": {"bars"}, "symbols": {strings.Join(s.config.Symbols, ",")}}.Encode()
}
