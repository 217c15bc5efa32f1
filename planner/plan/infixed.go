package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// inFixed makes EXISTS (… WHERE column = value) of value IN (SELECT column …), so
// that the value is handed down and the first row found is the last one read. The
// two mean the same when neither side can be NULL. nil: it is nothing like that.
func (l *level) inFixed(s *nodes.SubLink) (*nodes.SubLink, error) {
	op, ok := s.Test.(*nodes.OpExpr)
	if !ok || s.Kind != nodes.AnySubLink || len(op.Args) != 2 || !l.b.isEquality(op.Op) || l.b.opt.PushDown == PushDownOff {
		return nil, nil
	}
	p, ok := op.Args[1].(*nodes.SubLinkParam)
	if !ok || p.Column != 1 || hasSubLink(op.Args[0]) || len(s.Query.TargetList) == 0 || !neverNull(s.Query, s.Query.TargetList[0].Expr) {
		return nil, nil
	}
	value, err := l.prep(op.Args[0])
	if err != nil {
		return nil, err
	}
	if k, ok := value.(*nodes.Const); !ok || k.Value == nil {
		return nil, nil
	}
	const id = -1 // of the subquery, to whoever asks for its column
	test := *op
	test.Args = []nodes.Expr{value, &nodes.Var{RTE: id, Attno: 1, Type: p.Type, Typmod: p.Typmod, Collation: p.Collation, Location: -1}}
	q, ok := l.b.pushInto(s.Query, id, &test)
	if !ok {
		return nil, nil
	}
	link := *s
	link.Kind, link.Test, link.Query = nodes.ExistsSubLink, nil, q
	return &link, nil
}

// mostInList bounds the rows of a VALUES list that become an array.
const mostInList = 1000

// inList makes x = ANY (array) of x IN (VALUES …), and of EXISTS (SELECT FROM
// (VALUES …) WHERE column = x), when those are constants; nil: it is nothing like that.
func (b *builder) inList(s *nodes.SubLink) nodes.Expr {
	q := s.Query
	if b.opt.PushDown == PushDownOff || !oneSource(q) {
		return nil
	}
	switch s.Kind {
	case nodes.AnySubLink:
		op, ok := s.Test.(*nodes.OpExpr)
		if !ok || q.Where != nil || len(op.Args) != 2 || len(q.TargetList) != 1 {
			return nil
		}
		p, ok := op.Args[1].(*nodes.SubLinkParam)
		list := b.valuesList(q, q.TargetList[0].Expr)
		if !ok || list == nil || p.Column != 1 || hasSubLink(op.Args[0]) {
			return nil
		}
		return &nodes.ScalarArrayOpExpr{Op: op.Op, Func: op.Func, InputCollation: op.InputCollation, Args: []nodes.Expr{op.Args[0], list}, Location: op.Location}
	case nodes.ExistsSubLink:
		op, ok := q.Where.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || !b.isEquality(op.Op) {
			return nil
		}
		for i, a := range op.Args {
			list, code := b.valuesList(q, a), op.Op
			if list == nil {
				continue
			}
			if i == 0 {
				code = b.commuted(op.Op)
			}
			o := b.opt.Catalog.OperatorByOID(code)
			x, ok := outward(op.Args[1-i])
			if o == nil || !ok {
				return nil
			}
			is := &nodes.ScalarArrayOpExpr{Op: o.OID, Func: o.Code, InputCollation: op.InputCollation, Args: []nodes.Expr{x, list}, Location: op.Location}
			return &nodes.BooleanTest{Arg: is, Test: nodes.IsTrue, Location: -1}
		}
	}
	return nil
}

// oneSource tells of queries that only select from one thing.
func oneSource(q *nodes.Query) bool {
	return q.Command == nodes.CmdSelect && len(q.From) == 1 && q.SetOp == nil && !q.HasAggs && len(q.Group) == 0 && q.GroupingSets == nil && q.Having == nil &&
		!q.HasWindowFuncs && !q.HasTargetSRFs && q.LimitCount == nil && q.LimitOffset == nil && !q.HasDistinctOn
}

