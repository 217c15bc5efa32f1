package plan

import (
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Explained is a node of EXPLAIN's output: properties in order, then children.
type Explained struct {
	Type     string // Node Type
	Title    string // the text format's line, without costs
	Props    []Prop
	Children []Child
	Node     Node
}

// Prop is a property of a node. Value is a string, a []string, an int64, a
// float64 or a bool; Text tells whether the text format shows it as a line.
type Prop struct {
	Name  string
	Value any
	Text  bool
}

// Child is a node below another, with how it hangs there (Outer, Inner,
// Member, Subquery, InitPlan, SubPlan) and, for subplans, its heading.
type Child struct {
	Relationship string
	Heading      string
	Node         *Explained
}

// ExplainOptions steer Explain.
type ExplainOptions struct {
	Catalog *catalog.Catalog
	Env     *adt.Env
	Verbose bool
	Analyze bool // the plan has run: scans have lines about it
}

// Explain describes a plan. It makes no call and runs nothing.
func Explain(p *Plan, opt ExplainOptions) *Explained {
	x := &explainer{p: p, opt: opt}
	root := x.node(p.Root)
	for i, c := range p.CTEs {
		root.Children = append(root.Children, Child{"InitPlan", "CTE " + c.Name, x.node(p.CTEs[i].Plan)})
	}
	return root
}

type explainer struct {
	p   *Plan
	opt ExplainOptions
}

// node describes one node and what is below it.
func (x *explainer) node(n Node) *Explained {
	e := &Explained{Node: n}
	base := n.Common()
	in := x.inputNames(n)
	d := x.over(in)
	text := func(name string, v any) { e.Props = append(e.Props, Prop{name, v, true}) }
	child := func(rel string, c Node) { e.Children = append(e.Children, Child{rel, "", x.node(c)}) }
	switch n := n.(type) {
	case *Result:
		e.Type, e.Title = "Result", "Result"
		if n.Input != nil {
			if len(base.Quals) == 0 && base.OneTime == nil {
				return x.node(n.Input) // a projection is no node of PostgreSQL's either
			}
			child("Outer", n.Input)
		}
	case *Scan:
		x.scan(e, n, text)
	case *FunctionScan:
		e.Type, e.Title = "Function Scan", "Function Scan on "+adt.QuoteIdent(n.Alias)
		for _, f := range n.Functions {
			if fe, ok := f.Expr.(*nodes.FuncExpr); ok && len(n.Functions) == 1 {
				name := x.over(nil).funcName(fe.Func)
				e.Title = "Function Scan on " + name
				if n.Alias != name {
					e.Title += " " + adt.QuoteIdent(n.Alias)
				}
			}
		}
	case *ValuesScan:
		e.Type, e.Title = "Values Scan", `Values Scan on "`+orDefault(n.Alias, "*VALUES*")+`"`
	case *CTEScan:
		e.Type, e.Title = "CTE Scan", "CTE Scan on "+x.p.CTEs[n.CTE].Name
		if n.Alias != x.p.CTEs[n.CTE].Name {
			e.Title += " " + adt.QuoteIdent(n.Alias)
		}
	case *WorkTableScan:
		e.Type, e.Title = "WorkTable Scan", "WorkTable Scan on "+adt.QuoteIdent(n.Alias)
	case *RecursiveUnion:
		e.Type, e.Title = "Recursive Union", "Recursive Union"
		child("Outer", n.First)
		child("Inner", n.Next)
	case *NestLoop:
		e.Type, e.Title = "Nested Loop", "Nested Loop"+joinWord(n.Type)
		e.Props = append(e.Props, Prop{"Join Type", joinName(n.Type), false})
		if len(n.On) > 0 {
			text("Join Filter", d.text(andOf(n.On)))
		}
		child("Outer", n.Outer)
		child("Inner", n.Inner)
	case *HashJoin:
		x.hashJoin(e, n, d, text)
		child("Outer", n.Outer)
		child("Inner", n.Inner)
	case *Sort:
		e.Type, e.Title = "Sort", "Sort"
		if n.Presorted > 0 {
			e.Type, e.Title = "Incremental Sort", "Incremental Sort"
		}
		text("Sort Key", x.keys(n.Keys, in))
		if n.Presorted > 0 {
			text("Presorted Key", x.keys(n.Keys[:n.Presorted], in))
		}
		child("Outer", n.Input)
	case *Unique:
		e.Type, e.Title = "Unique", "Unique"
		child("Outer", n.Input)
	case *Agg:
		x.agg(e, n, text)
		child("Outer", n.Input)
	case *WindowAgg:
		e.Type, e.Title = "WindowAgg", "WindowAgg"
		child("Outer", n.Input)
	case *ProjectSet:
		e.Type, e.Title = "ProjectSet", "ProjectSet"
		child("Outer", n.Input)
	case *Append:
		e.Type, e.Title = "Append", "Append"
		if n.Keys != nil {
			e.Type, e.Title = "Merge Append", "Merge Append"
			text("Sort Key", x.keys(n.Keys, in))
		}
		for _, c := range n.Inputs {
			child("Member", c)
		}
	case *SetOp:
		word := map[nodes.SetOpKind]string{nodes.Intersect: "Intersect", nodes.Except: "Except"}[n.Op]
		if n.All {
			word += " All"
		}
		e.Type, e.Title = "SetOp", "HashSetOp "+word
		child("Outer", n.Left)
		child("Inner", n.Right)
	case *Limit:
		e.Type, e.Title = "Limit", "Limit"
		child("Outer", n.Input)
	case *Modify:
		verb := map[nodes.CmdType]string{nodes.CmdInsert: "Insert", nodes.CmdUpdate: "Update", nodes.CmdDelete: "Delete", nodes.CmdMerge: "Merge"}[n.Command]
		e.Type = "ModifyTable"
		e.Props = append(e.Props, Prop{"Operation", verb, false})
		x.named(e, verb, n.Relation, n.Alias)
		x.conflict(n, text)
		child("Outer", n.Input)
	}
	if base.OneTime != nil {
		text("One-Time Filter", d.text(base.OneTime))
	}
	if len(base.Quals) > 0 {
		text("Filter", d.text(andOf(base.Quals)))
	}
	if m, ok := n.(*Modify); x.opt.Verbose && len(x.names(n)) > 0 && (!ok || m.Returning) {
		e.Props = append([]Prop{{"Output", x.names(n), true}}, e.Props...)
	}
	x.subPlans(e, n)
	return e
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// subPlans hangs the subplans of a node's expressions below it.
func (x *explainer) subPlans(e *Explained, n Node) {
	seen := map[int]bool{}
	for _, ex := range Exprs(n) {
		nodes.Walk(ex, func(c nodes.Expr) bool {
			if s, ok := c.(*SubPlanExpr); ok && !seen[s.ID] {
				seen[s.ID] = true
				rel := "SubPlan"
				if len(s.Args) == 0 && s.HashLeft == nil {
					rel = "InitPlan"
				}
				e.Children = append(e.Children, Child{rel, fmt.Sprintf("SubPlan %d", s.ID+1), x.node(x.p.SubPlans[s.ID].Plan)})
			}
			return true
		})
	}
}

func (x *explainer) hashJoin(e *Explained, n *HashJoin, d *deparser, text func(string, any)) {
	e.Type, e.Title = "Hash Join", "Hash Join"
	if w := joinWord(n.Type); w != "" {
		e.Title = "Hash" + w
	}
	if len(n.OuterKeys) == 0 {
		e.Type, e.Title = "Nested Loop", "Nested Loop"+joinWord(n.Type)
	}
	e.Props = append(e.Props, Prop{"Join Type", joinName(n.Type), false})
	o, i := x.over(x.names(n.Outer)), x.over(x.names(n.Inner))
	var conds []string
	for k := range n.OuterKeys {
		conds = append(conds, "("+o.text(n.OuterKeys[k])+" "+d.opName(n.Keys[k].Eq)+" "+i.text(n.InnerKeys[k])+")")
	}
	if len(conds) > 0 {
		text("Hash Cond", strings.Join(conds, " AND "))
	}
	if len(n.On) > 0 {
		text("Join Filter", d.text(andOf(n.On)))
	}
	if n.Feed != nil {
		keys := i.text(n.InnerKeys[n.Feed.Key])
		for _, m := range n.Feed.More {
			keys += " with " + i.text(n.InnerKeys[m.Key])
		}
		text("Keys Handed Down", fmt.Sprintf("%s, %d at a time", keys, n.Feed.Batch))
	}
	if n.NotFed != "" && len(conds) > 0 {
		text("Keys Not Handed Down", n.NotFed)
	}
}

func (x *explainer) agg(e *Explained, n *Agg, text func(string, any)) {
	d := x.over(x.names(n.Input))
	e.Type, e.Title = "Aggregate", "HashAggregate"
	strategy := "Hashed"
	switch {
	case n.Sets != nil:
		e.Title, strategy = "MixedAggregate", "Mixed"
	case len(n.Groups) == 0:
		e.Title, strategy = "Aggregate", "Plain"
	}
	e.Props = append(e.Props, Prop{"Strategy", strategy, false})
	var keys []string
	for _, g := range n.Groups {
		keys = append(keys, d.text(g))
	}
	if len(keys) > 0 {
		text("Group Key", keys)
	}
}

func (x *explainer) keys(keys []*SortKey, names []string) []string {
	var out []string
	for _, k := range keys {
		s := "?"
		if k.Slot < len(names) {
			s = names[k.Slot]
		}
		if k.Desc {
			s += " DESC"
		}
		if k.NullsFirst != k.Desc {
			if k.NullsFirst {
				s += " NULLS FIRST"
			} else {
				s += " NULLS LAST"
			}
		}
		out = append(out, s)
	}
	return out
}

func joinName(t nodes.JoinType) string {
	return [...]string{"Inner", "Left", "Right", "Full", "Semi", "Anti"}[t]
}

func joinWord(t nodes.JoinType) string {
	if t == nodes.InnerJoin {
		return ""
	}
	return " " + joinName(t) + " Join"
}
