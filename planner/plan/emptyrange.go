package plan

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// emptyRange tells whether conditions hold a column to a range in which there is
// nothing: a lower bound of it fails an upper bound.
func (b *builder) emptyRange(id int, conds []nodes.Expr) bool {
	// bound gives a comparison of a column with a constant by its type's own order.
	bound := func(c nodes.Expr, strategies ...int) (*nodes.Var, adt.Datum) {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || b.volatile(c) {
			return nil, nil
		}
		v, isVar := op.Args[0].(*nodes.Var)
		if !isVar || v.RTE != id || v.Attno < 1 || v.LevelsUp > 0 || len(relidsOf(op.Args[1])) > 0 || holdsSubPlan(op.Args[1]) {
			return nil, nil
		}
		k, isConst := b.fold(op.Args[1], true).(*nodes.Const)
		if !isConst || k.Value == nil || k.Type != v.Type {
			return nil, nil
		}
		for _, m := range b.opt.Catalog.OpFamilyMembers(op.Op) {
			if m.Method == catalog.BtreeAM && slices.Contains(strategies, m.Strategy) && b.defaultFamily(m.Family, v.Type, false) {
				return v, k.Value
			}
		}
		return nil, nil
	}
	if b.otherPrefixes(id, conds) || b.foldedOutside(id, conds) {
		return true
	}
	const lt, le, eq, ge, gt = 1, 2, 3, 4, 5 // btree strategies
	for i, c := range conds {
		v, low := bound(c, eq, ge, gt)
		if v == nil {
			continue
		}
		others := []int{lt, le}
		if b.equates(c) { // then all others must let the one value pass
			others = []int{lt, le, eq, ge, gt}
		}
		for j, d := range conds {
			if w, _ := bound(d, others...); i == j || w == nil || w.Attno != v.Attno {
				continue
			}
			if k, ok := b.at(d, v, low).(*nodes.Const); ok && k.Value == adt.Datum(false) {
				return true
			}
		}
	}
	return false
}

// equates tells whether a comparison is an equality.
func (b *builder) equates(c nodes.Expr) bool {
	op, ok := c.(*nodes.OpExpr)
	return ok && b.isEquality(op.Op)
}

// otherPrefixes tells whether conditions ask a text column to begin in two ways of
// which neither begins the other.
func (b *builder) otherPrefixes(id int, conds []nodes.Expr) bool {
	begins := map[int][]string{}
	excluded := map[int][]string{}
	for _, c := range conds {
		if v, text := b.notPrefixOf(id, c); v != nil {
			excluded[v.Attno] = append(excluded[v.Attno], text)
		}
	}
	for _, c := range conds {
		v, text := b.prefixOf(id, c)
		if v == nil || text == "" {
			continue
		}
		for _, t := range begins[v.Attno] {
			if !strings.HasPrefix(t, text) && !strings.HasPrefix(text, t) {
				return true
			}
		}
		for _, t := range excluded[v.Attno] {
			if strings.HasPrefix(text, t) {
				return true
			}
		}
		begins[v.Attno] = append(begins[v.Attno], text)
	}
	return len(begins) > 0 && b.beginsOutside(id, conds, begins)
}

// beginsOutside tells whether all that begins with a text lies outside of a bound.
func (b *builder) beginsOutside(id int, conds []nodes.Expr, begins map[int][]string) bool {
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || op.InputCollation != adt.DefaultCollationOID && op.InputCollation != adt.CCollationOID {
			continue
		}
		v := columnOf(op.Args[0], id)
		k, isConst := b.fold(op.Args[1], true).(*nodes.Const)
		if v == nil || !isConst {
			continue
		}
		bound, isText := k.Value.(string)
		p := b.opt.Catalog.ProcByOID(op.Func)
		if !isText || p == nil {
			continue
		}
		for _, text := range begins[v.Attno] {
			switch p.Src {
			case "text_gt", "text_ge":
				if text < bound && !strings.HasPrefix(bound, text) {
					return true
				}
			case "text_lt", "text_le":
				if text > bound {
					return true
				}
			}
		}
	}
	return false
}

