package exec

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

var openCatalog = sync.OnceValues(func() (*catalog.Catalog, error) {
	return catalog.NewCluster().Open(catalog.DatabaseName, testFuncs(), nil)
})

// builder makes plans by hand.
type builder struct {
	mem, limit int64 // WorkMem, MemLimit
	t          testing.TB
	cat        *catalog.Catalog
	env        *adt.Env
}

func newBuilder(t testing.TB) *builder {
	t.Helper()
	cat, err := openCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return &builder{t: t, cat: cat, env: &adt.Env{
		Context: context.Background(), Types: cat, TimeZone: time.UTC,
		ExtraFloatDigits: 1, User: "postgres",
	}}
}

func (b *builder) run(p *plan.Plan) *Query {
	return Start(p, &Runtime{Catalog: b.cat, Env: b.env, Stats: true, WorkMem: b.mem, MemLimit: b.limit})
}

// fakeTable is a table in memory; it serves an equality or IN qual whose values
// come late and counts what it is asked.
type fakeTable struct {
	cols  []fdw.Column
	rows  []adt.Row
	col   int // the column of the late qual
	loose bool
	paged bool // pages of 1000 rows; else of one
	opens [][]adt.Datum
	// writes
	inserted []adt.Row
	deleted  []adt.Row
	updated  [][2]adt.Row
}

func (f *fakeTable) Columns() []fdw.Column              { return f.cols }
func (f *fakeTable) Plan(fdw.Request) (fdw.Scan, error) { return fdw.Scan{Open: f.open}, nil }

func (f *fakeTable) open(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
	var want []adt.Datum
	if len(args) > 0 {
		want = args[0]
	}
	f.opens = append(f.opens, want)
	return func(yield func([]adt.Row, error) bool) {
		if f.paged {
			for at := 0; at < len(f.rows) && yield(f.rows[at:min(at+1000, len(f.rows))], nil); at += 1000 {
			}
			return
		}
		for _, r := range f.rows {
			if err := ctx.Err(); err != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if len(args) > 0 && !f.loose {
				hit := false
				for _, w := range want {
					hit = hit || r[f.col] == w
				}
				if !hit {
					continue
				}
			}
			if !yield([]adt.Row{r}, nil) {
				return
			}
		}
	}
}

func (f *fakeTable) Insert(_ context.Context, _ fdw.WriteRequest, rows []adt.Row, _ [][]bool, _ bool) ([]adt.Row, error) {
	f.inserted = append(f.inserted, rows...)
	return rows, nil
}

func (f *fakeTable) Delete(_ context.Context, _ fdw.WriteRequest, rows []adt.Row) ([]bool, error) {
	f.deleted = append(f.deleted, rows...)
	done := make([]bool, len(rows))
	for i := range done {
		done[i] = true
	}
	return done, nil
}

func (f *fakeTable) CheckUpdate([]int) error { return nil }

func (f *fakeTable) Update(_ context.Context, _ fdw.WriteRequest, olds, news []adt.Row) ([]adt.Row, error) {
	for i := range olds {
		f.updated = append(f.updated, [2]adt.Row{olds[i], news[i]})
	}
	return news, nil
}

// table makes a table of columns given as "name type".
func table(cat *catalog.Catalog, cols string, rows ...adt.Row) *fakeTable {
	f := &fakeTable{rows: rows}
	for _, c := range strings.Split(cols, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(c), " ")
		notNull := strings.HasSuffix(typ, " not null")
		typ = strings.TrimSuffix(typ, " not null")
		f.cols = append(f.cols, fdw.Column{Name: name, Type: cat.TypeByName("pg_catalog", typ, nil).OID, Typmod: -1, NotNull: notNull})
	}
	return f
}

func (b *builder) scan(f *fakeTable, args ...plan.ScanArg) *plan.Scan {
	n := &plan.Scan{Relation: &nodes.Relation{OID: 99999, Schema: "public", Name: "t", Kind: 'r', Table: f}, Args: args}
	n.Fdw, _ = f.Plan(fdw.Request{})
	n.Width = len(f.cols)
	for i := range f.cols {
		n.Request.Columns = append(n.Request.Columns, i)
	}
	return n
}

func (b *builder) values(rows ...[]nodes.Expr) *plan.ValuesScan {
	n := &plan.ValuesScan{Values: rows}
	n.Width = len(rows[0])
	return n
}

func (b *builder) typ(name string) OID {
	t := b.cat.TypeByName("pg_catalog", name, nil)
	if t == nil {
		b.t.Fatalf("no type %s", name)
	}
	return t.OID
}

func slot(i int, typ OID) *nodes.Slot {
	s := &nodes.Slot{Index: i, Type: typ, Typmod: -1}
	if isString(typ) {
		s.Collation = adt.DefaultCollationOID
	}
	return s
}

