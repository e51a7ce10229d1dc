package abi

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

type outputCase struct {
	name     string
	bytes    []byte
	badField string // What ParseOutput finds wrong; "" if nothing.
	record   int    // In which record.
}

var orderID = ClientOrderID{0xde, 0xad, 0xbe, 0xef, 15: 1}

// fullOutput has each record once, with no field zero that may have a value.
func fullOutput() []byte {
	w := NewOutputWriter(1024)
	w.Submit(&Submit{
		Instrument: 1, Ref: 2, Side: SideSell, Type: OrderStopLimit, TimeInForce: TimeGTD, SizeKind: SizeNotional,
		Flags: OrderPostOnly | OrderReduceOnly, GroupKind: GroupOCO, Size: 3, Price: 4, StopPrice: 5, ExpireTime: 6,
		ValidUntil: 7, ParentRef: 8, Group: 9, Tag: w.String("entry é"),
	})
	w.Cancel(&Cancel{Ref: 2})
	w.Cancel(&Cancel{ID: orderID})
	w.CancelAll(&CancelAll{Instrument: NoInstrument, Side: SideBuy})
	w.Replace(&Replace{Fields: ReplacePrice | ReplaceStopPrice | ReplaceQuantity, ID: orderID, Price: 2, StopPrice: 3, Quantity: 4, ValidUntil: 5})
	w.Close(&Close{Instrument: 1, Ref: 2, SizeKind: SizeFraction, Size: FractionOne, ValidUntil: 4, Tag: w.String("out")})
	w.Timer(&Timer{Action: TimerEvery, ID: 1, Time: 2, Interval: 3})
	w.Series(&Series{Series: 1, Instrument: 2, Value: -3})
	w.Alert(&Alert{Level: AlertCritical, Message: w.String("look here")})
	return append([]byte(nil), w.Bytes()...)
}

// crossOutput is what the SMA cross gives: a close, an entry, a stop and a target.
func crossOutput() []byte {
	w := NewOutputWriter(1024)
	w.Close(&Close{Instrument: 0, Ref: 171, SizeKind: SizeFraction, Size: FractionOne})
	w.Submit(&Submit{Ref: 168, Side: SideBuy, Type: OrderMarket, TimeInForce: TimeGTC, SizeKind: SizeFraction, Size: FractionOne})
	exit := Submit{Side: SideSell, TimeInForce: TimeGTC, SizeKind: SizeUnits, Flags: OrderReduceOnly, ParentRef: 168}
	exit.Ref, exit.Type, exit.StopPrice = 169, OrderStop, 19_257
	w.Submit(&exit)
	exit.Ref, exit.Type, exit.StopPrice, exit.Price = 170, OrderLimit, 0, 22_298
	w.Submit(&exit)
	return append([]byte(nil), w.Bytes()...)
}

