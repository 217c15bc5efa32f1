package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

func (b *builder) int4Array(text string) nodes.Expr { return b.lit("_int4", text) }

func (b *builder) saop(op string, all bool, scalar, array nodes.Expr, elem OID) nodes.Expr {
	o := b.op(op, scalar, slot(0, elem))
	return &nodes.ScalarArrayOpExpr{Op: o.Op, Func: o.Func, All: all, InputCollation: adt.DefaultCollationOID, Args: []nodes.Expr{scalar, array}}
}

func (b *builder) subplan(p *plan.Plan, n plan.Node, params ...int) {
	p.SubPlans = append(p.SubPlans, &plan.SubPlan{Plan: n, Params: params})
}

func exprTests() []planTest {
	int4 := func(b *builder, s string) nodes.Expr { return b.lit("int4", s) }
	arr := func(b *builder, s string) nodes.Expr { return b.int4Array(s) }
	null4 := func(b *builder) nodes.Expr { return b.null("int4") }
	subscript := func(b *builder, a string, slice bool, lower, upper []nodes.Expr) nodes.Expr {
		s := &nodes.SubscriptingRef{Container: b.typ("_int4"), Elem: adt.Int4OID, Type: adt.Int4OID, Typmod: -1, Expr: arr(b, a), Upper: upper, Lower: lower, Slice: slice}
		if slice {
			s.Type = b.typ("_int4")
		}
		return s
	}
	multi := func(b *builder, subs ...nodes.Expr) nodes.Expr {
		return &nodes.ArrayExpr{Type: b.typ("_int4"), Elem: adt.Int4OID, Elements: subs, Multi: true}
	}
	rowOf := func(args ...nodes.Expr) *nodes.RowExpr { return &nodes.RowExpr{Args: args, Type: adt.RecordOID} }
	isNull := func(not bool, arg nodes.Expr) nodes.Expr { return &nodes.NullTest{Arg: arg, Not: not, Row: true} }
	caseOf := func(b *builder, v string) nodes.Expr {
		test := &nodes.CaseTestExpr{Type: adt.Int4OID, Typmod: -1}
		return &nodes.CaseExpr{Type: adt.TextOID, Arg: int4(b, v), Whens: []nodes.CaseWhen{
			{When: b.op("=", test, int4(b, "1")), Then: b.lit("text", "one")},
			{When: b.op("=", test, int4(b, "2")), Then: b.lit("text", "two")},
		}, Default: b.lit("text", "many")}
	}
	rowCmp := func(b *builder, l1, l2, r1, r2 nodes.Expr) nodes.Expr {
		o := b.op("<", slot(0, adt.Int4OID), slot(0, adt.Int4OID)).Op
		return &nodes.RowCompareExpr{Op: nodes.RowLT, Ops: []OID{o, o}, Collations: []OID{0, 0}, Left: []nodes.Expr{l1, l2}, Right: []nodes.Expr{r1, r2}}
	}
	div0 := func(b *builder) nodes.Expr {
		return b.op("=", b.op("/", int4(b, "1"), int4(b, "0")), int4(b, "1"))
	}
	t, f := func(b *builder) nodes.Expr { return b.lit("bool", "t") }, func(b *builder) nodes.Expr { return b.lit("bool", "f") }
	nullb := func(b *builder) nodes.Expr { return b.null("bool") }
	minmax := func(b *builder, least bool, args ...nodes.Expr) nodes.Expr {
		return &nodes.MinMaxExpr{Type: adt.Int4OID, Least: least, Args: args}
	}
	return []planTest{
		exprTest(`select 2147483646 + 1`, "int4", func(b *builder) nodes.Expr { return b.op("+", int4(b, "2147483646"), int4(b, "1")) }),
		exprTest(`select 2147483647 + 1`, "int4", func(b *builder) nodes.Expr { return b.op("+", int4(b, "2147483647"), int4(b, "1")) }),
		exprTest(`select 2147483647 * 2`, "int4", func(b *builder) nodes.Expr { return b.op("*", int4(b, "2147483647"), int4(b, "2")) }),
		exprTest(`select (-9223372036854775808)::int8 - 1::int8`, "int8", func(b *builder) nodes.Expr {
			return b.op("-", b.lit("int8", "-9223372036854775808"), b.lit("int8", "1"))
		}),
		exprTest(`select 'NaN'::float8 > 1::float8`, "bool", func(b *builder) nodes.Expr { return b.op(">", b.lit("float8", "NaN"), b.lit("float8", "1")) }),
		exprTest(`select 'NaN'::float8 = 'NaN'::float8`, "bool", func(b *builder) nodes.Expr { return b.op("=", b.lit("float8", "NaN"), b.lit("float8", "NaN")) }),
		exprTest(`select 1::int2 < 2::int8`, "bool", func(b *builder) nodes.Expr { return b.op("<", b.lit("int2", "1"), b.lit("int8", "2")) }),
		exprTest(`select 'a'::text < 'B'::text`, "bool", func(b *builder) nodes.Expr { return b.op("<", b.lit("text", "a"), b.lit("text", "B")) }),
		exprTest(`select null::int4 = 1`, "bool", func(b *builder) nodes.Expr { return b.op("=", null4(b), int4(b, "1")) }),
		exprTest(`select false and 1/0 = 1`, "bool", func(b *builder) nodes.Expr { return and(f(b), div0(b)) }),
		exprTest(`select true or 1/0 = 1`, "bool", func(b *builder) nodes.Expr { return or(t(b), div0(b)) }),
		exprTest(`select null::bool and false`, "bool", func(b *builder) nodes.Expr { return and(nullb(b), f(b)) }),
		exprTest(`select null::bool or false`, "bool", func(b *builder) nodes.Expr { return or(nullb(b), f(b)) }),
		exprTest(`select not null::bool`, "bool", func(b *builder) nodes.Expr { return not(nullb(b)) }),
		exprTest(`select true and 1/0 = 1`, "bool", func(b *builder) nodes.Expr { return and(t(b), div0(b)) }),
		exprTest(`select null::bool is not false`, "bool", func(b *builder) nodes.Expr {
			return &nodes.BooleanTest{Arg: nullb(b), Test: nodes.IsNotFalse}
		}),
		exprTest(`select (1 = null::int4) is unknown`, "bool", func(b *builder) nodes.Expr {
			return &nodes.BooleanTest{Arg: b.op("=", int4(b, "1"), null4(b)), Test: nodes.IsUnknown}
		}),
		exprTest(`select 1 is distinct from null`, "bool", func(b *builder) nodes.Expr {
			return &nodes.DistinctExpr{OpExpr: *b.op("=", int4(b, "1"), null4(b))}
		}),
		exprTest(`select null::int4 is distinct from null`, "bool", func(b *builder) nodes.Expr {
			return &nodes.DistinctExpr{OpExpr: *b.op("=", null4(b), null4(b))}
		}),
		exprTest(`select nullif(1, 1)`, "int4", func(b *builder) nodes.Expr {
			o := *b.op("=", int4(b, "1"), int4(b, "1"))
			o.Type = adt.Int4OID
			return &nodes.NullIfExpr{OpExpr: o}
		}),
		exprTest(`select 1 = any('{2,1,null}'::int4[])`, "bool", func(b *builder) nodes.Expr {
			return b.saop("=", false, int4(b, "1"), arr(b, "{2,1,null}"), adt.Int4OID)
		}),
		exprTest(`select 3 = any('{2,1,null}'::int4[])`, "bool", func(b *builder) nodes.Expr {
			return b.saop("=", false, int4(b, "3"), arr(b, "{2,1,null}"), adt.Int4OID)
		}),
		exprTest(`select 3 = any('{2,1,4,5,6,null}'::int4[])`, "bool", func(b *builder) nodes.Expr {
			return b.saop("=", false, int4(b, "3"), arr(b, "{2,1,4,5,6,null}"), adt.Int4OID)
		}),
		exprTest(`select 3 <> all('{2,1,4,5,6}'::int4[])`, "bool", func(b *builder) nodes.Expr {
			return b.saop("<>", true, int4(b, "3"), arr(b, "{2,1,4,5,6}"), adt.Int4OID)
		}),
		exprTest(`select 2 <> all('{2,1,4,5,null}'::int4[])`, "bool", func(b *builder) nodes.Expr {
			return b.saop("<>", true, int4(b, "2"), arr(b, "{2,1,4,5,null}"), adt.Int4OID)
		}),
		exprTest(`select null = any('{}'::int4[])`, "bool", func(b *builder) nodes.Expr { return b.saop("=", false, null4(b), arr(b, "{}"), adt.Int4OID) }),
		exprTest(`select 1 < all('{2,3,null}'::int4[])`, "bool", func(b *builder) nodes.Expr { return b.saop("<", true, int4(b, "1"), arr(b, "{2,3,null}"), adt.Int4OID) }),
		exprTest(`select 1 = any(null::int4[])`, "bool", func(b *builder) nodes.Expr { return b.saop("=", false, int4(b, "1"), b.null("_int4"), adt.Int4OID) }),
		exprTest(`select ('{10,20,30}'::int4[])[2]`, "int4", func(b *builder) nodes.Expr { return subscript(b, "{10,20,30}", false, nil, b.ints(2)) }),
		exprTest(`select ('{10,20,30}'::int4[])[4]`, "int4", func(b *builder) nodes.Expr { return subscript(b, "{10,20,30}", false, nil, b.ints(4)) }),
		exprTest(`select ('{10,20,30}'::int4[])[1][1]`, "int4", func(b *builder) nodes.Expr { return subscript(b, "{10,20,30}", false, nil, b.ints(1, 1)) }),
		exprTest(`select ('{{1,2},{3,4}}'::int4[])[2][1]`, "int4", func(b *builder) nodes.Expr { return subscript(b, "{{1,2},{3,4}}", false, nil, b.ints(2, 1)) }),
		exprTest(`select ('{10,20,30}'::int4[])[2:3]`, "_int4", func(b *builder) nodes.Expr { return subscript(b, "{10,20,30}", true, b.ints(2), b.ints(3)) }),
		exprTest(`select ('{10,20,30}'::int4[])[:2]`, "_int4", func(b *builder) nodes.Expr {
			return subscript(b, "{10,20,30}", true, []nodes.Expr{nil}, b.ints(2))
		}),
		exprTest(`select ('{{1,2,3},{4,5,6}}'::int4[])[1:2][2:5]`, "_int4", func(b *builder) nodes.Expr {
			return subscript(b, "{{1,2,3},{4,5,6}}", true, b.ints(1, 2), b.ints(2, 5))
		}),
		exprTest(`select ('{{1,2,3},{4,5,6}}'::int4[])[2:2]`, "_int4", func(b *builder) nodes.Expr {
			return subscript(b, "{{1,2,3},{4,5,6}}", true, b.ints(2), b.ints(2))
		}),
		exprTest(`select ('[5:7]={1,2,3}'::int4[])[6:9]`, "_int4", func(b *builder) nodes.Expr {
			return subscript(b, "[5:7]={1,2,3}", true, b.ints(6), b.ints(9))
		}),
		exprTest(`select ('{1,2}'::int4[])[5:6]`, "_int4", func(b *builder) nodes.Expr { return subscript(b, "{1,2}", true, b.ints(5), b.ints(6)) }),
		exprTest(`select array[1, null, 3]`, "_int4", func(b *builder) nodes.Expr {
			return &nodes.ArrayExpr{Type: b.typ("_int4"), Elem: adt.Int4OID, Elements: []nodes.Expr{int4(b, "1"), null4(b), int4(b, "3")}}
		}),
		exprTest(`select array['{1,2}'::int4[], '{3,4}'::int4[]]`, "_int4", func(b *builder) nodes.Expr { return multi(b, arr(b, "{1,2}"), arr(b, "{3,4}")) }),
		exprTest(`select array['{1,2}'::int4[], '{3}'::int4[]]`, "_int4", func(b *builder) nodes.Expr { return multi(b, arr(b, "{1,2}"), arr(b, "{3}")) }),
		exprTest(`select array['{1,2}'::int4[], null::int4[]]`, "_int4", func(b *builder) nodes.Expr { return multi(b, arr(b, "{1,2}"), b.null("_int4")) }),
		exprTest(`select array['{}'::int4[], '{}'::int4[]]`, "_int4", func(b *builder) nodes.Expr { return multi(b, arr(b, "{}"), arr(b, "{}")) }),
		exprTest(`select array['{{{{{{1}}}}}}'::int4[]]`, "_int4", func(b *builder) nodes.Expr { return multi(b, arr(b, "{{{{{{1}}}}}}")) }),
		exprTest(`select row(null, null) is null`, "bool", func(b *builder) nodes.Expr { return isNull(false, rowOf(null4(b), null4(b))) }),
		exprTest(`select row(1, null) is null`, "bool", func(b *builder) nodes.Expr { return isNull(false, rowOf(int4(b, "1"), null4(b))) }),
		exprTest(`select row(1, null) is not null`, "bool", func(b *builder) nodes.Expr { return isNull(true, rowOf(int4(b, "1"), null4(b))) }),
		exprTest(`select row(1, 2) is not null`, "bool", func(b *builder) nodes.Expr { return isNull(true, rowOf(int4(b, "1"), int4(b, "2"))) }),
		exprTest(`select row(1, 2) < row(1, 3)`, "bool", func(b *builder) nodes.Expr {
			return rowCmp(b, int4(b, "1"), int4(b, "2"), int4(b, "1"), int4(b, "3"))
		}),
		exprTest(`select row(1, null::int4) < row(2, 3)`, "bool", func(b *builder) nodes.Expr {
			return rowCmp(b, int4(b, "1"), null4(b), int4(b, "2"), int4(b, "3"))
		}),
		exprTest(`select row(1, null::int4) < row(1, 3)`, "bool", func(b *builder) nodes.Expr {
			return rowCmp(b, int4(b, "1"), null4(b), int4(b, "1"), int4(b, "3"))
		}),
		exprTest(`select case 2 when 1 then 'one' when 2 then 'two' else 'many' end`, "text", func(b *builder) nodes.Expr { return caseOf(b, "2") }),
		exprTest(`select case 9 when 1 then 'one' when 2 then 'two' else 'many' end`, "text", func(b *builder) nodes.Expr { return caseOf(b, "9") }),
		exprTest(`select coalesce(null, 7, 1/0)`, "int4", func(b *builder) nodes.Expr {
			return &nodes.CoalesceExpr{Type: adt.Int4OID, Args: []nodes.Expr{null4(b), int4(b, "7"), b.op("/", int4(b, "1"), int4(b, "0"))}}
		}),
		exprTest(`select greatest(1, null, 3, 2)`, "int4", func(b *builder) nodes.Expr {
			return minmax(b, false, int4(b, "1"), null4(b), int4(b, "3"), int4(b, "2"))
		}),
		exprTest(`select least(null::int4, null)`, "int4", func(b *builder) nodes.Expr { return minmax(b, true, null4(b), null4(b)) }),
		exprTest(`select '12'::text::int4`, "int4", func(b *builder) nodes.Expr { return &nodes.CoerceViaIO{Arg: b.lit("text", "12"), Type: adt.Int4OID} }),
		exprTest(`select 'x'::text::int4`, "int4", func(b *builder) nodes.Expr { return &nodes.CoerceViaIO{Arg: b.lit("text", "x"), Type: adt.Int4OID} }),
		exprTest(`select '{1,2,null}'::int4[]::text[]`, "_text", func(b *builder) nodes.Expr {
			return &nodes.ArrayCoerceExpr{
				Arg: arr(b, "{1,2,null}"), Type: b.typ("_text"),
				Elem: &nodes.CoerceViaIO{Arg: &nodes.CaseTestExpr{Type: adt.Int4OID, Typmod: -1}, Type: adt.TextOID},
			}
		}),
		exprTest(`select (-1)::information_schema.cardinal_number`, "int4", func(b *builder) nodes.Expr {
			return &nodes.CoerceToDomain{Arg: int4(b, "-1"), Type: b.cat.TypeByName("information_schema", "cardinal_number", nil).OID}
		}),
		exprTest(`select 'maybe'::information_schema.yes_or_no`, "text", func(b *builder) nodes.Expr {
			return &nodes.CoerceToDomain{Arg: b.lit("varchar", "maybe"), Type: b.cat.TypeByName("information_schema", "yes_or_no", nil).OID}
		}),
		exprTest(`select length('héllo'::text)`, "int4", func(b *builder) nodes.Expr { return b.call("length", b.lit("text", "héllo")) }),
		exprTest(`select (row(1, 'b'::text)).f2`, "text", func(b *builder) nodes.Expr {
			return &nodes.FieldSelect{Arg: rowOf(int4(b, "1"), b.lit("text", "b")), Attno: 2, Type: adt.TextOID}
		}),
		subTest(`select exists (values (1))`, nodes.ExistsSubLink, "bool", "1"),
		subTest(`select (values (1))`, nodes.ExprSubLink, "int4", "1"),
		subTest(`select (values (1), (2))`, nodes.ExprSubLink, "int4", "1", "2"),
		subTest(`select array(values (1), (null), (3))`, nodes.ArraySubLink, "_int4", "1", "", "3"),
		anyTest(`select 1 in (values (2), (null))`, "1", false, "2", ""),
		anyTest(`select 2 in (values (2), (null))`, "2", false, "2", ""),
		anyTest(`select null::int4 in (values (2))`, "", false, "2"),
		anyTest(`select 3 in (values (2), (4))`, "3", false, "2", "4"),
		anyTest(`select 2 = all (values (2), (2))`, "2", true, "2", "2"),
		anyTest(`select 2 = all (values (2), (null))`, "2", true, "2", ""),
	}
}

