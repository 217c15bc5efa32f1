package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// hashJoiner is a compiled plan.HashJoin.
type hashJoiner struct {
	x            *state
	n            *plan.HashJoin
	st           *NodeStats
	outer, inner rows
	thin         *narrow // what is kept of inner rows
	wait         *narrow // and of outer ones that wait for a batch of keys
	wide         *narrow // what is read of outer rows
	keys         []joinKey
	exact        bool // every key has bytes
	text         bool // the only key is a string
	textInRow    bool // of an inner row that string is a column
	on           []test
	out          *output
	outerNulls   adt.Row
	innerNulls   adt.Row
	feeds        []*feed         // of the keys that are handed down
	asked        map[string]bool // their bytes whose rows were fetched

	table *hashTable
	away  *partitions // the inner rows, when they do not fit into WorkMem,
	rest  *store      // or when they cannot be parted either
	level int         // times that the rows at hand were parted
	whole bool        // parting did not part them
	fills int64       // times that the table was filled since the run began
	far   *store      // the table's rows, of a fed join that has too many
	kept  kept
	both  adt.Row
	buf   []byte
}

// hashJoin joins on equal keys, the inner rows in a hash table.
func (c *compiler) hashJoin(n *plan.HashJoin, keep bool, st *NodeStats) rows {
	j := &hashJoiner{
		x: c.x, n: n, st: st, exact: true, thin: newNarrow(live(n.Inner), width(n.Inner)),
		wide:       newNarrow(live(n.Outer), width(n.Outer)),
		outerNulls: make(adt.Row, width(n.Outer)), innerNulls: make(adt.Row, width(n.Inner)),
	}
	if n.Feed != nil {
		j.wait = newNarrow(live(n.Outer), width(n.Outer))
	}
	j.both = make(adt.Row, width(n.Outer)+width(n.Inner))
	j.outer = c.node(n.Outer, n.Feed != nil && j.wait == nil)
	var bound []int
	if n.Feed != nil {
		if n.Type == nodes.RightJoin || n.Type == nodes.FullJoin {
			return failRows(pgerr.Internal("a fed join cannot be of type %d", n.Type))
		}
		input := c.input()
		for _, a := range append([]plan.FeedArg{{Arg: n.Feed.Arg, Key: n.Feed.Key}}, n.Feed.More...) {
			f := &feed{key: a.Key, input: input}
			c.feeds[feedKey{n.Feed.Scan, a.Arg}] = f
			j.feeds = append(j.feeds, f)
		}
		for _, also := range n.Feed.Also {
			for i, arg := range also.Args {
				c.feeds[feedKey{also.Scan, arg}] = j.feeds[i]
			}
		}
		bound = []int{input}
	}
	innerKeys := make([]eval, len(n.Keys))
	deps := c.track(func() {
		j.inner = c.node(n.Inner, j.thin == nil)
		for i, k := range n.InnerKeys { // the table holds their values
			innerKeys[i] = c.expr(k)
		}
	}, bound...)
	j.kept = kept{x: c.x, deps: deps}
	for i, k := range n.Keys {
		lt, rt := nodes.TypeOf(n.OuterKeys[i]).Type, nodes.TypeOf(n.InnerKeys[i]).Type
		jk := joinKey{outer: c.expr(n.OuterKeys[i]), inner: innerKeys[i]}
		jk.outerBytes, jk.innerBytes = c.keyPair(lt, rt, k.Eq, k.Collation)
		if jk.outerBytes == nil {
			jk.eq = c.equality(k.Eq, lt, rt, k.Collation)
			j.exact = false
		}
		j.keys = append(j.keys, jk)
		j.text = len(n.Keys) == 1 && j.exact && isString(c.cat.BaseType(lt)) && isString(c.cat.BaseType(rt))
	}
	j.textInRow = j.text && slotOf(n.InnerKeys[0]) >= 0
	j.on, j.out = c.tests(n.On), c.output(n, keep, st)
	if n.Feed != nil {
		return j.runFed
	}
	return j.run
}

