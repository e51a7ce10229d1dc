package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Suggest returns the candidate that was probably meant by found, or "". Case and dashes do not count, nor
// does the order of the letters for much; else one letter in four may differ.
func Suggest(found string, candidates []string) string {
	best, bestDistance := "", 2+len(found)/4
	for _, candidate := range candidates {
		if d := nameDistance(plainName(found), plainName(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// nameDistance is Levenshtein's, but letters in the wrong order are one mistake.
func nameDistance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	if d > 1 && slices.Equal(sortedLetters(a), sortedLetters(b)) {
		return 1
	}
	return d
}

func sortedLetters(s string) []rune {
	letters := []rune(s)
	slices.Sort(letters)
	return letters
}

// meant is found itself if it is known, else what was probably meant, or "".
func meant(found string, known []string) string {
	if slices.Contains(known, found) {
		return found
	}
	return Suggest(found, known)
}

func plainName(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// didYouMean is suggest as a sentence with a space before it, or nothing.
func didYouMean(found string, candidates []string, quoted bool) string {
	s := Suggest(found, candidates)
	switch {
	case s == "":
		return ""
	case quoted:
		return fmt.Sprintf(" Did you mean %q?", s)
	}
	return " Did you mean " + s + "?"
}

// quotedList writes names for a sentence: "a", "b" or "c".
func quotedList(names []string, conjunction string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return wordList(quoted, conjunction)
}

func wordList(words []string, conjunction string) string {
	switch n := len(words); n {
	case 0:
		return "none"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + conjunction + " " + words[n-1]
	}
}
