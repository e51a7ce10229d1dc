package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What is remembered of requests with a key: so long, so many, and answers up to this size.
const (
	keptFor      = 24 * time.Hour
	keptMax      = 10_000
	keptBytesMax = 16 << 10
	keyBytesMax  = 100
)

// identify reads the key, and hashes what is asked for.
func (r *request) identify(body []byte) error {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return nil
	}
	key := keys[0]
	strange := strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' })
	if len(keys) > 1 || key == "" || len(key) > keyBytesMax || strange {
		return invalid("Idempotency-Key: send one, of 1 to %d visible ASCII characters", keyBytesMax)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.RequestURI())
	h.Write(body)
	r.key, r.sum = key, hex.EncodeToString(h.Sum(nil))
	return nil
}

// once carries a request out, unless one with its key was: then its answer comes again.
func (s *Server) once(r *request) (answer reply, again bool) {
	if r.key == "" {
		return s.reply(r), false
	}
	if err := s.carriedOut(r); err != nil {
		return s.failed(r, err), false
	}
	name := callerFrom(r.Context()).who + "\n" + r.key
	kept, err := s.answers.claim(name, r.sum)
	if err != nil {
		return s.failed(r, err), false
	}
	if kept != nil {
		return *kept, true
	}
	defer func() { s.answers.keep(name, answer) }() // after a panic too: the place is given back
	return s.reply(r), false
}

// carriedOut looks for the key in the journal, which remembers it beyond a restart.
func (s *Server) carriedOut(r *request) error {
	who := callerFrom(r.Context()).who
	if r.route.urgent || s.answers.knows(who+"\n"+r.key) {
		return nil
	}
	past, err := s.config.Host.Audits(r.Context(), AuditQuery{Since: s.answers.now().Add(-keptFor).UnixNano(), Key: r.key, Limit: OrdersMax})
	if err != nil {
		return err
	}
	for i := range past.Entries {
		e := &past.Entries[i]
		switch {
		case e.Peer != who:
		case e.Request != r.sum:
			return keyReused()
		default:
			return Refuse("carried_out", "this was carried out before, at %s, as the journal says (%s, position %d); its answer is not kept any more",
				time.Unix(0, e.Time).UTC().Format(time.RFC3339), e.Stream, e.Position)
		}
	}
	return nil
}

func keyReused() error {
	return &Error{http.StatusUnprocessableEntity, "key_reused", "this Idempotency-Key came with another request; take a new key for each change"}
}

// answers are those to requests with a key. Safe for concurrent use.
type answers struct {
	now func() time.Time

	mu    sync.Mutex
	known map[string]*keptAnswer
	order []string // the oldest first; one that was let go and came again is in it twice
}

// keptAnswer is a request's, nil while it is at work.
type keptAnswer struct {
	sum    string
	since  time.Time
	answer *reply
}

func (a *answers) knows(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expire()
	return a.known[name] != nil
}

// claim takes a key, or gives the answer that it had.
func (a *answers) claim(name, sum string) (*reply, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expire()
	switch k := a.known[name]; {
	case k == nil:
	case k.sum != sum:
		return nil, keyReused()
	case k.answer == nil:
		return nil, Refuse("in_progress", "a request with this Idempotency-Key is at work; ask again in a moment")
	default:
		return k.answer, nil
	}
	if a.known == nil {
		a.known = map[string]*keptAnswer{}
	}
	a.known[name] = &keptAnswer{sum: sum, since: a.now()}
	a.order = append(a.order, name)
	return nil, nil
}

// keep remembers an answer, or lets go of a key with which nothing was done.
func (a *answers) keep(name string, answer reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.known[name]
	switch {
	case k == nil:
	case !decided(answer.status):
		delete(a.known, name)
	case len(answer.body) > keptBytesMax:
		e := Refuse("carried_out", "this was carried out before; its answer is too large to be kept")
		k.answer = &reply{http.StatusConflict, errorBytes(errorAnswer(e))}
	default:
		k.answer = &answer
	}
}

// decided: the host did it, or refused to, or it is not known. Whatever else there is did not begin.
func decided(status int) bool {
	switch status {
	case http.StatusOK, http.StatusConflict, http.StatusInternalServerError, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// expire lets go of what is old, and of the oldest where there are too many: the journal still knows them.
func (a *answers) expire() {
	for len(a.order) > 0 {
		name := a.order[0]
		k := a.known[name]
		if k != nil && a.now().Sub(k.since) < keptFor && (len(a.order) <= keptMax || k.answer == nil) {
			return
		}
		if k != nil && k.answer != nil {
			delete(a.known, name)
		}
		a.order = a.order[1:]
	}
}
