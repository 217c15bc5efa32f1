package plan

import "github.com/flowgres/flowgres/planner/nodes"

// planningCost is what planning a node takes, in rows handled.
const planningCost = 100

// Cost estimates the work of running a plan, in rows handled: for comparing plans of one
// statement, no more.
func (p *Plan) Cost() float64 {
	cost := p.cost(p.Root)
	for _, c := range p.CTEs {
		cost += p.cost(c.Plan)
	}
	return cost
}

// CostWithPlanning is Cost with that of making the plan (cached_plan_cost).
func (p *Plan) CostWithPlanning() float64 {
	return p.Cost() + planningCost*float64(p.Nodes)
}

// cost is Cost of one node with what is below it.
func (p *Plan) cost(n Node) float64 {
	base := n.Common()
	if k, ok := base.OneTime.(*nodes.Const); ok && k.Value != true {
		return 0
	}
	own, input := base.Rows, 1.0
	switch n := n.(type) {
	case *Scan:
		input = n.Fdw.Rows
		own += input
	case *NestLoop:
		input = n.Outer.Common().Rows
		own += p.cost(n.Outer) + max(1, input)*p.cost(n.Inner)
	default:
		for _, in := range Inputs(n) {
			input = max(input, in.Common().Rows)
			own += p.cost(in)
		}
	}
	for _, e := range Exprs(n) {
		nodes.Walk(e, func(e nodes.Expr) bool {
			if s, ok := e.(*SubPlanExpr); ok {
				runs := 1.0
				if len(s.Args) > 0 {
					runs = max(1, input)
				}
				own += runs * p.cost(p.SubPlans[s.ID].Plan)
			}
			return true
		})
	}
	return own
}
