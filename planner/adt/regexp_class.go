package adt

// classSet gives the inside of a bracket expression for a class.
func classSet(name string, icase bool) string {
	switch name {
	case "d", "digit":
		return "0-9"
	case "s", "space":
		return "\\t-\\r \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
	case "w", "word":
		return wordSet
	case "alnum":
		return `0-9A-Za-z\p{L}\p{Nd}\p{Nl}`
	case "alpha":
		return `A-Za-z\p{L}\p{Nl}` + otherDigits
	case "upper", "lower":
		if icase {
			return `A-Za-z\p{Lu}\p{Ll}\p{Lt}`
		}
		return pick(name == "upper", `A-Z\p{Lu}`, `a-z\p{Ll}`)
	case "ascii":
		return `\x00-\x7f`
	case "blank":
		return "\\t \u1680\u2000-\u2006\u2008-\u200a\u205f\u3000"
	case "cntrl":
		return `\x00-\x1f\x7f-` + "\u009f\u2028\u2029"
	case "graph":
		return "!-~\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}"
	case "print":
		return " -~\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}\\p{Cf}\\p{Co}"
	case "punct":
		return "!-/:-@\\[-`{-~\\p{P}\\p{S}"
	case "xdigit":
		return "0-9A-Fa-f"
	}
	return ""
}

// otherDigits are digits of other scripts, which glibc counts as letters: all of
// Nd but ASCII's, which come first.
const otherDigits = "\u0660-\u0669\u06f0-\u06f9\u07c0-\u07c9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef\uff10-\uff19"
