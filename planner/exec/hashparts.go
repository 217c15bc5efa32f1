package exec

import (
	"hash/maphash"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// A join whose inner rows do not fit into WorkMem puts the rows of both sides
// away, parted by the hash of their keys, and joins part by part; a part that
// does not fit is parted again. (PostgreSQL's batches, nodeHash.c.)

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
	if j.n.Feed != nil || j.level >= maxPartitions {
		return false
	}
	for _, k := range j.keys {
		if k.outerBytes != nil {
			return len(j.table.buckets) > 1 // rows of one key stay together
		}
	}
	return false
}

// putAway moves the table's rows to partitions, where the rest will follow.
func (j *hashJoiner) putAway() (err error) {
	t := j.table
	j.table = newHashTable(0)
	if j.away, err = newPartitions(j.x, nil, maphash.MakeSeed()); err != nil {
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

// runParts joins outer rows with inner rows that are away.
func (j *hashJoiner) runParts(outer rows, yield func(adt.Row, error) bool) bool {
	inner := j.away
	mine, err := newPartitions(j.x, live(j.n.Outer), inner.seed)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer mine.close()
	level, top := j.level, j.table
	defer func() { j.away, j.level, j.table = inner, level, top }()
	drops := j.n.Type == nodes.InnerJoin || j.n.Type == nodes.SemiJoin || j.n.Type == nodes.RightJoin
	for o, err := range outer {
		if err == nil {
			err = j.x.tick()
		}
		var key joinHash
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
	for i := range inner.parts {
		if mine.parts[i].rows == 0 && j.n.Type != nodes.RightJoin && j.n.Type != nodes.FullJoin {
			continue
		}
		j.away, j.level, j.table = nil, level+1, nil
		if err := j.fill(j.widened(inner.read(i, j.thin == nil))); err != nil {
			yield(nil, err)
			return false
		}
		more := false
		if j.away != nil {
			more = j.runParts(mine.read(i, false), yield)
			j.away.close()
		} else {
			more = j.runTable(mine.read(i, false), yield)
		}
		j.x.release(j.table.size)
		j.table.size = 0
		if !more {
			return false
		}
	}
	return true
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