// badOutputs changes bytes of good ones. Offsets are those of the records of fullOutput: submit 32,
// cancel 128 and 160, cancel_all 192, replace 208, close 272, timer 320, series 352, alert 376, strings 392.
func badOutputs() []outputCase {
	var cases []outputCase
	bad := func(name, field string, record, at int, b ...byte) {
		raw := fullOutput()
		copy(raw[at:], b)
		cases = append(cases, outputCase{name, raw, field, record})
	}
	good := fullOutput()
	cut := func(n int) []byte { return append([]byte(nil), good[:n]...) }
	cases = append(cases,
		outputCase{"shorter than a header", cut(31), "length", -1},
		outputCase{"cut short", cut(len(good) - 1), "size", -1},
		outputCase{"a byte too many", append(cut(len(good)), 0), "size", -1},
		outputCase{"longer than the limit", make([]byte, DefaultOutputLimits().SizeMax+8), "length", -1},
		outputCase{"nothing but zeros", make([]byte, 64), "magic", -1},
		outputCase{"more records than the limit", manyRecords(257, false), "records", 256},
		outputCase{"more series values than the limit", manyRecords(65, true), "series values", 64},
	)
	bad("not an output", "magic", -1, 0, 'x')
	bad("another major version", "version", -1, 6, 2)
	bad("a newer minor version than the host's", "version", -1, 4, 1)
	bad("a header of another size", "header_size", -1, 12, 40)
	bad("a count beyond all limits", "count", -1, 16, 0xff, 0xff, 0xff, 0xff)
	bad("one record more than there is", "record", 9, 16, 10)
	bad("one record less than there is", "strings_offset", -1, 16, 8)
	bad("strings that do not end the output", "strings_offset", -1, 20, 0)
	bad("strings that begin in a record", "record_size", 8, 20, 0x80, 1, 0, 0, 0x1c)
	bad("strings of four gigabytes", "strings_offset", -1, 24, 0xff, 0xff, 0xff, 0xff)
	bad("a reserved field of the header", "reserved0", -1, 28, 1)
	bad("a record kind of zero", "record_kind", 0, 32, 0)
	bad("a record kind that nobody knows", "record_kind", 1, 128, 9)
	bad("a record that is too short", "record_size", 0, 34, 88)
	bad("a record that is too long", "record_size", 0, 34, 104)
	bad("a record without a size", "record_size", 7, 354, 0)
	bad("a side of zero", "side", 0, 48, 0)
	bad("a side that nobody knows", "side", 0, 48, 3)
	bad("an order type that nobody knows", "type", 0, 50, 7)
	bad("a time in force that nobody knows", "time_in_force", 0, 52, 6)
	bad("a size kind that nobody knows", "size_kind", 0, 54, 4)
	bad("an order flag that nobody knows", "flags", 0, 56, 4)
	bad("a group kind that nobody knows", "group_kind", 0, 60, 3)
	bad("a reserved field of a submit", "reserved0", 0, 62, 1)
	bad("a tag that begins beyond the strings", "tag.offset", 0, 120, 0xff)
	bad("a tag that ends beyond the strings", "tag.offset", 0, 124, 0xff)
	bad("a tag whose end wraps round", "tag.offset", 0, 120, 0xff, 0xff, 0xff, 0xff, 0x02)
	bad("a tag that is no UTF-8", "tag", 0, 398, 0xff)
	bad("a cancel without a name", "ref", 1, 136, 0)
	bad("a cancel with two names", "ref", 2, 168, 1)
	bad("a reserved field of a cancel", "reserved0", 1, 132, 1)
	bad("a side of a cancel-all that nobody knows", "side", 3, 200, 3)
	bad("the first reserved field of a cancel-all", "reserved0", 3, 202, 1)
	bad("the second reserved field of a cancel-all", "reserved1", 3, 204, 1)
	bad("a replace of nothing", "fields", 4, 212, 0)
	bad("a replace of a field that nobody knows", "fields", 4, 212, 8)
	bad("a replace with two names", "ref", 4, 216, 1)
	bad("a close by notional", "size_kind", 5, 288, 2)
	bad("the first reserved field of a close", "reserved0", 5, 290, 1)
	bad("the second reserved field of a close", "reserved1", 5, 292, 1)
	bad("a tag of a close beyond the strings", "tag.offset", 5, 312, 0xff)
	bad("a timer's action that nobody knows", "action", 6, 324, 4)
	bad("a reserved field of a timer", "reserved0", 6, 326, 1)
	bad("a reserved field of a series", "reserved0", 7, 364, 1)
	bad("an alert's level that nobody knows", "level", 8, 380, 0)
	bad("a reserved field of an alert", "reserved0", 8, 382, 1)
	bad("an alert's message beyond the strings", "message.offset", 8, 384, 0xff)

	long := NewOutputWriter(256)
	long.Alert(&Alert{Level: AlertInfo})
	long.Submit(&Submit{Side: SideBuy, Type: OrderMarket, TimeInForce: TimeGTC, SizeKind: SizeUnits, Size: 1, Tag: long.String(strings.Repeat("x", TagSizeMax+1))})
	cases = append(cases, outputCase{"a tag that is too long", append([]byte(nil), long.Bytes()...), "tag.length", 1})
	return cases
}

func manyRecords(n int, series bool) []byte {
	w := NewOutputWriter(1 << 15)
	for range n {
		if series {
			w.Series(&Series{})
		} else {
			w.CancelAll(&CancelAll{})
		}
	}
	return append([]byte(nil), w.Bytes()...)
}

