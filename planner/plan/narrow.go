package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

type operator = catalog.Operator

// plainType tells of types whose equal values are the same, so that a value
// may stand for the column in every other condition.
func plainType(t nodes.OID) bool {
	switch t {
	case adt.BoolOID, 19, adt.Int8OID, 21, adt.Int4OID, adt.TextOID:
		return true
	}
	return false
}

// narrow works out what conditions on one table say together: a column that is
// held to constants is held to those of them that pass the other conditions on it.
// What the constants decide is dropped; false tells that no row can pass.
func (b *builder) narrow(id int, columns []fdw.Column, conds []nodes.Expr) ([]nodes.Expr, bool) {
	conds, ok := b.possibleArms(id, columns, conds)
	if !ok || b.falseNow(conds) || b.emptyRange(id, conds) || b.nullContradicts(id, columns, conds) {
		return nil, false
	}
	conds = b.closedRanges(id, conds)
	drop := map[int]bool{}
	var added []nodes.Expr
	for _, p := range b.pins(id, columns, conds) {
		was := len(p.values)
		b.passing(p, id, conds, drop)
		if len(p.values) == 0 {
			return nil, false
		}
		if len(p.conds) > 1 || len(p.values) < was {
			if e := b.isAnyOf(p.v, p.values); e != nil {
				for _, i := range p.conds {
					drop[i] = true
				}
				added = append(added, e)
			}
		}
	}
	if len(drop) == 0 {
		return conds, true
	}
	var out []nodes.Expr
	for i, c := range conds {
		if !drop[i] {
			out = append(out, c)
		}
	}
	return append(added, out...), true
}

// pin is a column that conditions, by their numbers, hold to constants.
type pin struct {
	v      *nodes.Var
	values []adt.Datum
	conds  []int
}

// pins gives the columns that are held to constants, in the order in which
// conditions first do it.
func (b *builder) pins(id int, columns []fdw.Column, conds []nodes.Expr) []*pin {
	pins := map[int]*pin{}
	var order []*pin
	for i, c := range conds {
		o, ok := b.offer(id, columns, c, false)
		q := &o.qual
		if !ok || !o.exact || q.Late || q.Key != nil || q.Op != fdw.OpEq && q.Op != fdw.OpIn || !plainType(columns[q.Column].Type) {
			continue
		}
		p := pins[q.Column]
		if p == nil {
			v := onlyColumn(c, id)
			if v == nil {
				continue
			}
			p = &pin{v: v, values: distinctValues(q.Values)}
			pins[q.Column] = p
			order = append(order, p)
		} else {
			p.values = common(p.values, q.Values)
		}
		p.conds = append(p.conds, i)
	}
	return order
}

// passing leaves a pin those values that pass the other conditions on its column. A
// condition that all of them decide is dropped.
func (b *builder) passing(p *pin, id int, conds []nodes.Expr, drop map[int]bool) {
	for i, c := range conds {
		if v := onlyColumn(c, id); v == nil || v.Attno != p.v.Attno || slices.Contains(p.conds, i) || b.volatile(c) || holdsSubPlan(c) {
			continue
		}
		decided := true
		var left []adt.Datum
		for _, v := range p.values {
			k, ok := b.at(c, p.v, v).(*nodes.Const)
			decided = decided && ok
			if !ok || k.Value == adt.Datum(true) {
				left = append(left, v)
			}
		}
		p.values = left
		drop[i] = drop[i] || decided
	}
}

// falseNow tells whether a condition turns out not to hold for any row with the
// statement's settings, time and user.
func (b *builder) falseNow(conds []nodes.Expr) bool {
	for _, c := range conds {
		if b.immutable(c) || b.volatile(c) || holdsSubPlan(c) {
			continue // folded before, or not to be
		}
		if k, ok := b.fold(c, true).(*nodes.Const); ok && k.Value != adt.Datum(true) {
			return true
		}
	}
	return false
}

