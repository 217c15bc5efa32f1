package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformJoin resolves a JOIN.
func (ps *ParseState) transformJoin(j *pg_query.JoinExpr) (nodes.JoinNode, *NSItem, []*NSItem, error) {
	fail := func(err error) (nodes.JoinNode, *NSItem, []*NSItem, error) { return nil, nil, nil, err }
	typ, err := joinType(j.Jointype)
	if err != nil {
		return fail(err)
	}
	left, l, lnames, err := ps.transformFromItem(j.Larg)
	if err != nil {
		return fail(err)
	}
	// The left side's names are visible to LATERAL on the right; of a RIGHT or
	// FULL join only to say that they must not be used.
	setLateral(lnames, true, typ == nodes.InnerJoin || typ == nodes.LeftJoin)
	saved := len(ps.namespace)
	ps.namespace = append(ps.namespace, lnames...)
	right, r, rnames, err := ps.transformFromItem(j.Rarg)
	if err != nil {
		return fail(err)
	}
	ps.namespace = ps.namespace[:saved:saved]
	if err := checkNameConflicts(lnames, rnames); err != nil {
		return fail(err)
	}
	mine := append(append([]*NSItem{}, lnames...), rnames...)

	using := names(j.UsingClause)
	if j.IsNatural {
		using = naturalColumns(l.Names, r.Names)
	}
	join := &nodes.Join{Type: typ, Left: left, Right: right}
	b := joinBuilder{ps: ps, typ: typ, l: l, r: r}
	switch {
	case len(using) > 0:
		if join.On, err = b.using(using); err != nil {
			return fail(err)
		}
	case j.Quals != nil:
		setLateral(mine, false, true)
		save := ps.namespace
		ps.namespace = mine
		join.On, err = ps.transformWhere(j.Quals, KindJoinOn, "JOIN/ON")
		ps.namespace = save
		if err != nil {
			return fail(err)
		}
	}
	if err := ps.joined(len(l.Columns) + len(r.Columns)); err != nil {
		return fail(err)
	}
	if err := b.merge(); err != nil {
		return fail(err)
	}
	b.rest(l, b.lcols)
	b.rest(r, b.rcols)
	it, err := ps.addJoin(b.names, b.columns, typ, len(using), b.vars, j.Alias)
	if err != nil {
		return fail(err)
	}
	join.RTE = it.RTIndex

	if a := j.JoinUsingAlias; a != nil {
		// The alias of USING (…) AS x names the merged columns alone.
		ua := &NSItem{
			Names: b.names[:len(using)], Alias: a.Aliasname, HasAlias: true, RTE: it.RTE, RTIndex: it.RTIndex,
			Columns: b.columns[:len(using)], RelVisible: true, ColsVisible: true, LateralOK: true,
		}
		if err := checkNameConflicts([]*NSItem{ua}, mine); err != nil {
			return fail(err)
		}
		mine = append(mine, ua)
		if j.Alias == nil {
			it.RTE.UsingAlias = a.Aliasname
		}
	}
	if j.Alias != nil {
		mine = nil // an alias hides what is joined
	}
	for _, x := range mine {
		x.ColsVisible = false
	}
	it.RelVisible = j.Alias != nil
	return join, it, append(mine, it), nil
}

func joinType(t pg_query.JoinType) (nodes.JoinType, error) {
	switch t {
	case pg_query.JoinType_JOIN_INNER:
		return nodes.InnerJoin, nil
	case pg_query.JoinType_JOIN_LEFT:
		return nodes.LeftJoin, nil
	case pg_query.JoinType_JOIN_RIGHT:
		return nodes.RightJoin, nil
	case pg_query.JoinType_JOIN_FULL:
		return nodes.FullJoin, nil
	}
	return 0, pgerr.Internal("unrecognized join type: %s", t)
}

// naturalColumns are the names that a NATURAL join merges.
func naturalColumns(l, r []string) []string {
	var out []string
	for _, n := range l {
		for _, m := range r {
			if n == m && n != "" {
				out = append(out, n)
				break
			}
		}
	}
	return out
}

// joinBuilder collects the output columns of a join.
type joinBuilder struct {
	ps           *ParseState
	typ          nodes.JoinType
	l, r         *NSItem
	lcols, rcols []int // merged columns, as indexes of l and r

	names   []string
	columns []NSColumn
	vars    []nodes.Expr
}

