package abi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/abi/internal/layout"
)

// The vectors' JSON: a record is an object of its fields, by their names on paper; fields that are zero
// are left out. Integers of 64 bits are strings, for JSON's numbers end at 2^53; smaller ones are
// numbers. Ids are hexadecimal, strings are themselves.

// object is a JSON object that keeps its order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		v, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", m.name, v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// meaningByTable reads a record by the table of offsets, one little-endian number at a time. It shares
// nothing with the codec, whose records lie over memory.
func meaningByTable(r *layout.Record, b []byte, text func(StringRef) string) object {
	o := object{}
	for _, f := range r.Fields {
		if f.Offset+f.Size > len(b) {
			break // An older record.
		}
		if v := fieldByTable(&f, b[f.Offset:f.Offset+f.Size], text); v != nil && !skipped(f.Name) {
			o = append(o, member{f.Name, v})
		}
	}
	return o
}

// skipped are fields that follow from the rest.
func skipped(name string) bool {
	switch name {
	case "magic", "header_size", "section_count", "directory_offset", "record_kind", "record_size":
		return true
	}
	return false
}

func fieldByTable(f *layout.Field, b []byte, text func(StringRef) string) any {
	var v uint64
	switch f.Type {
	case "u8":
		v = uint64(b[0])
	case "u16":
		v = uint64(binary.LittleEndian.Uint16(b))
	case "u32":
		v = uint64(binary.LittleEndian.Uint32(b))
	case "u64", "i64":
		v = binary.LittleEndian.Uint64(b)
	case "string":
		return textMeaning(StringRef{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])}, text)
	default:
		return bytesMeaning(b)
	}
	return numberMeaning(v, f.Type)
}

func numberMeaning(v uint64, typ string) any {
	switch {
	case v == 0:
		return nil
	case typ == "i64":
		return strconv.FormatInt(int64(v), 10)
	case typ == "u64":
		return strconv.FormatUint(v, 10)
	}
	return v
}

func textMeaning(ref StringRef, text func(StringRef) string) any {
	if ref == (StringRef{}) {
		return nil
	}
	return text(ref)
}

func bytesMeaning(b []byte) any {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return nil
	}
	return hex.EncodeToString(b)
}

// meaningOf reads a record as the codec gave it.
func meaningOf(record any, text func(StringRef) string) object {
	o := object{}
	v := reflect.ValueOf(record)
	for i := range v.NumField() {
		name := layout.Snake(v.Type().Field(i).Name)
		if skipped(name) {
			continue
		}
		var m any
		switch f := v.Field(i); f.Kind() {
		case reflect.Int64:
			m = numberMeaning(uint64(f.Int()), "i64")
		case reflect.Uint64:
			m = numberMeaning(f.Uint(), "u64")
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			m = numberMeaning(f.Uint(), "")
		case reflect.Array:
			raw := make([]byte, f.Len())
			reflect.Copy(reflect.ValueOf(raw), f)
			m = bytesMeaning(raw)
		case reflect.Struct:
			m = textMeaning(StringRef{uint32(f.Field(0).Uint()), uint32(f.Field(1).Uint())}, text)
		}
		if m != nil {
			o = append(o, member{name, m})
		}
	}
	return o
}

// fill is the way back: it sets a record's fields from an object. into points to the record.
func fill(into any, from map[string]any, text func(string) StringRef) error {
	v := reflect.ValueOf(into).Elem()
	known := map[string]bool{}
	for i := range v.NumField() {
		name := layout.Snake(v.Type().Field(i).Name)
		known[name] = true
		if m, ok := from[name]; ok {
			if err := fillField(v.Field(i), m, text); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name := range from {
		if !known[name] && name != "record" {
			return fmt.Errorf("%s has no field %q", v.Type().Name(), name)
		}
	}
	return nil
}

func fillField(f reflect.Value, m any, text func(string) StringRef) error {
	switch f.Kind() {
	case reflect.Int64:
		n, err := strconv.ParseInt(m.(string), 10, 64)
		f.SetInt(n)
		return err
	case reflect.Uint64:
		n, err := strconv.ParseUint(m.(string), 10, 64)
		f.SetUint(n)
		return err
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		n, err := m.(json.Number).Int64()
		f.SetUint(uint64(n))
		return err
	case reflect.Array:
		raw, err := hex.DecodeString(m.(string))
		reflect.Copy(f, reflect.ValueOf(raw))
		return err
	case reflect.Struct:
		f.Set(reflect.ValueOf(text(m.(string))))
		return nil
	}
	return fmt.Errorf("a field of kind %s", f.Kind())
}

// plain is what JSON makes of v, for comparison.
func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var p any
	if err := d.Decode(&p); err != nil {
		panic(err)
	}
	return p
}
