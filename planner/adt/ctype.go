package adt

// Character classes of ctype C.UTF-8, for packages that read text.

// IsAlpha is iswalpha.
func IsAlpha(r rune) bool { return isAlpha32(r) }

// IsAlnum is iswalnum.
func IsAlnum(r rune) bool { return isAlnum(r) }

// IsSpace is iswspace.
func IsSpace(r rune) bool { return isSpaceRune(r) }

// LowerText is lower() of text.
func LowerText(s string) string {
	s, _ = lowerText(work{}, s) // fails only where a statement is that ends
	return s
}
