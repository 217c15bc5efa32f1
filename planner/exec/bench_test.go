package exec

import (
	"context"
	"sync"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

const million = 1_000_000

// flows is a million rows like flow logs: traffic type, bytes, id, time.
var flows = sync.OnceValue(func() []adt.Row {
	types := []adt.Datum{"ACCEPT", "REJECT", "ALL"}
	ids := make([]adt.Datum, 10_000)
	for i := range ids {
		ids[i] = "eni-" + string([]byte{byte('a' + i%26), byte('a' + i/26%26), byte('a' + i/676%26)})
	}
	out := make([]adt.Row, million)
	for i := range out {
		k := uint32(i) * 2654435761
		out[i] = adt.Row{types[k%3], int64(k >> 8), ids[k>>5%10_000%uint32(len(ids))], adt.TimestampTZ(k)}
	}
	return out
})

func benchPlan(b *testing.B, make func(b *builder, scan *plan.Scan) plan.Node) {
	bb := newBuilder(b)
	f := table(bb.cat, "t text, n int8, id text, at timestamptz", flows()...)
	f.paged = true
	root := make(bb, bb.scan(f))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range Start(&plan.Plan{Root: root}, &Runtime{Catalog: bb.cat, Env: bb.env, WorkMem: 1 << 40}).Rows(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n == 0 {
			b.Fatal("no rows")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/Mrow")
}

// BenchmarkFilterGroup is select t, count(*), sum(n), max(n) … where n > … and t <> 'ALL' group by t.
func BenchmarkFilterGroup(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		s.Quals = []nodes.Expr{bb.op(">", slot(1, adt.Int8OID), bb.lit("int8", "1000000")), bb.op("<>", slot(0, adt.TextOID), bb.lit("text", "ALL"))}
		a := &plan.Agg{Input: s, Groups: []nodes.Expr{slot(0, adt.TextOID)}, Keys: []*plan.KeyColumn{bb.key(0, adt.TextOID)}}
		a.Aggs = []*nodes.Aggref{bb.agg("count", adt.Int8OID, nil), bb.agg("sum", adt.NumericOID, []OID{adt.Int8OID}, slot(1, adt.Int8OID)), bb.agg("max", adt.Int8OID, []OID{adt.Int8OID}, slot(1, adt.Int8OID))}
		return a
	})
}

// BenchmarkFilterCount is the same with count(*) alone.
func BenchmarkFilterCount(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		s.Quals = []nodes.Expr{bb.op(">", slot(1, adt.Int8OID), bb.lit("int8", "1000000")), bb.op("<>", slot(0, adt.TextOID), bb.lit("text", "ALL"))}
		return &plan.Agg{Input: s, Groups: []nodes.Expr{slot(0, adt.TextOID)}, Keys: []*plan.KeyColumn{bb.key(0, adt.TextOID)}, Aggs: []*nodes.Aggref{bb.agg("count", adt.Int8OID, nil)}}
	})
}

func BenchmarkJoin(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		inner := &plan.Agg{Input: s, Groups: []nodes.Expr{slot(2, adt.TextOID)}, Keys: []*plan.KeyColumn{bb.key(0, adt.TextOID)}, Aggs: []*nodes.Aggref{bb.agg("count", adt.Int8OID, nil)}}
		inner.Width = 2
		j := &plan.HashJoin{
			Type: nodes.InnerJoin, Outer: s, Inner: inner, OuterKeys: []nodes.Expr{slot(2, adt.TextOID)}, InnerKeys: []nodes.Expr{slot(0, adt.TextOID)},
			Keys: []*plan.KeyColumn{bb.key(0, adt.TextOID)},
		}
		j.Width, j.Targets = 2, []nodes.Expr{slot(2, adt.TextOID), slot(5, adt.Int8OID)}
		return &plan.Agg{Input: j, Aggs: []*nodes.Aggref{bb.agg("count", adt.Int8OID, nil)}}
	})
}

func BenchmarkSort(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		return &plan.Sort{Input: s, Keys: []*plan.SortKey{bb.sortKey(1, adt.Int8OID, false)}}
	})
}

func BenchmarkSortText(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		return &plan.Sort{Input: s, Keys: []*plan.SortKey{bb.sortKey(2, adt.TextOID, true), bb.sortKey(1, adt.Int8OID, false)}}
	})
}

func BenchmarkTopN(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		return &plan.Sort{Input: s, Limit: bb.lit("int8", "10"), Keys: []*plan.SortKey{bb.sortKey(1, adt.Int8OID, false)}}
	})
}

func BenchmarkDistinct(b *testing.B) {
	benchPlan(b, func(bb *builder, s *plan.Scan) plan.Node {
		return &plan.Agg{Input: s, Groups: []nodes.Expr{slot(2, adt.TextOID), slot(0, adt.TextOID)}, Keys: []*plan.KeyColumn{bb.key(0, adt.TextOID), bb.key(0, adt.TextOID)}}
	})
}
