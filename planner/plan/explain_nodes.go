package plan

import (
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// nameRelations gives all that is in FROM, in the statement and its subqueries, a name of its own, and
// decides whether columns are written with it (select_rtable_names_for_explain).
func (x *explainer) nameRelations() {
	x.aliases = map[Node]string{}
	used, entries := map[string]bool{}, 0
	x.p.visit(func(n Node) {
		alias, ok := alias(n)
		if m, writes := n.(*Modify); writes && m.Command != nodes.CmdInsert {
			x.aliases[n], ok = alias, false // what is written is what is read below
		}
		if ok {
			name := alias
			for i := 1; used[name]; i++ {
				name = fmt.Sprintf("%s_%d", alias, i)
			}
			used[name], x.aliases[n] = true, name
			if entries++; alias == valuesAlias {
				entries++ // a VALUES list stands in a subquery
			}
		}
	})
	x.several = entries > 1
	x.qualified = x.opt.Verbose || x.several
}

const valuesAlias = "*VALUES*"

// alias is the name that a query has for what a node reads or writes.
func alias(n Node) (string, bool) {
	switch n := n.(type) {
	case *Scan:
		return orDefault(n.Alias, n.Relation.Name), true
	case *Modify:
		return orDefault(n.Alias, n.Relation.Name), true
	case *FunctionScan:
		return n.Alias, true
	case *ValuesScan:
		return valuesAlias, len(n.Values) != 1
	case *CTEScan:
		return n.Alias, true
	case *WorkTableScan:
		return n.Alias, true
	case *RecursiveUnion:
		return n.Name, true
	}
	return "", false
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// source describes what is in FROM (ExplainScanTarget).
func (x *explainer) source(e *Explained, n Node) {
	on := func(what, name string) {
		e.Type, e.Title = what, what+" on "+name
		if alias := adt.QuoteIdent(x.aliases[n]); alias != name {
			e.Title += " " + alias
		}
		e.head("Alias", x.aliases[n])
	}
	switch n := n.(type) {
	case *Scan:
		x.scan(e, n)
	case *FunctionScan:
		name := ""
		if len(n.Functions) == 1 {
			if f, ok := n.Functions[0].Expr.(*nodes.FuncExpr); ok {
				name = x.over(nil).funcName(f.Func)
				e.head("Function Name", name)
				if p := x.opt.Catalog.ProcByOID(f.Func); x.opt.Verbose && p != nil {
					e.head("Schema", p.Schema)
					name = adt.QuoteIdent(p.Schema) + "." + name
				}
			}
		}
		on("Function Scan", orDefault(name, adt.QuoteIdent(x.aliases[n])))
		if d := x.over(nil); x.opt.Verbose {
			var calls []string
			for _, f := range n.Functions {
				calls = append(calls, d.text(f.Expr))
			}
			e.text("Function Call", strings.Join(calls, ", "))
		}
	case *ValuesScan:
		if len(n.Values) == 1 {
			e.Type, e.Title = "Result", "Result"
			return
		}
		on("Values Scan", adt.QuoteIdent(x.aliases[n]))
	case *CTEScan:
		e.head("CTE Name", x.p.CTEs[n.CTE].Name)
		on("CTE Scan", adt.QuoteIdent(x.p.CTEs[n.CTE].Name))
	case *WorkTableScan:
		on("WorkTable Scan", adt.QuoteIdent(n.Alias))
	}
}

// join describes a join of two inputs.
func (x *explainer) join(e *Explained, n Node, d *deparser) {
	loop := func(kind nodes.JoinType, on []nodes.Expr) {
		e.Type, e.Title = "Nested Loop", "Nested Loop"+joinWord(kind)
		e.head("Join Type", joinName(kind))
		e.Props = append(e.Props, Prop{"Inner Unique", false, Document})
		if len(on) > 0 {
			e.text("Join Filter", d.text(andOf(on)))
		}
	}
	switch n := n.(type) {
	case *NestLoop:
		loop(n.Type, n.On)
	case *HashJoin:
		if len(n.OuterKeys) == 0 {
			loop(n.Type, n.On)
			return
		}
		x.hashJoin(e, n, d)
	}
}

func (x *explainer) hashJoin(e *Explained, n *HashJoin, d *deparser) {
	e.Type, e.Title = "Hash Join", "Hash Join"
	if w := joinWord(n.Type); w != "" {
		e.Title = "Hash" + w
	}
	e.head("Join Type", joinName(n.Type))
	e.Props = append(e.Props, Prop{"Inner Unique", false, Document})
	o, i := x.over(x.referred(n.Outer)), x.over(x.referred(n.Inner))
	var conds []string
	for k := range n.OuterKeys {
		conds = append(conds, "("+o.text(n.OuterKeys[k])+" "+d.opName(n.Keys[k].Eq)+" "+i.text(n.InnerKeys[k])+")")
	}
	cond := strings.Join(conds, " AND ")
	if len(conds) > 1 {
		cond = "(" + cond + ")"
	}
	e.text("Hash Cond", cond)
	if len(n.On) > 0 {
		e.text("Join Filter", d.text(andOf(n.On)))
	}
	if n.Feed != nil {
		keys := i.text(n.InnerKeys[n.Feed.Key])
		for _, m := range n.Feed.More {
			keys += " with " + i.text(n.InnerKeys[m.Key])
		}
		e.text("Keys Handed Down", fmt.Sprintf("%s, %d at a time", keys, n.Feed.Batch))
	}
	if n.NotFed != "" {
		e.text("Keys Not Handed Down", n.NotFed)
	}
}

// hash is the Hash node that PostgreSQL has above a hash join's inner input.
func (x *explainer) hash(j *HashJoin, inner *Explained) *Explained {
	e := &Explained{
		Type: "Hash", Title: "Hash", Cost: Cost{inner.Cost.Total, inner.Cost.Total}, Rows: inner.Rows, Width: inner.Width,
		ID: inner.ID, Counters: HashCounters, Table: j.ID, Children: []Child{{"Outer", "", inner}},
	}
	if x.opt.Verbose {
		e.text("Output", outputs(x.listing().referred(j.Inner)))
	}
	return e
}

// upper describes a node that works on the rows of others.
func (x *explainer) upper(e *Explained, n Node) {
	name := func(s string) { e.Type, e.Title = s, s }
	switch n := n.(type) {
	case *Result:
		name("Result")
	case *RecursiveUnion:
		e.Type, e.Title = "CTE Scan", "CTE Scan on "+adt.QuoteIdent(n.Name)
		e.head("CTE Name", n.Name)
		e.head("Alias", x.aliases[n])
	case *Sort:
		name("Sort")
		if n.Presorted > 0 {
			name("Incremental Sort")
		}
		in := x.referred(n.Input)
		e.Counters = SortCounters
		e.text("Sort Key", keys(n.Keys, in))
		if n.Presorted > 0 {
			e.text("Presorted Key", keys(n.Keys[:n.Presorted], in))
		}
	case *Unique:
		name("Unique")
	case *Agg:
		x.agg(e, n)
	case *WindowAgg:
		name("WindowAgg")
	case *ProjectSet:
		name("ProjectSet")
	case *Append:
		name("Append")
		if n.Keys != nil {
			name("Merge Append")
			e.text("Sort Key", keys(n.Keys, x.input(n)))
		}
	case *SetOp:
		word := map[nodes.SetOpKind]string{nodes.Intersect: "Intersect", nodes.Except: "Except"}[n.Op]
		if n.All {
			word += " All"
		}
		e.Type, e.Title = "SetOp", "HashSetOp "+word
		e.kind("Strategy", "Hashed")
		e.head("Command", word)
	case *Limit:
		name("Limit")
	}
}

// agg describes a grouping (show_agg_keys).
func (x *explainer) agg(e *Explained, n *Agg) {
	d := x.over(x.referred(n.Input))
	keys := func(of []int) []string {
		out := []string{}
		for _, g := range of {
			out = append(out, d.text(n.Groups[g]))
		}
		return out
	}
	var sets, empty []GroupingSet
	for _, set := range n.Sets {
		if len(set) == 0 {
			empty = append(empty, GroupingSet{})
		} else {
			sets = append(sets, GroupingSet{keys(set)})
		}
	}
	strategy := "Hashed"
	e.Type, e.Title, e.Counters = "Aggregate", "HashAggregate", AggCounters
	switch {
	case sets != nil && empty != nil:
		e.Title, strategy = "MixedAggregate", "Mixed"
	case sets == nil && (empty != nil || len(n.Groups) == 0):
		e.Title, strategy, e.Counters = "Aggregate", "Plain", NoCounters
	}
	e.kind("Strategy", strategy)
	e.kind("Partial Mode", "Simple")
	switch {
	case n.Sets != nil:
		e.text("Grouping Sets", append(sets, empty...))
	case len(n.Groups) > 0:
		all := make([]int, len(n.Groups))
		for i := range all {
			all[i] = i
		}
		e.text("Group Key", keys(all))
	}
}

// keys writes what a node sorts by (show_sortorder_options).
func keys(keys []*SortKey, row []rowColumn) []string {
	var out []string
	for _, k := range keys {
		s := "?"
		if k.Slot < len(row) {
			s = row[k.Slot].text
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
