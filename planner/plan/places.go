package plan

import (
	"fmt"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// maxPlaces bounds the places that a scan remembers its answer for.
const maxPlaces = 10000

// places makes the function by which a table leaves out whole parts of itself
// (fdw.Places) where conditions on its place columns are not apart from each
// other and from those on other columns: region = 'a' OR "accountId" = 'b' says
// nothing of either alone. It puts a place's values in and works the rest out as
// planning does. nil: the conditions on single columns say all.
func (b *builder) places(id int, columns []fdw.Column, conds []nodes.Expr) *fdw.Places {
	if b.opt.Eval == nil || !slices.ContainsFunc(columns, func(c fdw.Column) bool { return c.Place }) {
		return nil
	}
	out := &fdw.Places{}
	at := map[int]int{} // attribute number to index in out.Columns
	var known []nodes.Expr
	for _, c := range conds {
		if b.volatile(c) || holdsSubPlan(c) {
			continue
		}
		c = b.fold(c, true)
		if !b.immutable(c) {
			continue
		}
		known = append(known, c)
		mentioned := columnsIn(c, id)
		if len(mentioned) < 2 {
			continue
		}
		for n := range mentioned {
			if _, had := at[n]; n > 0 && n <= len(columns) && columns[n-1].Place && !had {
				at[n] = len(out.Columns)
				out.Columns = append(out.Columns, n-1)
			}
		}
	}
	if len(out.Columns) == 0 {
		return nil
	}
	out.Text = b.qualText(andOf(known), columns)
	answers := map[string]placeAnswer{}
	answer := func(values []adt.Datum) placeAnswer {
		b.asked.Lock()
		defer b.asked.Unlock()
		key := fmt.Sprintf("%q", values)
		a, ok := answers[key]
		if !ok {
			if a = b.holdsAt(id, columns, known, at, values); len(answers) < maxPlaces {
				answers[key] = a
			}
		}
		return a
	}
	out.May = func(values []adt.Datum) bool { return answer(values).may }
	out.Quals = func(values []adt.Datum) []fdw.Qual { return answer(values).quals }
	return out
}

// placeAnswer is what conditions say of one place.
type placeAnswer struct {
	may   bool
	quals []fdw.Qual // of its rows
}

// placesLater finds the conditions by which places can be left out once the scan
// opens: those on place columns alone, whose other side is a subquery, an outer
// row's value or what a function makes of the session's settings.
func (l *level) placesLater(r *rel, sc *Scan, id int, conds []nodes.Expr, served func(nodes.Expr) bool) error {
	if l.b.opt.PushDown == PushDownOff {
		return nil
	}
	columns := sc.Relation.Table.Columns()
	for _, c := range conds {
		if l.b.immutable(c) || l.b.volatile(c) || returnsSet(c) || served(c) {
			continue
		}
		about := l.b.ofPlaces(id, columns, c)
		if about == nil || len(columnsIn(about, id)) == 0 {
			continue
		}
		x, err := r.slots(about)
		if err != nil {
			return err
		}
		sc.At = append(sc.At, x)
		for i := range sc.Placed {
			if p := &sc.Placed[i]; p.Served == fdw.No && p.Text == l.b.qualText(c, columns) {
				p.Served, p.Reason = fdw.Inexact, "it tells where to ask once its values are known"
			}
		}
	}
	return nil
}

// ofPlaces gives what a condition says of place columns alone, whatever the others
// hold; nil: nothing.
func (b *builder) ofPlaces(id int, columns []fdw.Column, c nodes.Expr) nodes.Expr {
	return weaker(c, func(c nodes.Expr) bool {
		for n := range columnsIn(c, id) {
			if n < 1 || n > len(columns) || !columns[n-1].Place {
				return false
			}
		}
		return !b.asksRemote(c)
	})
}

// weaker gives what follows from a condition of those parts alone that say so; nil:
// nothing.
func weaker(c nodes.Expr, is func(nodes.Expr) bool) nodes.Expr {
	e, ok := c.(*nodes.BoolExpr)
	if !ok || e.Op == nodes.Not {
		if is(c) {
			return c
		}
		return nil
	}
	var args []nodes.Expr
	for _, a := range e.Args {
		if a = weaker(a, is); a != nil {
			args = append(args, a)
		} else if e.Op == nodes.Or {
			return nil // an arm that may hold anywhere
		}
	}
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &nodes.BoolExpr{Op: e.Op, Args: args, Location: e.Location}
}

// asksRemote tells whether a condition asks a remote subquery anew for each row.
func (b *builder) asksRemote(c nodes.Expr) bool {
	found := false
	nodes.Walk(c, func(n nodes.Expr) bool {
		if s, ok := n.(*SubPlanExpr); ok && len(s.Args) > 0 && b.plan.SubPlans[s.ID].Plan.Common().Calls > 0 {
			found = true
		}
		return !found
	})
	return found
}

// columnsIn gives the attribute numbers of a table's columns in an expression.
func columnsIn(e nodes.Expr, id int) map[int]bool {
	out := map[int]bool{}
	nodes.Walk(e, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.RTE == id && v.LevelsUp == 0 {
			out[v.Attno] = true
		}
		return true
	})
	return out
}