// key gives what a row is hashed by; it is good until the next call.
func (j *hashJoiner) key(row adt.Row, inner bool) (key hashKey, err error) {
	if j.text {
		e := j.keys[0].outer
		if inner {
			e = j.keys[0].inner
		}
		v, err := e(row)
		s, ok := v.(string)
		return hashKey{text: s, inRow: j.textInRow, null: !ok}, err
	}
	b, null := j.buf[:0], false
	for i := range j.keys {
		k := &j.keys[i]
		e, f := k.outer, k.outerBytes
		if inner {
			e, f = k.inner, k.innerBytes
		}
		v, err := e(row)
		if err != nil {
			return key, err
		}
		if v == nil {
			null = true
		} else if f != nil && !null {
			b = f(b, v)
		}
	}
	j.buf = b
	key = bytesKey(b)
	key.null = null
	return key, nil
}

func (j *hashJoiner) build() error {
	if j.kept.fresh() {
		if j.table.matched != nil {
			clear(j.table.matched)
		}
		return nil
	}
	j.forget()
	j.kept.valid = false
	if err := j.fill(j.inner); err != nil {
		return err
	}
	j.kept.mark()
	return nil
}

// fill puts inner rows into a new table, or away if they do not fit into WorkMem.
func (j *hashJoiner) fill(inner rows) error {
	expect := 0
	if j.level == 0 {
		const each = 128 // bytes of a row, at a guess
		expect = int(min(j.n.Inner.Common().Rows, float64(j.x.hashMem/each)))
	}
	j.table = newHashTable(max(expect, 0))
	for row, err := range inner {
		if err == nil && j.away == nil && j.rest == nil && j.large() && (j.parts() || j.table.size > j.x.hashMem) {
			err = j.putAway()
		}
		if err == nil {
			err = j.insert(row)
		}
		if err != nil {
			return err
		}
	}
	j.filled()
	if j.away != nil {
		return j.away.seal()
	}
	return nil
}

// filled ends the filling of the table.
func (j *hashJoiner) filled() {
	if j.n.Type == nodes.RightJoin || j.n.Type == nodes.FullJoin {
		j.table.matched = make([]bool, len(j.table.rows))
	}
	if j.fills++; j.level == 0 {
		j.fills = 1
	}
	if j.st != nil {
		j.st.Batches = max(j.st.Batches, j.fills)
		j.st.SpaceKB = max(j.st.SpaceKB, (j.table.size+1023)/1024)
	}
}

// insert takes an inner row in.
func (j *hashJoiner) insert(row adt.Row) error {
	key, err := j.key(row, true)
	if err != nil {
		return err
	}
	if key.null && j.n.Type != nodes.RightJoin && j.n.Type != nodes.FullJoin {
		return nil // it matches nothing and is not put out
	}
	switch {
	case j.away != nil:
		return j.away.add(key, j.thin.take(row))
	case j.rest != nil:
		return j.rest.add(j.thin.take(row))
	}
	return j.enter(key, row)
}

// enter puts a row into the table.
func (j *hashJoiner) enter(key hashKey, row adt.Row) error {
	row = j.thin.take(row)
	size := 8 + j.table.add(row, key)
	if j.far == nil {
		size += rowSize(row)
	} else if err := j.far.add(row); err != nil {
		return err
	}
	j.table.size += size
	return j.x.hold(size)
}

func (j *hashJoiner) run(yield func(adt.Row, error) bool) {
	if err := j.build(); err != nil {
		yield(nil, err)
		return
	}
	if !j.n.Marks {
		j.join(j.outer, yield)
		return
	}
	if j.away == nil && j.rest == nil && j.hopeless() {
		return
	}
	eachPlace(j.outer, true, yield, func(outer rows) bool { return j.join(outer, yield) })
}

