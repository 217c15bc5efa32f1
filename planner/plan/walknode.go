package plan

import "github.com/flowgres/flowgres/planner/nodes"

// Inputs gives the nodes below a node.
func Inputs(n Node) []Node {
	switch n := n.(type) {
	case *Result:
		if n.Input != nil {
			return []Node{n.Input}
		}
	case *RecursiveUnion:
		return []Node{n.First, n.Next}
	case *NestLoop:
		return []Node{n.Outer, n.Inner}
	case *HashJoin:
		return []Node{n.Outer, n.Inner}
	case *Sort:
		return []Node{n.Input}
	case *Unique:
		return []Node{n.Input}
	case *Agg:
		return []Node{n.Input}
	case *WindowAgg:
		return []Node{n.Input}
	case *ProjectSet:
		return []Node{n.Input}
	case *Append:
		return n.Inputs
	case *SetOp:
		return []Node{n.Left, n.Right}
	case *Limit:
		return []Node{n.Input}
	case *Modify:
		return []Node{n.Input}
	}
	return nil
}

// Exprs gives all expressions of a node itself; Sort.Limit is the Limit node's above it.
func Exprs(n Node) []nodes.Expr {
	base := n.Common()
	out := append(append([]nodes.Expr{}, base.Quals...), base.Targets...)
	if base.OneTime != nil {
		out = append(out, base.OneTime)
	}
	switch n := n.(type) {
	case *Scan:
		for _, a := range n.Args {
			out = append(out, a.Exprs...)
		}
		out = append(out, n.At...)
	case *FunctionScan:
		for _, f := range n.Functions {
			out = append(out, f.Expr)
		}
	case *ValuesScan:
		for _, r := range n.Values {
			out = append(out, r...)
		}
	case *NestLoop:
		out = append(out, n.On...)
		for _, p := range n.Params {
			out = append(out, p.Value)
		}
	case *HashJoin:
		out = append(append(append(out, n.On...), n.OuterKeys...), n.InnerKeys...)
	case *Agg:
		out = append(out, n.Groups...)
		for _, a := range n.Aggs {
			out = append(out, a)
		}
	case *WindowAgg:
		for _, f := range n.Funcs {
			out = append(out, f)
		}
	case *Limit:
		if n.Count != nil {
			out = append(out, n.Count)
		}
		if n.Offset != nil {
			out = append(out, n.Offset)
		}
	}
	return out
}

// subPlansOf gives the subplans that a node's own expressions ask.
func subPlansOf(n Node) []*SubPlanExpr {
	var out []*SubPlanExpr
	for _, e := range Exprs(n) {
		nodes.Walk(e, func(x nodes.Expr) bool {
			if s, ok := x.(*SubPlanExpr); ok {
				out = append(out, s)
			}
			return true
		})
	}
	return out
}

// visit calls a function for each node of the plan, a node before what is below it.
func (p *Plan) visit(f func(Node)) {
	var below func(n Node)
	below = func(n Node) {
		f(n)
		for _, in := range Inputs(n) {
			below(in)
		}
	}
	below(p.Root)
	for _, c := range p.CTEs {
		below(c.Plan)
	}
	for _, s := range p.SubPlans {
		below(s.Plan)
	}
}
