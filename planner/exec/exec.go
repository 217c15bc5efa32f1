// Package exec runs plan trees: each node of a plan.Plan becomes a loop over
// its inputs (iter.Seq2 of rows), each expression a closure.
//
// The way of a query through it: Start compiles the plan, with the values of its
// parameters known, and Query.Rows runs it: a scan opens its fdw.Scan, rows go
// up one at a time through quals and projections, and the consumer stops
// everything by breaking off. What PostgreSQL finds out at run time (division
// by zero, a routine without a body) is an error of the closure that meets it,
// so a branch not taken fails nothing.
//
// Rows are never changed once handed on. A node whose parent keeps no rows
// reuses one row for its output; all others make new ones. Nothing here runs
// concurrently: a call site's argument slice is reused between its calls.
//
// Where to look for what:
//
//   - a run: exec (Start, Query), compile (nodes and expressions to closures), state (one run);
//   - expressions: expr, fast (shortcuts), call, case, bool, saop (ANY, ALL), coerce, array, row,
//     json, xml, function (sets), projectset, subplan with hashedany;
//   - rows from tables: scan, share (one reading for many), snapshot, places, touch, xmltable;
//     live and narrow keep of them what anybody reads;
//   - joins: nestloop with memoize, hashjoin with hashtable, hashparts and feed (keys to the inner scan);
//   - rows in order or together: sort, qsort, packsort, order, sortplaces, mergeappend, marks, runs, unique, setop, cte,
//     agg with aggset, aggregate and spool, window with frame, windowagg and moving;
//   - keys: key, keyindex, keyset, bits; memory and disk: memory, bounded (long results), store,
//     partition, codec, tempfile;
//   - writes: modify, merge, allowed; tablestats counts.
//
// exec must not know of SQL text, name resolution, sessions or wires. It
// mirrors PostgreSQL's src/backend/executor.
package exec

import (
	"context"
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// OID identifies a catalog object.
type OID = adt.OID

// Runtime is what a plan runs with.
type Runtime struct {
	Catalog *catalog.Catalog
	Env     *adt.Env
	Params  []adt.Datum // the values of $1, $2, …
	Session *fdw.Session
	// Tx gives the transaction that a table's writes take part in; nil: none.
	Tx func(table fdw.Table) (fdw.Tx, error)
	// Tables gives the counts of what is done to a table, which every query adds to;
	// nil, or what gives nil: nobody counts.
	Tables func(oid OID) *TableStats
	// CursorKey gives the value of one, which a cursor of the session has.
	CursorKey func(*nodes.CursorKey) (adt.Datum, error)
	Stats     bool        // count rows and time of each node, for EXPLAIN ANALYZE
	WorkMem   int64       // bytes a node holds before it spills; 0: 16 MB
	HashMem   float64     // times WorkMem that a hash table may take (hash_mem_multiplier); 0: 1
	MemLimit  int64       // bytes a query may hold; 0: no limit
	Memory    *adt.Memory // what all queries may hold; nil: nobody counts
	Files     *Files      // the temporary files of the session; nil: the query has its own, without a limit
}

const defaultWorkMem = 16 << 20

// Query is a compiled plan. It runs once, unless it is Reusable.
type Query struct {
	plan  *plan.Plan
	state *state
	root  rows
	again bool // nothing of a run stays in what was compiled
}

// rows is the output of a node. Ranging over it again runs the node again.
type rows = iter.Seq2[adt.Row, error]

// Start compiles a plan.
func Start(p *plan.Plan, r *Runtime) *Query {
	x := newState(r, p.Params)
	c := &compiler{
		x: x, plan: p, cat: r.Catalog, env: r.Env, free: map[int]bool{},
		subplans: make([]*subplan, len(p.SubPlans)), ctes: make([]*cte, len(p.CTEs)), feeds: map[feedKey]*feed{},
	}
	q := &Query{plan: p, state: x, root: c.node(p.Root, true)}
	for i, w := range p.CTEs {
		if w.Modifying {
			x.pending = append(x.pending, c.cte(i))
		}
	}
	q.again = !c.once && x.pending == nil && len(x.params) == 0 && !r.Stats
	return q
}

// Reusable tells whether the query can run again, with Restart: whether it opens no
// scan and keeps no rows, as one that only computes.
func (q *Query) Reusable() bool { return q.again }

// Restart makes a Reusable query whose rows have been read to their end ready to run
// again, with the limits of r. All else of r, its Params too, must be what it was started with.
func (q *Query) Restart(r *Runtime) {
	x := q.state
	x.run, x.count, x.cmpErr = r, 0, nil
	if r.Files != nil {
		x.temp = r.Files
	}
	x.limit()
}

// Rows runs the query. At the end of its rows, modifying CTEs that were not
// read to their end are run, as ExecPostprocessPlan does; a consumer that
// breaks off leaves them undone, so what holds writes must be read to its end.
func (q *Query) Rows(ctx context.Context) iter.Seq2[adt.Row, error] {
	return func(yield func(adt.Row, error) bool) {
		x := q.state
		x.ctx = ctx
		if !q.again {
			x.ctx = fdw.WithKept(ctx, &fdw.Kept{})
		}
		defer x.close()
		consuming := false // inside of the consumer, whose panics are its own
		defer func() {
			if consuming {
				return
			}
			if err := caught(recover()); err != nil {
				yield(nil, err)
			}
		}()
		_, modify := q.plan.Root.(*plan.Modify)
		for row, err := range q.root {
			if err != nil {
				consuming = true
				yield(nil, err)
				return
			}
			if !modify {
				x.count++
			}
			consuming = true
			if !yield(row, nil) {
				return
			}
			consuming = false
		}
		for _, w := range x.pending {
			if err := w.finish(); err != nil {
				consuming = true
				yield(nil, err)
				return
			}
		}
	}
}

// caught gives the error of a panic that is one: adt's comparisons, which have
// no error to return, panic with theirs. Other panics go on.
func caught(r any) error {
	switch r := r.(type) {
	case nil:
		return nil
	case *pgerr.Error:
		return r
	}
	panic(r)
}

// Count is the number of rows put out, or, when the plan's root is a write,
// inserted, updated or deleted.
func (q *Query) Count() int64 { return q.state.count }

// Canceled gives the reason if the query was to end early and could.
func (q *Query) Canceled() error { return q.state.canceled() }

// Stats gives the counters of each node by plan.Base.ID, when Runtime.Stats is on.
func (q *Query) Stats() map[int]*NodeStats { return q.state.stats }

// NewEvaluator gives a function that evaluates expressions without Slots,
// subqueries or executor parameters: what plan folds constants with.
func NewEvaluator(cat *catalog.Catalog, env *adt.Env, params []adt.Datum) func(e nodes.Expr) (adt.Datum, error) {
	x := newState(&Runtime{Catalog: cat, Env: env, Params: params, MemLimit: foldLimit}, 0)
	if env != nil && env.Context != nil {
		x.ctx = env.Context
	}
	return func(e nodes.Expr) (d adt.Datum, err error) {
		defer func() {
			if e := caught(recover()); e != nil {
				err = e
			}
		}()
		nodes.Walk(e, func(e nodes.Expr) bool {
			switch e.(type) {
			case *nodes.Slot, *plan.SubPlanExpr:
				err = pgerr.Internal("%T has no value outside of a plan", e)
			}
			return err == nil
		})
		if err != nil {
			return nil, err
		}
		c := &compiler{x: x, plan: &plan.Plan{}, cat: cat, env: env, free: map[int]bool{}}
		return c.expr(e)(nil)
	}
}
