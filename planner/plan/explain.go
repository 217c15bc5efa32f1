package plan

import (
	"fmt"
	"maps"
	"math"
	"slices"

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
	Cost     Cost
	Rows     float64 // estimated
	Width    int     // estimated bytes of a row
	ID       int     // Base.ID of the node whose rows and times are this one's
	Counters Counters
	Table    int // with HashCounters: Base.ID of the join that fills the table
}

// Counters tells which of its counters EXPLAIN ANALYZE shows of a node, beside rows and times.
type Counters uint8

const (
	NoCounters Counters = iota
	SortCounters
	HashCounters // of a Hash node: batches and memory of the join's table
	AggCounters
	ScanCounters
)

// Prop is a property of a node. Value is a string, a []string, an int64, a
// float64, a bool or a []GroupingSet.
type Prop struct {
	Name  string
	Value any
	Place Place
}

// Place tells where EXPLAIN shows a property.
type Place uint8

const (
	Line     Place = iota // after the costs; a line of the text format
	Document              // as Line, but not in the text format
	Head                  // before the costs; in the text format, the title speaks of it
	Kind                  // as Head, right after the type of node
)

// GroupingSet is a grouping set of an Agg with its keys: none if it is the empty one, which is not hashed.
type GroupingSet struct{ Keys []string }

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
	x := &explainer{p: p, opt: opt, costs: newCosts(p, opt.Catalog), outputs: map[outputKey][]rowColumn{}, params: map[int]string{}}
	x.nameRelations()
	root := x.tree(p.Root)
	var with []Child
	for _, c := range p.CTEs {
		with = append(with, Child{"InitPlan", "CTE " + c.Name, x.tree(c.Plan)})
	}
	root.Children, root.Cost = append(with, root.Children...), x.costs.plan()
	return root
}

// tree describes the plan of a query, with what runs before it hung below its top.
func (x *explainer) tree(n Node) *Explained {
	y := *x
	y.initial = new([]Child)
	e := y.node(n)
	e.Children = append(*y.initial, e.Children...)
	return e
}

type explainer struct {
	p         *Plan
	opt       ExplainOptions
	costs     *costs
	outputs   map[outputKey][]rowColumn // what nodes put out, as far as asked for
	params    map[int]string            // what executor parameters stand for
	aliases   map[Node]string           // of what is in FROM: unlike each other
	initial   *[]Child                  // what runs before the query that is being described
	several   bool                      // there is more than one of them
	qualified bool                      // columns are written with their relation
}

// listing is x for the list of a node's columns (show_plan_tlist).
func (x *explainer) listing() *explainer { return x.writing(x.several) }

// scanning is x for the conditions of what is in FROM (show_scan_qual).
func (x *explainer) scanning() *explainer { return x.writing(x.opt.Verbose) }

func (x *explainer) writing(qualified bool) *explainer {
	y := *x
	y.qualified = qualified
	return &y
}

// kind, head and text add a property to its place.
func (e *Explained) kind(name string, v any) { e.Props = append(e.Props, Prop{name, v, Kind}) }
func (e *Explained) head(name string, v any) { e.Props = append(e.Props, Prop{name, v, Head}) }
func (e *Explained) text(name string, v any) { e.Props = append(e.Props, Prop{name, v, Line}) }

// projection tells that a node computes columns and no more, which is no node of PostgreSQL's.
func projection(n *Result) bool { return n.Input != nil && len(n.Quals) == 0 && n.OneTime == nil }

// node describes one node and what is below it.
func (x *explainer) node(n Node) *Explained {
	base := n.Common()
	e := &Explained{ID: base.ID, Cost: x.costs.of(n), Rows: math.Max(1, math.Round(base.Rows)), Width: x.width(x.output(n))}
	if r, ok := n.(*Result); ok && projection(r) {
		below := x.node(r.Input)
		e.Type, e.Title, e.Children, e.Counters, e.Table = below.Type, below.Title, below.Children, below.Counters, below.Table
		e.Props = below.Props
		if i := slices.IndexFunc(e.Props, func(p Prop) bool { return p.Name == "Output" }); i >= 0 {
			e.Props[i].Value = outputs(x.listing().output(n))
		}
		x.subPlans(e, n)
		return e
	}
	if base.OneTime != nil {
		return x.gated(e, n)
	}
	x.ungated(e, n)
	return e
}

