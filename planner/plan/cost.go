package plan

import (
	"math"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// What things cost, in PostgreSQL's units (costsize.c): cpu_tuple_cost for a row, cpu_operator_cost for an
// operator, and for what only we have, a call of the API, as much as reading 1,000 pages of a disk.
const (
	tupleCost    = 0.01
	operatorCost = 0.0025
	compareCost  = 2 * operatorCost
	remoteCost   = 1000.0
	planningCost = 1.0 // of a node: as much as 100 rows
)

// Cost is what running a node with what is below it is thought to cost: until its first row, and until its last.
type Cost struct{ Startup, Total float64 }

func (c Cost) and(startup, run float64) Cost {
	return Cost{c.Startup + startup, c.Total + startup + run}
}

// costs estimates the costs of a plan's nodes.
type costs struct {
	p     *Plan
	exprs exprCosts
	done  map[Node]Cost
}

func newCosts(p *Plan, cat *catalog.Catalog) *costs {
	return &costs{p, exprCosts{cat: cat}, map[Node]Cost{}}
}

// Cost estimates the work of running a plan: for comparing plans of one statement.
func (p *Plan) Cost(cat *catalog.Catalog) float64 { return newCosts(p, cat).plan().Total }

// CostWithPlanning is Cost with that of making the plan (cached_plan_cost).
func (p *Plan) CostWithPlanning(cat *catalog.Catalog) float64 {
	return p.Cost(cat) + planningCost*float64(p.Nodes)
}

// eval is what evaluating expressions once takes.
func (k *costs) eval(es []nodes.Expr) (sum float64) {
	for _, e := range es {
		sum += operatorCost * k.exprs.of(e)
	}
	return sum
}

// plan is the cost of the whole, its WITH queries included.
func (k *costs) plan() Cost {
	c := k.of(k.p.Root)
	for _, w := range k.p.CTEs {
		c = c.and(k.of(w.Plan).Total, 0) // SS_charge_for_initplans
	}
	return c
}

// of is the cost of a node with what is below it.
func (k *costs) of(n Node) Cost {
	if c, ok := k.done[n]; ok {
		return c
	}
	c := Cost{}
	if t, ok := n.Common().OneTime.(*nodes.Const); !ok || t.Value == true {
		c = k.expressions(n, k.node(n))
	}
	k.done[n] = c
	return c
}

// node is the cost of a node without its subplans and projections.
func (k *costs) node(n Node) Cost {
	base := n.Common()
	switch n := n.(type) {
	case *Result:
		if n.Input != nil {
			return k.of(n.Input)
		}
		return Cost{0, tupleCost}
	case *Scan:
		startup := remoteCost * math.Min(1, n.Fdw.Calls)
		return Cost{startup, math.Max(startup, remoteCost*n.Fdw.Calls) + n.Fdw.Rows*(tupleCost+k.eval(n.Quals))}
	case *ValuesScan:
		return Cost{0, base.Rows * (tupleCost + operatorCost)}
	case *FunctionScan, *CTEScan, *WorkTableScan:
		return Cost{0, base.Rows * tupleCost}
	case *RecursiveUnion:
		const repeats = 10
		first, next := k.of(n.First), k.of(n.Next)
		return Cost{first.Startup, first.Total + repeats*next.Total + base.Rows*tupleCost}
	case *NestLoop:
		outer, inner := k.of(n.Outer), k.of(n.Inner)
		loops := math.Max(1, n.Outer.Common().Rows)
		pairs := loops * n.Inner.Common().Rows
		local := math.Max(0, inner.Total-remoteCost*n.Inner.Common().Calls)
		remote := remoteCost * math.Max(0, n.Calls-n.Outer.Common().Calls)
		return Cost{outer.Startup + inner.Startup, outer.Total + remote + loops*local + pairs*(tupleCost+k.eval(n.On))}
	case *HashJoin:
		return k.hashJoin(n)
	case *Append:
		return k.appended(n)
	case *SetOp:
		left, right := k.of(n.Left), k.of(n.Right)
		hashed := (n.Left.Common().Rows + n.Right.Common().Rows) * operatorCost * float64(len(n.Keys))
		return Cost{left.Total + right.Total + hashed, left.Total + right.Total + hashed + base.Rows*tupleCost}
	case *Modify:
		in := k.of(n.Input)
		return Cost{in.Startup, in.Total + remoteCost*math.Max(0, n.Calls-n.Input.Common().Calls)}
	}
	return k.upper(n)
}

// upper is the cost of a node that works on the rows of one other.
func (k *costs) upper(n Node) Cost {
	base, below := n.Common(), Inputs(n)[0]
	c, rows := k.of(below), below.Common().Rows
	switch n := n.(type) {
	case *Sort:
		needed := math.Max(2, rows)
		if first, ok := n.Limit.(*nodes.Const); ok && first.Value != nil {
			if v, ok := first.Value.(int64); ok && 2*float64(v) < needed {
				needed = math.Max(2, 2*float64(v))
			}
		}
		sorting := compareCost * math.Max(2, rows) * math.Log2(needed)
		if n.Presorted > 0 {
			return c.and(0, sorting+rows*operatorCost)
		}
		return Cost{c.Total + sorting, c.Total + sorting + rows*operatorCost}
	case *Unique:
		return c.and(0, rows*operatorCost*float64(len(n.Keys)))
	case *Agg:
		grouping := rows * operatorCost * float64(len(n.Groups)*max(1, len(n.Sets))+len(n.Aggs))
		if n.Stream || n.Runs {
			return c.and(0, grouping+base.Rows*tupleCost)
		}
		return Cost{c.Total + grouping, c.Total + grouping + base.Rows*tupleCost}
	case *WindowAgg:
		return c.and(0, rows*(tupleCost+operatorCost*float64(len(n.Funcs)+len(n.Partition)+len(n.Order))))
	case *ProjectSet:
		return c.and(0, base.Rows*tupleCost)
	case *Limit:
		return Cost{c.Startup, c.Startup + (c.Total-c.Startup)*math.Min(1, base.Rows/math.Max(1, rows))}
	}
	return c
}

func (k *costs) hashJoin(n *HashJoin) Cost {
	outer, inner := k.of(n.Outer), k.of(n.Inner)
	rows, inside := n.Outer.Common().Rows, n.Inner.Common().Rows
	if len(n.OuterKeys) == 0 {
		return Cost{outer.Startup + inner.Startup, outer.Total + inner.Total + rows*inside*(tupleCost+k.eval(n.On))}
	}
	keys := operatorCost * float64(len(n.OuterKeys))
	startup := outer.Startup + inner.Total + inside*(keys+tupleCost)
	return Cost{startup, startup + outer.Total - outer.Startup + rows*keys + n.Rows*tupleCost}
}

func (k *costs) appended(n *Append) (c Cost) {
	for i, in := range n.Inputs {
		one := k.of(in)
		if i == 0 || n.Keys != nil {
			c.Startup += one.Startup
		}
		c.Total += one.Total
	}
	c.Total += n.Rows * tupleCost / 2 // APPEND_CPU_COST_MULTIPLIER
	return c
}

// expressions adds to a node's cost that of its projection and of its subplans.
func (k *costs) expressions(n Node, c Cost) Cost {
	base := n.Common()
	c.Total += base.Rows * k.eval(base.Targets)
	input := 1.0
	for _, in := range Inputs(n) {
		input = math.Max(input, in.Common().Rows)
	}
	if s, ok := n.(*Scan); ok {
		input = math.Max(input, s.Fdw.Rows)
	}
	for _, s := range subPlansOf(n) {
		one := k.of(k.p.SubPlans[s.ID].Plan).Total
		if len(s.Args) == 0 {
			c = c.and(one, 0)
		} else {
			c.Total += input * one
		}
	}
	return c
}
