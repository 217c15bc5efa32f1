package exec

import (
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// maxWaiting bounds the outer rows that wait for a batch of keys to fill.
const maxWaiting = 50_000

// runFed runs a join whose inner scan takes the outer keys. Outer rows wait
// until there are enough keys not asked for before, then one run of the inner
// side fetches those; a key's rows stay in the table, so none is asked for
// twice. Outer rows with known keys pass at once.
func (j *hashJoiner) runFed(yield func(adt.Row, error) bool) {
	if j.table == nil || !j.kept.fresh() {
		j.forget()
		j.table = newHashTable(0)
		j.kept.mark()
		j.asked = map[string]bool{}
	}
	for _, f := range j.feeds {
		if j.keys[f.key].outerBytes == nil {
			yield(nil, pgerr.New(pgerrcode.InternalError, "a fed join needs keys that can be hashed"))
			return
		}
	}
	var waiting []adt.Row
	var fresh [][]adt.Datum // the values of the keys, by combination
	batch := map[string]bool{}
	held := int64(0) // bytes of waiting
	flush := func() bool {
		if len(fresh) > 0 {
			if err := j.fetch(fresh, batch); err != nil {
				yield(nil, err)
				return false
			}
			fresh, batch = nil, map[string]bool{}
		}
		for _, o := range waiting {
			if !j.pass(j.wait.widen(o), yield) {
				return false
			}
		}
		clear(waiting)
		waiting = waiting[:0]
		j.x.release(held)
		held = 0
		return true
	}
	var buf []byte
	for o, err := range j.outer {
		if err != nil {
			yield(nil, err)
			return
		}
		vals, b, err := j.fedKeys(o, false, buf[:0])
		if err != nil {
			yield(nil, err)
			return
		}
		buf = b
		if vals != nil && !j.asked[string(b)] && !batch[string(b)] {
			batch[string(b)] = true
			fresh = append(fresh, vals)
		}
		if len(fresh) == 0 { // nothing new: what it joins with is in the table
			if !j.pass(o, yield) {
				return
			}
			continue
		}
		o = j.wait.take(o)
		waiting = append(waiting, o)
		size := rowSize(o)
		held += size
		if err := j.x.hold(size); err != nil {
			yield(nil, err)
			return
		}
		if len(fresh) >= max(j.n.Feed.Batch, 1) || len(waiting) >= maxWaiting || held > j.x.workMem {
			if !flush() {
				return
			}
		}
	}
	flush()
}

// fedKeys gives the values of a row's keys that are handed down, and their bytes;
// none when one is NULL.
func (j *hashJoiner) fedKeys(row adt.Row, inner bool, buf []byte) ([]adt.Datum, []byte, error) {
	var vals []adt.Datum
	if !inner {
		vals = make([]adt.Datum, 0, len(j.feeds))
	}
	for _, f := range j.feeds {
		k := &j.keys[f.key]
		e, bytes := k.outer, k.outerBytes
		if inner {
			e, bytes = k.inner, k.innerBytes
		}
		v, err := e(row)
		if err != nil || v == nil {
			return nil, buf[:0], err
		}
		at := len(buf)
		buf = bytes(append(buf, 0, 0, 0, 0), v)
		binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at)) //nolint:gosec // far shorter
		vals = append(vals, v)
	}
	return vals, buf, nil
}

// fetch runs the inner side for combinations of keys and puts its rows into the
// table. Rows of others, which a scan may give, are left out: theirs come, or came,
// with a batch of their own.
func (j *hashJoiner) fetch(keys [][]adt.Datum, batch map[string]bool) error {
	for i, f := range j.feeds {
		f.values = make([]adt.Datum, len(keys))
		for n, vals := range keys {
			f.values[n] = vals[i]
		}
	}
	j.x.version[j.feeds[0].input]++
	var buf []byte
	for row, err := range j.inner {
		if err != nil {
			return err
		}
		vals, b, err := j.fedKeys(row, true, buf[:0])
		if err != nil {
			return err
		}
		if buf = b; vals == nil || !batch[string(b)] {
			continue
		}
		if err := j.insert(row); err != nil {
			return err
		}
	}
	size := int64(0)
	for b := range batch {
		j.asked[b] = true
		size += int64(32 + len(b))
	}
	j.table.size += size
	j.filled()
	if err := j.x.hold(size); err != nil {
		return err
	}
	if j.far == nil && j.table.size > j.x.hashMem {
		return j.moveAway()
	}
	return nil
}

// moveAway moves the table's rows to a store: what was read from other machines is
// not read again.
func (j *hashJoiner) moveAway() error {
	j.far = &store{x: j.x}
	size := int64(0)
	for i, row := range j.table.rows {
		size += rowSize(row)
		j.table.rows[i] = nil
		if err := j.far.add(row); err != nil {
			return err
		}
	}
	if j.textInRow {
		for _, e := range j.table.keys.entries { // they stay
			size -= int64(len(e.key))
		}
	}
	j.table.rows, j.table.far = nil, true
	j.table.size -= size
	j.x.release(size)
	return nil
}
