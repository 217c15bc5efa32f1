package exec

import (
	"hash/maphash"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// A join whose inner rows do not fit into WorkMem puts the rows of both sides
// away, parted by the hash of their keys, and joins part by part; a part that
// does not fit is parted again (PostgreSQL's batches, nodeHash.c). Rows that
// cannot be parted, as most have one key, are joined a tableful at a time.

// large tells whether the inner rows are more than WorkMem holds, or promise to be.
func (j *hashJoiner) large() bool {
	t := j.table
	if n := len(t.rows); n == 1000 && j.level == 0 && j.n.Inner.Common().Rows/float64(n)*float64(t.size) > 2*float64(j.x.hashMem) {
		return true
	}
	return t.size > j.x.hashMem
}

// parts tells whether the rows at hand can be parted.
func (j *hashJoiner) parts() bool {
	if j.level >= maxPartitions || j.whole {
		return false
	}
	for _, k := range j.keys {
		if k.outerBytes != nil {
			return len(j.table.keys.entries) > 1 // rows of one key stay together
		}
	}
	return false
}

// putAway moves the table's rows to partitions, where the rest will follow, or,
// if they cannot be parted, to a store.
func (j *hashJoiner) putAway() (err error) {
	t, parts := j.table, j.parts()
	j.table = newHashTable(0)
	if parts {
		j.away, err = newPartitions(j.x, nil, maphash.MakeSeed())
	} else {
		j.rest = &store{x: j.x}
	}
	if err != nil {
		return err
	}
	if j.st != nil {
		j.st.OnDisk = true
		j.st.SpaceKB = max(j.st.SpaceKB, (t.size+1023)/1024)
	}
	for i, row := range t.rows {
		t.rows[i] = nil
		if err := j.insert(j.thin.widen(row)); err != nil {
			return err
		}
	}
	j.x.release(t.size)
	return nil
}

// forget lets go of all inner rows.
func (j *hashJoiner) forget() {
	if j.table != nil {
		j.x.release(j.table.size)
		j.table = nil
	}
	if j.away != nil {
		j.away.close()
		j.away = nil
	}
	for _, s := range []**store{&j.rest, &j.far} {
		if *s != nil {
			(*s).reset()
			*s = nil
		}
	}
}

// join joins outer rows with the inner ones, wherever those are; it gives false
// when the consumer or an error ends it.
func (j *hashJoiner) join(outer rows, yield func(adt.Row, error) bool) bool {
	switch {
	case j.away != nil:
		return j.runParts(outer, yield)
	case j.rest != nil:
		return j.runChunks(outer, yield)
	}
	return j.runTable(outer, yield)
}

// runParts joins outer rows with inner rows that are away.
func (j *hashJoiner) runParts(outer rows, yield func(adt.Row, error) bool) bool {
	inner := j.away
	mine, err := newPartitions(j.x, live(j.n.Outer), inner.seed)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer mine.close()
	level, top, whole := j.level, j.table, j.whole
	defer func() { j.away, j.level, j.table, j.whole = inner, level, top, whole }()
	drops := j.n.Type == nodes.InnerJoin || j.n.Type == nodes.SemiJoin || j.n.Type == nodes.RightJoin
	for o, err := range outer {
		if err == nil {
			err = j.x.tick()
		}
		var key hashKey
		if err == nil {
			key, err = j.key(o, false)
		}
		if err == nil && !(key.null && drops) {
			err = mine.add(key, o)
		}
		if err != nil {
			yield(nil, err)
			return false
		}
	}
	if err := mine.seal(); err != nil {
		yield(nil, err)
		return false
	}
	for i := range inner.parts {
		if mine.parts[i].rows == 0 && j.n.Type != nodes.RightJoin && j.n.Type != nodes.FullJoin {
			continue
		}
		j.away, j.level, j.table = nil, level+1, nil
		j.whole = inner.parts[i].rows > inner.rows/10*9 // parting it again would not help
		if err := j.fill(j.widened(inner.read(i, j.thin == nil))); err != nil {
			yield(nil, err)
			return false
		}
		more := j.join(mine.read(i, false), yield)
		j.forget()
		if !more {
			return false
		}
	}
	return true
}

// runChunks joins outer rows with as many inner rows as the table holds, then
// with the next.
func (j *hashJoiner) runChunks(outer rows, yield func(adt.Row, error) bool) bool {
	saved := &store{x: j.x, thin: newNarrow(live(j.n.Outer), width(j.n.Outer))}
	met := &bitmap{x: j.x} // the outer rows that have matched
	defer saved.reset()
	defer met.reset()
	fail := func(err error) bool {
		yield(nil, err)
		return false
	}
	for at := 0; ; {
		first := at == 0 // the outer rows come for the first time
		next, err := j.chunk(at)
		if err != nil {
			return fail(err)
		}
		last, n := next >= j.rest.len(), 0
		if !first {
			outer = saved.all()
		}
		for o, err := range outer {
			if err == nil && first && !last {
				if saved.thin == nil {
					o = slices.Clone(o)
				}
				err = saved.add(o)
			}
			if err != nil {
				return fail(err)
			}
			had := met.has(n)
			has := had
			if !j.probe(o, &has, last, yield) {
				return false
			}
			if has && !had && !last {
				if err := met.set(n); err != nil {
					return fail(err)
				}
			}
			n++
		}
		if !j.unmatched(yield) {
			return false
		}
		if at = next; last {
			return true
		}
	}
}

// chunk fills the table with rows of the store and gives the number of the one after.
func (j *hashJoiner) chunk(at int) (int, error) {
	if j.table != nil {
		j.x.release(j.table.size)
	}
	j.table = newHashTable(0)
	for ; at < j.rest.len() && j.table.size <= j.x.hashMem; at++ {
		row, err := j.rest.at(at)
		if err != nil {
			return 0, err
		}
		row = j.thin.widen(row)
		made := j.x.made
		key, err := j.key(row, true)
		if err == nil {
			err = j.enter(key, row)
		}
		j.x.made = made
		if err != nil {
			return 0, err
		}
	}
	j.filled()
	return at, nil
}

// widened gives whole inner rows for narrow ones.
func (j *hashJoiner) widened(in rows) rows {
	if j.thin == nil {
		return in
	}
	return func(yield func(adt.Row, error) bool) {
		for row, err := range in {
			if err == nil {
				row = j.thin.widen(row)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}
