package analyze

import "github.com/flowgres/flowgres/planner/nodes"

// exprLocation tells where an expression starts in the text: the leftmost of
// its own and its parts' places, as PostgreSQL's exprLocation; -1: unknown.
func exprLocation(e nodes.Expr) int {
	switch e := e.(type) {
	case nil:
		return -1
	case *nodes.FuncExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.OpExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.DistinctExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.NullIfExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.ScalarArrayOpExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.BoolExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.SubLink:
		return leftmost(exprLocation(e.Test), e.Location)
	case *nodes.SubscriptingRef:
		return exprLocation(e.Expr)
	case *nodes.FieldSelect:
		return exprLocation(e.Arg)
	case *nodes.RelabelType:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.CoerceViaIO:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.ArrayCoerceExpr:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.ConvertRowtypeExpr:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.CoerceToDomain:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.CollateExpr:
		return exprLocation(e.Arg)
	case *nodes.NullTest:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.BooleanTest:
		return leftmost(e.Location, exprLocation(e.Arg))
	case *nodes.XMLExpr:
		return leftmost(e.Location, listLocation(e.Args))
	case *nodes.RowCompareExpr:
		return listLocation(e.Left)
	}
	return nodes.TypeOf(e).Location
}

// listLocation is the location of the first expression that has one.
func listLocation(es []nodes.Expr) int {
	for _, e := range es {
		if loc := exprLocation(e); loc >= 0 {
			return loc
		}
	}
	return -1
}

// noticesAt places the notices of what is called now at a location, until the
// function it gives is called.
func (ps *ParseState) noticesAt(loc int) func() {
	s, ok := ps.env.Session.(interface {
		NoticeAt(position int) (before int)
	})
	if !ok {
		return func() {}
	}
	before := s.NoticeAt(loc + 1)
	return func() { s.NoticeAt(before) }
}
