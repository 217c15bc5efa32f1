package plan

import (
	"fmt"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// systemColumnNames are the system columns by attribute number.
var systemColumnNames = map[int]string{-1: "ctid", -2: "xmin", -3: "cmin", -4: "xmax", -5: "cmax", -6: "tableoid"}

// names gives the SQL of each column of a node's output row.
func (x *explainer) names(n Node) []string {
	base := n.Common()
	in := x.inputNames(n)
	if base.Targets == nil {
		return in
	}
	d := x.over(in)
	out := make([]string, len(base.Targets))
	for i, t := range base.Targets {
		out[i] = d.text(t)
	}
	return out
}

// over makes a deparser for expressions over a row with the given names.
func (x *explainer) over(names []string) *deparser {
	return &deparser{cat: x.opt.Catalog, env: x.opt.Env, column: func(e nodes.Expr) string {
		if s, ok := e.(*nodes.Slot); ok && s.Index < len(names) {
			return names[s.Index]
		}
		return ""
	}}
}

// inputNames gives the SQL of each column of a node's input row.
func (x *explainer) inputNames(n Node) []string {
	numbered := func(alias string, width int) []string {
		out := make([]string, width)
		for i := range out {
			out[i] = fmt.Sprintf("%s.column%d", adt.QuoteIdent(alias), i+1)
		}
		return out
	}
	switch n := n.(type) {
	case *Result:
		if n.Input != nil {
			return x.names(n.Input)
		}
	case *Scan:
		var out []string
		for _, c := range n.Relation.Table.Columns() {
			out = append(out, adt.QuoteIdent(c.Name))
		}
		for _, s := range n.System {
			out = append(out, systemColumnNames[s])
		}
		return out
	case *FunctionScan:
		var out []string
		for _, f := range n.Functions {
			for _, c := range f.Columns {
				out = append(out, adt.QuoteIdent(c.Name))
			}
		}
		return append(out, "ordinality")
	case *ValuesScan:
		return numbered("*VALUES*", n.Width)
	case *CTEScan:
		return x.names(x.p.CTEs[n.CTE].Plan)
	case *WorkTableScan:
		return numbered(n.Alias, n.Width)
	case *RecursiveUnion:
		return x.names(n.First)
	case *NestLoop:
		return append(append([]string{}, x.names(n.Outer)...), x.names(n.Inner)...)
	case *HashJoin:
		return append(append([]string{}, x.names(n.Outer)...), x.names(n.Inner)...)
	case *Sort:
		return x.names(n.Input)
	case *Unique:
		return x.names(n.Input)
	case *ProjectSet:
		return x.names(n.Input)
	case *Limit:
		return x.names(n.Input)
	case *Append:
		if len(n.Inputs) > 0 {
			return x.names(n.Inputs[0])
		}
	case *SetOp:
		return x.names(n.Left)
	case *Agg:
		d := x.over(x.names(n.Input))
		var out []string
		for _, g := range n.Groups {
			out = append(out, d.text(g))
		}
		for _, a := range n.Aggs {
			out = append(out, d.text(a))
		}
		return append(out, "GROUPING")
	case *WindowAgg:
		in := x.names(n.Input)
		d := x.over(in)
		out := append([]string{}, in...)
		for _, f := range n.Funcs {
			out = append(out, d.text(f))
		}
		return out
	case *Modify:
		return x.names(n.Input)
	}
	return nil
}
