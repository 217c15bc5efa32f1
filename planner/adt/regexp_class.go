package adt

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
)

// classSet gives the inside of a bracket expression for a class, as ctype C.UTF-8
// of glibc has it (gen_unicode_utils.py) where PostgreSQL asks that.
func classSet(name string, icase bool) string {
	switch name {
	case "d", "digit":
		return "0-9"
	case "s", "space":
		return "\\t-\\r \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
	case "w", "word":
		return "0-9_" + classTexts().alpha
	case "alnum":
		return "0-9" + classTexts().alpha
	case "alpha":
		return classTexts().alpha
	case "upper", "lower":
		switch {
		case icase: // of whatever case, and without one
			return classTexts().alpha
		case name == "upper":
			return classTexts().upper
		}
		return classTexts().lower
	case "ascii":
		return `\x00-\x7f`
	case "blank":
		return `\t `
	case "cntrl":
		return `\x00-\x1f\x7f-` + "\u009f"
	case "graph":
		return graphSet
	case "print":
		return ` \p{Zs}` + graphSet
	case "punct":
		return classTexts().punct
	case "xdigit":
		return "0-9A-Fa-f"
	}
	return ""
}

// graphSet is all that is there but controls and spaces; no-break spaces are none.
const graphSet = "!-~\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\u00a0\u2007\u202f"

// classTexts are the classes that Go has no name for.
var classTexts = sync.OnceValue(func() (t struct{ alpha, upper, lower, punct string }) {
	digits := joinRanges(tableRanges(unicode.Nd))[2:] // of other scripts are letters
	t.alpha = `A-Za-z\p{L}\p{Nl}` + rangesText(append(digits, tableRanges(unicode.Other_Alphabetic)...))
	var upper, lower []rune // what Unicode calls so, and what has another case
	for _, r := range casedRunes() {
		if unicode.ToLower(r) != r {
			upper = append(upper, r, r)
		}
		if unicode.ToUpper(r) != r {
			lower = append(lower, r, r)
		}
	}
	t.upper = `A-Z\p{Lu}` + rangesText(append(upper, tableRanges(unicode.Other_Uppercase)...))
	t.lower = `a-z\p{Ll}` + rangesText(append(lower, tableRanges(unicode.Other_Lowercase)...))
	alnum := setRanges("0-9" + t.alpha)
	t.punct = rangesText(complementRanges(joinRanges(append(complementRanges(setRanges(graphSet)), alnum...))))
	return t
})

// tableRanges gives the characters of a table of Unicode.
func tableRanges(t *unicode.RangeTable) []rune {
	var out []rune
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			out = append(out, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			out = append(out, r, r)
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return out
}

// rangesText writes ranges as the inside of a bracket expression.
func rangesText(ranges []rune) string {
	var b strings.Builder
	ranges = joinRanges(ranges)
	for i := 0; i+1 < len(ranges); i += 2 {
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, ranges[i], ranges[i+1])
	}
	return b.String()
}
