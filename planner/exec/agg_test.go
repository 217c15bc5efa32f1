package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

func aggTests() []planTest {
	a, bb, c := slot(0, adt.Int4OID), slot(1, adt.TextOID), slot(2, adt.Int8OID)
	counts := func(b *builder) []*nodes.Aggref {
		return []*nodes.Aggref{
			b.agg("count", adt.Int8OID, nil), b.agg("count", adt.Int8OID, []OID{b.typ("any")}, a),
			b.agg("sum", adt.Int8OID, []OID{adt.Int4OID}, a), b.agg("min", adt.Int4OID, []OID{adt.Int4OID}, a), b.agg("max", adt.TextOID, []OID{adt.TextOID}, bb),
		}
	}
	countTypes := []string{"int8", "int8", "int8", "int4", "text"}
	sum := func(b *builder) []*nodes.Aggref {
		return []*nodes.Aggref{b.agg("sum", adt.Int8OID, []OID{adt.Int4OID}, a)}
	}
	withOrder := func(b *builder, agg *nodes.Aggref, desc, distinct bool) *nodes.Aggref {
		lt, eq, gt, _ := b.cat.SortOperators(nodes.TypeOf(agg.Args[0].Expr).Type)
		agg.Args[0].Ref = 1
		k := &nodes.SortGroupClause{Ref: 1, Eq: eq, Sort: lt, Hashable: true}
		if desc {
			k.Sort, k.Desc, k.NullsFirst = gt, true, true
		}
		if distinct {
			agg.Distinct = []*nodes.SortGroupClause{k}
		} else {
			agg.Order = []*nodes.SortGroupClause{k}
		}
		return agg
	}
	return []planTest{
		{sql: dataSQL + `select count(*), count(a), sum(a), min(a), max(b) from t`, make: func(b *builder) (plan.Node, []string) {
			return &plan.Agg{Input: b.scan(data(b)), Aggs: counts(b)}, countTypes
		}},
		{sql: dataSQL + `select count(*), count(a), sum(a), min(a), max(b) from t where false`, make: func(b *builder) (plan.Node, []string) {
			s := b.scan(data(b))
			s.OneTime = b.lit("bool", "f")
			return &plan.Agg{Input: s, Aggs: counts(b)}, countTypes
		}},
		{sql: dataSQL + `select b, sum(a) from t group by b having sum(a) > 4 order by b`, make: func(b *builder) (plan.Node, []string) {
			n := &plan.Agg{Input: b.scan(data(b)), Groups: []nodes.Expr{bb}, Keys: []*plan.KeyColumn{b.key(0, adt.TextOID)}, Aggs: sum(b)}
			n.Quals = []nodes.Expr{b.op(">", slot(1, adt.Int8OID), b.lit("int4", "4"))}
			n.Width = 2
			return sorted(b, n, adt.TextOID, adt.Int8OID), []string{"text", "int8"}
		}},
		{sql: dataSQL + `select b, c, sum(a), grouping(b, c) from t group by grouping sets ((b, c), (b), ()) order by b, c, 3, 4`, make: func(b *builder) (plan.Node, []string) {
			n := &plan.Agg{
				Input: b.scan(data(b)), Groups: []nodes.Expr{c, bb}, Keys: []*plan.KeyColumn{b.key(0, adt.Int8OID), b.key(0, adt.TextOID)},
				Sets: [][]int{{0, 1}, {1}, {}}, Aggs: sum(b),
			}
			n.Targets, n.Width = []nodes.Expr{slot(1, adt.TextOID), slot(0, adt.Int8OID), slot(2, adt.Int8OID), slot(3, adt.Int4OID)}, 4
			return sorted(b, n, adt.TextOID, adt.Int8OID, adt.Int8OID, adt.Int4OID), []string{"text", "int8", "int8", "int4"}
		}},
		{sql: dataSQL + `select count(distinct b), sum(distinct a) filter (where c < 40) from t`, make: func(b *builder) (plan.Node, []string) {
			s := withOrder(b, b.agg("sum", adt.Int8OID, []OID{adt.Int4OID}, a), false, true)
			s.Filter = b.op("<", c, b.lit("int8", "40"))
			return &plan.Agg{Input: b.scan(data(b)), Aggs: []*nodes.Aggref{
				withOrder(b, b.agg("count", adt.Int8OID, []OID{b.typ("any")}, bb), false, true), s,
			}}, []string{"int8", "int8"}
		}},
		{sql: dataSQL + `select string_agg(b, ',' order by b desc), array_agg(a order by a) from t where b is not null`, make: func(b *builder) (plan.Node, []string) {
			s := b.scan(data(b))
			s.Quals = []nodes.Expr{&nodes.NullTest{Arg: bb, Not: true}}
			return &plan.Agg{Input: s, Aggs: []*nodes.Aggref{
				withOrder(b, b.agg("string_agg", adt.TextOID, []OID{adt.TextOID, adt.TextOID}, bb, b.lit("text", ",")), true, false),
				withOrder(b, b.agg("array_agg", b.typ("_int4"), []OID{b.typ("anynonarray")}, a), false, false),
			}}, []string{"text", "_int4"}
		}},
		{sql: dataSQL + `select percentile_disc(0.5) within group (order by a), mode() within group (order by b), rank(3) within group (order by a) from t`, make: func(b *builder) (plan.Node, []string) {
			p := withOrder(b, b.agg("percentile_disc", adt.Int4OID, []OID{adt.Float8OID, b.typ("anyelement")}, a), false, false)
			p.DirectArgs = []nodes.Expr{b.lit("float8", "0.5")}
			m := withOrder(b, b.agg("mode", adt.TextOID, []OID{b.typ("anyelement")}, bb), false, false)
			r := withOrder(b, b.agg("rank", adt.Int8OID, []OID{b.typ("any")}, a), false, false)
			r.DirectArgs = []nodes.Expr{b.lit("int4", "3")}
			return &plan.Agg{Input: b.scan(data(b)), Aggs: []*nodes.Aggref{p, m, r}}, []string{"int4", "text", "int8"}
		}},
	}
}
