// Package plan turns an analysed query into a plan tree: it folds constants,
// pushes quals down through subqueries, views and set operations, negotiates
// with each fdw.Table what it serves, orders joins, and replaces every Var by
// the Slot of the row it is found in. It also writes EXPLAIN. It does no I/O.
//
// The way of a query through it: planner.Session gives Build the nodes.Query
// and, at Bind, the parameter values; the Plan goes to exec, which knows only
// Plan and the node types.
//
// Where to look for what:
//
//   - the way of a query: build, query (one level), from and join (FROM), scan, sublink
//     (subqueries of expressions), cte, group, groupingsets, window, projectset, setop, modify,
//     merge; stage is the node under construction, node and plan what exec sees,
//     walknode goes over it;
//   - conditions made simpler: fold and its family, truth, derive, narrow, prune, infixed, emptyrange;
//   - conditions and joins moved: pullup, pulllinks, semi, pushinto, reduceouter, useless, postpone,
//     relids, rewrite, fulljoin, elements, gathered, rowconds;
//   - what a table is offered (fdw.Request): offer and its family, tagkeys, patterns, mandatory,
//     needed (columns); placed says what came of it;
//   - which calls are made: keysdown, correlated, uses, share, scankey, places, placejoin, eachplace,
//     ordered, placewise, extremes, firstrows, cost;
//   - PostgreSQL's order of rows, evaluation and refusals: presorted, sortbelow, qualcost, fixed,
//     fullable (over jointree, jointree_reduce), implement, hashclause, frozen, searchcycle;
//   - EXPLAIN: explain and its family, deparse, deparsexml.
//
// It mirrors PostgreSQL's optimizer where answers depend on it
// (subquery_planner, preprocess_expression, set_plan_references) and is simpler where
// only speed does.
package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// Plan is a statement ready to run.
type Plan struct {
	Command nodes.CmdType
	Root    Node
	Columns []Column // of the result rows; empty for writes without RETURNING
	// HasResult tells that rows go to the client (SELECT, RETURNING).
	HasResult bool
	SubPlans  []*SubPlan // by SubPlanExpr.ID
	CTEs      []*CTE     // by CTEScan.ID
	Params    int        // number of executor parameters (nodes.Param with Exec)
	Nodes     int        // number of plan nodes
	// Reusable tells that planning the query again would give the same: all tables answer the same at any
	// time (fdw.Scan.Stable), and no stable function's result was folded.
	Reusable bool
	Local    bool // all its tables are Stable: what it depends on is settings and, where those were known, parameters
}

// Size estimates the bytes that a plan takes with what exec makes of it.
func (p *Plan) Size() int { return 1024 + 2048*p.Nodes + 256*len(p.Columns) }

// Column is a column of a plan's result.
type Column struct {
	Name      string
	Type      nodes.OID
	Typmod    int32
	Collation nodes.OID
	Table     nodes.OID // the table column it comes straight from, 0: none
	Attno     int
}

// CTE is a WITH query that is run once and shared by its CTEScans. A modifying
// CTE runs to completion even when nothing scans it.
type CTE struct {
	Name      string
	Plan      Node
	Modifying bool
}

// SubPlan is a subquery of an expression. Before each run the executor sets
// Params[i] to the value of the SubPlanExpr's Args[i]; a SubPlan without any is
// run once and its result kept.
type SubPlan struct {
	Plan   Node
	Params []int // executor parameters it is given
}

// SubPlanExpr is what plan makes of a nodes.SubLink.
type SubPlanExpr struct {
	nodes.CustomExpr
	Link *nodes.SubLink // Kind, Test (over the calling row, with SubLinkParam) and Type; Query is spent
	ID   int            // into Plan.SubPlans
	Args []nodes.Expr   // over the calling expression's row, one a SubPlan.Params
	// HashLeft, when set, tells that this is an uncorrelated (…) = ANY (…) that may
	// be answered from a hash table of the subquery's rows, probed with these
	// left-hand expressions, compared as HashKeys.
	HashLeft []nodes.Expr
	HashKeys []*KeyColumn
}

// Initial tells whether the subquery is run before all else and is a value from then on (an InitPlan).
func (e *SubPlanExpr) Initial() bool {
	return len(e.Args) == 0 && e.HashLeft == nil && e.Link.Kind != nodes.AnySubLink && e.Link.Kind != nodes.AllSubLink
}

// Info makes SubPlanExpr a nodes.Custom.
func (e *SubPlanExpr) Info() nodes.Info { return nodes.TypeOf(e.Link) }

// SubExprs gives the expressions over the calling row: Args, Link.Test, HashLeft.
func (e *SubPlanExpr) SubExprs() []nodes.Expr {
	out := append([]nodes.Expr{}, e.Args...)
	if e.Link.Test != nil {
		out = append(out, e.Link.Test)
	}
	return append(out, e.HashLeft...)
}

// WithSubExprs makes SubPlanExpr a nodes.Custom.
func (e *SubPlanExpr) WithSubExprs(es []nodes.Expr) nodes.Expr {
	c, link := *e, *e.Link
	c.Args, es = es[:len(e.Args)], es[len(e.Args):]
	if link.Test != nil {
		link.Test, es = es[0], es[1:]
	}
	c.Link, c.HashLeft = &link, nil
	if e.HashLeft != nil {
		c.HashLeft = es
	}
	return &c
}