func outputCases() []outputCase {
	reserved := NewOutputWriter(256)
	reserved.Submit(&Submit{Side: SideBuy, Type: OrderTrailing, TimeInForce: TimeGTC, SizeKind: SizeUnits, Size: 1, GroupKind: GroupBracket, Group: 1})
	absurd := NewOutputWriter(256)
	absurd.Submit(&Submit{Instrument: 1 << 31, Side: SideBuy, Type: OrderLimit, TimeInForce: TimeDay, SizeKind: SizeFraction, Size: -1 << 63, Price: 1<<63 - 1})
	return append([]outputCase{
		{name: "the SMA cross with stop and target", bytes: crossOutput()},
		{name: "every record", bytes: fullOutput()},
		{name: "reserved types and groups are well formed, and denied later", bytes: reserved.Bytes()},
		{name: "absurd numbers are well formed, and denied later", bytes: absurd.Bytes()},
	}, badOutputs()...)
}

// intentRecord is the record of an intent that its kind names.
func intentRecord(in *Intent) any {
	return map[IntentKind]any{
		IntentSubmit: in.Submit, IntentCancel: in.Cancel, IntentCancelAll: in.CancelAll, IntentReplace: in.Replace,
		IntentClose: in.Close, IntentTimer: in.Timer, IntentSeries: in.Series, IntentAlert: in.Alert,
	}[in.Kind]
}

// intentNames names the record of each kind.
var intentNames = map[IntentKind]string{
	IntentSubmit: "Submit", IntentCancel: "Cancel", IntentCancelAll: "CancelAll", IntentReplace: "Replace",
	IntentClose: "Close", IntentTimer: "Timer", IntentSeries: "Series", IntentAlert: "Alert",
}

func meaningOfIntents(intents []Intent) object {
	var records []object
	for i := range intents {
		in := &intents[i]
		m := meaningOf(intentRecord(in), func(StringRef) string { return string(in.Text) })
		records = append(records, append(object{{"record", in.Kind.String()}}, m...))
	}
	return object{{"records", records}}
}

func writeOutput(t *testing.T, w *OutputWriter, meaning map[string]any) []byte {
	t.Helper()
	w.Reset()
	for _, r := range meaning["records"].([]any) {
		r := r.(map[string]any)
		for kind, name := range intentNames {
			if kind.String() != r["record"] {
				continue
			}
			record := reflect.New(recordTypes[name])
			if err := fill(record.Interface(), r, w.String); err != nil {
				t.Fatal(err)
			}
			reflect.ValueOf(w).MethodByName(name).Call([]reflect.Value{record})
		}
	}
	return w.Bytes()
}

func TestVectorsOfOutputs(t *testing.T) {
	var made []vector
	for _, c := range outputCases() {
		v := vector{Name: c.name, Hex: hex.EncodeToString(c.bytes)}
		intents, err := ParseOutput(c.bytes, OutputLimits{}, nil)
		if err != nil {
			var o *OutputError
			if !errors.As(err, &o) || o.Field != c.badField || o.Record != c.record || len(intents) != 0 {
				t.Errorf("%s: got %v and %d intents, want an error about %q in record %d", c.name, err, len(intents), c.badField, c.record)
				continue
			}
			v.Error = object{{"offset", o.Offset}, {"record", o.Record}, {"field", o.Field}, {"found", o.Found}, {"want", o.Want}}
			if len(c.bytes) > 8<<10 {
				continue // What is only long need not be in the file.
			}
		} else if c.badField != "" {
			t.Errorf("%s: taken, want an error about %s", c.name, c.badField)
		} else {
			v.Meaning = meaningOfIntents(intents)
		}
		made = append(made, v)
	}
	w := NewOutputWriter(1024)
	for _, v := range compareVectors(t, "outputs.json", made) {
		if v.Error != nil {
			continue
		}
		if got := writeOutput(t, w, v.Meaning.(map[string]any)); hex.EncodeToString(got) != v.Hex {
			t.Errorf("%s: the codec writes\n%x, want\n%s", v.Name, got, v.Hex)
		}
	}
}

func TestVectorsOfOutputsByTheTables(t *testing.T) {
	l := readLayout(t)
	raw := fullOutput()
	intents, err := ParseOutput(raw, OutputLimits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := 32
	for i := range intents {
		in := &intents[i]
		r := recordNamed(l, intentNames[in.Kind])
		text := func(StringRef) string { return string(in.Text) }
		got, want := plain(meaningOf(intentRecord(in), text)), plain(meaningByTable(r, raw[at:at+r.Size], text))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the codec reads\n%v, the table\n%v", in.Kind, got, want)
		}
		at += r.Size
	}
}

