package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// anyTable holds the rows of a subquery by their values, for
// (left, …) = ANY (subquery).
type anyTable struct {
	x     *state
	rows  func() (*store, error) // of the subquery
	left  []eval
	lkeys []keyFunc
	rkeys []keyFunc
	eqs   []func(a, b adt.Datum) (bool, error)

	kept     kept
	set      *keySet // of the rows without a NULL
	withNull *store  // the others
	all      *store
	vals     adt.Row
	buf      []byte
}

// hashedAny answers (left, …) = ANY (subquery) from a hash table of the
// subquery's rows (ExecHashSubPlan); nil if its types have no keys.
func (c *compiler) hashedAny(e *plan.SubPlanExpr, s *subplan) eval {
	n := len(e.HashLeft)
	t := &anyTable{
		x: c.x, rows: s.all, left: c.exprs(e.HashLeft), lkeys: make([]keyFunc, n), rkeys: make([]keyFunc, n),
		eqs:  make([]func(a, b adt.Datum) (bool, error), n),
		kept: kept{x: c.x, deps: s.deps}, withNull: &store{x: c.x}, vals: make(adt.Row, n),
	}
	for i, k := range e.HashKeys {
		lt := nodes.TypeOf(e.HashLeft[i]).Type
		rt := c.rightType(k, lt)
		if t.lkeys[i], t.rkeys[i] = c.keyPair(lt, rt, k.Eq, k.Collation); t.lkeys[i] == nil {
			return nil
		}
		t.eqs[i] = c.equality(k.Eq, lt, rt, k.Collation)
	}
	return t.has
}

// has tells whether the subquery has the left values: true, false, or nil
// where a NULL leaves it open.
func (t *anyTable) has(row adt.Row) (adt.Datum, error) {
	if !t.kept.fresh() {
		if err := t.build(); err != nil {
			return nil, err
		}
	}
	for i, l := range t.left {
		var err error
		if t.vals[i], err = l(row); err != nil {
			return nil, err
		}
	}
	if t.all.len() == 0 {
		return false, nil
	}
	candidates := t.all
	if t.key(t.lkeys, t.vals) {
		if ok, err := t.set.has(t.buf); ok || err != nil {
			return true, err
		}
		candidates = t.withNull
	}
	if maybe, err := t.maybe(candidates); err != nil || maybe {
		return nil, err
	}
	return false, nil
}

// build reads the subquery's rows.
func (t *anyTable) build() error {
	rows, err := t.rows()
	if err != nil {
		return err
	}
	if t.set != nil {
		t.set.close()
	}
	t.withNull.reset()
	t.set, t.all = newKeySet(t.x), rows
	for row, err := range rows.all() {
		if err == nil {
			err = t.x.tick()
		}
		if err != nil {
			return err
		}
		if t.key(t.rkeys, row) {
			err = t.set.add(t.buf)
		} else {
			err = t.withNull.add(row)
		}
		if err != nil {
			return err
		}
	}
	if err := t.set.done(); err != nil {
		return err
	}
	t.kept.mark()
	return nil
}

// key makes the key of values in buf, unless one is NULL.
func (t *anyTable) key(keys []keyFunc, vals adt.Row) bool {
	t.buf = t.buf[:0]
	for i, k := range keys {
		if vals[i] == nil {
			return false
		}
		t.buf = k(t.buf, vals[i])
	}
	return true
}

// maybe tells whether one of the rows could equal the left values if its or
// their NULLs were known.
func (t *anyTable) maybe(rows *store) (bool, error) {
	for row, err := range rows.all() {
		if err == nil {
			err = t.x.tick()
		}
		if err != nil {
			return false, err
		}
		if could, err := t.could(row); could || err != nil {
			return could, err
		}
	}
	return false, nil
}

func (t *anyTable) could(row adt.Row) (bool, error) {
	for i, eq := range t.eqs {
		if t.vals[i] == nil || row[i] == nil {
			continue
		}
		if same, err := eq(t.vals[i], row[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}
