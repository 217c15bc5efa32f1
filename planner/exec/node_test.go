package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// sorted orders a node's rows by all its columns, as the SQL's ORDER BY does.
func sorted(b *builder, n plan.Node, types ...OID) *plan.Sort {
	s := &plan.Sort{Input: n}
	for i, t := range types {
		s.Keys = append(s.Keys, b.sortKey(i, t, false))
	}
	s.Width = len(types)
	return s
}

// project puts a Result with targets on a node.
func project(n plan.Node, targets ...nodes.Expr) plan.Node {
	r := &plan.Result{Input: n}
	r.Targets, r.Width = targets, len(targets)
	return r
}

func joined(b *builder, typ nodes.JoinType, on ...nodes.Expr) plan.Node {
	j := &plan.HashJoin{
		Type: typ, Outer: b.scan(data(b)), Inner: b.scan(data(b)),
		OuterKeys: []nodes.Expr{b.op("+", slot(0, adt.Int4OID), b.lit("int4", "1"))}, InnerKeys: []nodes.Expr{slot(0, adt.Int4OID)},
		Keys: []*plan.KeyColumn{b.key(0, adt.Int4OID)}, On: on,
	}
	j.Width = 6
	n := plan.Node(j)
	if typ == nodes.SemiJoin || typ == nodes.AntiJoin {
		j.Width = 3
		return sorted(b, project(n, slot(0, adt.Int4OID), slot(1, adt.TextOID)), adt.Int4OID, adt.TextOID)
	}
	return sorted(b, project(n, slot(0, adt.Int4OID), slot(3, adt.Int4OID), slot(4, adt.TextOID)), adt.Int4OID, adt.Int4OID, adt.TextOID)
}

func joinTest(sql string, typ nodes.JoinType, on func(b *builder) []nodes.Expr) planTest {
	types := []string{"int4", "int4", "text"}
	if typ == nodes.SemiJoin || typ == nodes.AntiJoin {
		types = []string{"int4", "text"}
	}
	return planTest{sql: dataSQL + sql, make: func(b *builder) (plan.Node, []string) {
		var conds []nodes.Expr
		if on != nil {
			conds = on(b)
		}
		return joined(b, typ, conds...), types
	}}
}

func setOpTest(sql string, op nodes.SetOpKind, all bool) planTest {
	return planTest{sql: sql, make: func(b *builder) (plan.Node, []string) {
		n := &plan.SetOp{
			Op: op, All: all, Left: valuesOf(b, []string{"1", "1", "1", "2", "", ""}), Right: valuesOf(b, []string{"1", "1", "", "3"}),
			Keys: []*plan.KeyColumn{b.key(0, adt.Int4OID)},
		}
		n.Width = 1
		return sorted(b, n, adt.Int4OID), []string{"int4"}
	}}
}

func limitTest(sql string, offset, count string, ties bool) planTest {
	return planTest{sql: dataSQL + sql, make: func(b *builder) (plan.Node, []string) {
		n := &plan.Limit{Input: sorted(b, project(b.scan(data(b)), slot(0, adt.Int4OID)), adt.Int4OID)}
		if offset != "" {
			n.Offset = b.lit("int8", offset)
		}
		if count != "" {
			n.Count = b.lit("int8", count)
		}
		if ties {
			n.Ties = []*plan.SortKey{b.sortKey(0, adt.Int4OID, false)}
		}
		return n, []string{"int4"}
	}}
}