// holdsAt tells what conditions say of rows with some values; a nil value is not
// known.
func (b *builder) holdsAt(id int, columns []fdw.Column, conds []nodes.Expr, at map[int]int, values []adt.Datum) (out placeAnswer) {
	var left []nodes.Expr
	for _, c := range conds {
		c = nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
			v, ok := n.(*nodes.Var)
			if !ok || v.RTE != id || v.LevelsUp > 0 {
				return nil, false
			}
			i, ok := at[v.Attno]
			if !ok || values[i] == nil {
				return n, true
			}
			return &nodes.Const{Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Value: values[i], Location: -1}, true
		})
		for _, part := range b.conjuncts(b.fold(c, true)) {
			if k, ok := part.(*nodes.Const); ok && k.Value != adt.Datum(true) {
				return out
			}
			left = append(left, part)
		}
	}
	if left, out.may = b.narrow(id, columns, left); !out.may {
		return out
	}
	offered, _ := b.offers(id, columns, left)
	for _, o := range offered {
		if !o.qual.Late {
			out.quals = append(out.quals, o.qual)
		}
	}
	return out
}

// mostArms bounds the arms of an OR that are looked at one by one.
const mostArms = 32

// possibleArms drops the arms of ORs in which the conditions contradict each
// other; false tells that an OR has no other.
func (b *builder) possibleArms(id int, columns []fdw.Column, conds []nodes.Expr) ([]nodes.Expr, bool) {
	var out []nodes.Expr
	for i, c := range conds {
		or, ok := c.(*nodes.BoolExpr)
		if !ok || or.Op != nodes.Or || len(or.Args) > mostArms {
			if out != nil {
				out = append(out, c)
			}
			continue
		}
		var arms []nodes.Expr
		for _, arm := range or.Args {
			if b.possible(id, columns, arm) {
				arms = append(arms, arm)
			}
		}
		if len(arms) == 0 {
			return nil, false
		}
		if out == nil && len(arms) < len(or.Args) {
			out = append([]nodes.Expr{}, conds[:i]...)
		}
		switch {
		case out == nil:
		case len(arms) == len(or.Args):
			out = append(out, c)
		case len(arms) > 1:
			out = append(out, &nodes.BoolExpr{Op: nodes.Or, Args: arms, Location: or.Location})
		default:
			out = append(out, parts(arms[0])...)
		}
	}
	if out == nil {
		return conds, true
	}
	return out, true
}

// parts takes a condition apart at its ANDs.
func parts(e nodes.Expr) []nodes.Expr {
	if and, ok := e.(*nodes.BoolExpr); ok && and.Op == nodes.And {
		return and.Args
	}
	return []nodes.Expr{e}
}

// possible tells whether an arm of an OR could hold for a row of a table.
func (b *builder) possible(id int, columns []fdw.Column, arm nodes.Expr) bool {
	_, ok := b.narrow(id, columns, parts(arm))
	return ok
}

// nullPartContradicts tells whether an expression that is asked to be NULL cannot be under
// the other conditions that it is part of.
func (b *builder) nullPartContradicts(t *nodes.NullTest, conds []nodes.Expr) bool {
	if constant(t.Arg) || b.volatile(t.Arg) || holdsSubPlan(t.Arg) {
		return false
	}
	info := nodes.TypeOf(t.Arg)
	if composite(b, info.Type) {
		return false
	}
	none := &nodes.Const{Type: info.Type, Typmod: info.Typmod, Collation: info.Collation, Location: -1}
	for _, d := range conds {
		if d == nodes.Expr(t) || b.volatile(d) || holdsSubPlan(d) {
			continue
		}
		without := nodes.Rewrite(d, func(n nodes.Expr) (nodes.Expr, bool) { return none, nodes.Equal(n, t.Arg) })
		if k, ok := b.fold(without, true).(*nodes.Const); ok && k.Value != adt.Datum(true) {
			return true
		}
	}
	return false
}

// nullContradicts tells whether a column that is asked to be NULL cannot be, or not
// under the other conditions on it.
func (b *builder) nullContradicts(id int, columns []fdw.Column, conds []nodes.Expr) bool {
	for i, c := range conds {
		t, ok := c.(*nodes.NullTest)
		if !ok || t.Not || t.Row {
			continue
		}
		v := columnOf(t.Arg, id)
		if v == nil {
			if b.nullPartContradicts(t, conds) {
				return true
			}
			continue
		}
		if columns[v.Attno-1].NotNull {
			return true
		}
		for j, d := range conds {
			if w := onlyColumn(d, id); i == j || w == nil || w.Attno != v.Attno || b.volatile(d) || holdsSubPlan(d) {
				continue
			}
			if k, ok := b.at(d, v, nil).(*nodes.Const); ok && k.Value != adt.Datum(true) {
				return true
			}
		}
	}
	return false
}
