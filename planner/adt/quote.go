package adt

import (
	"sort"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Quoting of identifiers and literals (quote.c, ruleutils.c, misc.c).

func quoteFuncs() Funcs {
	return Funcs{
		"quote_ident":   P1(QuoteIdent),
		"quote_literal": P1(quoteLiteral),
		"quote_nullable": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if a[0] == nil {
				return "NULL", nil
			}
			return quoteLiteral(a[0].(string)), nil
		}),
		"sql:quote_literal/anyelement": Raw(func(c *Call, a []Datum) (Datum, error) {
			s, err := castText(c, c.Args[0], a[0])
			return quoteLiteral(s), err
		}),
		"sql:quote_nullable/anyelement": Raw(func(c *Call, a []Datum) (Datum, error) {
			if a[0] == nil {
				return "NULL", nil
			}
			s, err := castText(c, c.Args[0], a[0])
			return quoteLiteral(s), err
		}),
		"parse_ident": F2(parseIdent),
	}
}

// quotedKeywords are the key words that an identifier may not be unquoted:
// pg_get_keywords() but category U, sorted.
const quotedKeywords = `
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
interval into is isnull join json_array json_arrayagg json_object json_objectagg lateral leading least left
like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric
offset on only or order out outer overlaps overlay placing position precision primary real references
returning right row select session_user setof similar smallint some substring symmetric system_user table
tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse
xmlpi xmlroot xmlserialize xmltable`

// QuoteIdent is quote_identifier: it quotes a name unless it is a plain
// lower-case identifier that is no key word.
func QuoteIdent(s string) string {
	safe := s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] == '_')
	for i := 0; safe && i < len(s); i++ {
		c := s[i]
		safe = c >= 'a' && c <= 'z' || isDigit(c) || c == '_'
	}
	if safe && !isKeyword(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func isKeyword(s string) bool {
	words := keywordList
	i := sort.SearchStrings(words, s)
	return i < len(words) && words[i] == s
}

var keywordList = strings.Fields(quotedKeywords)

// quoteLiteral is quote_literal: E” only where a backslash needs it.
func quoteLiteral(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	if strings.IndexByte(s, '\\') >= 0 {
		b.WriteByte('E')
	}
	b.WriteByte('\'')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '\'' || c == '\\' {
			b.WriteByte(c)
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('\'')
	return b.String()
}

// parseIdent splits a qualified identifier; unless strict it stops at what
// follows the last part.
func parseIdent(s string, strict bool) (*Array, error) {
	bad := func() *pgerr.Error {
		return pgerr.New(pgerrcode.InvalidParameterValue, `string is not a valid identifier: "%s"`, s)
	}
	space := func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
	var parts []Datum
	i := 0
	skip := func() {
		for i < len(s) && space(s[i]) {
			i++
		}
	}
	skip()
	afterDot := false
	for {
		missing := true
		if i < len(s) && s[i] == '"' {
			var name []byte
			i++
			for closed := false; !closed; {
				j := strings.IndexByte(s[i:], '"')
				if j < 0 {
					return nil, bad().Detailf("String has unclosed double quotes.")
				}
				name = append(name, s[i:i+j]...)
				i += j + 1
				if closed = i >= len(s) || s[i] != '"'; !closed {
					name = append(name, '"')
					i++
				}
			}
			if len(name) == 0 {
				return nil, bad().Detailf("Quoted identifier must not be empty.")
			}
			parts = append(parts, string(name))
			missing = false
		} else if i < len(s) && identStart(s[i]) {
			from := i
			for i < len(s) && identPart(s[i]) {
				i++
			}
			parts = append(parts, downcaseIdent(s[from:i]))
			missing = false
		}
		if missing {
			switch {
			case i < len(s) && s[i] == '.':
				return nil, bad().Detailf(`No valid identifier before ".".`)
			case afterDot:
				return nil, bad().Detailf(`No valid identifier after ".".`)
			}
			return nil, bad()
		}
		skip()
		if i < len(s) && s[i] == '.' {
			afterDot = true
			i++
			skip()
			continue
		}
		if i < len(s) && strict {
			return nil, bad()
		}
		return NewArray(TextOID, parts), nil
	}
}

func identStart(c byte) bool {
	return c == '_' || isAlpha(c) || c >= 0x80
}

func identPart(c byte) bool { return identStart(c) || isDigit(c) || c == '$' }

// downcaseIdent is downcase_identifier: ASCII letters only, in a multibyte
// encoding.
func downcaseIdent(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
