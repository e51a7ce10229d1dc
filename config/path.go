package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// path is a file that is read (and must exist) or written.
func path[T any](name string, get func(*T) *string, exists bool, says string) field[T] {
	return field[T]{
		name: name, kind: "path", says: says, path: true, show: showText(get), example: name + ` = "…"`,
		read: func(v value, t *T) {
			if s, ok := v.text(); ok {
				if p, ok := v.resolve(s, v.at, exists); ok {
					*get(t) = p
				}
			}
		},
	}
}

// paths is a list of files that are read.
func paths[T any](name string, get func(*T) *[]string, says string) field[T] {
	f := names(name, get, says)
	f.kind, f.path = "list of paths", true
	read := f.read
	f.read = func(v value, t *T) {
		read(v, t)
		var resolved []string
		for i, s := range *get(t) {
			if p, ok := v.resolve(s, v.element(i), true); ok {
				resolved = append(resolved, p)
			}
		}
		*get(t) = resolved
	}
	return f
}

// onePath is a list of one file, for an attribute in the singular.
func onePath[T any](name string, get func(*T) *[]string, says string) field[T] {
	f := path(name, func(*T) *string { return new(string) }, true, says)
	f.read = func(v value, t *T) {
		if s, ok := v.text(); ok {
			if p, ok := v.resolve(s, v.at, true); ok {
				*get(t) = []string{p}
			}
		}
	}
	return f
}

// writtenPath is a path, or a list of them, as the hash takes it: with one separator on every system.
func writtenPath(v value) string {
	if v.Type() == cty.String {
		return filepath.ToSlash(filepath.Clean(v.AsString()))
	}
	s := ""
	if v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			if _, x := it.Element(); x.Type() == cty.String && !x.IsNull() {
				s += filepath.ToSlash(filepath.Clean(x.AsString())) + "\n"
			}
		}
	}
	return s
}

// resolve makes a path absolute. What a file says is relative to the file's folder, what the command
// line or the environment says to the working directory; where there is nothing in the one place, the
// other is tried. A path that need not exist is taken from the first.
func (v *value) resolve(s string, at Range, exists bool) (string, bool) {
	if s == "" {
		v.failAt(at, "Empty path", "%s is empty. Write the path of a file.", v.name)
		return "", false
	}
	candidates := v.candidates(s)
	if !exists {
		return candidates[0], true
	}
	for _, c := range candidates {
		if info, err := os.Stat(c); err == nil && info.Mode().IsRegular() {
			return c, true
		}
	}
	v.notFound(s, at, candidates)
	return "", false
}

func (v *value) candidates(s string) []string {
	if filepath.IsAbs(s) {
		return []string{filepath.Clean(s)}
	}
	c := []string{filepath.Join(v.folders[v.at.File], s), filepath.Join(v.workDir, s)}
	if v.given {
		slices.Reverse(c)
	}
	return slices.Compact(c)
}

func (v *value) notFound(s string, at Range, candidates []string) {
	for _, c := range candidates {
		info, err := os.Stat(c)
		switch {
		case err == nil && info.IsDir():
			v.failAt(at, "Not a file", "%s is %q, which is a folder: %s. Name a file in it.", v.name, s, c)
			return
		case err == nil:
			v.failAt(at, "Not a file", "%s is %q, which is no regular file: %s.", v.name, s, c)
			return
		case !os.IsNotExist(err):
			v.failAt(at, "File cannot be read", "%s is %q: %v.", v.name, s, err)
			return
		}
	}
	detail := fmt.Sprintf("%s is %q, and there is no such file.%s\nLooked for:", v.name, s, didYouMean(filepath.Base(s), siblings(candidates), true))
	for _, c := range candidates {
		detail += "\n  " + c
	}
	v.failAt(at, "File not found", "%s", detail)
}

// siblingsMax bounds how much of a folder is looked at for a name like the one that is missing.
const siblingsMax = 1000

func siblings(candidates []string) (list []string) {
	for _, c := range candidates {
		folder, err := os.Open(filepath.Dir(c))
		if err != nil {
			continue // no folder, no siblings
		}
		entries, _ := folder.Readdirnames(siblingsMax) // a guess only: what cannot be read is not proposed
		folder.Close()
		list = append(list, entries...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
