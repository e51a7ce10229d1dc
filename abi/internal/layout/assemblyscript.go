package layout

import (
	"fmt"
	"strings"
)

// AssemblyScript writes the records as unmanaged classes, whose fields lie in memory as those of C
// do, and the enumerations as namespaces of constants.
func (l *Layout) AssemblyScript() string {
	var b strings.Builder
	for _, e := range l.Enums {
		fmt.Fprintf(&b, "/** %s */\nexport namespace %s {\n", e.Doc, e.Name)
		for _, v := range e.Values {
			fmt.Fprintf(&b, "  /** %s */\n  export const %s: %s = %d;\n", v.Doc, valueName(&e, &v), e.Type, v.Value)
		}
		b.WriteString("}\n\n")
	}
	for _, r := range l.Records {
		fmt.Fprintf(&b, "/** %s (%d bytes.) */\n@unmanaged\nexport class %s {\n", r.Doc, r.Size, r.Name)
		for _, f := range r.Fields {
			fmt.Fprintf(&b, "  /** Offset %d. %s */\n", f.Offset, f.Doc)
			for _, line := range asFields(&f) {
				fmt.Fprintf(&b, "  %s;\n", line)
			}
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

// valueName drops the prefix that all values of an enumeration share in Go: SideBuy is Side.Buy.
func valueName(e *Enum, v *Value) string {
	prefix := commonPrefix(e.Values)
	return strings.TrimPrefix(v.Name, prefix)
}

// commonPrefix is the longest one that ends where a word does.
func commonPrefix(values []Value) string {
	words := strings.Split(Snake(values[0].Name), "_")
	prefix := values[0].Name[:len(words[0])]
	for _, v := range values {
		if !strings.HasPrefix(v.Name, prefix) || v.Name == prefix {
			return ""
		}
	}
	return prefix
}

func asFields(f *Field) []string {
	name := lowerCamel(f.Name)
	switch f.Type {
	case "string":
		return []string{name + "Offset: u32", name + "Length: u32"}
	case "bytes16", "bytes32":
		var lines []string
		for i := range f.Size / 8 {
			lines = append(lines, fmt.Sprintf("%s%d: u64", name, i))
		}
		return lines
	}
	return []string{name + ": " + f.Type}
}

func lowerCamel(snake string) string {
	words := strings.Split(snake, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
