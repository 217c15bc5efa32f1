package analyze

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// checkAggregate checks WITHIN GROUP and the numbers of direct and aggregated
// arguments, which the lookup saw as one list.
func (c *funcCall) checkAggregate() error {
	name := dottedName(c.name)
	agg := c.ps.catalog.AggregateByOID(c.detail.proc.OID)
	if agg == nil {
		return pgerr.Internal("cache lookup failed for aggregate %d", c.detail.proc.OID)
	}
	if agg.Kind != 'o' && agg.Kind != 'h' {
		if c.raw.AggWithinGroup {
			return c.wrongKind("%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
		}
		return nil
	}
	if !c.raw.AggWithinGroup {
		return c.wrongKind("WITHIN GROUP is required for ordered-set aggregate %s", name)
	}
	if c.raw.Over != nil {
		return pgerr.New(pgerrcode.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name).At(c.loc)
	}
	aggregated := len(c.raw.AggOrder)
	direct := len(c.args) - aggregated
	missing := func() *pgerr.Error {
		return pgerr.New(pgerrcode.UndefinedFunction, "function %s does not exist", c.ps.funcSignature(c.name, c.argNames, c.types)).At(c.loc)
	}
	arguments := func(n int) string {
		if n == 1 {
			return "direct argument"
		}
		return "direct arguments"
	}
	params := len(c.args)
	if c.detail.nvargs > 1 {
		params -= c.detail.nvargs - 1
	}
	switch {
	case c.detail.proc.Variadic == 0 || agg.DirectArgs < params:
		if direct != agg.DirectArgs {
			return missing().Hintf("There is an ordered-set aggregate %s, but it requires %d %s, not %d.", name, agg.DirectArgs, arguments(agg.DirectArgs), direct)
		}
	case agg.Kind == 'h':
		// VARIADIC on both sides: as many hypothetical values as sort columns.
		if c.detail.nvargs != 2*aggregated {
			return missing().Hintf("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
				name, c.detail.nvargs-aggregated, aggregated)
		}
	case c.detail.nvargs <= aggregated:
		return missing().Hintf("There is an ordered-set aggregate %s, but it requires at least %d %s.", name, agg.DirectArgs, arguments(agg.DirectArgs))
	}
	if agg.Kind == 'h' {
		return c.unifyHypothetical(aggregated)
	}
	return nil
}

// unifyHypothetical gives each hypothetical value and its sort column a common
// type where both are declared "any", unify_hypothetical_args.
func (c *funcCall) unifyHypothetical(aggregated int) error {
	ps := c.ps
	first := len(c.args) - 2*aggregated
	if first < 0 {
		return pgerr.Internal("incorrect number of arguments to hypothetical-set aggregate")
	}
	for h := first; h < len(c.args)-aggregated; h++ {
		a := h + aggregated
		if c.detail.declared[h] != c.detail.declared[a] {
			return pgerr.Internal("hypothetical-set aggregate has inconsistent declared argument types")
		}
		if c.detail.declared[h] != adt.AnyOID {
			continue
		}
		pair := []nodes.Expr{c.args[a], c.args[h]}
		common, _, err := ps.selectCommonType(pair, "WITHIN GROUP")
		if err != nil {
			return err
		}
		typmod := ps.selectCommonTypmod(pair, common)
		for _, i := range []int{h, a} {
			e, err := ps.coerceType(c.args[i], c.types[i], common, typmod, CoerceImplicit, nodes.ImplicitForm, -1)
			if err != nil {
				return err
			}
			c.args[i], c.types[i] = e, common
		}
	}
	return nil
}

// complexProjection is the column of a row value, nil when it has none of that
// name (ParseComplexProjection).
func (ps *ParseState) complexProjection(name string, row nodes.Expr, loc int) (nodes.Expr, error) {
	v, isVar := row.(*nodes.Var)
	if isVar && v.Attno == 0 {
		e, _, err := ps.scanNSItemForColumn(ps.levelItem(v.RTE, v.LevelsUp), v.LevelsUp, name, loc)
		return e, err
	}
	_, _, desc := ps.resultClass(row)
	if isVar && v.Type == adt.RecordOID {
		var err error
		if desc, err = ps.expandRecordVariable(v, 0); err != nil {
			return nil, err
		}
	}
	if desc == nil {
		return nil, nil
	}
	list := make([]string, len(desc.Fields))
	for i, f := range desc.Fields {
		if !f.Dropped {
			list[i] = f.Name
		}
	}
	i, _ := findName(list, name)
	if i < 0 {
		return nil, nil
	}
	f := desc.Fields[i]
	return &nodes.FieldSelect{Arg: row, Attno: i + 1, Type: f.Type, Typmod: f.Typmod, Collation: f.Collation}, nil
}

// checkSRFPlacement refuses set-returning calls in clauses that cannot have
// them, check_srf_call_placement. lastSRF is the latest one before the call's arguments.
func (ps *ParseState) checkSRFPlacement(lastSRF nodes.Expr, loc int) error {
	where := ps.kind.clause()
	switch ps.kind {
	case KindNone, KindOther:
		return nil
	case KindFromFunction:
		if ps.lastSRF != lastSRF {
			return pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions must appear at top level of FROM").At(exprLocation(ps.lastSRF))
		}
		return nil
	case KindWindowPartition, KindWindowOrder, KindSelectTarget, KindInsertTarget, KindGroupBy, KindOrderBy, KindDistinctOn, KindValuesSingle:
		ps.hasTargetSRFs = true
		return nil
	case KindWindowFrameRange, KindWindowFrameRows, KindWindowFrameGroups:
		where = "window definitions"
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions are not allowed in %s", where).At(loc)
}
