package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// windowTest runs sum(a) and count(*), and functions, over (partition by b
// order by a) with a frame.
func windowTest(frameSQL string, frame nodes.Frame, more ...func(b *builder) *nodes.WindowFunc) planTest {
	calls := "sum(a) over w, count(*) over w"
	for range more {
		calls += ", first_value(a) over w, last_value(a) over w"
	}
	return planTest{
		sql: `select a, ` + calls + ` from generate_series(1, 9) g(i), lateral (values (nullif(i / 2, 3))) v(a) window w as (order by a ` + frameSQL + `) order by i`,
		make: func(b *builder) (plan.Node, []string) {
			in := b.scan(table(b.cat, "a int4"))
			for i := range int32(9) {
				f := in.Relation.Table.(*fakeTable)
				if v := (i + 1) / 2; v == 3 {
					f.rows = append(f.rows, []any{nil})
				} else {
					f.rows = append(f.rows, []any{v})
				}
			}
			return windowOf(b, in, frame, len(more) > 0), windowTypes(len(more) > 0)
		},
	}
}

func windowTypes(values bool) []string {
	if values {
		return []string{"int4", "int8", "int8", "int4", "int4"}
	}
	return []string{"int4", "int8", "int8"}
}

// windowOf numbers the rows to be able to restore their order.
func windowOf(b *builder, in plan.Node, frame nodes.Frame, values bool) plan.Node {
	number := &plan.WindowAgg{Input: in, Clause: &nodes.WindowClause{}, Funcs: []*nodes.WindowFunc{{Func: b.proc("row_number").OID, Type: adt.Int8OID}}}
	number.Width = 2
	w := &plan.WindowAgg{Clause: &nodes.WindowClause{Frame: frame, InRangeAsc: true}, Order: []*plan.SortKey{b.sortKey(0, adt.Int4OID, false)}}
	w.Input = &plan.Sort{Input: number, Keys: w.Order}
	w.Input.Common().Width = 2
	if frame.StartOffset != nil || frame.EndOffset != nil {
		if frame.Mode == nodes.FrameRange {
			w.Clause.StartInRange = b.proc("in_range", adt.Int4OID, adt.Int4OID, adt.Int4OID, adt.BoolOID, adt.BoolOID).OID
			w.Clause.EndInRange = w.Clause.StartInRange
		}
	}
	a := slot(0, adt.Int4OID)
	w.Funcs = []*nodes.WindowFunc{
		{Func: b.proc("sum", adt.Int4OID).OID, Type: adt.Int8OID, Args: []nodes.Expr{a}, Agg: true},
		{Func: b.proc("count").OID, Type: adt.Int8OID, Star: true, Agg: true},
	}
	w.Width = 4
	targets := []nodes.Expr{a, slot(2, adt.Int8OID), slot(3, adt.Int8OID)}
	if values {
		any := b.typ("anyelement")
		w.Funcs = append(w.Funcs, &nodes.WindowFunc{Func: b.proc("first_value", any).OID, Type: adt.Int4OID, Args: []nodes.Expr{a}},
			&nodes.WindowFunc{Func: b.proc("last_value", any).OID, Type: adt.Int4OID, Args: []nodes.Expr{a}})
		w.Width += 2
		targets = append(targets, slot(4, adt.Int4OID), slot(5, adt.Int4OID))
	}
	return project(&plan.Sort{Input: w, Keys: []*plan.SortKey{b.sortKey(1, adt.Int8OID, false)}}, targets...)
}

func windowTests() []planTest {
	off := func(n int64) nodes.Expr { return &nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: n} }
	off4 := func(n int32) nodes.Expr { return &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: n} }
	values := func(b *builder) *nodes.WindowFunc { return nil }
	prec, cur, foll, first, last := nodes.OffsetPreceding, nodes.CurrentRow, nodes.OffsetFollowing, nodes.UnboundedPreceding, nodes.UnboundedFollowing
	return []planTest{
		windowTest(``, nodes.Frame{Start: first, End: cur}),
		windowTest(`rows between 1 preceding and 1 following`, nodes.Frame{Mode: nodes.FrameRows, Start: prec, StartOffset: off(1), End: foll, EndOffset: off(1)}),
		windowTest(`rows between 2 following and unbounded following`, nodes.Frame{Mode: nodes.FrameRows, Start: foll, StartOffset: off(2), End: last}),
		windowTest(`rows between 3 preceding and 2 preceding`, nodes.Frame{Mode: nodes.FrameRows, Start: prec, StartOffset: off(3), End: prec, EndOffset: off(2)}),
		windowTest(`rows between -1 preceding and current row`, nodes.Frame{Mode: nodes.FrameRows, Start: prec, StartOffset: off(-1), End: cur}),
		windowTest(`groups between 1 preceding and current row`, nodes.Frame{Mode: nodes.FrameGroups, Start: prec, StartOffset: off(1), End: cur}),
		windowTest(`groups between 1 following and 2 following exclude ties`, nodes.Frame{Mode: nodes.FrameGroups, Start: foll, StartOffset: off(1), End: foll, EndOffset: off(2), Exclude: nodes.ExcludeTies}),
		windowTest(`range between 1 preceding and 1 following`, nodes.Frame{Start: prec, StartOffset: off4(1), End: foll, EndOffset: off4(1)}),
		windowTest(`range between 2 following and 1 following`, nodes.Frame{Start: foll, StartOffset: off4(2), End: foll, EndOffset: off4(1)}),
		windowTest(`range between unbounded preceding and 1 preceding`, nodes.Frame{Start: first, End: prec, EndOffset: off4(1)}),
		windowTest(`range between -1 preceding and current row`, nodes.Frame{Start: prec, StartOffset: off4(-1), End: cur}),
		windowTest(`rows between unbounded preceding and unbounded following exclude current row`, nodes.Frame{Mode: nodes.FrameRows, Start: first, End: last, Exclude: nodes.ExcludeCurrentRow}, values),
		windowTest(`rows between 2 preceding and 2 following exclude group`, nodes.Frame{Mode: nodes.FrameRows, Start: prec, StartOffset: off(2), End: foll, EndOffset: off(2), Exclude: nodes.ExcludeGroup}, values),
		windowTest(`rows between 2 preceding and 2 following exclude ties`, nodes.Frame{Mode: nodes.FrameRows, Start: prec, StartOffset: off(2), End: foll, EndOffset: off(2), Exclude: nodes.ExcludeTies}, values),
	}
}