// valuesList gives the array of a column of a query's VALUES list of constants.
func (b *builder) valuesList(q *nodes.Query, e nodes.Expr) *nodes.Const {
	ref, plain := q.From[0].(*nodes.RangeRef)
	v, ok := e.(*nodes.Var)
	if !plain || !ok || v.RTE != ref.RTE || v.LevelsUp > 0 || v.Attno < 1 {
		return nil
	}
	r := q.RangeTable[ref.RTE-1]
	if in := r.Query; r.Kind == nodes.RTESubquery && oneSource(in) && in.Where == nil && v.Attno <= len(in.TargetList) {
		return b.valuesList(in, in.TargetList[v.Attno-1].Expr)
	}
	array := b.opt.Catalog.ArrayTypeOf(v.Type)
	if r.Kind != nodes.RTEValues || len(r.Values) > mostInList || array == 0 {
		return nil
	}
	var values []adt.Datum
	for _, row := range r.Values {
		k, ok := b.fold(row[v.Attno-1], false).(*nodes.Const)
		if !ok || k.Type != v.Type {
			return nil
		}
		values = append(values, k.Value)
	}
	return &nodes.Const{Type: array, Typmod: -1, Collation: v.Collation, Value: adt.NewArray(v.Type, values), Location: -1}
}

// outward gives an expression of a subquery in the terms of the query around it;
// ok is false when it speaks of the subquery's own columns.
func outward(e nodes.Expr) (out nodes.Expr, ok bool) {
	ok = !hasSubLink(e)
	out = nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		switch n := n.(type) {
		case *nodes.Var:
			ok = ok && n.LevelsUp > 0
			v := *n
			v.LevelsUp--
			return &v, true
		case *nodes.Aggref, *nodes.GroupingFunc:
			ok = false
		}
		return nil, false
	})
	return out, ok
}

// neverNull tells of a column of a query's own table that is never NULL.
func neverNull(q *nodes.Query, e nodes.Expr) bool {
	v, ok := e.(*nodes.Var)
	if !ok || v.LevelsUp > 0 || v.Attno < 1 || q.GroupingSets != nil || padded(q.From, v.RTE) {
		return false
	}
	r := q.RangeTable[v.RTE-1]
	if r.Kind != nodes.RTERelation || r.Relation == nil || r.Relation.Table == nil {
		return false
	}
	columns := r.Relation.Table.Columns()
	return v.Attno <= len(columns) && columns[v.Attno-1].NotNull
}

// belowSets tells whether a condition on the output of grouping sets, which stays
// where it is, may be put below them as well: it asks for a value of one group key, so that rows of
// the sets without that key, where it is NULL, fail it anyway.
func (b *builder) belowSets(q *nodes.Query, cond nodes.Expr) bool {
	var key *nodes.Var
	ok := true
	nodes.Walk(cond, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			ok = ok && n.LevelsUp == 0 && (key == nil || nodes.Equal(key, n))
			key = n
		case *nodes.Aggref, *nodes.GroupingFunc, *nodes.WindowFunc, *nodes.SubLink, *SubPlanExpr:
			ok = false
		}
		return ok
	})
	if !ok || key == nil || b.volatile(cond) || !b.rejectsNulls(cond, true)[key.RTE] {
		return false
	}
	for _, g := range q.Group {
		if nodes.Equal(targetByRef(q.TargetList, g.Ref), key) {
			return true
		}
	}
	return false
}

// empty tells whether a node is known to put out nothing.
func empty(n Node) bool {
	if k, ok := n.Common().OneTime.(*nodes.Const); ok && k.Value != adt.Datum(true) {
		return true
	}
	switch n := n.(type) {
	case *Result:
		return n.Input != nil && empty(n.Input)
	case *Sort:
		return empty(n.Input)
	case *Unique:
		return empty(n.Input)
	case *Limit:
		return empty(n.Input)
	case *Agg:
		return len(n.Groups) > 0 && n.Sets == nil && empty(n.Input)
	case *SetOp:
		return empty(n.Left) || n.Op == nodes.Intersect && empty(n.Right)
	case *Append:
		return all(n.Inputs, empty)
	}
	return false
}
