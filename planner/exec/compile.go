package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// compiler turns plan nodes into rows and expressions into evals. It never
// fails: what cannot be run becomes a node or eval that yields the error.
type compiler struct {
	x    *state
	plan *plan.Plan
	cat  *catalog.Catalog
	env  *adt.Env

	subplans []*subplan
	ctes     []*cte
	tables   map[int]*workTable
	feeds    map[feedKey]*feed
	skips    map[*plan.Sort]*int64 // rows that a Limit above leaves out

	// free collects the executor parameters that what is being compiled reads
	// and does not set itself.
	free map[int]bool

	cursors []*cursorKey // of the Modify that is being compiled

	caseTest *adt.Datum   // the value of the enclosing CASE or array coercion
	sublink  []*adt.Datum // the subquery's columns, inside of a SubLink's Test
	srf      map[any]*adt.Datum

	longs int  // routines that may make long values
	once  bool // what is compiled keeps things of its run
}

// track runs f and gives the parameters that what f compiled depends on, but
// for those in bound, which it sets itself.
func (c *compiler) track(f func(), bound ...int) []int {
	outer := c.free
	c.free = map[int]bool{}
	f()
	for _, b := range bound {
		delete(c.free, b)
	}
	var deps []int
	for p := range c.free {
		deps = append(deps, p)
		outer[p] = true
	}
	c.free = outer
	slices.Sort(deps)
	return deps
}

// input makes a new thing that results can depend on as they do on a parameter.
func (c *compiler) input() int {
	c.x.version = append(c.x.version, 0)
	return len(c.x.version) - 1
}

func (c *compiler) uses(deps []int) {
	for _, d := range deps {
		c.free[d] = true
	}
}

// node compiles a plan node. keep tells that the consumer keeps rows after it
// has asked for the next.
func (c *compiler) node(n plan.Node, keep bool) rows {
	var st *NodeStats
	if c.x.stats != nil {
		st = c.x.stats[n.Common().ID]
		if st == nil {
			st = &NodeStats{}
			c.x.stats[n.Common().ID] = st
		}
	}
	r := c.operator(n, keep, st)
	if one := n.Common().OneTime; one != nil {
		cond, in := c.test(one), r
		r = func(yield func(adt.Row, error) bool) {
			v, err := cond(nil)
			if err != nil {
				yield(nil, err)
			} else if v == yes {
				in(yield)
			}
		}
	}
	if st != nil {
		r = c.x.counted(st, r, n.Common().Marks)
	}
	return r
}

func (c *compiler) operator(n plan.Node, keep bool, st *NodeStats) rows {
	switch n.(type) {
	case *plan.Result, *plan.ValuesScan, *plan.ProjectSet, *plan.Append:
	default:
		c.once = true
	}
	switch n := n.(type) {
	case *plan.Result:
		return c.result(n, keep, st)
	case *plan.Scan:
		return c.scan(n, keep, st)
	case *plan.FunctionScan:
		return c.functionScan(n, keep, st)
	case *plan.ValuesScan:
		return c.valuesScan(n, keep, st)
	case *plan.CTEScan:
		return c.cteScan(n, keep, st)
	case *plan.WorkTableScan:
		return c.workTableScan(n, keep, st)
	case *plan.RecursiveUnion:
		return c.recursiveUnion(n, keep, st)
	case *plan.NestLoop:
		return c.nestLoop(n, keep, st)
	case *plan.HashJoin:
		return c.hashJoin(n, keep, st)
	case *plan.Sort:
		return c.sort(n, keep, st)
	case *plan.Unique:
		return c.unique(n, keep, st)
	case *plan.Agg:
		return c.agg(n, keep, st)
	case *plan.WindowAgg:
		return c.windowAgg(n, keep, st)
	case *plan.ProjectSet:
		return c.projectSet(n, keep, st)
	case *plan.Append:
		return c.append(n, keep, st)
	case *plan.SetOp:
		return c.setOp(n, keep, st)
	case *plan.Limit:
		return c.limit(n, keep, st)
	case *plan.Modify:
		return c.modify(n, keep, st)
	}
	return failRows(pgerr.Internal("unrecognized node type: %T", n))
}

func failRows(err error) rows {
	return func(yield func(adt.Row, error) bool) { yield(nil, err) }
}

// output is the last part of every node: it filters input rows by Quals and
// projects them by Targets.
type output struct {
	x       *state
	quals   []test
	targets []eval
	slots   []int // when all targets are plain columns
	keep    bool
	buf     adt.Row // reused when the parent keeps no rows
	st      *NodeStats
}

func (c *compiler) output(n plan.Node, keep bool, st *NodeStats) *output {
	b := n.Common()
	o := &output{x: c.x, keep: keep, st: st, quals: c.tests(b.Quals)}
	if b.Targets != nil {
		o.targets = c.exprs(b.Targets)
		o.slots = slotsOf(b.Targets)
		o.buf = make(adt.Row, len(b.Targets))
	}
	return o
}

// put hands an input row on if it passes; scratch tells that the row will be
// overwritten. It gives false when the node must stop. What is made for the row, here or by
// who gets it, is gone after that.
func (o *output) put(row adt.Row, scratch bool, yield func(adt.Row, error) bool) bool {
	made := o.x.made
	more := o.hand(row, scratch, yield)
	o.x.made = made
	return more
}

func (o *output) hand(row adt.Row, scratch bool, yield func(adt.Row, error) bool) bool {
	if err := o.x.tick(); err != nil {
		yield(nil, err)
		return false
	}
	for _, q := range o.quals {
		v, err := q(row)
		if err != nil {
			yield(nil, err)
			return false
		}
		if v != yes {
			if o.st != nil {
				o.st.Removed++
			}
			return true
		}
	}
	if o.targets == nil {
		if scratch && o.keep {
			row = slices.Clone(row)
		}
		return yield(row, nil)
	}
	out := o.buf
	if o.keep {
		out = make(adt.Row, len(o.targets))
	}
	if o.slots != nil {
		for i, s := range o.slots {
			out[i] = row[s]
		}
		return yield(out, nil)
	}
	for i, t := range o.targets {
		d, err := t(row)
		if err != nil {
			yield(nil, err)
			return false
		}
		out[i] = d
	}
	return yield(out, nil)
}

// passes tells that put would hand on every row as it is.
func (o *output) passes() bool { return len(o.quals) == 0 && o.targets == nil }
