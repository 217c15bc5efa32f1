package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// offerText offers what a condition on a function of a text column says of the column
// itself: values, or LIKE patterns that let at least as much through.
func (b *builder) offerText(o *offer, id int, src string, left, right nodes.Expr) bool {
	k, ok := b.fold(right, !o.near).(*nodes.Const)
	if !ok {
		return false
	}
	found := func(e nodes.Expr, patterns []string) bool {
		v, key := b.textColumn(e, id)
		if v == nil || patterns == nil {
			return false
		}
		o.qual.Column, o.qual.Key, o.qual.Op, o.qual.Values, o.exact = v.Attno-1, key, fdw.OpLike, nil, false
		for _, p := range patterns {
			o.qual.Values = append(o.qual.Values, p)
		}
		return true
	}
	switch want := k.Value.(type) {
	case string:
		switch src {
		case "texteq":
			e, patterns := b.textsOf(left, want)
			return found(e, patterns)
		case "texticlike":
			return found(left, foldedLike(want))
		}
	case int32:
		e, patterns := b.positionOf(left, src, want)
		return found(e, patterns)
	}
	return false
}

// textColumn gives the text column, or the member of a jsonb column, that an expression is.
func (b *builder) textColumn(e nodes.Expr, id int) (*nodes.Var, *string) {
	if e == nil {
		return nil, nil
	}
	if v := columnOf(e, id); v != nil && v.Type == adt.TextOID {
		return v, nil
	}
	if v, key := b.member(e, id); v != nil {
		return v, &key
	}
	return nil, nil
}

// textsOf gives, for function(e, …) = want, e and the LIKE patterns of which it is then like
// one; nil: nothing is known of it.
func (b *builder) textsOf(call nodes.Expr, want string) (e nodes.Expr, patterns []string) {
	var args []nodes.Expr
	switch c := call.(type) {
	case *nodes.FuncExpr:
		args = c.Args
	case *nodes.OpExpr:
		args = c.Args
	}
	p := b.opt.Catalog.ProcByOID(callee(call))
	if p == nil || p.Schema != "pg_catalog" || len(args) == 0 {
		return nil, nil
	}
	like := likeEscaper.Replace(want)
	one := func(s string) []string { return []string{s} }
	switch p.Src {
	case "btrim1", "btrim":
		return args[0], one("%" + like + "%")
	case "ltrim1", "ltrim":
		return args[0], one("%" + like)
	case "rtrim1", "rtrim":
		return args[0], one(like + "%")
	case "text_reverse":
		runes := []rune(want)
		for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
			runes[i], runes[j] = runes[j], runes[i]
		}
		return args[0], one(likeEscaper.Replace(string(runes)))
	case "lower", "upper":
		return args[0], foldedLike(like)
	case "text_right":
		if n, ok := constInt4(args[1]); ok && n > 0 {
			return args[0], one("%" + like)
		}
	case "text_substr", "text_substr_no_len":
		if from, ok := constInt4(args[1]); ok && from > 1 && from < 200 && want != "" {
			return args[0], one(strings.Repeat("_", int(from)-1) + like + "%")
		}
	case "textregexsubstr":
		return args[0], one("%" + like + "%")
	case "textcat":
		return b.aroundText(args, want)
	}
	return nil, nil
}

// aroundText takes e || constant = want and constant || e = want apart.
func (b *builder) aroundText(args []nodes.Expr, want string) (e nodes.Expr, patterns []string) {
	for i, a := range args {
		k, ok := a.(*nodes.Const)
		if !ok {
			continue
		}
		text, ok := k.Value.(string)
		rest, fits := strings.CutSuffix(want, text)
		if i == 0 {
			rest, fits = strings.CutPrefix(want, text)
		}
		if !ok || !fits {
			return nil, nil
		}
		e, pattern := args[1-i], likeEscaper.Replace(rest)
		if callee(e) != 0 {
			if below, patterns := b.textsOf(e, rest); below != nil {
				return below, patterns
			}
		}
		return e, []string{pattern}
	}
	return nil, nil
}

// positionOf gives, for strpos(e, text) compared with a number, e and the pattern of those
// that have the text.
func (b *builder) positionOf(call nodes.Expr, src string, n int32) (e nodes.Expr, patterns []string) {
	f, ok := call.(*nodes.FuncExpr)
	if !ok || len(f.Args) != 2 {
		return nil, nil
	}
	p := b.opt.Catalog.ProcByOID(f.Func)
	k, isConst := f.Args[1].(*nodes.Const)
	if p == nil || p.Src != "textpos" || !isConst {
		return nil, nil
	}
	text, ok := k.Value.(string)
	if !ok || text == "" {
		return nil, nil
	}
	like := likeEscaper.Replace(text)
	switch {
	case src == "int4eq" && n == 1:
		return f.Args[0], []string{like + "%"}
	case src == "int4eq" && n > 1, src == "int4gt" && n >= 0, src == "int4ge" && n > 0, src == "int4ne" && n == 0:
		return f.Args[0], []string{"%" + like + "%"}
	}
	return nil, nil
}

func constInt4(e nodes.Expr) (int32, bool) {
	k, ok := e.(*nodes.Const)
	if !ok {
		return 0, false
	}
	n, ok := k.Value.(int32)
	return n, ok
}

// mostFolded is how many letters of a text both forms are asked for of: each doubles the
// patterns.
const mostFolded = 5

// foldedLike gives patterns that are like whatever an ILIKE pattern is like: the first
// letters in both forms, others as any character. So are those with a third form (the signs
// of kelvin and ångström, the long s, i with and without a dot) and those beyond ASCII.
func foldedLike(pattern string) []string {
	out := []string{""}
	letters := 0
	add := func(texts ...string) {
		var next []string
		for _, t := range texts {
			for _, o := range out {
				next = append(next, o+t)
			}
		}
		out = next
	}
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRuneInString(pattern[i:])
		escaped := r == '\\'
		if escaped {
			i++
			if i == len(pattern) {
				return nil // an error that checking reports
			}
			r, n = utf8.DecodeRuneInString(pattern[i:])
		}
		text := pattern[i : i+n]
		i += n
		lower := r | 0x20
		letter := 'a' <= lower && lower <= 'z'
		switch {
		case letter && letters < mostFolded && !strings.ContainsRune("iks", lower):
			letters++
			add(string(lower), string(lower&^0x20))
		case letter || r >= utf8.RuneSelf:
			add("_")
		case escaped || r != '%' && r != '_':
			add(likeEscaper.Replace(text))
		default:
			add(text)
		}
	}
	return out
}

// offerBegin offers what the equality of a column's first part says of it.
func (b *builder) offerBegin(o *offer, id int, left, right nodes.Expr) bool {
	if v, patterns := b.firstPart(id, left, right, !o.near); v != nil {
		o.qual.Column, o.qual.Op, o.qual.Values = v.Attno-1, fdw.OpLike, patterns
		return true
	}
	v, text, whole := b.leading(id, left, right, !o.near)
	if v == nil {
		return false
	}
	o.qual.Column, o.qual.Op, o.qual.Values = v.Attno-1, fdw.OpPrefix, []adt.Datum{text}
	if whole {
		o.qual.Op = fdw.OpEq
	}
	return true
}
