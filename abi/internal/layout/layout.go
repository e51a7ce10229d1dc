// Package layout reads the records and enumerations of package abi out of its source: names, types,
// offsets and the sentence behind each field. That source is the one table of layouts; the tables of
// SPEC.md, the C header and the AssemblyScript classes are written from it.
package layout

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"
)

// Record is a fixed-size record as it is on the wire.
type Record struct {
	Name   string // As in Go.
	Doc    string
	Size   int
	Fields []Field
}

// Field is one field of a record.
type Field struct {
	Name   string // As on paper: time_in_force.
	GoName string
	Type   string // u8, u16, u32, u64, i64, string, or bytes16, bytes32.
	Enum   string // Name of its enumeration, or "".
	Offset int
	Size   int
	Doc    string
}

// Reserved tells that the field must be zero.
func (f *Field) Reserved() bool { return strings.HasPrefix(f.Name, "reserved") }

// Enum is a named integer type with its values.
type Enum struct {
	Name   string
	Doc    string
	Type   string // u16, u32, u64.
	Values []Value
}

// Value is one value of an enumeration.
type Value struct {
	Name  string // As in Go: SideBuy.
	Value uint64
	Doc   string
}

// Layout is all of it, in the order of the source.
type Layout struct {
	Records []Record
	Enums   []Enum
}

var sources = []string{"abi.go", "enums.go", "event.go", "memory.go", "tick.go", "output.go", "params.go", "state.go"}

// notOnTheWire are structs of those files that are not records.
var notOnTheWire = map[string]bool{"Intent": true, "ParamWriter": true, "Params": true, "StringRef": true}

// Read reads the source of package abi in dir.
func Read(dir string) (*Layout, error) {
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range append(sources, "reader.go") {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("read layouts: %w", err)
		}
		files = append(files, f)
	}
	config := types.Config{Importer: importer.ForCompiler(set, "source", nil), Sizes: types.SizesFor("gc", "wasm")}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}}
	if _, err := config.Check("abi", set, files, info); err != nil {
		return nil, fmt.Errorf("read layouts: %w", err)
	}
	l := &Layout{}
	for _, f := range files[:len(sources)] {
		l.readFile(f, info, config.Sizes)
	}
	return l, nil
}

func (l *Layout) readFile(f *ast.File, info *types.Info, sizes types.Sizes) {
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				l.readType(s, d.Doc, info, sizes)
			case *ast.ValueSpec:
				l.readValue(s, info)
			}
		}
	}
}

func (l *Layout) readType(s *ast.TypeSpec, doc *ast.CommentGroup, info *types.Info, sizes types.Sizes) {
	if !s.Name.IsExported() || notOnTheWire[s.Name.Name] {
		return
	}
	named := info.Defs[s.Name].Type()
	switch under := named.Underlying().(type) {
	case *types.Basic:
		if under.Info()&types.IsInteger != 0 {
			l.Enums = append(l.Enums, Enum{Name: s.Name.Name, Doc: sentence(doc.Text(), s.Name.Name), Type: wireType(under)})
		}
	case *types.Struct:
		l.Records = append(l.Records, readRecord(s, under, doc, sizes))
	}
}

func readRecord(s *ast.TypeSpec, under *types.Struct, doc *ast.CommentGroup, sizes types.Sizes) Record {
	r := Record{Name: s.Name.Name, Doc: sentence(doc.Text(), s.Name.Name), Size: int(sizes.Sizeof(under))}
	var vars []*types.Var
	for v := range under.Fields() {
		vars = append(vars, v)
	}
	offsets := sizes.Offsetsof(vars)
	for i, field := range s.Type.(*ast.StructType).Fields.List {
		f := Field{
			Name: Snake(vars[i].Name()), GoName: vars[i].Name(), Type: wireType(vars[i].Type()),
			Offset: int(offsets[i]), Size: int(sizes.Sizeof(vars[i].Type())),
			Doc: strings.TrimSpace(field.Comment.Text()),
		}
		if n, ok := vars[i].Type().(*types.Named); ok {
			if _, basic := n.Underlying().(*types.Basic); basic {
				f.Enum = n.Obj().Name()
			}
		}
		r.Fields = append(r.Fields, f)
	}
	return r
}

func (l *Layout) readValue(s *ast.ValueSpec, info *types.Info) {
	for _, name := range s.Names {
		c, ok := info.Defs[name].(*types.Const)
		if !ok || !name.IsExported() || strings.HasSuffix(name.Name, "Known") {
			continue
		}
		n, ok := c.Type().(*types.Named)
		if !ok {
			continue
		}
		v, _ := constant.Uint64Val(c.Val())
		for i := range l.Enums {
			if l.Enums[i].Name == n.Obj().Name() {
				l.Enums[i].Values = append(l.Enums[i].Values, Value{Name: name.Name, Value: v, Doc: strings.TrimSpace(s.Comment.Text())})
			}
		}
	}
}

func wireType(t types.Type) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch u.Kind() {
		case types.Uint8:
			return "u8"
		case types.Uint16:
			return "u16"
		case types.Uint32:
			return "u32"
		case types.Uint64:
			return "u64"
		case types.Int64:
			return "i64"
		}
	case *types.Array:
		return fmt.Sprintf("bytes%d", u.Len())
	case *types.Struct:
		return "string"
	}
	panic("abi record with a field of type " + t.String())
}

// sentence takes a doc comment onto one line, without the name that it begins with in Go.
func sentence(doc, name string) string {
	s := strings.Join(strings.Fields(doc), " ")
	s = strings.TrimPrefix(s, name+" is ")
	s = strings.TrimPrefix(s, name+" ")
	if s == "" {
		return s
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// Snake writes a Go name with underscores: TimeInForce is time_in_force, TradeID is trade_id.
func Snake(name string) string {
	name = strings.ReplaceAll(name, "PnL", "Pnl")
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		start := unicode.IsUpper(c) && i > 0 &&
			(!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]))
		if start {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// Offsets gives the offsets of a struct type as Go lays it out here, by name on paper; the test of
// package abi holds them against what was read from the source.
func Offsets(t reflect.Type) map[string]int {
	m := map[string]int{}
	for f := range t.Fields() {
		m[Snake(f.Name)] = int(f.Offset)
	}
	return m
}
