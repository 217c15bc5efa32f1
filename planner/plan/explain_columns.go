package plan

import (
	"fmt"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// systemColumns are the names and types of the system columns by attribute number.
var systemColumns = map[int]fdw.Column{
	-1: {Name: "ctid", Type: 27}, -2: {Name: "xmin", Type: adt.XIDOID}, -3: {Name: "cmin", Type: adt.CIDOID},
	-4: {Name: "xmax", Type: adt.XIDOID}, -5: {Name: "cmax", Type: adt.CIDOID}, -6: {Name: "tableoid", Type: adt.OIDOID},
}

// rowColumn is a column of a row that a node reads or puts out.
type rowColumn struct {
	text   string // its SQL
	plain  bool   // a name, or in parentheses: a node above needs to put none around it
	unread bool   // of a table, and not asked for
	typ    nodes.OID
	typmod int32
}

// computed is the column that an expression makes.
func (x *explainer) computed(d *deparser, e nodes.Expr) rowColumn {
	t := nodes.TypeOf(e)
	return rowColumn{text: d.text(e), typ: t.Type, typmod: t.Typmod}
}

// outputKey is what output keeps its answers by.
type outputKey struct {
	n         Node
	qualified bool
}

// output gives the columns of the rows that a node puts out.
func (x *explainer) output(n Node) []rowColumn {
	if out, ok := x.outputs[outputKey{n, x.qualified}]; ok {
		return out
	}
	in := x.input(n)
	out := in
	if targets := n.Common().Targets; targets != nil {
		d := x.over(in)
		out = make([]rowColumn, len(targets))
		for i, t := range targets {
			if s, ok := t.(*nodes.Slot); ok && s.Index < len(in) {
				out[i] = in[s.Index]
				continue
			}
			out[i] = x.computed(d, t)
		}
	} else if outer := outerOnly(n); outer != nil {
		out = in[:len(x.output(outer))]
	}
	x.outputs[outputKey{n, x.qualified}] = out
	return out
}

// outerOnly gives the outer input of a join that puts out its rows alone, nil for any other node.
func outerOnly(n Node) Node {
	switch n := n.(type) {
	case *NestLoop:
		if n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin {
			return n.Outer
		}
	case *HashJoin:
		if n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin {
			return n.Outer
		}
	}
	return nil
}

// referred gives the columns that a node below puts out, as a node above writes them: what is
// computed below stands in parentheses (get_special_variable).
func (x *explainer) referred(n Node) []rowColumn {
	below := x.output(n)
	out := make([]rowColumn, len(below))
	for i, c := range below {
		if !c.plain {
			c.text, c.plain = "("+c.text+")", true
		}
		out[i] = c
	}
	return out
}

// over makes a deparser for expressions over a row.
func (x *explainer) over(row []rowColumn) *deparser {
	return &deparser{cat: x.opt.Catalog, env: x.opt.Env, params: x.params, column: func(e nodes.Expr) string {
		if s, ok := e.(*nodes.Slot); ok && s.Index < len(row) {
			return row[s.Index].text
		}
		return ""
	}}
}

// column is a column of something in FROM.
func (x *explainer) column(alias, name string, typ nodes.OID, typmod int32) rowColumn {
	text := adt.QuoteIdent(name)
	if x.qualified {
		text = adt.QuoteIdent(alias) + "." + text
	}
	return rowColumn{text: text, plain: true, typ: typ, typmod: typmod}
}

// input gives the columns of a node's input row.
func (x *explainer) input(n Node) []rowColumn {
	switch n := n.(type) {
	case *Result:
		switch {
		case n.Input == nil:
			return nil
		case projection(n):
			return x.output(n.Input)
		}
		return x.referred(n.Input)
	case *Scan:
		return x.tableColumns(n)
	case *FunctionScan:
		return x.columns(x.aliases[n], n.Columns)
	case *ValuesScan:
		var out []rowColumn
		if len(n.Values) > 0 {
			for i, e := range n.Values[0] {
				if len(n.Values) == 1 {
					out = append(out, x.computed(x.over(nil), e)) // pull_up_simple_values
					continue
				}
				typ := nodes.TypeOf(e)
				out = append(out, x.column(x.aliases[n], fmt.Sprintf("column%d", i+1), typ.Type, typ.Typmod))
			}
		}
		return out
	case *CTEScan:
		return x.columns(x.aliases[n], n.Columns)
	case *WorkTableScan:
		return x.columns(x.aliases[n], n.Columns)
	case *RecursiveUnion:
		return x.columns(x.aliases[n], n.Columns)
	case *NestLoop:
		d := x.over(x.writing(true).referred(n.Outer))
		for _, p := range n.Params {
			x.params[p.Param] = parameter(d, p.Value)
		}
		return append(x.referred(n.Outer), x.referred(n.Inner)...)
	case *HashJoin:
		return append(x.referred(n.Outer), x.referred(n.Inner)...)
	case *Append:
		if len(n.Inputs) > 0 {
			return x.referred(n.Inputs[0])
		}
	case *SetOp:
		return x.referred(n.Left)
	case *Agg:
		return x.groupColumns(n)
	case *WindowAgg:
		out := x.referred(n.Input)
		d := x.over(out)
		for _, f := range n.Funcs {
			out = append(out, x.computed(d, f))
		}
		return out
	case *Modify:
		return x.storedColumns(n)
	default:
		if in := Inputs(n); len(in) == 1 {
			return x.referred(in[0])
		}
	}
	return nil
}

// tableColumns gives all columns of a scan's table.
func (x *explainer) tableColumns(n *Scan) []rowColumn {
	var out []rowColumn
	for _, c := range n.Relation.Table.Columns() {
		r := x.column(x.aliases[n], c.Name, c.Type, c.Typmod)
		r.unread = n.Request.Columns != nil
		out = append(out, r)
	}
	for _, c := range n.Request.Columns {
		out[c].unread = false
	}
	for _, s := range n.System {
		out = append(out, x.column(x.aliases[n], systemColumns[s].Name, systemColumns[s].Type, -1))
	}
	return out
}

// columns are those of something in FROM, by the names that the query has for them.
func (x *explainer) columns(alias string, columns []nodes.ColumnDef) []rowColumn {
	out := make([]rowColumn, len(columns))
	for i, c := range columns {
		out[i] = x.column(alias, c.Name, c.Type, c.Typmod)
	}
	return out
}

// groupColumns gives the row that a grouping's conditions and results are made of.
func (x *explainer) groupColumns(n *Agg) []rowColumn {
	d := x.over(x.referred(n.Input))
	var out []rowColumn
	for _, g := range n.Groups {
		c := x.computed(d, g)
		_, c.plain = g.(*nodes.Slot)
		out = append(out, c)
	}
	for _, a := range n.Aggs {
		out = append(out, x.computed(d, a))
	}
	if n.Sets != nil {
		out = append(out, rowColumn{text: "GROUPING", plain: true, typ: adt.Int4OID, typmod: -1})
	}
	return out
}

// storedColumns gives the row that RETURNING is made of.
func (x *explainer) storedColumns(n *Modify) []rowColumn {
	var out []rowColumn
	for _, c := range n.Relation.Table.Columns() {
		out = append(out, x.column(x.aliases[n], c.Name, c.Type, c.Typmod))
	}
	if in := x.referred(n.Input); len(in) > len(out) {
		out = append(out, in[len(out):]...)
	}
	return out
}

// outputs are the SQL of the columns that are read.
func outputs(row []rowColumn) []string {
	var out []string
	for _, c := range row {
		if !c.unread {
			out = append(out, c.text)
		}
	}
	return out
}
