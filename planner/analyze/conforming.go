package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Conforming rewrites a text that was written for standard_conforming_strings
// off, where backslashes in plain literals are escapes, for the parser, which
// reads literals as the standard says. What it gives is as long as the text, so
// that places in the one are those in the other. The warnings are those of
// escape_string_warning.
func Conforming(text string) (out string, warnings []*pgerr.Error, err error) {
	if strings.IndexByte(text, '\\') < 0 && !strings.Contains(text, "&'") {
		return text, nil, nil
	}
	var b strings.Builder
	done := 0 // what b holds of the text
	for l := range literals(text, true) {
		if l.prefix == "u&" {
			return "", warnings, pgerr.New(pgerrcode.FeatureNotSupported, "unsafe use of string constant with Unicode escapes").
				Detailf("String constants with Unicode escapes cannot be used when standard_conforming_strings is off.").At(l.parts[0].start - 2)
		}
		warned := false
		for _, p := range l.parts {
			at := strings.IndexByte(text[p.start:p.end], '\\')
			if !l.plain() || at < 0 {
				continue
			}
			value, err := unescaped(text[p.start:p.end], p.start)
			if e := pgerr.From(err); !warned && (e == nil || e.Code != pgerrcode.InvalidEscapeSequence || e.Position != p.start+at+1) {
				warnings, warned = append(warnings, escapeWarning(text[p.start+at:], p.start)), true
			}
			if err != nil {
				return "", warnings, err
			}
			b.WriteString(text[done:p.start])
			b.WriteString(value)
			b.WriteString(strings.Repeat(" ", p.end-p.start-len(value)))
			done = p.end
		}
	}
	b.WriteString(text[done:])
	return b.String(), warnings, nil
}

// unescaped gives the literal at place i of a text as the standard writes its
// value. It is the parser that reads escapes by number, which can be wrong.
func unescaped(literal string, i int) (string, error) {
	if value, ok := simplyUnescaped(literal); ok {
		return value, nil
	}
	const before = "SELECT E"
	raws, err := Parse(before + literal)
	if err != nil {
		e := *pgerr.From(err)
		if strings.HasPrefix(e.Message, "unterminated") { // it quotes the text
			return "", pgerr.New(pgerrcode.SyntaxError, "unterminated quoted string at or near \"%s\"", literal).At(i)
		}
		if e.Position > 0 {
			e.Position = i + max(1, e.Position-len(before))
		}
		return "", &e
	}
	value := raws[0].Node.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal().GetAConst().GetSval().GetSval()
	return "'" + strings.ReplaceAll(value, "'", "''") + "'", nil
}

// simplyUnescaped is unescaped for literals whose escapes are all of one letter.
func simplyUnescaped(literal string) (string, bool) {
	var b strings.Builder
	closed := false
	for i := 0; i < len(literal); i++ {
		c := literal[i]
		if closed = c == '\'' && i > 0; c != '\\' {
			b.WriteByte(c)
			continue
		}
		if i++; i == len(literal) || strings.IndexByte("01234567xuU", literal[i]) >= 0 {
			return "", false
		}
		c = literal[i]
		if n := strings.IndexByte("bfnrt", c); n >= 0 {
			c = "\b\f\n\r\t"[n]
		}
		if b.WriteByte(c); c == '\'' {
			b.WriteByte(c)
		}
	}
	return b.String(), closed
}

// escapeWarning is that of a literal's first escape, which s begins with
// (check_string_escape_warning).
func escapeWarning(s string, literal int) *pgerr.Error {
	what, hint := "escape", `Use the escape string syntax for escapes, e.g., E'\r\n'.`
	switch {
	case strings.HasPrefix(s, `\'`):
		what, hint = `\'`, "Use '' to write quotes in strings, or use the escape string syntax (E'...')."
	case strings.HasPrefix(s, `\\`):
		what, hint = `\\`, `Use the escape string syntax for backslashes, e.g., E'\\'.`
	}
	w := pgerr.New(pgerrcode.NonstandardUseOfEscapeCharacter, "nonstandard use of %s in a string literal", what).
		Hintf("%s", hint).At(literal)
	w.Severity = "WARNING"
	return w
}