func valuesOf(b *builder, vals []string) plan.Node {
	var rows [][]nodes.Expr
	for _, v := range vals {
		if v == "" {
			rows = append(rows, []nodes.Expr{b.null("int4")})
		} else {
			rows = append(rows, []nodes.Expr{b.lit("int4", v)})
		}
	}
	return b.values(rows...)
}

func subTest(sql string, kind nodes.SubLinkKind, typ string, vals ...string) planTest {
	test := exprTest(sql, typ, func(b *builder) nodes.Expr {
		return &plan.SubPlanExpr{Link: &nodes.SubLink{Kind: kind, Type: b.typ(typ)}}
	})
	test.more = func(b *builder, p *plan.Plan) { b.subplan(p, valuesOf(b, vals)) }
	return test
}

// anyTest runs = ANY hashed (and, as all, unhashed).
func anyTest(sql, left string, all bool, vals ...string) planTest {
	test := exprTest(sql, "bool", func(b *builder) nodes.Expr {
		l := nodes.Expr(b.null("int4"))
		if left != "" {
			l = b.lit("int4", left)
		}
		link := &nodes.SubLink{Kind: nodes.AnySubLink, Type: adt.BoolOID, Test: b.op("=", l, &nodes.SubLinkParam{Column: 1, Type: adt.Int4OID})}
		if all {
			link.Kind = nodes.AllSubLink
			return &plan.SubPlanExpr{Link: link}
		}
		return &plan.SubPlanExpr{Link: link, HashLeft: []nodes.Expr{l}, HashKeys: []*plan.KeyColumn{b.key(0, adt.Int4OID)}}
	})
	test.more = func(b *builder, p *plan.Plan) { b.subplan(p, valuesOf(b, vals)) }
	return test
}

var _ adt.Datum
