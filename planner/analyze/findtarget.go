package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func (ps *ParseState) findTarget(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind, sql99 bool) (*nodes.TargetEntry, error) {
	if sql99 {
		return ps.findTargetSQL99(n, tl, kind)
	}
	return ps.findTargetSQL92(n, tl, kind)
}

// findTargetSQL92 finds the target list entry that an item of ORDER BY, GROUP BY
// or DISTINCT ON means: an output column by name or number, else an expression.
func (ps *ParseState) findTargetSQL92(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind) (*nodes.TargetEntry, error) {
	if c := n.GetColumnRef(); c != nil && len(c.Fields) == 1 && c.Fields[0].GetString_() != nil {
		t, err := ps.findTargetByName(c.Fields[0].GetString_().Sval, *tl, kind, int(c.Location))
		if err != nil || t != nil {
			return t, err
		}
	}
	if c := n.GetAConst(); c != nil {
		iv, ok := c.Val.(*pg_query.A_Const_Ival)
		if !ok || c.Isnull {
			return nil, pgerr.New(pgerrcode.SyntaxError, "non-integer constant in %s", kind).At(int(c.Location))
		}
		want := int(iv.Ival.GetIval())
		pos := 0
		for _, t := range *tl {
			if t.Resjunk {
				continue
			}
			if pos++; pos == want {
				return t, ps.checkTargetSQL92(t, kind)
			}
		}
		return nil, pgerr.New(pgerrcode.InvalidColumnReference, "%s position %d is not in select list", kind, want).At(int(c.Location))
	}
	return ps.findTargetSQL99(n, tl, kind)
}

// findTargetByName finds an output column by name, or nothing. For GROUP BY a
// column of FROM is preferred. A name that differs in case alone is taken when
// nothing has the name exactly.
func (ps *ParseState) findTargetByName(name string, tl []*nodes.TargetEntry, kind ExprKind, loc int) (*nodes.TargetEntry, error) {
	var input nodes.Expr
	var trueName string
	looked := false
	look := func(localOnly bool) (err error) {
		if !looked {
			looked = true
			input, trueName, err = ps.colNameToVar(name, localOnly, loc)
		}
		return err
	}
	if kind == KindGroupBy {
		if err := look(true); err != nil {
			return nil, err
		}
		if input != nil && (trueName == "" || trueName == name) {
			return nil, nil
		}
	}
	var found *nodes.TargetEntry
	for _, t := range tl {
		if t.Resjunk || t.Name != name {
			continue
		}
		if found != nil && !equalExpr(found.Expr, t.Expr) {
			return nil, pgerr.New(pgerrcode.AmbiguousColumn, "%s \"%s\" is ambiguous", kind, name).At(loc)
		}
		if found == nil {
			found = t
		}
	}
	if found == nil && kind != KindGroupBy {
		folded := false
		for _, t := range tl {
			if !t.Resjunk && strings.EqualFold(t.Name, name) {
				if found != nil && !equalExpr(found.Expr, t.Expr) {
					return nil, nil
				}
				if found == nil {
					found, folded = t, true
				}
			}
		}
		if folded {
			if err := look(false); err != nil {
				return nil, nil // whatever is wrong with it, the expression will tell
			}
			if input != nil && (trueName == "" || trueName == name) {
				return nil, nil
			}
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, ps.checkTargetSQL92(found, kind)
}

// checkTargetSQL92 refuses to group by an output column that holds an aggregate
// or window function.
func (ps *ParseState) checkTargetSQL92(t *nodes.TargetEntry, kind ExprKind) error {
	if kind != KindGroupBy {
		return nil
	}
	if ps.hasAggs {
		if loc, found := locateAggOfLevel(t.Expr, 0); found {
			return pgerr.New(pgerrcode.GroupingError, "aggregate functions are not allowed in %s", kind).At(loc)
		}
	}
	if ps.hasWindowFuncs {
		if loc, found := locateWindowFunc(t.Expr); found {
			return pgerr.New(pgerrcode.WindowingError, "window functions are not allowed in %s", kind).At(loc)
		}
	}
	return nil
}

// findTargetSQL99 finds or adds the target list entry of an expression.
func (ps *ParseState) findTargetSQL99(n *pg_query.Node, tl *[]*nodes.TargetEntry, kind ExprKind) (*nodes.TargetEntry, error) {
	e, err := ps.transformExpr(n, kind)
	if err != nil {
		return nil, err
	}
	for _, t := range *tl {
		if equalExpr(e, stripImplicitCoercions(t.Expr)) {
			return t, nil
		}
	}
	t, err := ps.transformTarget(n, e, kind, "", true)
	if err != nil {
		return nil, err
	}
	*tl = append(*tl, t)
	return t, nil
}

// stripImplicitCoercions looks through coercions that nobody wrote.
func stripImplicitCoercions(e nodes.Expr) nodes.Expr {
	switch x := e.(type) {
	case *nodes.FuncExpr:
		if x.Form == nodes.ImplicitForm && len(x.Args) > 0 {
			return stripImplicitCoercions(x.Args[0])
		}
	case *nodes.RelabelType:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.CoerceViaIO:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.ArrayCoerceExpr:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.ConvertRowtypeExpr:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	case *nodes.CoerceToDomain:
		if x.Form == nodes.ImplicitForm {
			return stripImplicitCoercions(x.Arg)
		}
	}
	return e
}

// unknownToText makes text of a target whose type is unknown still.
func (ps *ParseState) unknownToText(t *nodes.TargetEntry) (OID, error) {
	typ := nodes.TypeOf(t.Expr).Type
	if typ != adt.UnknownOID {
		return typ, nil
	}
	e, err := ps.coerceType(t.Expr, typ, adt.TextOID, -1, CoerceImplicit, nodes.ImplicitForm, -1)
	if err == nil {
		t.Expr = e
	}
	return adt.TextOID, err
}
