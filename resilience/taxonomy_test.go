package resilience_test

import (
	"strings"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// every calls f with every happening that an adapter could describe.
func every(f func(resilience.Happening)) {
	for cause := resilience.CauseNone; cause <= resilience.CauseClock+1; cause++ {
		from, to := 0, 0
		switch cause {
		case resilience.CauseStatus:
			from, to = -1, 1000
		case resilience.CauseSQLite:
			from, to = 0, 600
		}
		for n := from; n <= to; n++ {
			for bits := range 8 {
				for phase := resilience.PhaseBefore; phase <= resilience.PhaseAnswered; phase++ {
					for k := resilience.RequestNone; k <= resilience.RequestRead; k++ {
						f(resilience.Happening{
							Cause: cause, Request: k, Phase: phase, Number: n,
							NotProcessed: bits&1 != 0, ErrorBody: bits&2 != 0, Resent: bits&4 != 0,
						})
					}
				}
			}
		}
	}
}

func TestEveryHappeningIsClassifiedSoundly(t *testing.T) {
	every(func(h resilience.Happening) {
		f := resilience.Classify(h, nil)
		wrong := func(what string) { t.Fatalf("%+v\n%+v\n%s", h, f, what) }
		if f.Why == "" || f.Class == resilience.ClassNone && f.Effect != resilience.EffectSuccess {
			wrong("no class or no reason")
		}
		declared := h.NotProcessed || h.Cause == resilience.CauseRefusedStream ||
			h.Cause == resilience.CauseStatus && (h.Number == 307 || h.Number == 308 || h.Number == 407 || h.Number == 421 || h.Number == 425 || h.Number == 511)
		if f.Proof == resilience.ProofNotSent && h.Phase != resilience.PhaseBefore && !declared {
			wrong("nobody has proved that it was not sent")
		}
		adds := h.Request == resilience.RequestSubmit || h.Request == resilience.RequestReplace
		if adds && f.Retry == resilience.RetryLater && f.Proof != resilience.ProofNotSent {
			wrong("retried though it may have arrived")
		}
		if adds && f.Proof == resilience.ProofUnknown && f.Retry == resilience.RetryLater {
			wrong("an Unknown is retried before it is settled")
		}
		if f.Proof == resilience.ProofRejected && f.Effect == resilience.EffectFailure {
			wrong("a business rejection counts against the venue's health")
		}
		if f.Proof == resilience.ProofRejected && f.Retry != resilience.RetryNever {
			wrong("a rejection is retried")
		}
		if h.Request == resilience.RequestRead && (f.Proof != resilience.ProofNothing || f.Retry == resilience.RetrySettled) {
			wrong("a query proves nothing about an order and needs no settling")
		}
		if h.Cause == resilience.CauseStatus && (h.Number == 401 || h.Number == 403 || h.Number == 418) {
			if !f.Hold || f.Proof == resilience.ProofRejected || f.Proof == resilience.ProofNotSent || f.Retry != resilience.RetryRepaired {
				wrong("it holds the account and proves nothing")
			}
		}
		if h.Cause == resilience.CauseStatus && h.Number >= 500 && h.Number != 501 && h.Number != 505 && h.Number != 511 && h.Number < 600 && f.Effect != resilience.EffectFailure {
			wrong("a 5xx does not count")
		}
	})
}

func TestEveryRowOfTheTaxonomyDecidesSomething(t *testing.T) {
	rows := resilience.Rules()
	left := map[string]int{}
	for i := range rows {
		left[rows[i].Failure.Why] = i
	}
	every(func(h resilience.Happening) {
		if h.Request == resilience.RequestSubmit || h.Request == resilience.RequestCancel {
			delete(left, resilience.Classify(h, nil).Why)
		}
	})
	for why := range left {
		t.Errorf("never decides: %s", why)
	}
	for i := range rows {
		if strings.TrimSpace(rows[i].Failure.Why) == "" || rows[i].Cause.String() == "not known" {
			t.Errorf("row %d has no reason or no name", i)
		}
	}
}

func TestClassify(t *testing.T) {
	submit := func(c resilience.Cause, p resilience.Phase, n int) resilience.Happening {
		return resilience.Happening{Cause: c, Phase: p, Number: n, Request: resilience.RequestSubmit}
	}
	status := func(n int) resilience.Happening { return submit(resilience.CauseStatus, resilience.PhaseAnswered, n) }
	with := func(h resilience.Happening, f func(*resilience.Happening)) resilience.Happening { f(&h); return h }
	declared := func(h resilience.Happening) resilience.Happening { h.NotProcessed = true; return h }
	resent := func(h resilience.Happening) resilience.Happening { h.Resent = true; return h }
	for name, c := range map[string]struct {
		h     resilience.Happening
		proof resilience.Proof
		retry resilience.Retry
	}{
		"a name that does not resolve was not sent":           {submit(resilience.CauseDNS, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryLater},
		"a refused connection was not sent":                   {submit(resilience.CauseRefused, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryLater},
		"a reset before the request left was not sent":        {submit(resilience.CauseReset, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryLater},
		"a reset while writing is unknown":                    {submit(resilience.CauseReset, resilience.PhaseWriting, 0), resilience.ProofUnknown, resilience.RetrySettled},
		"a reset after the request left is unknown":           {submit(resilience.CauseReset, resilience.PhaseWritten, 0), resilience.ProofUnknown, resilience.RetrySettled},
		"a failed handshake was not sent":                     {submit(resilience.CauseTLS, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryLater},
		"a bad certificate is not retried until repaired":     {submit(resilience.CauseCertificate, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryRepaired},
		"a timeout before sending was not sent":               {submit(resilience.CauseTimeout, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryLater},
		"a timeout after sending is unknown":                  {submit(resilience.CauseTimeout, resilience.PhaseWritten, 0), resilience.ProofUnknown, resilience.RetrySettled},
		"429 alone is unknown":                                {status(429), resilience.ProofUnknown, resilience.RetrySettled},
		"429 declared not processed was not sent":             {declared(status(429)), resilience.ProofNotSent, resilience.RetryLater},
		"503 alone is unknown":                                {status(503), resilience.ProofUnknown, resilience.RetrySettled},
		"503 declared not processed was not sent":             {declared(status(503)), resilience.ProofNotSent, resilience.RetryLater},
		"500 is unknown":                                      {status(500), resilience.ProofUnknown, resilience.RetrySettled},
		"400 is rejected":                                     {status(400), resilience.ProofRejected, resilience.RetryNever},
		"409 is looked up":                                    {status(409), resilience.ProofUnknown, resilience.RetrySettled},
		"422 of a first attempt is rejected":                  {status(422), resilience.ProofRejected, resilience.RetryNever},
		"422 of an id sent before may mean other content":     {resent(status(422)), resilience.ProofUnknown, resilience.RetryNever},
		"200 is accepted":                                     {status(200), resilience.ProofAccepted, resilience.RetryNever},
		"200 with an error in the body is unknown":            {with(status(200), func(h *resilience.Happening) { h.ErrorBody = true }), resilience.ProofUnknown, resilience.RetrySettled},
		"no such order, to a cancel, proves nothing":          {with(status(404), func(h *resilience.Happening) { h.Request = resilience.RequestCancel }), resilience.ProofUnknown, resilience.RetryLater},
		"a timeout of a lookup proves nothing and may repeat": {with(submit(resilience.CauseTimeout, resilience.PhaseWritten, 0), func(h *resilience.Happening) { h.Request = resilience.RequestRead }), resilience.ProofNothing, resilience.RetryLater},
		"a busy journal before sending: not sent":             {submit(resilience.CauseSQLite, resilience.PhaseBefore, 5|2<<8), resilience.ProofNotSent, resilience.RetryLater},
		"a journal that failed while it was out: unknown":     {submit(resilience.CauseSQLite, resilience.PhaseAnswered, 10), resilience.ProofUnknown, resilience.RetrySettled},
		"a full disk before sending: not sent":                {submit(resilience.CauseDiskFull, resilience.PhaseBefore, 0), resilience.ProofNotSent, resilience.RetryRepaired},
		"a full disk after sending: unknown":                  {submit(resilience.CauseDiskFull, resilience.PhaseAnswered, 0), resilience.ProofUnknown, resilience.RetrySettled},
		"what nobody foresaw, after sending: unknown":         {submit(250, resilience.PhaseWritten, 0), resilience.ProofUnknown, resilience.RetrySettled},
	} {
		t.Run(name, func(t *testing.T) {
			if f := resilience.Classify(c.h, nil); f.Proof != c.proof || f.Retry != c.retry {
				t.Fatalf("%+v", f)
			}
		})
	}
}

// binance are some codes of Binance's spot API (rest-api.md, errors.md): a table as an adapter writes it.
var binance = []resilience.VenueCode{
	{Code: "-1003", Answer: resilience.AnswerNotProcessed, Why: "too many requests"},
	{Code: "-1006", Answer: resilience.AnswerUnknown},
	{Code: "-1007", Answer: resilience.AnswerUnknown, Why: "timeout: send status unknown, execution status unknown"},
	{Code: "-1013", Answer: resilience.AnswerRejected, Why: "did not reach the matching engine"},
	{Code: "-2010", Answer: resilience.AnswerRejected},
	{Code: "duplicate", Answer: resilience.AnswerExists},
	{Code: "-2011", Request: resilience.RequestCancel, Answer: resilience.AnswerNoSuchOrder},
	{Code: "-2011", Answer: resilience.AnswerRejected},
	{Code: "-2015", Answer: resilience.AnswerHold},
}

func TestVenueCodes(t *testing.T) {
	v, err := resilience.NewVenueCodes(binance...)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(n int, code string, k resilience.RequestKind) resilience.Failure {
		return resilience.Classify(resilience.Happening{Cause: resilience.CauseStatus, Phase: resilience.PhaseAnswered, Number: n, Code: code, Request: k, ErrorBody: true}, v)
	}
	for name, c := range map[string]struct {
		f     resilience.Failure
		proof resilience.Proof
	}{
		"a code is stronger than the status":                {answer(500, "-1013", resilience.RequestSubmit), resilience.ProofRejected},
		"a code explains a success with an error":           {answer(200, "-2010", resilience.RequestSubmit), resilience.ProofRejected},
		"the venue does not know":                           {answer(400, "-1007", resilience.RequestSubmit), resilience.ProofUnknown},
		"a duplicate is there already":                      {answer(400, "duplicate", resilience.RequestSubmit), resilience.ProofExists},
		"not processed":                                     {answer(429, "-1003", resilience.RequestSubmit), resilience.ProofNotSent},
		"the narrower row decides":                          {answer(400, "-2011", resilience.RequestCancel), resilience.ProofUnknown},
		"the wider row is for the rest":                     {answer(400, "-2011", resilience.RequestSubmit), resilience.ProofRejected},
		"a code that is not in the table leaves the status": {answer(500, "x", resilience.RequestSubmit), resilience.ProofUnknown},
		"a table cannot make a ban a rejection":             {answer(418, "-1013", resilience.RequestSubmit), resilience.ProofUnknown},
	} {
		if c.f.Proof != c.proof {
			t.Errorf("%s: %+v", name, c.f)
		}
	}
	if f := answer(400, "-2015", resilience.RequestSubmit); !f.Hold {
		t.Error("a key that is refused holds the account")
	}
	for _, bad := range [][]resilience.VenueCode{
		{{Answer: resilience.AnswerHold}},
		{{Code: "1"}},
		{{Code: "1", Answer: 99}},
		{{Code: "1", Answer: resilience.AnswerHold}, {Code: "1", Answer: resilience.AnswerRejected}},
	} {
		if _, err := resilience.NewVenueCodes(bad...); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