// gated describes a node whose rows a condition without columns decides on (create_gating_plan).
func (x *explainer) gated(e *Explained, n Node) *Explained {
	e.Type, e.Title = "Result", "Result"
	x.listed(e, n)
	d := x.over(x.input(n))
	e.text("One-Time Filter", d.text(n.Common().OneTime))
	if k, ok := n.Common().OneTime.(*nodes.Const); ok && k.Value != true {
		return e
	}
	if r, ok := n.(*Result); ok && r.Input == nil {
		x.below(e, n)
		return e
	}
	below := &Explained{ID: e.ID, Cost: e.Cost, Rows: e.Rows, Width: e.Width}
	x.ungated(below, n)
	e.Children = append(e.Children, Child{"Outer", "", below})
	return e
}

// listed adds the list of a node's columns.
func (x *explainer) listed(e *Explained, n Node) {
	out := x.listing().output(n)
	if m, ok := n.(*Modify); x.opt.Verbose && len(out) > 0 && (!ok || m.Returning) {
		e.text("Output", outputs(out))
	}
}

// ungated describes a node but for Base.OneTime.
func (x *explainer) ungated(e *Explained, n Node) {
	x.listed(e, n)
	base := n.Common()
	conds := x
	switch n.(type) {
	case *Scan, *FunctionScan, *ValuesScan, *CTEScan, *WorkTableScan, *RecursiveUnion:
		conds = x.scanning()
	}
	d := conds.over(conds.input(n))
	switch n := n.(type) {
	case *Scan, *FunctionScan, *ValuesScan, *CTEScan, *WorkTableScan:
		x.source(e, n)
	case *NestLoop, *HashJoin:
		x.join(e, n, d)
	case *Modify:
		verb := map[nodes.CmdType]string{nodes.CmdInsert: "Insert", nodes.CmdUpdate: "Update", nodes.CmdDelete: "Delete", nodes.CmdMerge: "Merge"}[n.Command]
		e.Type = "ModifyTable"
		e.kind("Operation", verb)
		x.named(e, verb, n.Relation, x.aliases[n])
		x.conflict(n, e.text)
	default:
		x.upper(e, n)
	}
	if len(base.Quals) > 0 {
		e.text("Filter", d.text(andOf(base.Quals)))
	}
	x.below(e, n)
}

// below hangs the nodes below one: inputs, then subplans (ExplainNode).
func (x *explainer) below(e *Explained, n Node) {
	if u, ok := n.(*RecursiveUnion); ok {
		*x.initial = append(*x.initial, Child{"InitPlan", "CTE " + u.Name, x.recursion(u)})
		x.subPlans(e, n)
		return
	}
	relations := []string{"Outer", "Inner"}
	for i, in := range Inputs(n) {
		rel := "Member"
		if _, appended := n.(*Append); !appended {
			rel = relations[i]
		}
		below := x.node(in)
		if j, ok := n.(*HashJoin); ok && i == 1 && len(j.OuterKeys) > 0 {
			below = x.hash(j, below)
		}
		e.Children = append(e.Children, Child{rel, "", below})
	}
	x.subPlans(e, n)
}

// recursion describes the query of a WITH RECURSIVE, which is read where it stands (RecursiveUnion).
func (x *explainer) recursion(n *RecursiveUnion) *Explained {
	first := x.node(n.First)
	return &Explained{
		Type: "Recursive Union", Title: "Recursive Union", ID: n.ID, Cost: x.costs.node(n), Rows: first.Rows * 10, Width: first.Width,
		Children: []Child{{"Outer", "", first}, {"Inner", "", x.node(n.Next)}},
	}
}

// parameter is what a subquery's parameter stands for in the query above (get_parameter).
func parameter(d *deparser, value nodes.Expr) string {
	switch value.(type) {
	case *nodes.Slot, *nodes.Aggref, *nodes.Param, *nodes.Var:
		return d.text(value)
	}
	return "(" + d.text(value) + ")"
}

// subPlans hangs the subplans of a node's expressions below it, the initial ones below the query's top.
func (x *explainer) subPlans(e *Explained, n Node) {
	outer := x.writing(true)
	d := outer.over(outer.input(n))
	byID := map[int]*SubPlanExpr{}
	for _, s := range subPlansOf(n) {
		byID[s.ID] = s
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		s, sub := byID[id], x.p.SubPlans[id]
		for i, p := range sub.Params {
			x.params[p] = parameter(d, s.Args[i])
		}
		if s.Initial() {
			*x.initial = append(*x.initial, Child{"InitPlan", fmt.Sprintf("InitPlan %d (returns $%d)", id+1, id), x.tree(sub.Plan)})
		} else {
			e.Children = append(e.Children, Child{"SubPlan", fmt.Sprintf("SubPlan %d", id+1), x.tree(sub.Plan)})
		}
	}
}