// hopeless tells that the table is empty and nothing can come out, so that the outer side need not be read.
func (j *hashJoiner) hopeless() bool {
	if len(j.table.rows) > 0 {
		return false
	}
	switch j.n.Type {
	case nodes.InnerJoin, nodes.SemiJoin, nodes.RightJoin:
		return true
	}
	return false
}

// runTable joins outer rows with the table; it gives false when the consumer
// or an error ends it.
func (j *hashJoiner) runTable(outer rows, yield func(adt.Row, error) bool) bool {
	if j.hopeless() {
		return true
	}
	for o, err := range outer {
		if err != nil {
			yield(nil, err)
			return false
		}
		if !j.pass(o, yield) {
			return false
		}
	}
	return j.unmatched(yield)
}

// pass puts out what an outer row gives with the only table.
func (j *hashJoiner) pass(o adt.Row, yield func(adt.Row, error) bool) bool {
	met := false
	return j.probe(o, &met, true, yield)
}

// unmatched puts out the table's rows that have matched nothing, for a right or full join.
func (j *hashJoiner) unmatched(yield func(adt.Row, error) bool) bool {
	if j.table.matched == nil {
		return true
	}
	for i, r := range j.table.rows {
		if j.table.matched[i] {
			continue
		}
		j.pair(j.outerNulls, r)
		if !j.out.put(j.both, true, yield) {
			return false
		}
	}
	return true
}

// probe puts out what an outer row gives with the table; met tells whether it
// has matched rows that the table held before and is told what becomes of it now. The
// last table is the one after which a row without a match is put out.
func (j *hashJoiner) probe(o adt.Row, met *bool, last bool, yield func(adt.Row, error) bool) bool {
	once := j.n.Type == nodes.SemiJoin || j.n.Type == nodes.AntiJoin
	if once && *met {
		return true
	}
	key, err := j.key(o, false)
	if err != nil {
		yield(nil, err)
		return false
	}
	at, matched, t := int32(-1), *met, j.table
	if !key.null {
		at = t.find(key)
	}
	for ; at >= 0; at = t.next[at] {
		r, err := j.row(at)
		pass := false
		if err == nil {
			pass, err = j.match(o, r)
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		if !pass {
			continue
		}
		matched = true
		if once {
			break
		}
		if t.matched != nil {
			t.matched[at] = true
		}
		if !j.out.put(j.both, true, yield) {
			return false
		}
	}
	*met = matched
	switch {
	case j.n.Type == nodes.SemiJoin && matched, j.n.Type == nodes.AntiJoin && !matched && last:
		return j.out.put(o, true, yield)
	case (j.n.Type == nodes.LeftJoin || j.n.Type == nodes.FullJoin) && !matched && last:
		j.wide.copy(j.both, o)
		copy(j.both[len(o):], j.innerNulls)
		return j.out.put(j.both, true, yield)
	}
	return true
}

// row gives a row of the table.
func (j *hashJoiner) row(at int32) (adt.Row, error) {
	if j.far != nil {
		return j.far.at(int(at))
	}
	return j.table.rows[at], nil
}

// pair puts an outer row and a narrow inner row together in both.
func (j *hashJoiner) pair(o, r adt.Row) {
	j.wide.copy(j.both, o)
	j.thin.put(j.both[len(o):], r)
}

// match tells whether two rows whose key bytes are equal join; it leaves them
// together in both.
func (j *hashJoiner) match(o, r adt.Row) (bool, error) {
	if err := j.x.tick(); err != nil {
		return false, err
	}
	if !j.exact {
		for i := range j.keys {
			k := &j.keys[i]
			if k.eq == nil {
				continue
			}
			v, err := k.outer(o)
			if err != nil {
				return false, err
			}
			w, err := k.inner(j.thin.widen(r))
			if err != nil {
				return false, err
			}
			if same, err := k.eq(v, w); err != nil || !same {
				return false, err
			}
		}
	}
	j.pair(o, r)
	pass, err := all(j.on, j.both)
	if !pass && j.st != nil {
		j.st.JoinRemoved++
	}
	return pass, err
}