func distinctValues(vals []adt.Datum) []adt.Datum {
	var out []adt.Datum
	seen := map[adt.Datum]bool{}
	for _, v := range vals {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func common(a, b []adt.Datum) []adt.Datum {
	in := map[adt.Datum]bool{}
	for _, v := range b {
		in[v] = true
	}
	var out []adt.Datum
	for _, v := range a {
		if in[v] {
			out = append(out, v)
		}
	}
	return out
}

// onlyColumn gives the one column of a table that a condition depends on, if it
// depends on nothing else that is not known now.
func onlyColumn(c nodes.Expr, id int) *nodes.Var {
	var v *nodes.Var
	ok := true
	nodes.Walk(c, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			if n.RTE != id || n.Attno < 1 || n.LevelsUp > 0 || v != nil && v.Attno != n.Attno {
				ok = false
			}
			v = n
		case *nodes.Param, *nodes.Aggref, *nodes.WindowFunc, *nodes.GroupingFunc, *SubPlanExpr:
			ok = false
		}
		return ok
	})
	if !ok {
		return nil
	}
	return v
}

// at gives a condition with a value in the place of its column, folded.
func (b *builder) at(c nodes.Expr, v *nodes.Var, value adt.Datum) nodes.Expr {
	k := &nodes.Const{Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Value: value, Location: -1}
	return b.fold(nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
		if x, ok := n.(*nodes.Var); ok {
			return k, x.Attno == v.Attno
		}
		return nil, false
	}), true)
}

// isAnyOf makes column = value or column = ANY (values).
func (b *builder) isAnyOf(v *nodes.Var, values []adt.Datum) nodes.Expr {
	_, eq, _, _ := b.opt.Catalog.SortOperators(v.Type)
	op := b.opt.Catalog.OperatorByOID(eq)
	if op == nil || op.Left != v.Type || op.Right != v.Type {
		return nil
	}
	if len(values) == 1 {
		k := &nodes.Const{Type: v.Type, Typmod: -1, Collation: v.Collation, Value: values[0], Location: -1}
		return &nodes.OpExpr{Op: op.OID, Func: op.Code, Type: adt.BoolOID, InputCollation: v.Collation, Args: []nodes.Expr{v, k}, Location: -1}
	}
	array := b.opt.Catalog.ArrayTypeOf(v.Type)
	if array == 0 {
		return nil
	}
	k := &nodes.Const{Type: array, Typmod: -1, Collation: v.Collation, Value: adt.NewArray(v.Type, values), Location: -1}
	return &nodes.ScalarArrayOpExpr{Op: op.OID, Func: op.Code, InputCollation: v.Collation, Args: []nodes.Expr{v, k}, Location: -1}
}

// closedRanges turns column >= x AND column <= x into column = x.
func (b *builder) closedRanges(id int, conds []nodes.Expr) []nodes.Expr {
	type bound struct {
		v      *nodes.Var
		value  adt.Datum
		family nodes.OID
	}
	side := func(c nodes.Expr, strategy int) (bound, bool) {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 {
			return bound{}, false
		}
		v, isVar := op.Args[0].(*nodes.Var)
		k, isConst := op.Args[1].(*nodes.Const)
		if !isVar || !isConst || k.Value == nil || v.RTE != id || v.Attno < 1 || v.Type != k.Type || !plainType(v.Type) {
			return bound{}, false
		}
		for _, m := range b.opt.Catalog.OpFamilyMembers(op.Op) {
			if m.Method == catalog.BtreeAM && m.Strategy == strategy && b.defaultFamily(m.Family, v.Type, false) {
				return bound{v, k.Value, m.Family}, true
			}
		}
		return bound{}, false
	}
	for i, c := range conds {
		lo, ok := side(c, 4)
		if !ok {
			continue
		}
		for j, d := range conds {
			hi, ok := side(d, 2)
			if !ok || hi.v.Attno != lo.v.Attno || hi.value != lo.value {
				continue
			}
			eq := b.isAnyOf(lo.v, []adt.Datum{lo.value})
			if eq == nil {
				continue
			}
			var out []nodes.Expr
			for n, x := range conds {
				switch n {
				case i:
					out = append(out, eq)
				case j:
				default:
					out = append(out, x)
				}
			}
			return b.closedRanges(id, out)
		}
	}
	return conds
}

