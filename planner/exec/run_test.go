package exec

import (
	"context"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

func rowsOf(n int, f func(i int) adt.Row) []adt.Row {
	out := make([]adt.Row, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// A fed join asks for each key once, in batches, and leaves out what an
// inexact scan gives beside.
func TestFeed(t *testing.T) {
	for _, loose := range []bool{false, true} {
		b := newBuilder(t)
		outer := table(b.cat, "k text", rowsOf(10, func(i int) adt.Row { return adt.Row{string(rune('a' + i%5))} })...)
		outer.rows = append(outer.rows, adt.Row{nil})
		inner := table(b.cat, "k text, n int4", rowsOf(4, func(i int) adt.Row { return adt.Row{string(rune('a' + i)), int32(i)} })...)
		inner.loose = loose
		scan := b.scan(inner, plan.ScanArg{Fed: true})
		j := &plan.HashJoin{
			Type: nodes.LeftJoin, Outer: b.scan(outer), Inner: scan,
			OuterKeys: []nodes.Expr{slot(0, adt.TextOID)}, InnerKeys: []nodes.Expr{slot(0, adt.TextOID)}, Keys: []*plan.KeyColumn{b.key(0, adt.TextOID)},
			Feed: &plan.Feed{Scan: scan, Batch: 2},
		}
		j.Targets = []nodes.Expr{slot(0, adt.TextOID), slot(2, adt.Int4OID)}
		got := b.show(j, []OID{adt.TextOID, adt.Int4OID}, nil)
		want := strings.Repeat("a|0\nb|1\nc|2\nd|3\ne|∅\n", 2) + "∅|∅\n"
		if got != want {
			t.Errorf("loose %v: got\n%swant\n%s", loose, got, want)
		}
		asked := [][]adt.Datum{{"a", "b"}, {"c", "d"}, {"e"}}
		if !reflect.DeepEqual(inner.opens, asked) {
			t.Errorf("asked for %v, want %v", inner.opens, asked)
		}
	}
}

// A remote inner scan is opened once for each parameter value.
func TestMemo(t *testing.T) {
	b := newBuilder(t)
	outer := table(b.cat, "k text", rowsOf(6, func(i int) adt.Row { return adt.Row{string(rune('a' + i%2))} })...)
	inner := table(b.cat, "k text", adt.Row{"a"}, adt.Row{"b"})
	scan := b.scan(inner, plan.ScanArg{Exprs: []nodes.Expr{&nodes.Param{Exec: true, Number: 1, Type: adt.TextOID}}})
	scan.Fdw.Calls = 1
	n := &plan.NestLoop{Type: nodes.InnerJoin, Outer: b.scan(outer), Inner: scan, Params: []plan.NestParam{{Param: 1, Value: slot(0, adt.TextOID)}}}
	if got, want := b.show(n, nil, nil), strings.Repeat("a|a\nb|b\n", 3); got != want {
		t.Errorf("got %q want %q", got, want)
	}
	if len(inner.opens) != 2 {
		t.Errorf("opened %d times", len(inner.opens))
	}
}

// A LIMIT stops the scan below it; nothing is opened for LIMIT 0 or a false
// one-time condition.
func TestLazy(t *testing.T) {
	b := newBuilder(t)
	f := table(b.cat, "a int4", rowsOf(1000, func(i int) adt.Row { return adt.Row{int32(i)} })...)
	s := b.scan(f)
	s.ID = 1
	q := b.run(&plan.Plan{Root: &plan.Limit{Input: s, Count: b.lit("int8", "3")}})
	if _, err := b.collect(q.Rows(context.Background()), nil); err != nil {
		t.Fatal(err)
	}
	if n := q.Stats()[s.ID].Rows; n > 4 {
		t.Errorf("the scan put out %d rows", n)
	}
	f.opens = nil
	for _, n := range []plan.Node{
		&plan.Limit{Input: b.scan(f), Count: b.lit("int8", "0")},
		&plan.HashJoin{Type: nodes.InnerJoin, Outer: b.scan(f), Inner: &plan.Append{}},
	} {
		if got := b.show(n, nil, nil); got != "" || len(f.opens) > 0 {
			t.Errorf("%T: got %q, opened %d", n, got, len(f.opens))
		}
	}
}

func TestModify(t *testing.T) {
	b := newBuilder(t)
	f := table(b.cat, "id text not null, n int4")
	rel := &nodes.Relation{OID: 99999, Schema: "public", Name: "t", Table: f}
	ins := func(id nodes.Expr) *plan.Modify {
		return &plan.Modify{
			Command: nodes.CmdInsert, Relation: rel, Given: []bool{true, true}, Returning: true,
			Input: b.values([]nodes.Expr{id, b.lit("int4", "7")}, []nodes.Expr{b.lit("text", strings.Repeat("é", 40)), b.null("int4")}),
		}
	}
	m := ins(b.lit("text", "x"))
	m.Targets = []nodes.Expr{slot(1, adt.Int4OID)}
	q := b.run(&plan.Plan{Command: nodes.CmdInsert, Root: m})
	got, err := b.collect(q.Rows(context.Background()), nil)
	if err != nil || got != "7\n∅\n" || q.Count() != 2 || len(f.inserted) != 2 {
		t.Errorf("insert: %q %v %d %v", got, err, q.Count(), f.inserted)
	}
	q = b.run(&plan.Plan{Command: nodes.CmdInsert, Root: ins(b.null("text"))})
	_, err = b.collect(q.Rows(context.Background()), nil)
	e := pgerr.From(err)
	if e.Code != "23502" || e.Message != `null value in column "id" of relation "t" violates not-null constraint` ||
		e.Detail != "Failing row contains (null, 7)." || e.Column != "id" {
		t.Errorf("not null: %+v", e)
	}

	// A row that the join gives twice is deleted and updated once.
	f.rows = []adt.Row{{"x", int32(1)}, {"y", int32(2)}}
	twice := &plan.NestLoop{Type: nodes.InnerJoin, Outer: b.scan(f), Inner: b.values(b.ints(10), b.ints(20))}
	q = b.run(&plan.Plan{Command: nodes.CmdDelete, Root: &plan.Modify{Command: nodes.CmdDelete, Relation: rel, Input: twice}})
	if _, err := b.collect(q.Rows(context.Background()), nil); err != nil || q.Count() != 2 || len(f.deleted) != 2 {
		t.Errorf("delete: %v %d", err, q.Count())
	}
	up := &plan.Modify{Command: nodes.CmdUpdate, Relation: rel, Input: twice, Columns: []int{1}, Returning: true}
	q = b.run(&plan.Plan{Command: nodes.CmdUpdate, Root: up})
	got, err = b.collect(q.Rows(context.Background()), nil)
	if err != nil || q.Count() != 2 || got != "x|10\ny|10\n" || f.updated[0][0][1] != int32(1) {
		t.Errorf("update: %q %v %d %v", got, err, q.Count(), f.updated)
	}
	// A modifying CTE runs though nobody reads it, and its rows are not counted.
	f.inserted = nil
	p := &plan.Plan{Root: valuesOf(b, []string{"1"}), CTEs: []*plan.CTE{{Modifying: true, Plan: ins(b.lit("text", "z"))}}}
	q = b.run(p)
	if _, err := b.collect(q.Rows(context.Background()), nil); err != nil || len(f.inserted) != 2 || q.Count() != 1 {
		t.Errorf("cte: %v %v %d", err, f.inserted, q.Count())
	}
}

func TestRefused(t *testing.T) {
	b := newBuilder(t)
	f := table(b.cat, "id text")
	rel := &nodes.Relation{OID: 99999, Name: "t", Table: plain{f}}
	for cmd, want := range map[nodes.CmdType]string{
		nodes.CmdInsert: `cannot insert into foreign table "t"`,
		nodes.CmdUpdate: `cannot update foreign table "t"`, nodes.CmdDelete: `cannot delete from foreign table "t"`,
	} {
		got := b.show(&plan.Modify{Command: cmd, Relation: rel, Input: b.scan(f)}, nil, nil)
		if !strings.Contains(got, want) || !strings.Contains(got, "0A000") {
			t.Errorf("got %s want %s", got, want)
		}
	}
}

// Sorting with little memory spills, and gives the same rows.
func TestSpill(t *testing.T) {
	b := newBuilder(t)
	desc := &adt.RowDesc{Type: adt.RecordOID}
	f := table(b.cat, "a int4, b text"+strings.Repeat(", x text", 20), rowsOf(3000, func(i int) adt.Row {
		row := adt.Row{
			int32((i * 7919) % 1000), "v" + string(rune('a'+i%26)), int64(i), float64(i) / 3, true,
			[]byte{1, byte(i)},
			adt.Date(i), adt.TimestampTZ(i),
			adt.Interval{Time: 1, Day: 2, Month: int32(i)},
			adt.UUID{byte(i)},
			adt.OID(i), adt.Char('x'),
			adt.NewArray(adt.Int4OID, []adt.Datum{int32(i), nil}), &adt.Record{Desc: desc, Values: adt.Row{int32(i)}}, nil, uint64(i), int16(i), float32(i),
			adt.TimeTZ{Time: 5, Zone: -3},
			adt.Time(i), adt.Timestamp(i), false,
		}
		return row
	})...)
	sort := func() *plan.Sort {
		return &plan.Sort{Input: b.scan(f), Keys: []*plan.SortKey{b.sortKey(0, adt.Int4OID, true), b.sortKey(2, adt.Int8OID, false)}}
	}
	run := func(mem int64) ([]adt.Row, *Query) {
		dir := t.TempDir()
		q := Start(&plan.Plan{Root: sort()}, &Runtime{Catalog: b.cat, Env: b.env, WorkMem: mem, Stats: true, Files: &Files{Dir: dir}})
		var out []adt.Row
		for row, err := range q.Rows(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, row)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%d files left", len(left))
		}
		return out, q
	}
	want, _ := run(0)
	got, q := run(100_000)
	if !reflect.DeepEqual(got, want) {
		t.Error("spilled rows differ")
	}
	if st := q.Stats()[0]; st.SortMethod != "external merge" {
		t.Errorf("sorted by %s", st.SortMethod)
	}
}

func TestMemLimit(t *testing.T) {
	b := newBuilder(t)
	f := table(b.cat, "a text", rowsOf(1000, func(i int) adt.Row { return adt.Row{strings.Repeat("x", 1000)} })...)
	for _, n := range []plan.Node{
		&plan.Agg{Input: b.scan(f), Aggs: []*nodes.Aggref{b.agg("array_agg", b.typ("_text"), []OID{2776}, slot(0, adt.TextOID))}}, // anynonarray
		&plan.Agg{Input: b.scan(f), Aggs: []*nodes.Aggref{b.agg("string_agg", adt.TextOID, []OID{adt.TextOID, adt.TextOID}, slot(0, adt.TextOID), slot(0, adt.TextOID))}},
	} {
		var err error
		for _, e := range Start(&plan.Plan{Root: n}, &Runtime{Catalog: b.cat, Env: b.env, MemLimit: 100_000}).Rows(context.Background()) {
			err = e
		}
		if err == nil || pgerr.From(err).Code != "53200" {
			t.Errorf("%T: %v", n, err)
		}
	}
}

// A cancelled query ends soon, with the cause, and leaves no goroutine.
func TestCancel(t *testing.T) {
	b := newBuilder(t)
	before := runtime.NumGoroutine()
	one := func() plan.Node {
		return &plan.FunctionScan{Functions: []*nodes.RangeFunction{{Scalar: true, Columns: []nodes.ColumnDef{{Type: adt.Int4OID}}, Expr: b.call("generate_series", b.lit("int4", "1"), b.lit("int4", "2000000000"))}}}
	}
	cte := &plan.CTEScan{}
	for _, n := range []plan.Node{
		&plan.Agg{Input: one(), Aggs: []*nodes.Aggref{b.agg("count", adt.Int8OID, nil)}},
		&plan.HashJoin{Type: nodes.SemiJoin, Outer: one(), Inner: valuesOf(b, []string{"1"}), On: []nodes.Expr{b.lit("bool", "f")}},
		cte,
	} {
		ctx, cancel := context.WithCancelCause(context.Background())
		stop := errors.New("stop")
		time.AfterFunc(20*time.Millisecond, func() { cancel(stop) })
		var last error
		for _, err := range b.run(&plan.Plan{Root: n, CTEs: []*plan.CTE{{Plan: one()}}}).Rows(ctx) {
			last = err
		}
		if last != stop {
			t.Errorf("%T: %v", n, last)
		}
	}
	// Breaking off a CTE's scan stops its coroutine.
	for range b.run(&plan.Plan{Root: cte, CTEs: []*plan.CTE{{Plan: one()}}}).Rows(context.Background()) {
		break
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestUnsupportedFunction(t *testing.T) {
	b := newBuilder(t)
	for _, p := range b.cat.ProcsByName("pg_catalog", "pg_ls_dir", nil) {
		if len(p.ArgTypes) != 1 {
			continue
		}
		n := &plan.Result{}
		call := b.fn(p, adt.TextOID, b.lit("text", "x"))
		call.ReturnsSet = false
		n.Targets = []nodes.Expr{call}
		if got := b.show(n, nil, nil); !strings.Contains(got, "function pg_ls_dir(text) is not supported (SQLSTATE 0A000)") {
			t.Errorf("got %s", got)
		}
	}
}

func TestEvaluator(t *testing.T) {
	b := newBuilder(t)
	eval := NewEvaluator(b.cat, b.env, []adt.Datum{int32(20)})
	got, err := eval(b.op("+", &nodes.Param{Number: 1, Type: adt.Int4OID}, b.lit("int4", "22")))
	if err != nil || got != int32(42) {
		t.Errorf("got %v %v", got, err)
	}
	if _, err := eval(&nodes.Slot{Index: 1}); err == nil {
		t.Error("a Slot has no value")
	}
	if _, err := eval(&nodes.Param{Exec: true}); err == nil {
		t.Error("an executor parameter has no value")
	}
}
