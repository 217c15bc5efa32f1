package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// conflict describes ON CONFLICT of an INSERT.
func (x *explainer) conflict(n *Modify, text func(string, any)) {
	c := n.Conflict
	if c == nil {
		return
	}
	what := "UPDATE"
	if c.DoNothing {
		what = "NOTHING"
	}
	text("Conflict Resolution", what)
	if len(c.Columns) > 0 {
		text("Conflict Arbiter Indexes", n.Relation.Name+"_pkey")
	}
	if n.Filter == nil {
		return
	}
	columns := n.Relation.Table.Columns()
	d := &deparser{cat: x.opt.Catalog, env: x.opt.Env, column: func(e nodes.Expr) string {
		v, ok := e.(*nodes.Var)
		if !ok || v.Attno < 1 {
			return ""
		}
		table := n.Relation.Name
		if v.RTE == c.Excluded {
			table = "excluded"
		}
		return adt.QuoteIdent(table) + "." + adt.QuoteIdent(columns[v.Attno-1].Name)
	}}
	text("Conflict Filter", d.text(n.Filter))
}