// tester makes the function by which a table can ask whether a value of the
// condition's only column passes; nil when there is none. What fails to
// evaluate passes, to fail when the row is checked.
func (b *builder) tester(id int, c nodes.Expr) func(adt.Datum) bool {
	c = b.fold(c, true)
	v := onlyColumn(c, id)
	if v == nil || b.opt.Eval == nil || !b.immutable(c) {
		return nil
	}
	known := map[adt.Datum]bool{}
	return func(d adt.Datum) bool {
		b.asked.Lock()
		defer b.asked.Unlock()
		if pass, ok := known[d]; ok {
			return pass
		}
		k, ok := b.at(c, v, d).(*nodes.Const)
		pass := !ok || k.Value == adt.Datum(true)
		if len(known) < 1000 {
			known[d] = pass
		}
		return pass
	}
}

// immutable tells whether an expression's value depends on its columns alone.
func (b *builder) immutable(e nodes.Expr) bool {
	ok := true
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n.(type) {
		case *nodes.SQLValueFunction, *nodes.CursorKey, *nodes.XMLExpr, *nodes.SubLink, *nodes.Param, *SubPlanExpr:
			ok = false
		}
		fn := callee(n)
		if p := b.opt.Catalog.ProcByOID(fn); fn != 0 && (p == nil || p.Volatile != 'i') {
			ok = false
		}
		return ok
	})
	return ok
}

// implied finds for each column of which every arm of an OR asks for some values, patterns or
// keys the condition that it is one of them all: a weaker one, for the table alone.
func (b *builder) implied(id int, columns []fdw.Column, c nodes.Expr, near bool) []offer {
	or, ok := c.(*nodes.BoolExpr)
	if !ok || or.Op != nodes.Or {
		return nil
	}
	type place struct {
		column int
		name   string
	}
	var sets map[place]alternatives
	for i, arm := range or.Args {
		mine := map[place]alternatives{}
		add := func(q *fdw.Qual) {
			a, ok := alternativesOf(q)
			p := place{a.qual.Column, a.place()}
			if have, had := mine[p]; ok && (!had || a.size() < have.size()) {
				mine[p] = a
			}
		}
		for _, part := range parts(arm) {
			o, ok := b.offer(id, columns, part, near)
			if !ok || !plainType(columns[o.qual.Column].Type) && o.qual.Key == nil && o.qual.Op != fdw.OpHasKey && o.qual.Op != fdw.OpHasAny {
				continue
			}
			add(&o.qual)
			if o.qual.Key != nil && o.qual.Op != fdw.OpIsNull && !o.qual.Late { // a member is there only if its key is
				add(&fdw.Qual{Column: o.qual.Column, Key: o.qual.Key, Op: fdw.OpNotNull})
			}
		}
		if i == 0 {
			sets = mine
			continue
		}
		for p, a := range sets {
			if more, ok := mine[p]; ok {
				a.or(more)
				sets[p] = a
			} else {
				delete(sets, p)
			}
		}
	}
	var out []offer
	for col := range columns {
		for _, p := range slices.SortedFunc(maps.Keys(sets), func(x, y place) int { return strings.Compare(y.name, x.name) }) {
			a, o := sets[p], offer{}
			if p.column != col || !a.offered(&o.qual) {
				continue
			}
			if !near {
				o.qual.Text = b.qualText(c, columns)
			}
			out = append(out, o)
		}
	}
	return out
}
