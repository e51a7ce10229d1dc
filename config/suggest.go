package config

// Suggest returns the candidate that a person most likely meant by found, or "" where none is near.
func Suggest(found string, candidates []string) string { return suggest(found, candidates) }
