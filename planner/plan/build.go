package plan

import (
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Evaluator gives the value of an expression without Slots.
type Evaluator func(e nodes.Expr) (adt.Datum, error)

// PushDown is how far quals go down to tables: the setting flowgres.push_down.
type PushDown uint8

// The push-down modes. Results are the same in all.
const (
	PushDownOn      PushDown = iota
	PushDownInexact          // every qual that a table serves is checked again
	PushDownOff              // tables get no quals and no limits
)

// Options is what Build needs beside the query.
type Options struct {
	Catalog  *catalog.Catalog
	Env      *adt.Env
	Eval     Evaluator    // exec's; nil: nothing is folded
	Session  *fdw.Session // handed to the tables
	Params   []adt.Datum  // values of $n; nil: unknown yet (a generic plan)
	Tx       func(fdw.Table) fdw.Tx
	PushDown PushDown
	Cursor   bool // for a cursor, which may be closed before its end
}

// Build plans an analysed query. It does no I/O. Errors are those of tables
// refusing a request, and 0A000 for what can't be planned.
func Build(q *nodes.Query, opt Options) (*Plan, error) {
	b := &builder{opt: opt, plan: &Plan{Command: q.Command, Reusable: true, Local: true}}
	b.noteWrites(q)
	l := &level{b: b, q: q}
	root, err := l.planQuery()
	if err != nil {
		return nil, err
	}
	b.plan.Root = root
	if err := b.narrowCTEs(); err != nil {
		return nil, err
	}
	b.settle()
	b.plan.Nodes = b.nodeID
	list := q.TargetList
	if q.Command != nodes.CmdSelect {
		list = q.Returning
	}
	b.plan.HasResult = q.Command == nodes.CmdSelect || len(q.Returning) > 0
	for k, t := range list {
		if t.Resjunk {
			continue
		}
		i := nodes.TypeOf(t.Expr)
		if k < len(l.folded) { // CASE and COALESCE of which one arm is left have its type modifier
			i.Typmod = nodes.TypeOf(l.folded[k].Expr).Typmod
		}
		b.plan.Columns = append(b.plan.Columns, Column{
			Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation, Table: t.OrigTable, Attno: t.OrigColumn,
		})
	}
	return b.plan, nil
}

// builder is the state of planning one statement.
type builder struct {
	opt        Options
	plan       *Plan
	nodeID     int
	workTables int
	ctes       []*cteState          // that are shared
	inners     map[Node]*runs       // of loops, how often they are run
	written    bool                 // foldWritten is at work
	judged     map[*nodes.Join]bool // the full joins that were found to have a plan
	writes     map[adt.OID]int      // how many of the statement's parts write to a table, if any of it can be read thereafter
	input      adt.OID              // the table for which what is to be written is being planned
	foldErr    error                // the first failure of folding an immutable expression

	asked sync.Mutex // while a table asks what conditions say of values: an evaluator serves one goroutine
}

// node numbers a new node and sets its width.
func (b *builder) node(n Node, width int) Node {
	b.nodeID++
	n.Common().ID = b.nodeID
	n.Common().Width = width
	return n
}

// levelKind is how a query level hangs below its parent.
type levelKind uint8

const (
	fromLevel levelKind = iota // in FROM, or a CTE
	linkLevel                  // in a SubLink: what it takes from outside comes as parameters of its SubPlan
)

// level is the planning of one query of the statement's tree.
type level struct {
	links   []plannedLink // of a level with GROUP BY
	b       *builder
	q       *nodes.Query
	written *nodes.Query         // q before anything was pulled into it
	folded  []*nodes.TargetEntry // the result's columns, prepared
	parent  *level
	kind    levelKind

	outer      []outerParam // values taken from the parent
	ctes       map[*nodes.CTE]*cteState
	recursive  []workTable // recursive CTEs being planned at this level or around
	needed     map[varKey]bool
	limitHint  int64           // rows that it can need of its one FROM item, 0: all
	limitAbove int64           // rows that the level above can need of it, 0: all
	first      *firstRows      // of the level's window, when no others are wanted
	exists     bool            // it is only asked for a first row
	semis      []*semi         // joins that WHERE's subqueries became
	replace    *nodes.Rewriter // of the subquery last merged into the level
	fixed      map[varKey]bool // columns that the level's conditions hold to a constant

	having []nodes.Expr // prepared HAVING
}

// outerParam is an executor parameter that carries an expression of the parent
// level into this one.
type outerParam struct {
	value nodes.Expr // in the parent's terms
	param int
}

// varKey names a column of a range table entry.
type varKey struct{ rte, attno int }

// rte gives a range table entry by its 1-based index.
func (l *level) rte(i int) *nodes.RTE { return l.q.RangeTable[i-1] }

// take gives the parameter that holds, in this level, a value of the parent's.
func (l *level) take(value nodes.Expr) nodes.Expr {
	info := nodes.TypeOf(value)
	p := &nodes.Param{Exec: true, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation, Location: -1}
	for _, o := range l.outer {
		if nodes.Equal(o.value, value) {
			p.Number = o.param
			return p
		}
	}
	p.Number = l.b.plan.Params
	l.b.plan.Params++
	l.outer = append(l.outer, outerParam{value: value, param: p.Number})
	return p
}

// fromOutside gives this level's form of an expression of the parent's: below
// a SubLink always a parameter, so that the SubPlan knows all it depends on; in FROM a
// parameter only for the parent's own columns (LATERAL), since what the parent got as a parameter is in
// reach.
func (l *level) fromOutside(parentExpr nodes.Expr) nodes.Expr {
	if _, isParam := parentExpr.(*nodes.Param); isParam && l.kind == fromLevel {
		return parentExpr
	}
	return l.take(parentExpr)
}

// prep puts an expression in this level's terms: join columns become what they
// stand for, columns and aggregates of outer levels parameters, whole rows ROW(…), subqueries
// planned SubPlanExprs; then it is folded. Subqueries that folding does away
// with are not planned: what is wrong in them does not matter (preprocess_expression).
func (l *level) prep(e nodes.Expr) (nodes.Expr, error) {
	if e == nil {
		return nil, nil
	}
	if err := l.b.opt.Env.Interrupted(); err != nil { // of joins within joins each has what is below it to prepare
		return nil, err
	}
	if hasSubLink(e) {
		if e = l.b.foldWritten(e); l.b.foldErr != nil {
			return nil, l.b.foldErr
		}
	}
	var fail error
	outer := func(n nodes.Expr) nodes.Expr {
		r, err := l.outerCall(n)
		if err != nil && fail == nil {
			fail = err
		}
		return r
	}
	e = nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		switch n := n.(type) {
		case *nodes.Var:
			r, err := l.prepVar(n)
			if err != nil && fail == nil {
				fail = err
			}
			return r, true
		case *nodes.Aggref:
			if n.LevelsUp > 0 {
				return outer(n), true
			}
		case *nodes.GroupingFunc:
			if n.LevelsUp > 0 {
				return outer(n), true
			}
		case *nodes.SubLink:
			if list := l.b.inList(n); list != nil {
				r, err := l.prep(list)
				if err != nil && fail == nil {
					fail = err
				}
				return r, true
			}
			r, err := l.planSubLink(n)
			if err != nil && fail == nil {
				fail = err
			}
			return r, true
		}
		return nil, false
	})
	if fail != nil {
		return nil, fail
	}
	folded := l.b.foldWritten(e)
	return folded, l.b.foldErr
}

