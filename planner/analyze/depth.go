package analyze

import "strings"

// maxChain is the longest chain of left-deep links (1+1+1…, a::b::c…, joins,
// unions) that is handed to the C parser. It crashes from some 24,000 links, and
// its result cannot be decoded from about 5,000.
const maxChain = 4000

// safeLength is a text too short to hold a chain of maxChain links of two bytes.
const safeLength = 2 * maxChain

// flatWords end an operator chain: what they join is a list or a new clause.
var flatWords = map[string]bool{
	"and": true, "or": true, "select": true, "from": true, "where": true, "group": true, "order": true,
	"having": true, "join": true, "on": true, "using": true, "when": true, "then": true, "else": true,
	"case": true, "limit": true, "offset": true, "values": true, "returning": true, "set": true, "union": true,
	"intersect": true, "except": true, "window": true, "with": true, "as": true, "by": true,
}

// linkWords are links of an operator chain that are words.
var linkWords = map[string]bool{
	"is": true, "isnull": true, "notnull": true, "collate": true, "at": true, "like": true, "ilike": true,
	"similar": true, "in": true, "between": true, "operator": true, "not": true, "overlaps": true,
}

// maxRescan bounds the bytes that the C lexer looks at again and again: it
// takes a whole run of operator characters for each sign at its end, and for each
// comment's begin in it, which of 100,000 takes a minute.
const maxRescan = 1 << 24

// tooDeep tells whether a text may hold a chain longer than maxChain, or takes
// the lexer too long. It is a scanner of PostgreSQL's lexical rules that counts links
// in one scope of parentheses, commas and clauses; nesting itself is bounded by the C
// parser.
func tooDeep(text string) bool {
	if len(text) < safeLength {
		return false
	}
	type scope struct{ ops, joins, unions int }
	stack := []scope{{}}
	i, rescan := 0, 0
	for i < len(text) {
		s := &stack[len(stack)-1]
		c := text[i]
		switch {
		case c == '\'':
			escape := i > 0 && (text[i-1] == 'e' || text[i-1] == 'E') && (i < 2 || !identByte(text[i-2]))
			i = skipQuoted(text, i, escape)
			continue
		case c == '"':
			i = skipQuoted(text, i, false)
			continue
		case c == '$':
			i = skipDollar(text, i)
			continue
		case strings.HasPrefix(text[i:], "--"):
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
			continue
		case strings.HasPrefix(text[i:], "/*"):
			var cost int
			i, cost = skipComment(text, i)
			if rescan += cost; rescan > maxRescan {
				return true
			}
			continue
		case c == '(' || c == '[':
			if len(stack) > 20000 {
				return true
			}
			stack = append(stack, scope{})
		case c == ')' || c == ']':
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case c == ',':
			s.ops, s.joins = 0, 0
		case c == ';':
			*s = scope{}
		case identStart(c):
			j := i + 1
			for j < len(text) && identByte(text[j]) {
				j++
			}
			word := strings.ToLower(text[i:j])
			switch word {
			case "join":
				s.joins++
			case "union", "intersect", "except":
				s.unions++
				s.joins = 0
			}
			if linkWords[word] {
				s.ops++
			} else if flatWords[word] {
				s.ops = 0
			}
			if s.ops > maxChain || s.joins > maxChain || s.unions > maxChain {
				return true
			}
			i = j
			continue
		case operatorByte(c) || c == ':':
			n, signs := operatorRun(text[i:])
			s.ops += 1 + signs
			if rescan += n * signs; s.ops > maxChain || rescan > maxRescan {
				return true
			}
			i += n
			continue
		}
		i++
	}
	return false
}

func operatorByte(c byte) bool { return strings.IndexByte("+-*/<>=~!@#%^&|`?", c) >= 0 }

// operatorRun measures the operator characters that a text begins with, up to a
// comment, and the signs at their end that are operators of their own: all, unless one
// of the characters is none of the SQL standard's operators.
func operatorRun(text string) (n, signs int) {
	own := false
	for n = 0; n < len(text) && (operatorByte(text[n]) || text[n] == ':'); n++ {
		if n > 0 && (strings.HasPrefix(text[n:], "--") || strings.HasPrefix(text[n:], "/*")) {
			break
		}
		switch text[n] {
		case '+', '-':
			signs++
		case '~', '!', '@', '#', '%', '^', '&', '|', '`', '?':
			own = true
			signs = 0
		default:
			signs = 0
		}
	}
	if own {
		return n, 0
	}
	return n, min(signs, n-1)
}

func identStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func identByte(c byte) bool { return identStart(c) || c >= '0' && c <= '9' || c == '$' }

// skipQuoted gives the place after a quoted string or identifier.
func skipQuoted(text string, i int, escape bool) int {
	q := text[i]
	for i++; i < len(text); i++ {
		switch {
		case escape && text[i] == '\\':
			i++
		case text[i] == q:
			if i+1 < len(text) && text[i+1] == q {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(text)
}

// skipDollar gives the place after a dollar-quoted string, or after the $.
func skipDollar(text string, i int) int {
	j := i + 1
	for j < len(text) && text[j] != '$' && identByte(text[j]) {
		j++
	}
	if j >= len(text) || text[j] != '$' || j > i+1 && text[i+1] >= '0' && text[i+1] <= '9' {
		return i + 1
	}
	tag := text[i : j+1]
	if n := strings.Index(text[j+1:], tag); n >= 0 {
		return j + 1 + n + len(tag)
	}
	return len(text)
}

// skipComment gives the place after a comment, which may nest, and how much of
// it the lexer looks at again.
func skipComment(text string, i int) (end, rescan int) {
	depth, run := 0, i // run: the end of the operator characters here
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			for run = max(run, i); run < len(text) && operatorByte(text[run]); {
				run++
			}
			rescan += run - i
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i, rescan
			}
		default:
			i++
		}
	}
	return i, rescan
}