func TestVectorsOfParams(t *testing.T) {
	var w, none ParamWriter
	w.Integer(-10)
	w.Decimal(2_000_000)
	w.Boolean(true)
	w.Boolean(false)
	w.Duration(90_000_000_000)
	w.Text("")
	w.Text("long é")
	w.Text("short")
	made := []vector{
		paramVector(t, "each type", w.Bytes()),
		paramVector(t, "no parameters", none.Bytes()),
	}
	for _, c := range []struct {
		name string
		at   int
		b    []byte
	}{
		{"not parameters", 0, []byte{'x'}},
		{"another major version", 6, []byte{2}},
		{"a size beyond the bytes", 8, []byte{0xff, 0xff}},
		{"a header that is too short", 12, []byte{16}},
		{"a stride that is too short", 14, []byte{16}},
		{"more records than there are bytes", 16, []byte{0xff, 0xff, 0xff, 0xff}},
		{"strings beyond the end", 20, []byte{0xff, 0xff}},
	} {
		raw := w.Bytes()
		copy(raw[c.at:], c.b)
		made = append(made, paramVector(t, c.name, raw))
	}
	for _, v := range compareVectors(t, "params.json", made) {
		if v.Error != nil {
			continue
		}
		var w ParamWriter
		parameters, _ := v.Meaning.(map[string]any)["parameters"].([]any)
		for _, p := range parameters {
			p := p.(map[string]any)
			typ, err := p["type"].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			if ParameterType(typ) == ParameterText {
				text, _ := p["text"].(string)
				w.Text(text)
				continue
			}
			var r Param
			if err := fill(&r, p, nil); err != nil {
				t.Fatal(err)
			}
			w.add(ParameterType(typ), r.Value)
		}
		if got := hex.EncodeToString(w.Bytes()); got != v.Hex {
			t.Errorf("%s: the codec writes\n%s, want\n%s", v.Name, got, v.Hex)
		}
	}
}

func paramVector(t *testing.T, name string, raw []byte) vector {
	t.Helper()
	v := vector{Name: name, Hex: hex.EncodeToString(raw)}
	params, err := ReadParams(raw)
	if err != nil {
		v.Error = formatMeaning(t, err)
		return v
	}
	var list []object
	for i := range params.Len() {
		list = append(list, meaningOf(params.Param(i), func(StringRef) string { return string(params.Text(i)) }))
	}
	v.Meaning = object{{"parameters", list}}
	return v
}

func formatMeaning(t *testing.T, err error) object {
	t.Helper()
	var f *FormatError
	if !errors.As(err, &f) {
		t.Fatalf("%v is no *FormatError", err)
	}
	return object{{"offset", f.Offset}, {"field", f.Field}, {"found", f.Found}}
}

func TestVectorsOfState(t *testing.T) {
	good := AppendState(nil, Version, [32]byte{1, 2, 31: 3}, []byte("what I know"))
	made := []vector{
		stateVector(t, "some bytes", good),
		stateVector(t, "no bytes", AppendState(nil, Version, [32]byte{0: 1}, nil)),
		stateVector(t, "shorter than a header", good[:47]),
	}
	for _, at := range []int{0, 6, 9, 12} {
		raw := bytes.Clone(good)
		raw[at] ^= 0xff
		made = append(made, stateVector(t, "a wrong byte in the header", raw))
	}
	for _, v := range compareVectors(t, "state.json", made) {
		if v.Error != nil {
			continue
		}
		m := v.Meaning.(map[string]any)
		module, err := hex.DecodeString(m["module"].(string))
		saved, err2 := hex.DecodeString(m["saved"].(string))
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if got := hex.EncodeToString(AppendState(nil, Version, [32]byte(module), saved)); got != v.Hex {
			t.Errorf("%s: the codec writes\n%s, want\n%s", v.Name, got, v.Hex)
		}
	}
}

func stateVector(t *testing.T, name string, raw []byte) vector {
	t.Helper()
	v := vector{Name: name, Hex: hex.EncodeToString(raw)}
	h, saved, err := ReadState(raw)
	if err != nil {
		v.Error = formatMeaning(t, err)
		return v
	}
	v.Meaning = append(meaningOf(h, nil), member{"saved", hex.EncodeToString(saved)})
	return v
}