// prepVar is prep for a column.
func (l *level) prepVar(v *nodes.Var) (nodes.Expr, error) {
	if v.LevelsUp > 0 {
		if l.parent == nil {
			return nil, pgerr.Internal("column of level %d outside of any query", v.LevelsUp)
		}
		up := *v
		up.LevelsUp--
		p, err := l.parent.prepVar(&up)
		if err != nil {
			return nil, err
		}
		return l.fromOutsideAll(p), nil
	}
	r := l.rte(v.RTE)
	if v.Attno == 0 {
		return l.wholeRow(v, r)
	}
	if r.Kind == nodes.RTEJoin && v.Attno > 0 {
		return l.prep(r.JoinVars[v.Attno-1])
	}
	// A grouping set can make NULL of a key, so that keys must stay recognisable.
	if l.q.SetOp == nil && l.q.GroupingSets == nil && !padded(l.q.From, v.RTE) {
		if k := constantColumn(r, v.Attno); k != nil && k.Type == v.Type {
			return k, nil
		}
	}
	return v, nil
}

// constantColumn gives the constant that a column of a VALUES list of one row,
// or of a query without FROM, stands for. PostgreSQL pulls those up before it
// folds (is_simple_values, is_simple_subquery), and what they decide need not
// be computed.
func constantColumn(r *nodes.RTE, attno int) *nodes.Const {
	var e nodes.Expr
	switch q := r.Query; {
	case r.Kind == nodes.RTEValues && len(r.Values) == 1 && attno > 0 && attno <= len(r.Values[0]):
		e = r.Values[0][attno-1]
	case r.Kind == nodes.RTESubquery && q != nil && attno > 0 && attno <= len(q.TargetList):
		if q.Command != nodes.CmdSelect || q.SetOp != nil || q.Where != nil || q.Having != nil || len(q.Group) > 0 || q.GroupingSets != nil ||
			q.HasAggs || q.HasWindowFuncs || q.HasTargetSRFs || len(q.Distinct) > 0 || q.LimitCount != nil || q.LimitOffset != nil || len(q.From) > 1 {
			return nil
		}
		e = q.TargetList[attno-1].Expr
		if len(q.From) == 1 {
			v, ok := e.(*nodes.Var)
			ref, plain := q.From[0].(*nodes.RangeRef)
			if !ok || !plain || v.LevelsUp > 0 || v.RTE != ref.RTE {
				return nil
			}
			return constantColumn(q.RangeTable[v.RTE-1], v.Attno)
		}
	}
	k, _ := e.(*nodes.Const)
	return k
}

