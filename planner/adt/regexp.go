package adt

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The SQL functions over regular expressions (regexp.c, and replace_text_regexp
// of varlena.c).

func regexpFuncs() Funcs {
	match := func(icase, not bool) Func {
		return C2(func(c *Call, s, p string) (bool, error) {
			re, err := cachedRegex(c, p, reFlags{icase: icase})
			if err != nil {
				return false, err
			}
			ok, err := re.Match(c.context(), s)
			return ok != not, err
		})
	}
	f := Funcs{
		"textregexeq":   match(false, false),
		"textregexne":   match(false, true),
		"texticregexeq": match(true, false),
		"texticregexne": match(true, true),
		"nameregexeq":   match(false, false),
		"nameregexne":   match(false, true),
		"nameicregexeq": match(true, false),
		"nameicregexne": match(true, true),

		"textregexsubstr":                    Raw(func(c *Call, a []Datum) (Datum, error) { return regexpSubstring(c, a[0].(string), a[1].(string)) }),
		"textregexreplace_noopt":             C3(func(c *Call, s, p, r string) (string, error) { return regexpReplace(c, s, p, r, 1, 1, "") }),
		"textregexreplace":                   C4(regexpReplaceFlags),
		"textregexreplace_extended":          Raw(regexpReplaceExtended),
		"textregexreplace_extended_no_n":     Raw(regexpReplaceExtended),
		"textregexreplace_extended_no_flags": Raw(regexpReplaceExtended),

		"similar_to_escape_1": C1(func(c *Call, p string) (string, error) { return similarEscape(c, p, `\`) }),
		"similar_to_escape_2": C2(similarEscape),
		"similar_escape": Raw(func(c *Call, a []Datum) (Datum, error) {
			if a[0] == nil {
				return nil, nil
			}
			esc, ok := a[1].(string)
			return box(similarEscape(c, a[0].(string), pick(ok, esc, `\`)))
		}),
		"sql:substring/text,text,text": Raw(func(c *Call, a []Datum) (Datum, error) {
			p, err := similarEscape(c, a[1].(string), a[2].(string))
			if err != nil {
				return nil, err
			}
			return regexpSubstring(c, a[0].(string), p)
		}),
	}
	for name, fn := range map[string]func(*Call, []Datum) (Datum, error){
		"regexp_match": regexpMatch, "regexp_match_no_flags": regexpMatch,
		"regexp_like": regexpLike, "regexp_like_no_flags": regexpLike,
		"regexp_count": regexpCount, "regexp_count_no_flags": regexpCount, "regexp_count_no_start": regexpCount,
		"regexp_instr": regexpInstr, "regexp_instr_no_subexpr": regexpInstr, "regexp_instr_no_flags": regexpInstr,
		"regexp_instr_no_endoption": regexpInstr, "regexp_instr_no_n": regexpInstr, "regexp_instr_no_start": regexpInstr,
		"regexp_substr": regexpSubstr, "regexp_substr_no_subexpr": regexpSubstr, "regexp_substr_no_flags": regexpSubstr,
		"regexp_substr_no_n": regexpSubstr, "regexp_substr_no_start": regexpSubstr,
		"regexp_split_to_array": regexpSplitToArray, "regexp_split_to_array_no_flags": regexpSplitToArray,
	} {
		f[name] = Raw(fn)
	}
	for _, suffix := range []string{"", "_no_flags"} {
		f["regexp_matches"+suffix] = Set(regexpMatches)
		f["regexp_split_to_table"+suffix] = Set(regexpSplitToTable)
	}
	return f
}

// Sizes of caches: of a call, and of a session's calls together.
const (
	regexCacheSize    = 64
	envRegexCacheSize = 16
)

// regexArg compiles pattern a[1] with the flags at position i, if given.
func regexArg(c *Call, a []Datum, i int, name string) (*Regex, reFlags, error) {
	var flags reFlags
	if i < len(a) {
		var err error
		if flags, err = parseRegexFlags(a[i].(string)); err != nil {
			return nil, flags, err
		}
		if flags.global && name != "" {
			e := pgerr.New(pgerrcode.InvalidParameterValue, `%s does not support the "global" option`, name)
			if name == "regexp_match()" {
				e.Hintf("Use the regexp_matches function instead.")
			}
			return nil, flags, e
		}
	}
	keep := flags
	keep.global = false
	re, err := cachedRegex(c, a[1].(string), keep)
	return re, flags, err
}

// intArg gives an int4 argument within its limits.
func intArg(a []Datum, i int, name string, def, low int32) (int32, error) {
	if i >= len(a) {
		return def, nil
	}
	v := a[i].(int32)
	if v < low {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, `invalid value for parameter "%s": %d`, name, v)
	}
	return v, nil
}

// eachMatch calls f for the matches from byte offset from on; with degenerate
// false it passes over empty matches at the string's end and right after a match.
func eachMatch(c *Call, re *Regex, s string, from int, degenerate bool, f func(m []int) bool) error {
	prev := 0
	for from <= len(s) {
		if err := c.Env.Interrupted(); err != nil {
			return err
		}
		m, err := re.Find(c.context(), s, from)
		if err != nil || m == nil {
			return err
		}
		if degenerate || m[0] < len(s) && m[1] > prev {
			if !f(m) {
				return nil
			}
		}
		prev = m[1]
		from = m[1]
		if m[0] == m[1] {
			if from >= len(s) {
				return nil
			}
			_, n := utf8.DecodeRuneInString(s[from:])
			from += n
		}
	}
	return nil
}

// groupText gives a group of a match, nil when it is unset.
func groupText(s string, m []int, g int) Datum {
	if 2*g+1 >= len(m) || m[2*g] < 0 {
		return nil
	}
	return s[m[2*g]:m[2*g+1]]
}

// matchArray is a match's groups, or the whole when there are none.
func matchArray(re *Regex, s string, m []int) *Array {
	if re.groups == 0 {
		return NewArray(TextOID, []Datum{s[m[0]:m[1]]})
	}
	vals := make([]Datum, re.groups)
	for g := range vals {
		vals[g] = groupText(s, m, g+1)
	}
	return NewArray(TextOID, vals)
}

func regexpSubstring(c *Call, s, p string) (Datum, error) {
	re, err := cachedRegex(c, p, reFlags{})
	if err != nil {
		return nil, err
	}
	m, err := re.Find(c.context(), s, 0)
	if err != nil || m == nil {
		return nil, err
	}
	return groupText(s, m, min(re.groups, 1)), nil
}

func regexpMatch(c *Call, a []Datum) (Datum, error) {
	re, _, err := regexArg(c, a, 2, "regexp_match()")
	if err != nil {
		return nil, err
	}
	s := a[0].(string)
	m, err := re.Find(c.context(), s, 0)
	if err != nil || m == nil {
		return nil, err
	}
	return matchArray(re, s, m), nil
}

func regexpLike(c *Call, a []Datum) (Datum, error) {
	re, _, err := regexArg(c, a, 2, "regexp_like()")
	if err != nil {
		return nil, err
	}
	return box(re.Match(c.context(), a[0].(string)))
}

func regexpMatches(c *Call, a []Datum) seq {
	return func(yield func(Datum, error) bool) {
		re, flags, err := regexArg(c, a, 2, "")
		if err == nil {
			s := a[0].(string)
			err = eachMatch(c, re, s, 0, true, func(m []int) bool {
				return yield(matchArray(re, s, m), nil) && flags.global
			})
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// startOffset turns a 1-based character position into a byte offset, past the
// end when the string is shorter.
func startOffset(s string, start int32) int {
	if int64(start)-1 > int64(runeLen(s)) {
		return len(s) + 1
	}
	return byteIndex(s, int(start)-1)
}

// similarEscape turns a SIMILAR TO pattern into a regular expression
// (similar_escape_internal). Two escape-double-quotes separate it in three parts
// for SUBSTRING: the first as short as can be, the second captured.
func similarEscape(c *Call, p, esc string) (string, error) {
	if utf8.RuneCountInString(esc) > 1 {
		return "", pgerr.New(pgerrcode.InvalidEscapeSequence, "invalid escape string").
			Hintf("Escape string must be empty or one character.")
	}
	escape := rune(-1)
	if esc != "" {
		escape, _ = utf8.DecodeRuneInString(esc)
	}
	var b strings.Builder
	b.WriteString("^(?:")
	afterEscape, inClass, quotes := false, false, 0
	work := c.work()
	for _, r := range p {
		if err := work.grown(4, b.Len()); err != nil {
			return "", err
		}
		switch {
		case afterEscape && r == '"' && !inClass:
			switch quotes {
			case 0:
				b.WriteString("){1,1}?(")
			case 1:
				b.WriteString("){1,1}(?:")
			default:
				return "", pgerr.New(pgerrcode.InvalidUseOfEscapeCharacter,
					"SQL regular expression may not contain more than two escape-double-quote separators")
			}
			quotes++
			afterEscape = false
		case afterEscape:
			b.WriteByte('\\')
			b.WriteRune(r)
			afterEscape = false
		case r == escape:
			afterEscape = true
		case inClass:
			if r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			inClass = r != ']'
		case r == '[':
			b.WriteRune(r)
			inClass = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case r == '(':
			b.WriteString("(?:")
		case r == '\\' || r == '.' || r == '^' || r == '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}