// lit makes a constant from text.
func (b *builder) lit(typ, text string) *nodes.Const {
	t := b.cat.TypeByOID(b.typ(typ))
	v, err := t.InputText(b.env, text, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	return &nodes.Const{Type: t.OID, Typmod: -1, Collation: t.Collation, Value: v, Location: -1}
}

func (b *builder) null(typ string) *nodes.Const {
	return &nodes.Const{Type: b.typ(typ), Typmod: -1, Location: -1}
}

func (b *builder) ints(ns ...int32) []nodes.Expr {
	var out []nodes.Expr
	for _, n := range ns {
		out = append(out, &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: n, Location: -1})
	}
	return out
}

// op makes an operator call by the operands' exact types.
func (b *builder) op(name string, args ...nodes.Expr) *nodes.OpExpr {
	want := typesOf(args)
	for _, o := range b.cat.OperatorsByName("pg_catalog", name, nil) {
		left := want[0]
		if len(args) == 1 {
			left = 0
		}
		if o.Left == left && o.Right == want[len(want)-1] {
			return &nodes.OpExpr{Op: o.OID, Func: o.Code, Type: o.Result, Collation: adt.DefaultCollationOID, InputCollation: adt.DefaultCollationOID, Args: args, Location: -1}
		}
	}
	b.t.Fatalf("no operator %s %v", name, want)
	return nil
}

func (b *builder) proc(name string, args ...OID) *catalog.Proc {
	for _, p := range b.cat.ProcsByName("pg_catalog", name, nil) {
		if equalOIDs(p.ArgTypes, args) {
			return p
		}
	}
	b.t.Fatalf("no function %s %v", name, args)
	return nil
}

// fn makes a function call by exact declared argument types.
func (b *builder) fn(p *catalog.Proc, result OID, args ...nodes.Expr) *nodes.FuncExpr {
	return &nodes.FuncExpr{Func: p.OID, Type: result, ReturnsSet: p.RetSet, InputCollation: adt.DefaultCollationOID, Args: args, Location: -1}
}

func (b *builder) call(name string, args ...nodes.Expr) *nodes.FuncExpr {
	p := b.proc(name, typesOf(args)...)
	return b.fn(p, p.RetType, args...)
}

func and(args ...nodes.Expr) nodes.Expr { return &nodes.BoolExpr{Op: nodes.And, Args: args} }
func or(args ...nodes.Expr) nodes.Expr  { return &nodes.BoolExpr{Op: nodes.Or, Args: args} }
func not(arg nodes.Expr) nodes.Expr     { return &nodes.BoolExpr{Op: nodes.Not, Args: []nodes.Expr{arg}} }

// key makes the equality of a column by its type's default operator.
func (b *builder) key(i int, typ OID) *plan.KeyColumn {
	_, eq, _, _ := b.cat.SortOperators(typ)
	return &plan.KeyColumn{Slot: i, Type: typ, Eq: eq, Collation: slot(i, typ).Collation}
}

func (b *builder) sortKey(i int, typ OID, desc bool) *plan.SortKey {
	lt, _, gt, _ := b.cat.SortOperators(typ)
	k := &plan.SortKey{Slot: i, Type: typ, Op: lt, Desc: desc, NullsFirst: desc, Collation: slot(i, typ).Collation}
	if desc {
		k.Op = gt
	}
	return k
}

// agg makes an aggregate call.
func (b *builder) agg(name string, result OID, declared []OID, args ...nodes.Expr) *nodes.Aggref {
	p := b.proc(name, declared...)
	a := &nodes.Aggref{Func: p.OID, Type: result, InputCollation: adt.DefaultCollationOID, Kind: b.cat.AggregateByOID(p.OID).Kind, Location: -1}
	for i, e := range args {
		a.Args = append(a.Args, &nodes.TargetEntry{Expr: e, Resno: i + 1})
	}
	a.Star = len(args) == 0
	return a
}

// show runs a plan and prints its rows as psql -At does.
func (b *builder) show(root plan.Node, types []OID, more func(*plan.Plan)) string {
	p := &plan.Plan{Root: root, Params: 8, HasResult: true}
	if more != nil {
		more(p)
	}
	out, err := b.collect(b.run(p).Rows(context.Background()), types)
	if err != nil {
		return out + "ERROR: " + err.Error() + "\n"
	}
	return out
}

func (b *builder) collect(in iter.Seq2[adt.Row, error], types []OID) (string, error) {
	var out strings.Builder
	for row, err := range in {
		if err != nil {
			return out.String(), err
		}
		for i, d := range row {
			if i > 0 {
				out.WriteByte('|')
			}
			if d == nil {
				out.WriteString("∅")
				continue
			}
			if i >= len(types) {
				fmt.Fprintf(&out, "%v", d)
				continue
			}
			buf, err := b.cat.TypeByOID(types[i]).TextEncoder(b.env)(nil, d)
			if err != nil {
				return out.String(), err
			}
			out.Write(buf)
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// plain is a table that can only be read.
type plain struct{ f *fakeTable }

func (p plain) Columns() []fdw.Column                { return p.f.cols }
func (p plain) Plan(r fdw.Request) (fdw.Scan, error) { return p.f.Plan(r) }
