package adt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Character classes and cases: for bytes those of C's ctype.h in the C locale,
// for runes those of ctype C.UTF-8 as glibc has it.

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// trimSpace drops C's white space at both ends.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// asciiLower folds ASCII letters, without copying when there are none.
func asciiLower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// IsAlphaRune is iswalpha: letters, and what glibc counts to them: other scripts'
// digits, letter numbers and marks within words.
func IsAlphaRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlpha(byte(r))
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || unicode.Is(unicode.Nl, r) ||
		unicode.Is(unicode.Other_Alphabetic, r)
}

// IsAlnumRune is iswalnum.
func IsAlnumRune(r rune) bool { return IsAlphaRune(r) || r >= '0' && r <= '9' }

// IsSpaceRune is iswspace: no-break spaces are none.
func IsSpaceRune(r rune) bool {
	switch r {
	case '\u00a0', '\u2007', '\u202f', '\u0085':
		return false
	}
	return unicode.IsSpace(r)
}

// LowerText is lower() of text where no statement is that could end.
func LowerText(s string) string {
	s, _ = lowerText(work{}, s)
	return s
}

// lowerText is lower() under ctype C.UTF-8.
func lowerText(w work, s string) (string, error) { return mapText(w, s, toLower) }

// upperText is upper() under ctype C.UTF-8.
func upperText(w work, s string) (string, error) { return mapText(w, s, toUpper) }

// mapText maps the characters of s, and gives s itself when none changes.
func mapText(w work, s string, f func(rune) rune) (string, error) {
	for i, r := range s {
		if f(r) != r {
			b := append(make([]byte, 0, len(s)+4), s[:i]...)
			for _, r := range s[i:] {
				if err := w.grown(4, len(b)); err != nil {
					return "", err
				}
				b = utf8.AppendRune(b, f(r))
			}
			return textFrom(b), nil
		}
		if err := w.done(2); err != nil {
			return "", err
		}
	}
	return s, nil
}

func toLower(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

func toUpper(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	return unicode.ToUpper(r)
}
