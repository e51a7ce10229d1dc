//go:build !wasip1

package abi

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzParseOutput: whatever a guest hands back is refused with an *OutputError, or is read into what a
// writer writes as the same bytes again, but for strings in another order or that nobody names.
func FuzzParseOutput(f *testing.F) {
	for _, c := range outputCases() {
		if len(c.bytes) < 4096 {
			f.Add(c.bytes)
		}
	}
	w := NewOutputWriter(4096)
	f.Fuzz(func(t *testing.T, b []byte) {
		intents, err := ParseOutput(b, OutputLimits{SizeMax: 4096, RecordsMax: 32, SeriesMax: 8}, nil)
		if err != nil {
			var o *OutputError
			if !errors.As(err, &o) || o.Field == "" || o.Want == "" || o.Offset < 0 || o.Offset > len(b) || len(intents) != 0 {
				t.Fatalf("refused with %#v and %d intents", err, len(intents))
			}
			return
		}
		again, err := ParseOutput(rewrite(w, intents), OutputLimits{}, nil)
		if err != nil || len(again) != len(intents) {
			t.Fatalf("written again it has %d of %d intents: %v", len(again), len(intents), err)
		}
		for i := range intents {
			if !bytes.Equal(intents[i].Text, again[i].Text) {
				t.Fatalf("text %q became %q", intents[i].Text, again[i].Text)
			}
			withoutText(&intents[i])
			withoutText(&again[i])
			if a, b := intentRecord(&intents[i]), intentRecord(&again[i]); a != b {
				t.Fatalf("%+v became %+v", a, b)
			}
		}
	})
}

func withoutText(in *Intent) {
	in.Submit.Tag, in.Close.Tag, in.Alert.Message = StringRef{}, StringRef{}, StringRef{}
}

func rewrite(w *OutputWriter, intents []Intent) []byte {
	w.Reset()
	for i := range intents {
		in := intents[i]
		text := w.String(string(in.Text))
		in.Submit.Tag, in.Close.Tag, in.Alert.Message = text, text, text
		switch in.Kind {
		case IntentSubmit:
			w.Submit(&in.Submit)
		case IntentCancel:
			w.Cancel(&in.Cancel)
		case IntentCancelAll:
			w.CancelAll(&in.CancelAll)
		case IntentReplace:
			w.Replace(&in.Replace)
		case IntentClose:
			w.Close(&in.Close)
		case IntentTimer:
			w.Timer(&in.Timer)
		case IntentSeries:
			w.Series(&in.Series)
		case IntentAlert:
			w.Alert(&in.Alert)
		}
	}
	return w.Bytes()
}

// FuzzReadTick: any bytes are refused with a *FormatError, or every record and every string of theirs
// can be read.
func FuzzReadTick(f *testing.F) {
	for _, c := range tickCases() {
		f.Add(c.bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tick, err := ReadTick(b)
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) || format.Field == "" || format.Want == "" {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		readAll(&tick)
	})
}

// readAll touches the first and the last record of each section, and their strings.
func readAll(tick *Tick) {
	ends := func(n int, read func(i int)) {
		if n > 0 {
			read(0)
			read(n - 1)
		}
	}
	ends(tick.Currencies(), func(i int) { c := tick.Currency(i); tick.Text(c.Name) })
	ends(tick.Instruments(), func(i int) { in := tick.Instrument(i); tick.Text(in.Name) })
	ends(tick.Bars(), func(i int) { tick.Bar(i) })
	ends(tick.Quotes(), func(i int) { tick.Quote(i) })
	ends(tick.Trades(), func(i int) { tick.Trade(i) })
	ends(tick.FeedHealths(), func(i int) { tick.FeedHealth(i) })
	ends(tick.Balances(), func(i int) { tick.Balance(i) })
	ends(tick.Accounts(), func(i int) { tick.Account(i) })
	ends(tick.Positions(), func(i int) { tick.Position(i) })
	ends(tick.OpenOrders(), func(i int) { o := tick.OpenOrder(i); tick.Text(o.Tag) })
	ends(tick.Events(), func(i int) { e := tick.Event(i); tick.Text(e.TradeID); tick.Text(e.Text) })
}

// FuzzReadParams: any bytes are refused, or every parameter can be read. The same for saved state.
func FuzzReadParams(f *testing.F) {
	var w ParamWriter
	w.Integer(1)
	w.Text("a")
	f.Add(w.Bytes())
	f.Add(AppendState(nil, Version, [32]byte{}, []byte("a")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if params, err := ReadParams(b); err == nil {
			for i := range min(params.Len(), 100) {
				params.Type(i)
				params.Value(i)
				params.Text(i)
			}
		}
		if h, saved, err := ReadState(b); err == nil && len(saved) != int(h.Size-h.HeaderSize) {
			t.Fatalf("%d bytes saved, the header says %d", len(saved), h.Size-h.HeaderSize)
		}
	})
}

// FuzzParseDescription: what is taken can be written and read again as the same.
func FuzzParseDescription(f *testing.F) {
	f.Add([]byte(goodDescription))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDescription(b)
		if err != nil {
			return
		}
		again, err := ParseDescription(d.AppendJSON(nil))
		if err != nil {
			t.Fatalf("%v in %s", err, d.AppendJSON(nil))
		}
		if x, y := d.AppendJSON(nil), again.AppendJSON(nil); !bytes.Equal(x, y) {
			t.Fatalf("%s became %s", x, y)
		}
	})
}
