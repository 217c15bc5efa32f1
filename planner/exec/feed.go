package exec

import (
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
		if j.table != nil {
			j.x.release(j.table.size)
		}
		j.table = newHashTable(0)
		j.kept.mark()
		j.asked = map[string]bool{}
	}
	k := &j.keys[j.n.Feed.Key]
	if k.outerBytes == nil {
		yield(nil, pgerr.New(pgerrcode.InternalError, "a fed join needs a key that can be hashed"))
		return
	}
	var waiting []adt.Row
	var fresh []adt.Datum
	batch := map[string]bool{}
	flush := func() bool {
		if len(fresh) > 0 {
			if err := j.fetch(fresh, batch); err != nil {
				yield(nil, err)
				return false
			}
			fresh, batch = nil, map[string]bool{}
		}
		for _, o := range waiting {
			if !j.probe(o, yield) {
				return false
			}
		}
		waiting = waiting[:0]
		return true
	}
	var buf []byte
	for o, err := range j.outer {
		if err != nil {
			yield(nil, err)
			return
		}
		v, err := k.outer(o)
		if err != nil {
			yield(nil, err)
			return
		}
		if v != nil {
			buf = k.outerBytes(buf[:0], v)
			if !j.asked[string(buf)] && !batch[string(buf)] {
				batch[string(buf)] = true
				fresh = append(fresh, v)
			}
		}
		if len(fresh) == 0 { // nothing new: what it joins with is in the table
			if !j.probe(o, yield) {
				return
			}
			continue
		}
		waiting = append(waiting, o)
		if len(fresh) >= max(j.n.Feed.Batch, 1) || len(waiting) >= maxWaiting {
			if !flush() {
				return
			}
		}
	}
	flush()
}

// fetch runs the inner side for keys and puts its rows into the table. Rows of
// other keys, which an inexact scan may give, are left out: their key comes, or came, with a batch of its own.
func (j *hashJoiner) fetch(keys []adt.Datum, batch map[string]bool) error {
	k := &j.keys[j.n.Feed.Key]
	j.feed.values = keys
	j.x.version[j.feed.input]++
	var buf []byte
	for row, err := range j.inner {
		if err != nil {
			return err
		}
		v, err := k.inner(row)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		buf = k.innerBytes(buf[:0], v)
		if !batch[string(buf)] {
			continue
		}
		if err := j.insert(row); err != nil {
			return err
		}
	}
	for b := range batch {
		j.asked[b] = true
	}
	j.count()
	return nil
}
