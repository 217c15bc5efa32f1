package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformAggregateCall finishes an aggregate call: which arguments are direct,
// its ORDER BY and DISTINCT, and the query level it belongs to.
func (ps *ParseState) transformAggregateCall(a *nodes.Aggref, args []nodes.Expr, order []*pg_query.Node, distinct bool) error {
	var tl []*nodes.TargetEntry
	add := func(e nodes.Expr) *nodes.TargetEntry {
		t := &nodes.TargetEntry{Expr: e, Resno: len(tl) + 1}
		tl = append(tl, t)
		return t
	}
	var err error
	if a.Kind == 'o' || a.Kind == 'h' {
		direct := len(args) - len(order)
		a.DirectArgs = args[:direct:direct]
		for i, e := range args[direct:] {
			t := add(e)
			if a.Order, err = ps.addToSortList(t, a.Order, tl, order[i].GetSortBy()); err != nil {
				return err
			}
		}
	} else {
		for _, e := range args {
			add(e)
		}
		saved := ps.nextResno
		ps.nextResno = len(tl) + 1
		if a.Order, err = ps.transformSortClause(order, &tl, KindOrderBy, true); err != nil {
			return err
		}
		if distinct {
			if a.Distinct, err = ps.transformDistinctClause(&tl, a.Order, true); err != nil {
				return err
			}
			for _, c := range a.Distinct {
				if c.Sort == 0 {
					e := targetByRef(c.Ref, tl).Expr
					return pgerr.New(pgerrcode.UndefinedFunction, "could not identify an ordering operator for type %s",
						ps.catalog.FormatType(nodes.TypeOf(e).Type, -1)).
						Detailf("Aggregates with DISTINCT must be able to sort their inputs.").At(exprLocation(e))
				}
			}
		}
		ps.nextResno = saved
	}
	a.Args = tl
	a.ArgTypes = nil
	for _, e := range a.DirectArgs {
		a.ArgTypes = append(a.ArgTypes, nodes.TypeOf(e).Type)
	}
	for _, t := range tl {
		if !t.Resjunk {
			a.ArgTypes = append(a.ArgTypes, nodes.TypeOf(t.Expr).Type)
		}
	}
	var exprs []nodes.Expr
	for _, t := range tl {
		exprs = append(exprs, t.Expr)
	}
	a.LevelsUp, err = ps.aggregateLevel(a.DirectArgs, exprs, a.Filter, a.Location)
	if err != nil {
		return err
	}
	return ps.checkAggregatePlace(a.LevelsUp, a.Location, "aggregate functions")
}

