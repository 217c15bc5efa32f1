package adt

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Compiled regular expressions. What needs no back references, lookaround or
// word boundaries runs on Go's regexp, in time linear in the text; the rest on
// a backtracking engine with a time limit.
//
// POSIX wants the longest match of the leftmost ones; PostgreSQL's non-greedy
// quantifiers may make that the shortest: the preference of the whole expression is
// that of its first quantifier that has one (documentation section "Regular Expression Matching Rules").

// Regex is a compiled regular expression.
type Regex struct {
	groups   int
	fast     *regexp.Regexp  // nil: only the backtracking engine can do it
	slow     *regexp2.Regexp // made when needed
	slowText string
	slowOpt  regexp2.RegexOptions
	anchored bool // has assertions that look at what is before the match
	global   bool
	limit    time.Duration
}

// matchLimit bounds a match by the backtracking engine.
const matchLimit = 30 * time.Second

// CompileRegex compiles a pattern with regexp_match-style flags.
func CompileRegex(pattern string, flags reFlags) (*Regex, error) {
	n, p, err := parseRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	lazy := n.preference() < 0
	re := &Regex{groups: p.groups, global: flags.global, anchored: n.anchored(), limit: matchLimit}
	e := reEmitter{flags: p.flags}
	if lazy {
		e.force = -1
	}
	e.emit(n)
	text := e.b.String()
	if p.flags.icase {
		re.slowOpt = regexp2.IgnoreCase
	}
	re.slowText = text
	if !p.back {
		fast := text
		if p.flags.icase {
			fast = "(?i)" + text
		}
		if g, err := regexp.Compile(fast); err == nil {
			if !lazy {
				g.Longest()
			}
			re.fast = g
			return re, nil
		}
	}
	return re, re.backtracking()
}

func (re *Regex) backtracking() error {
	if re.slow != nil {
		return nil
	}
	g, err := regexp2.Compile(re.slowText, re.slowOpt)
	if err != nil {
		return errRegex(reTooBig)
	}
	g.MatchTimeout = re.limit
	re.slow = g
	return nil
}

// preference is 1 for the longest match, -1 for the shortest, 0 for neither.
func (n *reNode) preference() int {
	switch n.kind {
	case reRepeat:
		if n.fixed {
			return n.sub[0].preference()
		}
		return pick(n.lazy, -1, 1)
	case reSeq:
		for _, s := range n.sub {
			if p := s.preference(); p != 0 {
				return p
			}
		}
	case reGroup:
		return n.sub[0].preference()
	case reAlt:
		return 1
	}
	return 0
}

func (n *reNode) anchored() bool {
	if n.kind == reAssert || n.kind == reLook {
		return true
	}
	for _, s := range n.sub {
		if s.anchored() {
			return true
		}
	}
	return false
}

// reEmitter writes a tree in a syntax that both engines read.
type reEmitter struct {
	b     strings.Builder
	flags reFlags
	force int // the preference that every quantifier gets, 0: its own
}

// wordSet is [[:alnum:]_] under ctype C.UTF-8.
const wordSet = `0-9A-Za-z_\p{L}\p{Nd}\p{Nl}`

func (e *reEmitter) emit(n *reNode) {
	w := func(s string) { e.b.WriteString(s) }
	switch n.kind {
	case reLiteral:
		e.literal(n.r)
	case reAny:
		w(pick(e.flags.nlStop, `[^\n]`, `[\s\S]`))
	case reClass:
		e.class(n)
	case reSeq:
		for _, s := range n.sub {
			e.emit(s)
		}
	case reAlt:
		w("(?:")
		for i, s := range n.sub {
			if i > 0 {
				w("|")
			}
			e.emit(s)
		}
		w(")")
	case reGroup:
		w(pick(n.n > 0, "(", "(?:"))
		e.emit(n.sub[0])
		w(")")
	case reLook:
		w([...]string{"(?=", "(?!", "(?<=", "(?<!"}[n.n])
		e.emit(n.sub[0])
		w(")")
	case reBackref:
		w("(?:\\" + strconv.Itoa(n.n) + ")")
	case reAssert:
		e.assert(byte(n.n))
	case reRepeat:
		// {1,1}? makes what it encloses as short as can be; within {1,1} each
		// quantifier has its own preference again.
		outer := e.force
		if n.min == n.max && !n.fixed {
			e.force = pick(n.lazy, -1, 0)
		}
		w("(?:")
		e.emit(n.sub[0])
		w(")")
		e.force = outer
		switch {
		case n.min == 0 && n.max == -1:
			w("*")
		case n.min == 1 && n.max == -1:
			w("+")
		case n.min == 0 && n.max == 1:
			w("?")
		case n.max == -1:
			w("{" + strconv.Itoa(n.min) + ",}")
		default:
			w("{" + strconv.Itoa(n.min) + "," + strconv.Itoa(n.max) + "}")
		}
		if e.force < 0 || e.force == 0 && n.lazy {
			w("?")
		}
	}
}