// using finds the columns of USING on both sides and makes the join condition.
func (b *joinBuilder) using(list []string) (nodes.Expr, error) {
	var conds []nodes.Expr
	for _, name := range list {
		for _, n := range b.names {
			if n == name {
				return nil, pgerr.New(pgerrcode.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
			}
		}
		li, err := usingColumn(b.l.Names, name, "left")
		if err != nil {
			return nil, err
		}
		ri, err := usingColumn(b.r.Names, name, "right")
		if err != nil {
			return nil, err
		}
		b.lcols, b.rcols = append(b.lcols, li), append(b.rcols, ri)
		b.names = append(b.names, b.l.Names[li])
		op, err := b.ps.makeOp([]string{"="}, b.l.Columns[li].toVar(0, -1), b.r.Columns[ri].toVar(0, -1), nil, -1)
		if err != nil {
			return nil, err
		}
		if op, err = b.ps.coerceToBoolean(op, "JOIN/USING"); err != nil {
			return nil, err
		}
		conds = append(conds, op)
	}
	if len(conds) == 1 {
		return conds[0], nil
	}
	return &nodes.BoolExpr{Op: nodes.And, Args: conds, Location: -1}, nil
}

func usingColumn(list []string, name, side string) (int, error) {
	i, many := findName(list, name)
	if many {
		return 0, pgerr.New(pgerrcode.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, side)
	}
	if i < 0 {
		return 0, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	}
	return i, nil
}

// merge makes the merged columns, buildMergedJoinVar. Where the result is just
// one side's Var, the column stands for that; else for the join's own column.
func (b *joinBuilder) merge() error {
	index := len(b.ps.rtable) + 1 // the join's entry comes next
	for i := range b.lcols {
		lc, rc := b.l.Columns[b.lcols[i]], b.r.Columns[b.rcols[i]]
		e, err := b.mergedVar(lc, rc)
		if err != nil {
			return err
		}
		col := NSColumn{RTE: index, Attno: i + 1}
		switch e := e.(type) {
		case *nodes.Var:
			if e.RTE == lc.RTE && e.Attno == lc.Attno {
				col = lc
			} else {
				col = rc
			}
		default:
			t := nodes.TypeOf(e)
			col.Type, col.Typmod, col.Collation = t.Type, t.Typmod, t.Collation
		}
		b.columns, b.vars = append(b.columns, col), append(b.vars, e)
	}
	return nil
}

func (b *joinBuilder) mergedVar(lc, rc NSColumn) (nodes.Expr, error) {
	both := []nodes.Expr{lc.toVar(0, -1), rc.toVar(0, -1)}
	typ, _, err := b.ps.selectCommonType(both, "JOIN/USING")
	if err != nil {
		return nil, err
	}
	typmod := b.ps.selectCommonTypmod(both, typ)
	side := func(e nodes.Expr) (nodes.Expr, error) {
		t := nodes.TypeOf(e)
		switch {
		case t.Type != typ:
			return b.ps.coerceType(e, t.Type, typ, typmod, CoerceImplicit, nodes.ImplicitForm, -1)
		case t.Typmod != typmod:
			return &nodes.RelabelType{Arg: e, Type: typ, Typmod: typmod, Form: nodes.ImplicitForm, Location: -1}, nil
		}
		return e, nil
	}
	l, err := side(both[0])
	if err != nil {
		return nil, err
	}
	r, err := side(both[1])
	if err != nil {
		return nil, err
	}
	e := l
	switch b.typ {
	case nodes.InnerJoin:
		_, lvar := l.(*nodes.Var)
		if _, rvar := r.(*nodes.Var); !lvar && rvar {
			e = r
		}
	case nodes.RightJoin:
		e = r
	case nodes.FullJoin:
		e = &nodes.CoalesceExpr{Type: typ, Args: []nodes.Expr{l, r}, Location: -1}
	}
	return e, b.ps.assignExprCollations(e)
}

// rest adds the columns of one side that are not merged.
func (b *joinBuilder) rest(it *NSItem, merged []int) {
	n := len(it.Columns)
	b.names, b.columns, b.vars = slices.Grow(b.names, n), slices.Grow(b.columns, n), slices.Grow(b.vars, n)
	vars := make([]nodes.Var, n)
next:
	for i, c := range it.Columns {
		for _, m := range merged {
			if m == i {
				continue next
			}
		}
		if c.RTE == 0 {
			continue
		}
		b.names = append(b.names, it.Names[i])
		b.columns = append(b.columns, c)
		vars[i] = *c.toVar(0, -1)
		b.vars = append(b.vars, &vars[i])
	}
}

// joinedColumn is what a column of a join takes.
const joinedColumn = 240

// joined notes the columns of a join. Each of many joins within one another has all
// that are below it.
func (ps *ParseState) joined(columns int) error {
	ps.stmt.joined += columns
	if err := ps.stmt.env.Room(joinedColumn * int64(ps.stmt.joined)); err != nil {
		return err
	}
	return ps.stmt.env.Interrupted()
}
