package sandbox

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                              "plain",
		"a\tb":                               "a b",
		"\x1b[31mred\x1b[0m":                 "red",
		"\x1b[2J\x1b[1;1Hgone":               "gone",
		"\x1b]0;title\x07after":              "after",
		"\x1b]8;;http://x\x1b\\link":         "link",
		"\x1b]never ends":                    "",
		"\x1bPdevice\x1b\\x":                 "x",
		"\x1b":                               "",
		"\x1b(Bx":                            "Bx",
		"\x1b[31":                            "",
		"\x1b[3\nx":                          "x",
		"\u009b31mx":                         "x",
		"\u202eevil\u2066":                   "evil",
		"zero\u200bwidth\ufeff":              "zerowidth",
		"line\u2028break":                    "linebreak",
		"broken \xff\xfe":                    "broken \ufffd\ufffd",
		"grüße 你好":                           "grüße 你好",
		"bell\x07 back\x08 null\x00 del\x7f": "bell back null del",
	} {
		if got := cleanText([]byte(in)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// FuzzCleanText: whatever comes in, what goes out is UTF-8 without control or formatting characters, and
// clean already.
func FuzzCleanText(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m \u202e\xff"))
	f.Add([]byte("\x1b]0;t\x07\u009b1m"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out := cleanText(in)
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		}) {
			t.Errorf("%q became %q", in, out)
		}
		if again := cleanText([]byte(out)); again != out {
			t.Errorf("%q became %q and then %q", in, out, again)
		}
	})
}
