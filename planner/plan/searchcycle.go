package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// OIDs that SEARCH and CYCLE are made of.
const (
	recordEqOp   = 2988
	recordEqFunc = 2981
	arrayAppend  = 378
	int8Inc      = 1219
)

// searchCycle adds the columns of SEARCH and CYCLE to both branches of a
// recursive query (rewriteSearchAndCycle): the sequence column, the cycle mark and the path.
// base is the number of the query's own columns.
type searchCycle struct {
	l    *level
	cte  *nodes.CTE
	base int
}

// extra gives the columns that are added, in order.
func (sc *searchCycle) extra() []nodes.ColumnDef { return sc.cte.Columns[sc.base:] }

// branch gives a copy of a branch's query with the added columns. self is the
// index of its reference to the CTE, 0 for the branch that starts.
func (sc *searchCycle) branch(q *nodes.Query, self int) (*nodes.Query, error) {
	if q.SetOp != nil || len(q.Group) > 0 || q.HasAggs || q.HasWindowFuncs || q.HasTargetSRFs || q.LimitCount != nil || q.LimitOffset != nil || len(q.Distinct) > 0 || q.GroupingSets != nil || q.Having != nil {
		if self > 0 && (len(q.Group) > 0 || q.HasAggs || q.HasDistinctOn || q.GroupingSets != nil || q.Having != nil) {
			return nil, pgerr.Unsupported("a SEARCH or CYCLE clause over a recursive branch that groups is not supported")
		}
		if q = sc.inFrom(q, self); self > 0 {
			self = 1
		}
	}
	c := *q
	c.TargetList = append([]*nodes.TargetEntry{}, visibleTargets(q)...)
	if self > 0 {
		c.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
		r := *c.RangeTable[self-1]
		r.Columns = append(append([]nodes.ColumnDef{}, r.Columns[:sc.base]...), sc.extra()...)
		c.RangeTable[self-1] = &r
	}
	add := func(e nodes.Expr, name string) {
		c.TargetList = append(c.TargetList, &nodes.TargetEntry{Expr: e, Resno: len(c.TargetList) + 1, Name: name})
	}
	previous := func(i int) nodes.Expr { // an added column of the row before
		col := sc.extra()[i]
		return &nodes.Var{RTE: self, Attno: sc.base + 1 + i, Type: col.Type, Typmod: col.Typmod, Collation: col.Collation, Location: -1}
	}
	at := 0
	if s := sc.cte.Search; s != nil {
		row, err := sc.row(q, s.Columns)
		if err != nil {
			return nil, err
		}
		add(sc.sequence(row, s.BreadthFirst, self, previous(at)), s.SeqColumn)
		at++
	}
	if cy := sc.cte.Cycle; cy != nil {
		row, err := sc.row(q, cy.Columns)
		if err != nil {
			return nil, err
		}
		mark, path := cy.MarkDefault, nodes.Expr(&nodes.ArrayExpr{Type: adt.RecordArrayOID, Elem: adt.RecordOID, Elements: []nodes.Expr{row}, Location: -1})
		if self > 0 {
			before := previous(at + 1)
			mark = &nodes.CaseExpr{
				Type: cy.MarkType, Collation: cy.MarkCollation, Default: cy.MarkDefault, Location: -1,
				Whens: []nodes.CaseWhen{{
					When: &nodes.ScalarArrayOpExpr{Op: recordEqOp, Func: recordEqFunc, Args: []nodes.Expr{row, before}, Location: -1},
					Then: cy.MarkValue,
				}},
			}
			path = &nodes.FuncExpr{Func: arrayAppend, Type: adt.RecordArrayOID, Args: []nodes.Expr{before, row}, Location: -1}
			ne := sc.l.b.opt.Catalog.OperatorByOID(cy.MarkNeOp)
			if ne == nil {
				return nil, pgerr.Internal("the cycle mark's type has no <> operator")
			}
			c.Where = andWith(c.Where, &nodes.OpExpr{
				Op: ne.OID, Func: ne.Code, Type: adt.BoolOID, InputCollation: cy.MarkCollation,
				Args: []nodes.Expr{previous(at), cy.MarkValue}, Location: -1,
			})
		}
		add(mark, cy.MarkColumn)
		add(path, cy.PathColumn)
	}
	return &c, nil
}

