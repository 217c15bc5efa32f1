package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// orderQuals puts conditions that take less first (order_qual_clauses), those with
// subqueries last; others stay in their order.
func (b *builder) orderQuals(quals []nodes.Expr) []nodes.Expr {
	if len(quals) < 2 {
		return quals
	}
	type costed struct {
		qual nodes.Expr
		cost float64
	}
	all := make([]costed, len(quals))
	for i, q := range quals {
		all[i] = costed{q, b.evalCost(q)}
	}
	slices.SortStableFunc(all, func(x, y costed) int {
		switch {
		case x.cost < y.cost:
			return -1
		case x.cost > y.cost:
			return 1
		}
		return 0
	})
	out := make([]nodes.Expr, len(quals))
	for i, c := range all {
		out[i] = c.qual
	}
	return out
}

const (
	subqueryCost = 1e9
	resultCost   = 4  // of a row without a table (cpu_tuple_cost)
	unknownArray = 10 // elements of an array that is not known (estimate_array_length)
	hashedArray  = 9  // elements from which on = ANY looks values up by their hash
)

// evalCost is what evaluating an expression once takes, in cpu_operator_cost.
func (b *builder) evalCost(e nodes.Expr) float64 {
	return exprCosts{b.opt.Catalog, b.plan.SubPlans}.of(e)
}

// exprCosts estimates what expressions take (cost_qual_eval_walker). Without subPlans,
// subqueries count nothing.
type exprCosts struct {
	cat      *catalog.Catalog
	subPlans []*SubPlan
}

// of is what evaluating an expression once takes, in cpu_operator_cost.
func (k exprCosts) of(e nodes.Expr) float64 {
	cost := 0.0
	nodes.Walk(e, func(e nodes.Expr) bool {
		switch e := e.(type) {
		case *nodes.FuncExpr:
			cost += k.proc(e.Func)
		case *nodes.OpExpr:
			cost += k.proc(e.Func)
		case *nodes.DistinctExpr:
			cost += k.proc(e.Func)
		case *nodes.NullIfExpr:
			cost += k.proc(e.Func)
		case *nodes.ScalarArrayOpExpr:
			if n, known := arrayLength(e.Args[1]); known && n >= hashedArray {
				cost += 1 + k.proc(e.Func)
			} else {
				cost += k.proc(e.Func) * float64(n) / 2
			}
		case *nodes.CoerceViaIO:
			cost += 2 // out and in again
		case *nodes.ArrayCoerceExpr:
			n, _ := arrayLength(e.Arg)
			cost += k.of(e.Elem)*float64(n) + k.of(e.Arg)
			return false
		case *nodes.RowCompareExpr:
			cost += float64(len(e.Ops))
		case *nodes.MinMaxExpr, *nodes.SQLValueFunction, *nodes.XMLExpr, *nodes.CoerceToDomain, *nodes.GroupingFunc:
			cost++
		case *SubPlanExpr:
			if k.subPlans != nil {
				cost += k.subquery(e)
			}
		}
		return true
	})
	return cost
}

// subquery is what a subquery takes that orderQuals looks at.
func (k exprCosts) subquery(e *SubPlanExpr) float64 {
	r, ok := k.subPlans[e.ID].Plan.(*Result)
	if !ok || r.Input != nil {
		return subqueryCost
	}
	cost := float64(resultCost)
	for _, t := range r.Targets {
		cost += k.of(t)
	}
	return cost
}

func (k exprCosts) proc(fn nodes.OID) float64 {
	if p := k.cat.ProcByOID(fn); p != nil {
		return p.Cost
	}
	return 1
}

// arrayLength gives the number of an array's elements, or a guess.
func arrayLength(e nodes.Expr) (n int, known bool) {
	switch e := e.(type) {
	case *nodes.Const:
		if a, ok := e.Value.(*adt.Array); ok {
			return len(a.Values), true
		}
	case *nodes.ArrayExpr:
		return len(e.Elements), false
	case *nodes.RelabelType:
		return arrayLength(e.Arg)
	}
	return unknownArray, false
}