// fromOutsideAll is fromOutside for an expression that may be more than a
// column: what a join column or whole row of the parent stands for.
func (l *level) fromOutsideAll(e nodes.Expr) nodes.Expr {
	switch e.(type) {
	case *nodes.Var, *nodes.Param:
		return l.fromOutside(e)
	}
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		switch n := n.(type) {
		case *nodes.Var, *nodes.Param:
			return l.fromOutside(n), true
		}
		return nil, false
	})
}

// outerCall carries an aggregate or GROUPING of an outer level in.
func (l *level) outerCall(e nodes.Expr) (nodes.Expr, error) {
	var up nodes.Expr
	levels := 0
	switch n := e.(type) {
	case *nodes.Aggref:
		up, levels = raise(n), n.LevelsUp-1
	case *nodes.GroupingFunc:
		up, levels = raise(n), n.LevelsUp-1
	}
	if levels > 0 {
		up, err := l.parent.outerCall(up)
		if err != nil {
			return nil, err
		}
		return l.fromOutside(up), nil
	}
	up, err := l.parent.prep(up)
	if err != nil {
		return nil, err
	}
	return l.fromOutside(up), nil
}

// raise takes one level off what an aggregate's arguments, and the subqueries
// in them, take from outside.
func raise(e nodes.Expr) nodes.Expr { return (&nodes.Rewriter{Level: nearer}).One(e, 0) }

// wholeRow makes a row of all columns of a range table entry.
func (l *level) wholeRow(v *nodes.Var, r *nodes.RTE) (nodes.Expr, error) {
	row := &nodes.RowExpr{Type: v.Type, Form: nodes.ImplicitForm, Location: v.Location}
	for i, c := range r.Columns {
		e, err := l.prepVar(&nodes.Var{RTE: v.RTE, Attno: i + 1, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, Location: -1})
		if err != nil {
			return nil, err
		}
		row.Args = append(row.Args, e)
		row.Names = append(row.Names, c.Name)
	}
	if r.Kind == nodes.RTEFunction && len(r.Functions) == 1 && r.Functions[0].Scalar && !r.Ordinality {
		return row.Args[0], nil // a scalar function's row is its value
	}
	if r.Kind == nodes.RTEJoin || !padded(l.q.From, v.RTE) {
		return row, nil
	}
	// A row that an outer join fills up is NULL, not a row of NULLs. One that was all NULLs
	// before can't be told from it.
	all := &nodes.BoolExpr{Op: nodes.And, Location: -1}
	for _, a := range row.Args {
		all.Args = append(all.Args, &nodes.NullTest{Arg: a, Location: -1})
	}
	return &nodes.CaseExpr{
		Type: v.Type, Whens: []nodes.CaseWhen{{When: all, Then: nullConst(v.Type)}}, Default: row, Location: v.Location,
	}, nil
}

// padded tells whether an outer join may fill a range table entry's columns up
// with NULLs.
func padded(items []nodes.JoinNode, id int) bool {
	for _, it := range items {
		j, ok := it.(*nodes.Join)
		if !ok {
			continue
		}
		if j.Type != nodes.InnerJoin && j.Type != nodes.LeftJoin && joinRelids(j.Left)[id] ||
			j.Type != nodes.InnerJoin && j.Type != nodes.RightJoin && joinRelids(j.Right)[id] ||
			padded([]nodes.JoinNode{j.Left, j.Right}, id) {
			return true
		}
	}
	return false
}

// prepTargets prepares a target list.
func (l *level) prepTargets(ts []*nodes.TargetEntry) ([]*nodes.TargetEntry, error) {
	for _, t := range ts { // what fails of them does so before what is in subqueries
		if hasSubLink(t.Expr) {
			for _, t := range ts {
				l.b.foldWritten(t.Expr)
			}
			break
		}
	}
	if l.b.foldErr != nil {
		return nil, l.b.foldErr
	}
	out := make([]*nodes.TargetEntry, len(ts))
	for i, t := range ts {
		c := *t
		e, err := l.prep(t.Expr)
		if err != nil {
			return nil, err
		}
		c.Expr = e
		out[i] = &c
	}
	return out, nil
}