// foldedOutside tells whether all that a condition lets through, which is like one of some
// patterns, lies outside of bounds or begins otherwise than another condition asks for.
func (b *builder) foldedOutside(id int, conds []nodes.Expr) bool {
	begins := map[int][][]string{} // of a column, for each condition on it
	for _, c := range conds {
		v, patterns := b.patternsOf(id, c)
		if v == nil {
			continue
		}
		list := make([]string, len(patterns))
		for i, p := range patterns {
			list[i], _ = likeBegin(p)
		}
		begins[v.Attno] = append(begins[v.Attno], list)
	}
	for attno, lists := range begins {
		for _, list := range lists {
			if all(list, func(text string) bool {
				return text != "" && (b.beginsOutside(id, conds, map[int][]string{attno: {text}}) || slices.ContainsFunc(lists, func(other []string) bool {
					return all(other, func(t string) bool { return !strings.HasPrefix(t, text) && !strings.HasPrefix(text, t) })
				}))
			}) {
				return true
			}
		}
	}
	return false
}

// patternsOf gives the column of which a condition holds only if it is like one of some
// patterns.
func (b *builder) patternsOf(id int, c nodes.Expr) (*nodes.Var, []string) {
	if v, text := b.prefixOf(id, c); v != nil {
		return v, []string{likeEscaper.Replace(text) + "%"}
	}
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil, nil
	}
	p := b.opt.Catalog.ProcByOID(op.Func)
	if p == nil {
		return nil, nil
	}
	for i, a := range op.Args {
		k, isConst := b.fold(op.Args[1-i], true).(*nodes.Const)
		if !isConst {
			continue
		}
		want, isText := k.Value.(string)
		e, patterns := a, []string(nil)
		switch {
		case isText && p.Src == "texticlike" && i == 0:
			patterns = foldedLike(want)
		case isText && p.Src == "texteq":
			e, patterns = b.textsOf(a, want)
		}
		if v, key := b.textColumn(e, id); v != nil && key == nil && len(patterns) > 0 {
			return v, patterns
		}
	}
	return nil, nil
}

// notPrefixOf gives the column that a condition asks not to begin with a text, and
// that text.
func (b *builder) notPrefixOf(id int, c nodes.Expr) (*nodes.Var, string) {
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil, ""
	}
	p := b.opt.Catalog.ProcByOID(op.Func)
	v := columnOf(op.Args[0], id)
	k, isConst := b.fold(op.Args[1], true).(*nodes.Const)
	if p == nil || p.Src != "textnlike" || v == nil || !isConst {
		return nil, ""
	}
	pattern, _ := k.Value.(string)
	text, ok := strings.CutSuffix(pattern, "%")
	if !ok || strings.ContainsAny(text, `%_\`) {
		return nil, ""
	}
	return v, text
}

// prefixOf gives the column that a condition asks to begin with a text, and that
// text.
func (b *builder) prefixOf(id int, c nodes.Expr) (*nodes.Var, string) {
	var fn nodes.OID
	var args []nodes.Expr
	switch c := c.(type) {
	case *nodes.OpExpr:
		fn, args = c.Func, c.Args
	case *nodes.FuncExpr:
		fn, args = c.Func, c.Args
	}
	p := b.opt.Catalog.ProcByOID(fn)
	if p == nil || len(args) != 2 || p.Schema != "pg_catalog" {
		return nil, ""
	}
	if p.Src == "texteq" {
		if v, text, _ := b.leading(id, args[0], args[1], true); v != nil {
			return v, text
		}
	}
	v := columnOf(args[0], id)
	if v == nil || !stringType(v.Type) {
		return nil, ""
	}
	if p.Src == "textregexeq" || p.Src == "nameregexeq" {
		if begins := b.regexBegins(args[1], true); len(begins) == 1 && begins[0].at {
			return v, begins[0].text
		}
		return nil, ""
	}
	k, ok := b.fold(args[1], true).(*nodes.Const)
	if !ok {
		return nil, ""
	}
	text, ok := k.Value.(string)
	if !ok {
		return nil, ""
	}
	switch p.Src {
	case "text_starts_with":
		return v, text
	case "textlike", "namelike":
		text, _ = likeBegin(text)
		return v, text
	}
	return nil, ""
}
