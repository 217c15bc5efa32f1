package catalog

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// table is a relation of pg_catalog (or of information_schema's few base
// tables) as fdw.Table. Its rows are made when they are first wanted and kept;
// those of a hook are asked for at every scan. Equality quals are served from
// hash indexes that are made when a column is first asked for, since clients'
// catalog queries join everything on oid.
type table struct {
	columns []fdw.Column
	fixed   func() []adt.Row // the rows, made once; nil: none

	mu      sync.Mutex
	hook    func(*fdw.Session) []adt.Row
	indexes map[int]map[adt.Datum][]int32
}

// SetRows makes a hook give the rows of a relation of pg_catalog that has none
// of its own to serve: pg_settings, pg_stat_activity, pg_locks, …, each row
// with the relation's columns in order. It tells whether there is such a
// relation.
func (c *Catalog) SetRows(relation string, rows func(*fdw.Session) []adt.Row) bool {
	r := c.relationNames[qname{"pg_catalog", relation}]
	if r == nil {
		return false
	}
	t, ok := r.Table.(*table)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = rows
	return true
}

// Columns gives the table's columns.
func (t *table) Columns() []fdw.Column { return t.columns }

// Plan serves equality on columns whose values compare as Go values do.
func (t *table) Plan(req fdw.Request) (fdw.Scan, error) {
	scan := fdw.Scan{Served: make([]fdw.Served, len(req.Quals)), Stable: true}
	quals := make([]qual, 0, len(req.Quals))
	late := 0
	for i, q := range req.Quals {
		arg := -1
		if q.Late {
			arg = late
			late++
		}
		if q.Key != nil || q.Op != fdw.OpEq && q.Op != fdw.OpIn || !hashable(t.columns[q.Column].Type) {
			continue
		}
		scan.Served[i] = fdw.Exact
		quals = append(quals, qual{q.Column, q.Values, arg})
	}
	hook := t.hooked()
	scan.Rows = t.estimate(hook != nil, quals)
	scan.Open = func(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
		return func(yield func([]adt.Row, error) bool) {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			var rows []adt.Row
			if hook != nil {
				rows = filter(hook(req.Session), quals, args)
			} else if t.fixed != nil {
				rows = t.find(quals, args)
			}
			if len(rows) > 0 {
				yield(rows, nil)
			}
		}
	}
	return scan, nil
}

// hooked gives the hook that makes the rows, nil: they are the table's own.
func (t *table) hooked() func(*fdw.Session) []adt.Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hook
}

// Rows makes the table an fdw.Local.
func (t *table) Rows() float64 {
	return t.estimate(t.hooked() != nil, nil)
}

// Distinct makes the table an fdw.Local.
func (t *table) Distinct(column int) float64 {
	if hook := t.hooked(); t.fixed == nil || !hashable(t.columns[column].Type) || hook != nil {
		return 0
	}
	return float64(len(t.index(column, t.fixed())))
}

// estimate tells how many rows a scan gives: what the indexes say of each
// qual, as if the quals were independent.
func (t *table) estimate(hooked bool, quals []qual) float64 {
	if hooked {
		return max(1, 100/float64(1+9*len(quals)))
	}
	if t.fixed == nil {
		return 0
	}
	rows := t.fixed()
	out := float64(len(rows))
	for _, q := range quals {
		index := t.index(q.column, rows)
		hits := 0.0
		if q.arg >= 0 {
			hits = float64(len(rows)) / max(1, float64(len(index)))
		}
		for _, v := range q.values {
			hits += float64(len(index[hashKey(v)]))
		}
		out *= hits / max(1, float64(len(rows)))
	}
	if len(rows) > 0 {
		out = max(1, out)
	}
	return out
}

// qual is an equality that the table serves: column = any of values, or of the
// late argument.
type qual struct {
	column int
	values []adt.Datum
	arg    int // into the arguments of Open, -1: none
}

func (q qual) wanted(args [][]adt.Datum) []adt.Datum {
	if q.arg >= 0 {
		return args[q.arg]
	}
	return q.values
}

// find takes the rows of the qual that has the fewest from its index and filters by the others.
func (t *table) find(quals []qual, args [][]adt.Datum) []adt.Row {
	rows := t.fixed()
	if len(quals) == 0 {
		return rows
	}
	best, index := 0, t.index(quals[0].column, rows)
	fewest := hits(index, quals[0].wanted(args))
	for i, q := range quals[1:] {
		ix := t.index(q.column, rows)
		if n := hits(ix, q.wanted(args)); n < fewest {
			best, index, fewest = i+1, ix, n
		}
	}
	values := quals[best].wanted(args)
	found := make([]int32, 0, fewest)
	for _, v := range values {
		found = append(found, index[hashKey(v)]...)
	}
	if len(values) > 1 {
		slices.Sort(found)
		found = slices.Compact(found)
	}
	out := make([]adt.Row, 0, len(found))
	for _, i := range found {
		if matches(rows[i], quals, best, args) {
			out = append(out, rows[i])
		}
	}
	return out
}

// hits counts the rows that an index has of values.
func hits(index map[adt.Datum][]int32, values []adt.Datum) int {
	n := 0
	for _, v := range values {
		n += len(index[hashKey(v)])
	}
	return n
}

func (t *table) index(column int, rows []adt.Row) map[adt.Datum][]int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ix := t.indexes[column]; ix != nil {
		return ix
	}
	ix := make(map[adt.Datum][]int32, len(rows))
	for i, r := range rows {
		if v := r[column]; v != nil {
			k := hashKey(v)
			ix[k] = append(ix[k], int32(i))
		}
	}
	if t.indexes == nil {
		t.indexes = map[int]map[adt.Datum][]int32{}
	}
	t.indexes[column] = ix
	return ix
}

func filter(rows []adt.Row, quals []qual, args [][]adt.Datum) []adt.Row {
	if len(quals) == 0 {
		return rows
	}
	var out []adt.Row
	for _, r := range rows {
		if matches(r, quals, -1, args) {
			out = append(out, r)
		}
	}
	return out
}

// matches tells whether a row passes quals, of which one is known to hold, -1: none.
func matches(r adt.Row, quals []qual, known int, args [][]adt.Datum) bool {
	for i, q := range quals {
		if i == known {
			continue
		}
		v := r[q.column]
		if v == nil {
			return false
		}
		k := hashKey(v)
		if !slices.ContainsFunc(q.wanted(args), func(w adt.Datum) bool { return hashKey(w) == k }) {
			return false
		}
	}
	return true
}

// hashable tells whether equal values of a type are equal Go values.
func hashable(typ OID) bool {
	switch typ {
	case 16, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29,
		2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191:
		return true
	}
	return false
}

// hashKey makes integers of all widths one, as = does across them.
func hashKey(d adt.Datum) adt.Datum {
	switch v := d.(type) {
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case OID:
		return int64(v)
	}
	return d
}
