package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const nameLength = 64

// nameRule holds for names that become parts of streams, folders and metrics.
func nameRule(s string) string {
	wrong := strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.')
	})
	if s == "" || len(s) > nameLength || wrong || s[0] == '.' || s[0] == '-' {
		return fmt.Sprintf("a name has 1 to %d letters, digits, _, - and points, and begins with a letter, a digit or _.", nameLength)
	}
	return ""
}

// instrumentRule is more lenient: markets have names such as BTC/USDT and ^GSPC.
func instrumentRule(s string) string {
	wrong := strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) || c == ' ' || c == '"' })
	if s == "" || len(s) > nameLength || wrong || !utf8.ValidString(s) {
		return fmt.Sprintf("an instrument's name has 1 to %d characters without blanks and quotes.", nameLength)
	}
	return ""
}

func instrumentName[T any](name string, get func(*T) *string, says string) field[T] {
	return text(name, get, instrumentRule, says).called("name").like(`"GOOG"`)
}

// nameRule holds a block's label against a rule.
func (p *place) nameRule(x *hclsyntax.Block, label int, rule func(string) string) bool {
	wrong := rule(x.Labels[label])
	if wrong == "" {
		return true
	}
	p.fail(rangeOf(x.LabelRanges[label]), "Name not allowed", "%q cannot be the name of a block %s: %s", x.Labels[label], x.Type, wrong)
	return false
}