// inFrom gives a query that has a branch in its FROM, with the added columns of the
// row before behind the branch's own.
func (sc *searchCycle) inFrom(q *nodes.Query, self int) *nodes.Query {
	in := (&nodes.Rewriter{Level: func(up, depth int) int {
		if up > depth {
			return up + 1
		}
		return up
	}}).Query(q, 0)
	columns := sc.cte.Columns[:sc.base]
	if targets := visibleTargets(in); self > 0 {
		for i, c := range sc.extra() {
			targets = append(targets, &nodes.TargetEntry{
				Expr:  &nodes.Var{RTE: self, Attno: sc.base + 1 + i, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, Location: -1},
				Resno: len(targets) + 1, Name: c.Name,
			})
		}
		for _, t := range in.TargetList {
			if t.Resjunk {
				t.Resno = len(targets) + 1
				targets = append(targets, t)
			}
		}
		in.TargetList, columns = targets, sc.cte.Columns
		in.HasDistinctOn = len(in.Distinct) > 0 // the added columns are not distinct, but come along
		in.RangeTable[self-1].Columns = columns
	}
	out := &nodes.Query{
		RangeTable: []*nodes.RTE{{Kind: nodes.RTESubquery, Alias: "*SELECT*", Query: in, Columns: columns}},
		From:       []nodes.JoinNode{&nodes.RangeRef{RTE: 1}},
	}
	for i, c := range columns[:sc.base] {
		v := &nodes.Var{RTE: 1, Attno: i + 1, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, Location: -1}
		out.TargetList = append(out.TargetList, &nodes.TargetEntry{Expr: v, Resno: i + 1, Name: c.Name})
	}
	return out
}

// sequence gives the value of the SEARCH column.
func (sc *searchCycle) sequence(row *nodes.RowExpr, breadth bool, self int, before nodes.Expr) nodes.Expr {
	if breadth {
		depth := nodes.Expr(&nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: int64(0), Location: -1})
		if self > 0 {
			field := &nodes.FieldSelect{Arg: before, Attno: 1, Type: adt.Int8OID, Typmod: -1}
			depth = &nodes.FuncExpr{Func: int8Inc, Type: adt.Int8OID, Args: []nodes.Expr{field}, Location: -1}
		}
		return &nodes.RowExpr{
			Type: adt.RecordOID, Form: nodes.CallForm, Location: -1,
			Args: append([]nodes.Expr{depth}, row.Args...), Names: append([]string{"*DEPTH*"}, row.Names...),
		}
	}
	if self == 0 {
		return &nodes.ArrayExpr{Type: adt.RecordArrayOID, Elem: adt.RecordOID, Elements: []nodes.Expr{row}, Location: -1}
	}
	return &nodes.FuncExpr{Func: arrayAppend, Type: adt.RecordArrayOID, Args: []nodes.Expr{before, row}, Location: -1}
}

// row makes ROW(columns) of a branch's output.
func (sc *searchCycle) row(q *nodes.Query, names []string) (*nodes.RowExpr, error) {
	out := &nodes.RowExpr{Type: adt.RecordOID, Form: nodes.CallForm, Location: -1}
	targets := visibleTargets(q)
	for _, n := range names {
		found := false
		for i, c := range sc.cte.Columns[:sc.base] {
			if c.Name == n && i < len(targets) {
				out.Args, out.Names, found = append(out.Args, targets[i].Expr), append(out.Names, n), true
			}
		}
		if !found {
			return nil, pgerr.Internal("column \"%s\" of a SEARCH or CYCLE clause is missing", n)
		}
	}
	return out, nil
}

func visibleTargets(q *nodes.Query) []*nodes.TargetEntry {
	var out []*nodes.TargetEntry
	for _, t := range q.TargetList {
		if !t.Resjunk {
			out = append(out, t)
		}
	}
	return out
}

// apply rewrites the level's query, a UNION of two subqueries.
func (sc *searchCycle) apply(op *nodes.SetOperation) (*nodes.SetOperation, error) {
	left, ok1 := op.Left.(*nodes.SetLeaf)
	right, ok2 := op.Right.(*nodes.SetLeaf)
	if !ok1 || !ok2 || op.LeftCoerce != nil || op.RightCoerce != nil {
		return nil, pgerr.Unsupported("a SEARCH or CYCLE clause over this form of UNION is not supported")
	}
	l := sc.l
	q := *l.q
	q.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
	self := 0
	for i, r := range q.RangeTable[right.RTE-1].Query.RangeTable {
		if r.Kind == nodes.RTECTE && r.SelfRef {
			self = i + 1
		}
	}
	if self == 0 {
		return nil, pgerr.Unsupported("with a SEARCH or CYCLE clause, the recursive reference to WITH query \"%s\" must be at the top level of its right-hand SELECT", sc.cte.Name)
	}
	for leaf, ref := range map[int]int{left.RTE: 0, right.RTE: self} {
		b, err := sc.branch(q.RangeTable[leaf-1].Query, ref)
		if err != nil {
			return nil, err
		}
		r := *q.RangeTable[leaf-1]
		r.Query, r.Columns = b, append(append([]nodes.ColumnDef{}, r.Columns[:sc.base]...), sc.extra()...)
		q.RangeTable[leaf-1] = &r
	}
	l.q = &q
	out := *op
	out.Columns = sc.cte.Columns
	if !op.All {
		out.Group = append([]*nodes.SortGroupClause{}, op.Group...)
		for _, c := range sc.extra() {
			lt, eq, _, hashable := l.b.opt.Catalog.SortOperators(c.Type)
			if c.Type == adt.RecordOID || c.Type == adt.RecordArrayOID {
				hashable = true
			}
			out.Group = append(out.Group, &nodes.SortGroupClause{Eq: eq, Sort: lt, Hashable: hashable})
		}
	}
	return &out, nil
}
