package layout

import (
	"fmt"
	"strings"
)

// C writes the records as C structs and the enumerations as macros.
func (l *Layout) C() string {
	var b strings.Builder
	for _, e := range l.Enums {
		fmt.Fprintf(&b, "/* %s: %s */\n", e.Name, e.Doc)
		for _, v := range e.Values {
			fmt.Fprintf(&b, "#define AH_%s %s /* %s */\n", strings.ToUpper(Snake(v.Name)), cNumber(e.Type, v.Value), v.Doc)
		}
		b.WriteByte('\n')
	}
	for _, r := range l.Records {
		name := "ah_" + Snake(r.Name)
		fmt.Fprintf(&b, "/* %s */\ntypedef struct %s {\n", r.Doc, name)
		for _, f := range r.Fields {
			fmt.Fprintf(&b, "    %-28s /* %3d: %s */\n", cField(&f), f.Offset, f.Doc)
		}
		fmt.Fprintf(&b, "} %s;\n_Static_assert(sizeof(%s) == %d, \"%s\");\n", name, name, r.Size, name)
		for _, f := range r.Fields {
			fmt.Fprintf(&b, "_Static_assert(offsetof(%s, %s) == %d, \"%s.%s\");\n", name, f.Name, f.Offset, name, f.Name)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func cNumber(t string, v uint64) string {
	if t == "u64" {
		return fmt.Sprintf("UINT64_C(%d)", v)
	}
	return fmt.Sprintf("%du", v)
}

func cField(f *Field) string {
	switch f.Type {
	case "string":
		return "ah_string " + f.Name + ";"
	case "bytes16", "bytes32":
		return fmt.Sprintf("uint8_t %s[%s];", f.Name, strings.TrimPrefix(f.Type, "bytes"))
	case "i64":
		return "int64_t " + f.Name + ";"
	}
	return fmt.Sprintf("uint%s_t %s;", f.Type[1:], f.Name)
}
