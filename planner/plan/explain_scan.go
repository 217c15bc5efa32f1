package plan

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

func (x *explainer) relation(r *nodes.Relation) string {
	if x.opt.Verbose || r.Schema == "ec2" {
		return adt.QuoteIdent(r.Schema) + "." + adt.QuoteIdent(r.Name)
	}
	return adt.QuoteIdent(r.Name)
}

// named says what is done on a relation, by the name that the query has for it
// (ExplainTargetRel).
func (x *explainer) named(e *Explained, what string, r *nodes.Relation, alias string) {
	e.Title = what + " on " + x.relation(r)
	if alias != r.Name {
		e.Title += " " + adt.QuoteIdent(alias)
	}
	e.head("Relation Name", r.Name)
	if x.opt.Verbose {
		e.head("Schema", r.Schema)
	}
	e.head("Alias", alias)
}

// scan describes a table scan: what is remote, what local, and why.
func (x *explainer) scan(e *Explained, n *Scan) {
	e.Type, e.Counters = "Seq Scan", ScanCounters
	remote := n.Fdw.Calls > 0 || len(n.Fdw.Detail) > 0
	if remote {
		e.Type = "Foreign Scan"
		e.kind("Operation", "Select")
	}
	x.named(e, e.Type, n.Relation, x.aliases[n])
	var exact []string
	for i := range n.Request.Quals {
		if n.Fdw.Served[i] == fdw.Exact && len(n.Fdw.Detail) == 0 {
			exact = append(exact, x.qualText(n, i))
		}
	}
	if len(exact) > 0 {
		e.text("Index Cond", strings.Join(exact, " AND "))
	}
	for _, line := range n.Fdw.Detail {
		detailLine(line, e.text)
	}
	if remote {
		x.placed(e, n)
	}
	if x.opt.Analyze && n.Fdw.Analyze != nil {
		for _, line := range n.Fdw.Analyze() {
			detailLine(line, e.text)
		}
	}
}

// placed tells of each condition of a remote table's scan where it is decided. They are written as the
// table's own, without the name that the query has for it.
func (x *explainer) placed(e *Explained, n *Scan) {
	columns := n.Relation.Table.Columns()
	d := x.over(nil)
	d.column = func(c nodes.Expr) string {
		s, ok := c.(*nodes.Slot)
		switch {
		case !ok:
			return columnName(c, columns)
		case s.Index < len(columns):
			return adt.QuoteIdent(columns[s.Index].Name)
		}
		return systemColumns[n.System[s.Index-len(columns)]].Name
	}
	told := map[string]bool{}
	for _, p := range n.Placed {
		sql := d.text(p.Cond)
		told[sql] = true
		e.text(p.label(), p.line(sql))
	}
	for _, q := range n.Quals {
		if t := d.text(q); !told[t] {
			e.text("Not pushed", t+": "+x.late(q))
		}
	}
}

// qualText is a qual of a scan in SQL; those of tables at hand have no text of their own.
func (x *explainer) qualText(n *Scan, i int) string {
	if text := n.Request.Quals[i].Text; text != "" || n.Conds[i] == nil {
		return text
	}
	columns := n.Relation.Table.Columns()
	d := x.over(nil)
	d.column = func(e nodes.Expr) string { return columnName(e, columns) }
	return d.text(n.Conds[i])
}

// late tells why a condition is decided on a scan's rows that the table was not
// offered.
func (x *explainer) late(q nodes.Expr) string {
	reason := "it speaks of no column of the table"
	nodes.Walk(q, func(n nodes.Expr) bool {
		var fn nodes.OID
		switch n := n.(type) {
		case *SubPlanExpr:
			reason = "it asks a subquery about each row"
			return false
		case *nodes.Slot:
			reason = "no filter expresses it"
		case *nodes.FuncExpr:
			fn = n.Func
		case *nodes.OpExpr:
			fn = n.Func
		}
		if p := x.opt.Catalog.ProcByOID(fn); fn != 0 && p != nil && p.Volatile == 'v' {
			reason = "it is volatile"
			return false
		}
		return true
	})
	return reason
}

// detailLine shows a line "Name: value" of a table as a property.
func detailLine(line string, text func(string, any)) {
	if name, value, ok := strings.Cut(line, ": "); ok {
		text(name, value)
		return
	}
	text("Remote", line)
}