// transformGroupingFunc resolves GROUPING(…), which is placed like an aggregate.
func (ps *ParseState) transformGroupingFunc(g *pg_query.GroupingFunc) (nodes.Expr, error) {
	loc := int(g.Location)
	if len(g.Args) > 31 {
		return nil, pgerr.New(pgerrcode.TooManyArguments, "GROUPING must have fewer than 32 arguments").At(loc)
	}
	out := &nodes.GroupingFunc{Location: loc}
	for _, n := range g.Args {
		e, err := ps.transformExpr(n, ps.kind)
		if err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	var err error
	if out.LevelsUp, err = ps.aggregateLevel(nil, out.Args, nil, loc); err != nil {
		return nil, err
	}
	return out, ps.checkAggregatePlace(out.LevelsUp, loc, "grouping operations")
}

// aggScan notes the nearest query levels of the columns and aggregates in an
// aggregate's arguments, check_agg_arguments.
type aggScan struct {
	varLevel, aggLevel int // -1: none
	cteLevel           int // of the WITH queries that subqueries read
	cte                *nodes.RTE
	err                error
}

func newAggScan() *aggScan { return &aggScan{varLevel: -1, aggLevel: -1, cteLevel: -1} }

// scanTables notes the WITH queries that a query of that level and those of its
// FROM and WITH read.
func (s *aggScan) scanTables(q *nodes.Query, level int) {
	for _, r := range q.RangeTable {
		switch {
		case r.Kind == nodes.RTECTE:
			if up := r.CTELevelsUp - level; up >= 0 && (s.cteLevel < 0 || up < s.cteLevel) {
				s.cteLevel, s.cte = up, r
			}
		case r.Kind == nodes.RTESubquery && r.Relation == nil:
			s.scanTables(r.Query, level+1)
		}
	}
	for _, c := range q.CTEs {
		if c.Query != nil {
			s.scanTables(c.Query, level+1)
		}
	}
}

func (s *aggScan) scan(e nodes.Expr) {
	walkLevels(e, 0, func(x nodes.Expr, level int) bool {
		if s.err != nil {
			return false
		}
		nearest := func(least *int, up int) {
			if up -= level; up >= 0 && (*least < 0 || up < *least) {
				*least = up
			}
		}
		switch x := x.(type) {
		case *nodes.Var:
			nearest(&s.varLevel, x.LevelsUp)
		case *nodes.Aggref:
			nearest(&s.aggLevel, x.LevelsUp)
		case *nodes.GroupingFunc:
			nearest(&s.aggLevel, x.LevelsUp)
		case *nodes.SubLink:
			if x.Query != nil {
				s.scanTables(x.Query, level+1)
			}
		}
		if level > 0 {
			return true
		}
		if nodes.ReturnsSet(x) {
			s.err = pgerr.New(pgerrcode.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
				Hintf("You might be able to move the set-returning function into a LATERAL FROM item.").At(exprLocation(x))
		} else if w, ok := x.(*nodes.WindowFunc); ok {
			s.err = pgerr.New(pgerrcode.GroupingError, "aggregate function calls cannot contain window function calls").At(w.Location)
		}
		return s.err == nil
	})
}

// aggregateLevel finds the query level that an aggregate belongs to: that of the
// nearest column or aggregate in its arguments.
func (ps *ParseState) aggregateLevel(direct, args []nodes.Expr, filter nodes.Expr, loc int) (int, error) {
	all := args
	if filter != nil {
		all = append(append([]nodes.Expr{}, args...), filter)
	}
	s := newAggScan()
	for _, e := range all {
		s.scan(e)
	}
	if s.err != nil {
		return 0, s.err
	}
	level := max(s.varLevel, s.aggLevel, 0)
	if s.varLevel >= 0 && s.aggLevel >= 0 {
		level = min(s.varLevel, s.aggLevel)
	}
	below := func(s *aggScan) error {
		if s.cteLevel < 0 || s.cteLevel >= level {
			return nil
		}
		return pgerr.New(pgerrcode.FeatureNotSupported, "outer-level aggregate cannot use a nested CTE").
			Detailf("CTE \"%s\" is below the aggregate's semantic level.", s.cte.Alias).At(loc)
	}
	if err := below(s); err != nil {
		return 0, err
	}
	nested := func(list []nodes.Expr, level int) error {
		loc := -1
		for _, e := range list {
			if l, found := locateAggOfLevel(e, level); found {
				loc = l
				break
			}
		}
		return pgerr.New(pgerrcode.GroupingError, "aggregate function calls cannot be nested").At(loc)
	}
	if level == s.aggLevel {
		return 0, nested(all, level)
	}
	if len(direct) > 0 {
		d := newAggScan()
		for _, e := range direct {
			d.scan(e)
		}
		if d.err != nil {
			return 0, d.err
		}
		if err := below(d); err != nil {
			return 0, err
		}
		if d.varLevel >= 0 && d.varLevel < level {
			loc := -1
			for _, e := range direct {
				if l, found := locateVarOfLevel(e, d.varLevel); found {
					loc = l
					break
				}
			}
			return 0, pgerr.New(pgerrcode.GroupingError, "outer-level aggregate cannot contain a lower-level variable in its direct arguments").At(loc)
		}
		if d.aggLevel >= 0 && d.aggLevel <= level {
			return 0, nested(direct, d.aggLevel)
		}
	}
	return level, nil
}

// checkAggregatePlace marks the level that an aggregate belongs to and refuses
// the clauses of that level where it may not stand.
func (ps *ParseState) checkAggregatePlace(level, loc int, what string) error {
	p := ps
	for ; level > 0; level-- {
		p = p.parent
	}
	p.hasAggs = true
	where := p.kind.clause()
	switch p.kind {
	case KindFromSubselect:
		where = "FROM clause of their own query level"
	case KindJoinOn, KindJoinUsing, KindFromFunction, KindWindowFrameRange, KindWindowFrameRows, KindWindowFrameGroups, KindMergeWhen,
		KindCheckConstraint, KindFunctionDefault, KindExecuteParameter, KindCallArgument, KindIndexExpression, KindIndexPredicate, KindWhere, KindFilter, KindInsertTarget,
		KindUpdateSource, KindUpdateTarget, KindGroupBy, KindLimit, KindOffset, KindReturning, KindValues, KindValuesSingle, KindCycleMark:
	default:
		return nil
	}
	return pgerr.New(pgerrcode.GroupingError, "%s are not allowed in %s", what, where).At(loc)
}
