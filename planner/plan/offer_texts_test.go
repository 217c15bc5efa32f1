package plan

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// like is LIKE with backslash escaping.
func like(pattern, s string) bool {
	for i, r := range pattern {
		rest := pattern[i+utf8.RuneLen(r):]
		switch r {
		case '%':
			for j := range s + "." {
				if like(rest, s[j:]) {
					return true
				}
			}
			return false
		case '\\':
			q, n := utf8.DecodeRuneInString(rest)
			after, ok := strings.CutPrefix(s, string(q))
			return ok && like(rest[n:], after)
		}
		c, n := utf8.DecodeRuneInString(s)
		if n == 0 || r != '_' && r != c {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

// TestFoldedLike holds that whatever has the lower or upper case of a pattern is like one of
// the patterns made of it, whatever forms its letters have.
func TestFoldedLike(t *testing.T) {
	forms := map[rune][]rune{}
	for r := rune(1); r <= unicode.MaxRune; r++ {
		for _, f := range []rune{unicode.ToLower(r), unicode.ToUpper(r)} {
			if f != r {
				forms[f] = append(forms[f], r)
			}
		}
	}
	r := rand.New(rand.NewSource(1)) //nolint:gosec // a test
	letters := []rune(`abkKsSiIzé%_\/0-ßJ`)
	for range 20000 {
		var text, pattern []rune
		for range r.Intn(9) {
			c := letters[r.Intn(len(letters))]
			form := c
			if all := forms[c]; len(all) > 0 && r.Intn(2) == 0 {
				form = all[r.Intn(len(all))]
			}
			switch {
			case c == '%' && r.Intn(2) == 0:
				pattern = append(pattern, c)
				text = append(text, []rune("any")[:r.Intn(4)]...)
				continue
			case c == '_' && r.Intn(2) == 0:
				pattern = append(pattern, c)
				text = append(text, 'x')
				continue
			case c == '%' || c == '_' || c == '\\' || r.Intn(20) == 0:
				pattern = append(pattern, '\\')
			}
			pattern, text = append(pattern, c), append(text, form)
		}
		patterns := foldedLike(string(pattern))
		if len(patterns) > 1<<mostFolded {
			t.Fatalf("%d patterns of %q", len(patterns), string(pattern))
		}
		if !slices.ContainsFunc(patterns, func(p string) bool { return like(p, string(text)) }) {
			t.Fatalf("%q is like %q, but like none of %q", string(text), string(pattern), patterns)
		}
	}
	if foldedLike(`a\`) != nil {
		t.Error("a pattern that is an error has patterns")
	}
}