func nodeTests() []planTest {
	on := func(b *builder) []nodes.Expr {
		return []nodes.Expr{b.op("=", slot(4, adt.TextOID), b.lit("text", "x"))}
	}
	series := func(b *builder, from, to nodes.Expr) *nodes.FuncExpr { return b.call("generate_series", from, to) }
	four := func(b *builder, s string) nodes.Expr { return b.lit("int4", s) }
	return []planTest{
		{sql: dataSQL + `select b, a from t where a > 1 and b is not null`, make: func(b *builder) (plan.Node, []string) {
			n := b.scan(data(b))
			n.Quals = []nodes.Expr{b.op(">", slot(0, adt.Int4OID), four(b, "1")), &nodes.NullTest{Arg: slot(1, adt.TextOID), Not: true}}
			n.Targets = []nodes.Expr{slot(1, adt.TextOID), slot(0, adt.Int4OID)}
			return n, []string{"text", "int4"}
		}},
		{sql: dataSQL + `select c from t order by c desc, a`, make: func(b *builder) (plan.Node, []string) {
			s := &plan.Sort{Input: b.scan(data(b)), Keys: []*plan.SortKey{b.sortKey(2, adt.Int8OID, true), b.sortKey(0, adt.Int4OID, false)}}
			s.Targets = []nodes.Expr{slot(2, adt.Int8OID)}
			return s, []string{"int8"}
		}},
		{sql: dataSQL + `select c from t order by c desc nulls last limit 2`, make: func(b *builder) (plan.Node, []string) {
			k := b.sortKey(2, adt.Int8OID, true)
			k.NullsFirst = false
			s := &plan.Sort{Input: b.scan(data(b)), Keys: []*plan.SortKey{k}, Limit: b.lit("int8", "2")}
			s.Targets = []nodes.Expr{slot(2, adt.Int8OID)}
			return s, []string{"int8"}
		}},
		joinTest(`select x.a, y.a, y.b from t x join t y on x.a + 1 = y.a order by 1, 2, 3`, nodes.InnerJoin, nil),
		joinTest(`select x.a, y.a, y.b from t x left join t y on x.a + 1 = y.a and y.b = 'x' order by 1, 2, 3`, nodes.LeftJoin, on),
		joinTest(`select x.a, y.a, y.b from t x right join t y on x.a + 1 = y.a and y.b = 'x' order by 1, 2, 3`, nodes.RightJoin, on),
		joinTest(`select x.a, y.a, y.b from t x full join t y on x.a + 1 = y.a order by 1, 2, 3`, nodes.FullJoin, nil),
		joinTest(`select x.a, x.b from t x where exists (select from t y where x.a + 1 = y.a and y.b = 'x') order by 1, 2`, nodes.SemiJoin, on),
		joinTest(`select x.a, x.b from t x where not exists (select from t y where x.a + 1 = y.a and y.b = 'x') order by 1, 2`, nodes.AntiJoin, on),
		{sql: dataSQL + `select x.a, y.a from t x left join t y on x.a > y.a + 3 and x.c is null union all select null, y.a from t y where not exists (select from t x where x.a > y.a + 3 and x.c is null) order by 1, 2`, make: func(b *builder) (plan.Node, []string) {
			j := &plan.HashJoin{Type: nodes.FullJoin, Outer: b.scan(data(b)), Inner: b.scan(data(b)), On: []nodes.Expr{
				b.op(">", slot(0, adt.Int4OID), b.op("+", slot(3, adt.Int4OID), four(b, "3"))), &nodes.NullTest{Arg: slot(2, adt.Int8OID)},
			}}
			j.Width = 6
			return sorted(b, project(j, slot(0, adt.Int4OID), slot(3, adt.Int4OID)), adt.Int4OID, adt.Int4OID), []string{"int4", "int4"}
		}},
		{sql: dataSQL + `select x.a, g from t x, generate_series(1, x.a) g where x.a < 4 order by 1, 2`, make: func(b *builder) (plan.Node, []string) {
			f := &plan.FunctionScan{Functions: []*nodes.RangeFunction{{
				Scalar: true, Columns: []nodes.ColumnDef{{Name: "g", Type: adt.Int4OID, Typmod: -1}},
				Expr: series(b, four(b, "1"), &nodes.Param{Exec: true, Number: 3, Type: adt.Int4OID, Typmod: -1}),
			}}}
			f.Width = 1
			outer := b.scan(data(b))
			outer.Quals = []nodes.Expr{b.op("<", slot(0, adt.Int4OID), four(b, "4"))}
			n := &plan.NestLoop{Type: nodes.InnerJoin, Outer: outer, Inner: f, Params: []plan.NestParam{{Param: 3, Value: slot(0, adt.Int4OID)}}}
			n.Targets, n.Width = []nodes.Expr{slot(0, adt.Int4OID), slot(3, adt.Int4OID)}, 2
			return sorted(b, n, adt.Int4OID, adt.Int4OID), []string{"int4", "int4"}
		}},
		{sql: dataSQL + `select x.a, (select max(y.c) from t y where y.a < x.a) from t x where x.a > 1 order by 1`, make: func(b *builder) (plan.Node, []string) {
			n := b.scan(data(b))
			n.Quals = []nodes.Expr{b.op(">", slot(0, adt.Int4OID), four(b, "1"))}
			n.Targets = []nodes.Expr{slot(0, adt.Int4OID), &plan.SubPlanExpr{Link: &nodes.SubLink{Kind: nodes.ExprSubLink, Type: adt.Int8OID}, Args: []nodes.Expr{slot(0, adt.Int4OID)}}}
			return sorted(b, n, adt.Int4OID, adt.Int8OID), []string{"int4", "int8"}
		}, more: func(b *builder, p *plan.Plan) {
			s := b.scan(data(b))
			s.Quals = []nodes.Expr{b.op("<", slot(0, adt.Int4OID), &nodes.Param{Exec: true, Number: 0, Type: adt.Int4OID, Typmod: -1})}
			a := &plan.Agg{Input: s, Aggs: []*nodes.Aggref{b.agg("max", adt.Int8OID, []OID{adt.Int8OID}, slot(2, adt.Int8OID))}}
			a.Width = 1
			b.subplan(p, a, 0)
		}},
		setOpTest(`(values (1), (1), (1), (2), (null), (null)) intersect (values (1), (1), (null), (3)) order by 1`, nodes.Intersect, false),
		setOpTest(`(values (1), (1), (1), (2), (null), (null)) intersect all (values (1), (1), (null), (3)) order by 1`, nodes.Intersect, true),
		setOpTest(`(values (1), (1), (1), (2), (null), (null)) except (values (1), (1), (null), (3)) order by 1`, nodes.Except, false),
		setOpTest(`(values (1), (1), (1), (2), (null), (null)) except all (values (1), (1), (null), (3)) order by 1`, nodes.Except, true),
		limitTest(`select a from t order by a offset 2 limit 3`, "2", "3", false),
		limitTest(`select a from t order by a fetch first 1 row with ties`, "", "1", true),
		limitTest(`select a from t order by a limit -1`, "", "-1", false),
		limitTest(`select a from t order by a offset -1`, "-1", "", false),
		limitTest(`select a from t order by a limit 0`, "", "0", false),
		{sql: `select generate_series(1, 2), generate_series(1, 3), 'k'`, make: func(b *builder) (plan.Node, []string) {
			n := &plan.ProjectSet{Input: &plan.Result{}}
			n.Targets = []nodes.Expr{series(b, four(b, "1"), four(b, "2")), series(b, four(b, "1"), four(b, "3")), b.lit("text", "k")}
			return n, []string{"int4", "int4", "text"}
		}},
		{sql: `select generate_series(1, generate_series(1, 3)), generate_series(5, 6) + 1`, make: func(b *builder) (plan.Node, []string) {
			n := &plan.ProjectSet{Input: &plan.Result{}}
			n.Targets = []nodes.Expr{series(b, four(b, "1"), series(b, four(b, "1"), four(b, "3"))), b.op("+", series(b, four(b, "5"), four(b, "6")), four(b, "1"))}
			return n, []string{"int4", "int4"}
		}},
		{sql: `select * from rows from (generate_series(1, 3), generate_series(7, 8)) with ordinality`, make: func(b *builder) (plan.Node, []string) {
			col := []nodes.ColumnDef{{Name: "g", Type: adt.Int4OID, Typmod: -1}}
			n := &plan.FunctionScan{Ordinality: true, Functions: []*nodes.RangeFunction{
				{Scalar: true, Columns: col, Expr: series(b, four(b, "1"), four(b, "3"))},
				{Scalar: true, Columns: col, Expr: series(b, four(b, "7"), four(b, "8"))},
			}}
			n.Width = 3
			return n, []string{"int4", "int4", "int8"}
		}},
		{sql: `with recursive r(n) as (values (1) union all select n + 1 from r where n < 5) select n from r`, make: func(b *builder) (plan.Node, []string) {
			w := &plan.WorkTableScan{Table: 7}
			w.Quals, w.Width = []nodes.Expr{b.op("<", slot(0, adt.Int4OID), four(b, "5"))}, 1
			w.Targets = []nodes.Expr{b.op("+", slot(0, adt.Int4OID), four(b, "1"))}
			r := &plan.RecursiveUnion{First: valuesOf(b, []string{"1"}), Next: w, Table: 7}
			r.Width = 1
			return r, []string{"int4"}
		}},
		{sql: `with recursive r(n) as (values (1) union select 3 - n from r) select n from r`, make: func(b *builder) (plan.Node, []string) {
			w := &plan.WorkTableScan{}
			w.Targets, w.Width = []nodes.Expr{b.op("-", four(b, "3"), slot(0, adt.Int4OID))}, 1
			r := &plan.RecursiveUnion{First: valuesOf(b, []string{"1"}), Next: w, Group: []*plan.KeyColumn{b.key(0, adt.Int4OID)}}
			r.Width = 1
			return r, []string{"int4"}
		}},
		{sql: `with w(n) as materialized (values (1), (2)) select x.n, y.n from w x, w y`, make: func(b *builder) (plan.Node, []string) {
			x, y := &plan.CTEScan{}, &plan.CTEScan{}
			x.Width, y.Width = 1, 1
			n := &plan.NestLoop{Type: nodes.InnerJoin, Outer: x, Inner: y}
			n.Width = 2
			return n, []string{"int4", "int4"}
		}, more: func(b *builder, p *plan.Plan) {
			p.CTEs = []*plan.CTE{{Name: "w", Plan: valuesOf(b, []string{"1", "2"})}}
		}},
		{sql: `select distinct on (column1) column1 from (values (1), (1), (2), (null::int4), (null)) v order by column1`, make: func(b *builder) (plan.Node, []string) {
			u := &plan.Unique{Input: sorted(b, valuesOf(b, []string{"1", "1", "2", "", ""}), adt.Int4OID), Keys: []*plan.KeyColumn{b.key(0, adt.Int4OID)}}
			u.Width = 1
			return u, []string{"int4"}
		}},
	}
}
