package plan

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// mostPatterns bounds the LIKE patterns that a regular expression is taken apart into.
const mostPatterns = 50

// likeBegin splits a LIKE pattern at its first wildcard: the text before it, and the rest.
func likeBegin(pattern string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%' || c == '_' || c == '\\' && i+1 == len(pattern):
			return b.String(), pattern[i:]
		case c == '\\':
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String(), ""
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// offerRegex offers column ~ pattern by LIKE patterns that all it matches are like.
func (b *builder) offerRegex(o *offer, right nodes.Expr) bool {
	begins := b.regexBegins(right, !o.near)
	if begins == nil {
		return false
	}
	o.exact = false
	if len(begins) == 1 && begins[0].at {
		o.qual.Op, o.qual.Values = fdw.OpPrefix, []adt.Datum{begins[0].text}
		if begins[0].whole {
			o.qual.Op = fdw.OpEq
		}
		return true
	}
	if !slices.ContainsFunc(begins, func(m beginning) bool { return !m.whole }) {
		o.qual.Op = fdw.OpIn
		for _, m := range begins {
			o.qual.Values = append(o.qual.Values, m.text)
		}
		return true
	}
	o.qual.Op = fdw.OpLike
	for _, m := range begins {
		pattern := likeEscaper.Replace(m.text)
		if !m.at {
			pattern = "%" + pattern
		}
		if !m.whole {
			pattern += "%"
		}
		o.qual.Values = append(o.qual.Values, pattern)
	}
	return true
}

// beginning is what all that a branch of a regular expression matches has: the text, at its
// beginning or anywhere, and nothing else if it is the whole.
type beginning struct {
	text      string
	at, whole bool
}

// regexBegins gives what each branch of a constant pattern asks for; nil when one asks
// for nothing that can be told simply (regexp_fixed_prefix).
func (b *builder) regexBegins(e nodes.Expr, stable bool) []beginning {
	k, ok := b.fold(e, stable).(*nodes.Const)
	if !ok {
		return nil
	}
	p, ok := k.Value.(string)
	if !ok || strings.HasPrefix(p, "***") || strings.HasPrefix(p, "(?") && !strings.HasPrefix(p, "(?:") {
		return nil
	}
	var out []beginning
	for _, branch := range regexBranches(p) {
		m := regexBegin(branch)
		if m.text == "" || len(out) == mostPatterns {
			return nil
		}
		out = append(out, m)
	}
	return out
}

// regexBranches multiplies a pattern of a|b, ^(a|b)c and ^(?:a|b)c out; what cannot be
// taken apart stays one branch.
func regexBranches(p string) []string {
	if strings.Contains(p, `\`) {
		return []string{p}
	}
	if parts := atBars(p); len(parts) > 1 {
		var out []string
		for _, part := range parts {
			out = append(out, regexBranches(part)...)
		}
		return out
	}
	rest, anchored := strings.CutPrefix(p, "^")
	in, grouped := strings.CutPrefix(rest, "(")
	if !anchored || !grouped {
		return []string{p}
	}
	end := closing(in)
	in = strings.TrimPrefix(in, "?:")
	if end < 0 || strings.HasPrefix(in, "?") {
		return []string{p}
	}
	end -= len(rest) - 1 - len(in)
	group, after := in[:end], in[end+1:]
	if after != "" && strings.IndexByte("*+?{", after[0]) >= 0 || strings.Contains(group, "^") || strings.Contains(group, "$") {
		return []string{p}
	}
	var out []string
	for _, part := range atBars(group) {
		if len(out) > mostPatterns {
			break
		}
		out = append(out, regexBranches("^"+part+after)...)
	}
	return out
}

// atBars splits a pattern at the bars outside of its parentheses and brackets.
func atBars(p string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '[':
			return []string{p}
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, p[from:i])
				from = i + 1
			}
		}
	}
	return append(out, p[from:])
}

// closing finds the parenthesis that closes a group which has begun; -1: none, or there are
// brackets.
func closing(p string) int {
	depth := 1
	for i := range len(p) {
		switch p[i] {
		case '[':
			return -1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// regexBegin gives what a branch without bars begins with, or holds when it is nothing
// but that text.
func regexBegin(p string) beginning {
	if strings.ContainsAny(p, `|\`) {
		return beginning{}
	}
	p, at := strings.CutPrefix(p, "^")
	n := 0
	for n < len(p) && (p[n] == '-' || p[n] == '_' || p[n] == '/' || p[n] == ':' || '0' <= p[n] && p[n] <= '9' || 'a' <= p[n]|0x20 && p[n]|0x20 <= 'z') {
		n++
	}
	if !at {
		if n < len(p) {
			return beginning{}
		}
		return beginning{text: p}
	}
	if n > 0 && n < len(p) && strings.IndexByte("*?+{", p[n]) >= 0 {
		n-- // the last one may be missing
	}
	return beginning{text: p[:n], at: true, whole: n > 0 && p[n:] == "$"}
}

// firstPart takes split_part(column, delimiter, 1) = text apart: the column is the text,
// or begins with it and the delimiter.
func (b *builder) firstPart(id int, left, right nodes.Expr, stable bool) (v *nodes.Var, patterns []adt.Datum) {
	f, ok := left.(*nodes.FuncExpr)
	if !ok || len(f.Args) != 3 {
		return nil, nil
	}
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil || p.Src != "split_part" {
		return nil, nil
	}
	text := func(e nodes.Expr) string {
		k, isConst := b.fold(e, stable).(*nodes.Const)
		if !isConst {
			return ""
		}
		s, _ := k.Value.(string)
		return s
	}
	n, isConst := f.Args[2].(*nodes.Const)
	delimiter, want := text(f.Args[1]), text(right)
	if v = columnOf(f.Args[0], id); v == nil || v.Type != adt.TextOID || !isConst || n.Value != adt.Datum(int32(1)) ||
		delimiter == "" || want == "" || strings.Contains(want, delimiter) {
		return nil, nil
	}
	want = likeEscaper.Replace(want)
	return v, []adt.Datum{want, want + likeEscaper.Replace(delimiter) + "%"}
}

// alternatives is what the arms of an OR ask of one column or member: values, patterns,
// or keys of which one must be there.
type alternatives struct {
	qual     fdw.Qual // its Column and Key
	values   []adt.Datum
	patterns []adt.Datum // LIKE's, if Values are not all
	keys     []adt.Datum // of a jsonb column
}

// alternativesOf gives what a qual with known values asks for; ok is false when it is
// of another kind.
func alternativesOf(q *fdw.Qual) (a alternatives, ok bool) {
	if q.Late {
		return a, false
	}
	a.qual = fdw.Qual{Column: q.Column, Key: q.Key}
	switch q.Op {
	case fdw.OpEq, fdw.OpIn:
		a.values = q.Values
		return a, true
	case fdw.OpLike:
		a.patterns = q.Values
		return a, true
	case fdw.OpPrefix:
		text, isText := q.Values[0].(string)
		a.patterns = []adt.Datum{likeEscaper.Replace(text) + "%"}
		return a, isText
	case fdw.OpHasKey, fdw.OpHasAny:
		a.keys = q.Values
		return a, true
	case fdw.OpNotNull:
		if q.Key != nil {
			a.keys, a.qual.Key = []adt.Datum{*q.Key}, nil
		}
		return a, a.keys != nil
	}
	return a, false
}

// place names what alternatives are of.
func (a *alternatives) place() string {
	switch {
	case a.qual.Key != nil:
		return "member " + *a.qual.Key
	case a.keys != nil:
		return "keys"
	}
	return ""
}

// or adds those of another arm.
func (a *alternatives) or(c alternatives) {
	a.values = slices.Concat(a.values, c.values)
	a.patterns = slices.Concat(a.patterns, c.patterns)
	a.keys = slices.Concat(a.keys, c.keys)
}

// size is how many of them there are; patterns let more through than values do.
func (a *alternatives) size() int { return len(a.values) + 4*len(a.patterns) + len(a.keys) }

// offered makes the qual that one of them holds; false when a value has no pattern.
func (a *alternatives) offered(q *fdw.Qual) bool {
	q.Column, q.Key = a.qual.Column, a.qual.Key
	switch {
	case a.keys != nil:
		q.Op, q.Values = fdw.OpHasAny, distinctValues(a.keys)
		return true
	case a.patterns == nil:
		q.Op, q.Values = fdw.OpIn, distinctValues(a.values)
		return true
	}
	q.Op, q.Values = fdw.OpLike, a.patterns
	for _, v := range a.values {
		text, ok := v.(string)
		if !ok {
			return false
		}
		q.Values = append(q.Values[:len(q.Values):len(q.Values)], adt.Datum(likeEscaper.Replace(text)))
	}
	q.Values = distinctValues(q.Values)
	return len(q.Values) <= mostPatterns
}
