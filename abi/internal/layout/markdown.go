package layout

import (
	"fmt"
	"regexp"
	"strings"
)

// goName is a name of two words or more as Go writes it.
var goName = regexp.MustCompile(`\b[A-Z][a-z]+[A-Z][A-Za-z]*\b`)

// onPaper writes the fields that a sentence of the source names as this document names them.
func (l *Layout) onPaper(doc string) string {
	fields := map[string]string{}
	for _, r := range l.Records {
		for _, f := range r.Fields {
			fields[f.GoName] = "`" + f.Name + "`"
		}
	}
	doc = strings.ReplaceAll(doc, "|", `\|`)
	return goName.ReplaceAllStringFunc(doc, func(name string) string {
		if paper, ok := fields[name]; ok {
			return paper
		}
		return name
	})
}

// Markdown writes the tables of the specification: first the records named, or all enumerations if
// none is.
func (l *Layout) Markdown(section string) (string, error) {
	if section == "enumerations" {
		return l.markdownEnums(), nil
	}
	var b strings.Builder
	for name := range strings.SplitSeq(section, " ") {
		r := l.record(name)
		if r == nil {
			return "", fmt.Errorf("no record is named %q", name)
		}
		fmt.Fprintf(&b, "#### %s: %d bytes\n\n%s\n\n| offset | field | type | meaning |\n|---:|---|---|---|\n", r.Name, r.Size, r.Doc)
		for _, f := range r.Fields {
			typ := f.Type
			if f.Enum != "" && !strings.HasPrefix(f.Type, "bytes") {
				typ += " " + f.Enum
			}
			fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", f.Offset, f.Name, typ, l.onPaper(f.Doc))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func (l *Layout) record(name string) *Record {
	for i := range l.Records {
		if l.Records[i].Name == name {
			return &l.Records[i]
		}
	}
	return nil
}

func (l *Layout) markdownEnums() string {
	var b strings.Builder
	for _, e := range l.Enums {
		fmt.Fprintf(&b, "#### %s: %s\n\n%s\n\n| value | name | meaning |\n|---:|---|---|\n", e.Name, e.Type, e.Doc)
		for _, v := range e.Values {
			fmt.Fprintf(&b, "| %d | `%s` | %s |\n", v.Value, Snake(v.Name), l.onPaper(v.Doc))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
