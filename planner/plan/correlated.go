package plan

import (
	"fmt"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// runs tells how often a part of the plan is run that takes parameters from other
// rows, and where their values come from.
type runs struct {
	count  float64
	values map[int]origin // by executor parameter
}

// origin is a column of a node's input row.
type origin struct {
	node Node
	slot int
}

// runsOf finds out how often each subplan and each inner side of a loop is run.
func (b *builder) runsOf() (subplans map[int]*runs, inners map[Node]*runs) {
	subplans, inners = map[int]*runs{}, map[Node]*runs{}
	b.plan.visit(func(n Node) {
		count := n.Common().Rows
		for _, in := range Inputs(n) {
			count = max(count, in.Common().Rows)
		}
		for _, s := range subPlansOf(n) {
			if len(s.Args) == 0 {
				continue
			}
			r := &runs{count: count, values: map[int]origin{}}
			for i, a := range s.Args {
				if slot := plainSlot(a); slot != nil {
					r.values[b.plan.SubPlans[s.ID].Params[i]] = origin{n, slot.Index}
				}
			}
			subplans[s.ID] = r
		}
		if loop, ok := n.(*NestLoop); ok && len(loop.Params) > 0 {
			r := &runs{count: loop.Outer.Common().Rows, values: map[int]origin{}}
			for _, p := range loop.Params {
				if slot := plainSlot(p.Value); slot != nil {
					r.values[p.Param] = under(loop.Outer, slot.Index)
				}
			}
			inners[loop.Inner] = r
		}
	})
	return subplans, inners
}

// narrowHashed has the subquery of x IN (SELECT column …) and NOT IN read no more than
// the rows that x, all whose values are known constants, could be found in.
func (b *builder) narrowHashed() {
	if b.opt.PushDown == PushDownOff {
		return
	}
	b.plan.visit(func(n Node) {
		for _, s := range subPlansOf(n) {
			for i, left := range s.HashLeft {
				var values []adt.Datum
				ok := stringType(b.baseType(s.HashKeys[i].Type))
				if k, is := left.(*nodes.Const); is {
					values = []adt.Datum{k.Value}
				} else if slot := plainSlot(left); slot != nil && ok {
					values, ok = b.constants(origin{n, slot.Index})
				} else {
					continue
				}
				if !ok || len(values) > feedBatch || slices.Contains(values, nil) {
					continue // what a NULL is found in decides between NULL and false
				}
				b.keepFound(b.plan.SubPlans[s.ID].Plan, i, values)
			}
		}
	})
}

// keepFound narrows what a plan reads to the rows with some values in a column of
// its table that is never NULL.
func (b *builder) keepFound(n Node, slot int, values []adt.Datum) {
	o := under(n, slot).source()
	sc, ok := o.node.(*Scan)
	if !ok || o.slot >= len(sc.Relation.Table.Columns()) || sc.Fdw.Calls == 0 || !sc.Relation.Table.Columns()[o.slot].NotNull {
		return
	}
	req := sc.Request
	req.Quals = append(req.Quals[:len(req.Quals):len(req.Quals)], fdw.Qual{
		Column: o.slot, Op: fdw.OpIn, Values: distinctValues(values), Text: "what is looked for",
	})
	s, err := sc.Relation.Table.Plan(req)
	if err != nil || !sameServed(s.Served[:len(sc.Fdw.Served)], sc.Fdw.Served) {
		return
	}
	sc.Request, sc.Fdw, sc.Conds = req, s, append(sc.Conds, nil)
	sc.Calls = s.Calls
}

// under gives where a column of a node's output comes from; none when it is computed.
func under(n Node, slot int) origin {
	if targets := n.Common().Targets; targets != nil {
		if slot >= len(targets) {
			return origin{}
		}
		s := plainSlot(targets[slot])
		if s == nil {
			return origin{}
		}
		slot = s.Index
	}
	return origin{n, slot}
}

// source follows a column down through projections.
func (o origin) source() origin {
	for {
		r, ok := o.node.(*Result)
		if !ok || r.Input == nil {
			return o
		}
		o = under(r.Input, o.slot)
	}
}

// constants gives all values that a column can have, when it comes from a list of
// constants.
func (b *builder) constants(o origin) ([]adt.Datum, bool) {
	o = o.source()
	switch n := o.node.(type) {
	case *HashJoin:
		if w := n.Outer.Common().Width; o.slot < w {
			return b.constants(under(n.Outer, o.slot))
		} else if n.Type == nodes.InnerJoin {
			return b.constants(under(n.Inner, o.slot-w))
		}
	case *NestLoop:
		if o.slot < n.Outer.Common().Width {
			return b.constants(under(n.Outer, o.slot))
		}
	case *ValuesScan:
		var out []adt.Datum
		for _, row := range n.Values {
			k, ok := b.fold(row[o.slot], true).(*nodes.Const)
			if !ok {
				return nil, false
			}
			out = append(out, k.Value)
		}
		return out, true
	case *FunctionScan:
		if len(n.Functions) != 1 || o.slot > 0 {
			return nil, false
		}
		f, ok := n.Functions[0].Expr.(*nodes.FuncExpr)
		if !ok || len(f.Args) != 1 {
			return nil, false
		}
		p := b.opt.Catalog.ProcByOID(f.Func)
		k, isConst := b.fold(f.Args[0], true).(*nodes.Const)
		if p == nil || p.Src != "array_unnest" || !isConst {
			return nil, false
		}
		a, ok := k.Value.(*adt.Array)
		if !ok {
			return nil, false
		}
		return a.Values, true
	}
	return nil, false
}

// askOnce has a scan that is opened for each of many rows read once what all of
// them ask for, where that takes fewer calls than a question for each: those keys
// that are all known are asked for together, others are looked for in all.
func (b *builder) askOnce(sc *Scan, r *runs) {
	if r == nil || r.count < 2 || b.opt.PushDown == PushDownOff {
		return
	}
	q := b.oneQuestion(sc, r)
	if q == nil {
		return
	}
	s, err := sc.Relation.Table.Plan(q.req)
	if err != nil || !b.fewerCalls(sc, r, s, q.args) {
		return
	}
	var quals []nodes.Expr
	for _, c := range q.again {
		x, err := toSlots(c, func(e nodes.Expr) int {
			if v, ok := e.(*nodes.Var); ok {
				return v.Attno - 1
			}
			return -1
		})
		if err != nil {
			return
		}
		quals = append(quals, x)
	}
	sc.Quals = b.orderQuals(append(quals, sc.Quals...))
	for _, gone := range q.gone {
		for i := range sc.Placed {
			if p := &sc.Placed[i]; p.Text == gone.Text {
				p.Served, p.Reason = fdw.No, "what all outer rows ask for is read at once"
			}
		}
	}
	q.req.Columns = withColumns(q.req.Columns, q.gone)
	sc.Request, sc.Conds, sc.Args, sc.Fdw = q.req, q.conds, q.args, s
	sc.Calls = s.Calls
}

// question is what a scan asks for all outer rows at once.
type question struct {
	req   fdw.Request
	conds []nodes.Expr // what req's quals say
	args  []ScanArg    // of those that are Late
	gone  []fdw.Qual   // what it asks no more, or for all known values together
	again []nodes.Expr // of these what the table alone has seen to
}

// oneQuestion makes one question of those that a scan has for each outer row; nil: that
// cannot be, or it has but one.
func (b *builder) oneQuestion(sc *Scan, r *runs) *question {
	columns := sc.Relation.Table.Columns()
	out := &question{req: sc.Request}
	out.req.Quals, out.req.Limit = nil, 0
	late := 0
	for i, q := range sc.Request.Quals {
		var arg ScanArg
		if q.Late {
			arg = sc.Args[late]
			late++
		}
		if !q.Late || arg.Fed || columns[q.Column].Place {
			out.req.Quals, out.conds = append(out.req.Quals, q), append(out.conds, sc.Conds[i])
			if q.Late {
				out.args = append(out.args, arg)
			}
			continue
		}
		if sc.Conds[i] == nil {
			return nil
		}
		if sc.Fdw.Served[i] == fdw.Exact {
			out.again = append(out.again, sc.Conds[i])
		}
		out.gone = append(out.gone, q)
		if values, ok := b.allValues(q, arg, r); ok {
			q.Op, q.Late, q.Values = fdw.OpIn, false, values
			out.req.Quals, out.conds = append(out.req.Quals, q), append(out.conds, nil)
		}
	}
	if len(out.gone) == 0 {
		return nil
	}
	return out
}

// allValues gives what all outer rows compare a column with by =, where that is known and
// not too much for one question.
func (b *builder) allValues(q fdw.Qual, arg ScanArg, r *runs) ([]adt.Datum, bool) {
	if q.Op != fdw.OpEq {
		return nil, false
	}
	p := arg.param()
	if p == nil {
		return nil, false
	}
	values, ok := b.constants(r.values[p.Number])
	if !ok || len(values) > feedBatch {
		return nil, false
	}
	out := []adt.Datum{} // none: no row is wanted
	for _, v := range distinctValues(values) {
		if v != nil {
			out = append(out, v)
		}
	}
	return out, true
}

// param gives the executor parameter whose value alone an argument is; nil: it is more, or
// something else.
func (a ScanArg) param() *nodes.Param {
	if a.Array || len(a.Exprs) != 1 {
		return nil
	}
	if p, ok := a.Exprs[0].(*nodes.Param); ok && p.Exec {
		return p
	}
	return nil
}

// fewerCalls tells whether the calls of one opening of a scan, as s with some late values, are
// fewer than those of one for each outer row.
func (b *builder) fewerCalls(sc *Scan, r *runs, s fdw.Scan, late []ScanArg) bool {
	unlimited := sc.Request
	unlimited.Limit = 0
	each, err := sc.Relation.Table.Plan(unlimited)
	if err != nil || r.count*each.Calls <= s.Calls {
		return false
	}
	all, known := b.questions(r, sc.Args)
	once, also := b.questions(r, late)
	return !known || !also || all*each.Calls > once*s.Calls
}

// questions gives how many different ones the outer rows ask by late values, where that is
// known.
func (b *builder) questions(r *runs, args []ScanArg) (n float64, ok bool) {
	if len(args) == 0 {
		return 1, true
	}
	var list *ValuesScan
	var slots []int
	for _, a := range args {
		p := a.param()
		if p == nil {
			return 0, false
		}
		o := r.values[p.Number].source()
		v, ok := o.node.(*ValuesScan)
		if !ok || list != nil && v != list {
			return 0, false
		}
		list, slots = v, append(slots, o.slot)
	}
	seen := map[string]bool{}
	for _, row := range list.Values {
		key := ""
		for _, i := range slots {
			k, ok := b.fold(row[i], true).(*nodes.Const)
			if !ok {
				return 0, false
			}
			key += fmt.Sprintf("%q", k.Value)
		}
		seen[key] = true
	}
	return float64(len(seen)), true
}

// withColumns adds the columns of quals to those that are read.
func withColumns(columns []int, quals []fdw.Qual) []int {
	out := append([]int{}, columns...)
	for _, q := range quals {
		if !slices.Contains(out, q.Column) {
			out = append(out, q.Column)
		}
	}
	return out
}