func (e *reEmitter) literal(r rune) {
	if r < utf8.RuneSelf && strings.ContainsRune(`\.+*?()|[]{}^$#-&~ `, r) {
		if r == ' ' {
			e.b.WriteByte(' ')
			return
		}
		if strings.ContainsRune(`#-&~`, r) {
			e.b.WriteRune(r)
			return
		}
		e.b.WriteByte('\\')
	}
	e.b.WriteRune(r)
}

func (e *reEmitter) assert(kind byte) {
	const word, before, after = "[" + wordSet + "]", "(?<=[" + wordSet + "])", "(?=[" + wordSet + "])"
	const notBefore, notAfter = "(?<!" + word + ")", "(?!" + word + ")"
	switch kind {
	case '^':
		e.b.WriteString(pick(e.flags.nlAnchor, `(?m:^)`, `\A`))
	case '$':
		e.b.WriteString(pick(e.flags.nlAnchor, `(?m:$)`, `\z`))
	case 'A':
		e.b.WriteString(`\A`)
	case 'Z':
		e.b.WriteString(`\z`)
	case 'm':
		e.b.WriteString(notBefore + after)
	case 'M':
		e.b.WriteString(before + notAfter)
	case 'y':
		e.b.WriteString("(?:" + notBefore + after + "|" + before + notAfter + ")")
	case 'Y':
		e.b.WriteString("(?:" + notBefore + notAfter + "|" + before + after + ")")
	}
}

func (e *reEmitter) class(n *reNode) {
	e.b.WriteString(pick(n.negated, "[^", "["))
	if n.negated && e.flags.nlStop {
		e.b.WriteString(`\n`)
	}
	for _, item := range n.set {
		if item.class != "" {
			e.b.WriteString(classSet(item.class, e.flags.icase))
			continue
		}
		e.classRune(item.lo)
		if item.hi != item.lo {
			e.b.WriteByte('-')
			e.classRune(item.hi)
		}
	}
	e.b.WriteByte(']')
}

func (e *reEmitter) classRune(r rune) {
	if r < utf8.RuneSelf && strings.ContainsRune(`\[]^-`, r) {
		e.b.WriteByte('\\')
	}
	e.b.WriteRune(r)
}

// classSet gives the inside of a bracket expression for a class.
func classSet(name string, icase bool) string {
	switch name {
	case "d", "digit":
		return "0-9"
	case "D":
		return `\x00-/:-` + "\U0010ffff"
	case "s", "space":
		return "\\t-\\r \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
	case "S":
		return `\S`
	case "w", "word":
		return wordSet
	case "W":
		return `\W`
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

// Find gives the leftmost match at or after byte offset from: pairs of byte
// offsets, of the whole and of each group (-1: unset); nil when there is none.
func (re *Regex) Find(s string, from int) ([]int, error) {
	if re.fast != nil && (from == 0 || !re.anchored) {
		m := re.fast.FindStringSubmatchIndex(s[from:])
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		return m, nil
	}
	if err := re.backtracking(); err != nil {
		return nil, err
	}
	runes := []rune(s)
	m, err := re.slow.FindRunesMatchStartingAt(runes, utf8.RuneCountInString(s[:from]))
	if err != nil {
		return nil, pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to regular expression time limit")
	}
	if m == nil {
		return nil, nil
	}
	at := make([]int, len(runes)+1) // byte offset of each rune
	o := 0
	for i, r := range runes {
		at[i] = o
		o += utf8.RuneLen(r)
	}
	at[len(runes)] = o
	out := make([]int, 0, 2*(re.groups+1))
	for g := 0; g <= re.groups; g++ {
		grp := m.GroupByNumber(g)
		if grp == nil || len(grp.Captures) == 0 {
			out = append(out, -1, -1)
			continue
		}
		out = append(out, at[grp.Index], at[grp.Index+grp.Length])
	}
	return out, nil
}

// Match tells whether there is a match.
func (re *Regex) Match(s string) (bool, error) {
	if re.fast != nil {
		return re.fast.MatchString(s), nil
	}
	m, err := re.Find(s, 0)
	return m != nil, err
}
