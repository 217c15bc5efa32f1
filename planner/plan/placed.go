package plan

import (
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Placed tells where a condition on a table is decided, for EXPLAIN: by the
// table, here, or by both.
type Placed struct {
	Text   string
	Cond   nodes.Expr // the same, over the table's columns
	Served fdw.Served
	Reason string // why it is not the table alone
}

// label is how EXPLAIN's text calls the place.
func (p Placed) label() string {
	return [...]string{fdw.No: "Not pushed", fdw.Inexact: "Pushed and checked", fdw.Exact: "Pushed"}[p.Served]
}

// line is the condition, in SQL, with the reason.
func (p Placed) line(sql string) string {
	if p.Reason == "" {
		return sql
	}
	return sql + ": " + p.Reason
}

// placed tells of each condition on a table how the table answered for it;
// local are those that it was not offered.
func (b *builder) placed(id int, columns []fdw.Column, offered []offer, s fdw.Scan, local []nodes.Expr) []Placed {
	var out []Placed
	why := func(i int) string {
		if i < len(s.Why) {
			return s.Why[i]
		}
		return ""
	}
	follows := map[nodes.Expr]bool{}
	for i, o := range offered {
		if o.cond == nil && s.Served[i] != fdw.No {
			follows[o.of] = true
		}
	}
	weaken := func(p *Placed, c nodes.Expr) {
		if p.Served != fdw.No || !follows[c] {
			return
		}
		p.Served, p.Reason = fdw.Inexact, "what follows from it is pushed"
		if isOr(c) {
			p.Reason = "what each of its branches asks for is pushed"
		}
	}
	for i, o := range offered {
		if o.cond == nil {
			continue
		}
		p := Placed{Text: o.qual.Text, Cond: o.cond, Served: s.Served[i], Reason: why(i)}
		if o.qual.Op == fdw.OpTest && p.Served == fdw.No && p.Reason == "" {
			p.Reason = b.unoffered(id, o.cond)
		}
		if p.Served == fdw.Exact && (!o.exact || b.opt.PushDown == PushDownInexact) {
			p.Served, p.Reason = fdw.Inexact, "what is pushed follows from it but says less"
			if o.exact {
				p.Reason = "flowgres.push_down is inexact"
			}
		}
		weaken(&p, o.cond)
		out = append(out, p)
	}
	for _, c := range local {
		if mentioned(offered, c) {
			continue
		}
		p := Placed{Text: b.qualText(c, columns), Cond: c, Reason: b.unoffered(id, c)}
		weaken(&p, c)
		out = append(out, p)
	}
	return out
}

func isOr(c nodes.Expr) bool {
	e, ok := c.(*nodes.BoolExpr)
	return ok && e.Op == nodes.Or
}

func mentioned(offered []offer, c nodes.Expr) bool {
	for _, o := range offered {
		if o.cond == c {
			return true
		}
	}
	return false
}

// unoffered tells why a condition has no form that a table could serve.
func (b *builder) unoffered(id int, c nodes.Expr) string {
	columns := map[int]bool{}
	param := false
	nodes.Walk(c, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			if n.RTE == id && n.LevelsUp == 0 {
				columns[n.Attno] = true
			}
		case *nodes.Param:
			param = param || n.Exec
		}
		return true
	})
	switch {
	case b.opt.PushDown == PushDownOff:
		return "flowgres.push_down is off"
	case b.volatile(c):
		return "it is volatile"
	case holdsSubPlan(c):
		return "it asks a subquery about each row"
	case len(columns) == 0:
		return "it speaks of no column of the table"
	case len(columns) > 1:
		return "it speaks of several columns of a row"
	case param:
		return "its value changes with each outer row"
	}
	return "no filter expresses it"
}
