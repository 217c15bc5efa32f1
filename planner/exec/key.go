package exec

import (
	"encoding/binary"
	"math"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// keyFunc appends bytes that are equal for two non-NULL values exactly when
// the values are, and that are no other's prefix.
type keyFunc func(dst []byte, d adt.Datum) []byte

// keyFor gives the key of a type's values under an = operator, nil if they can
// only be compared by calling it.
func (c *compiler) keyFor(typ, eq, collation OID) keyFunc {
	typ = c.cat.BaseType(typ)
	t := c.cat.TypeByOID(typ)
	if t == nil {
		return nil
	}
	if _, def, _, hashable := c.cat.SortOperators(typ); !hashable || def != eq {
		return nil
	}
	if coll := c.cat.CollationByOID(collation); coll != nil && !coll.Deterministic {
		return nil
	}
	if t.Key == nil && t.IsArray {
		return c.arrayKey(t)
	}
	return t.Key
}

// arrayKey is the key of an array by the key of its elements.
func (c *compiler) arrayKey(t *adt.Type) keyFunc {
	_, eq, _, _ := c.cat.SortOperators(t.Elem)
	elem := c.keyFor(t.Elem, eq, 0)
	if elem == nil {
		return nil
	}
	return func(dst []byte, d adt.Datum) []byte {
		a := d.(*adt.Array)
		dst = append(dst, byte(len(a.Dims)))
		for _, d := range a.Dims {
			dst = binary.BigEndian.AppendUint32(dst, uint32(d.Len))
			dst = binary.BigEndian.AppendUint32(dst, uint32(d.Lower))
		}
		for _, v := range a.Values {
			dst = appendKey(dst, elem, v)
		}
		return dst
	}
}

// keyPair gives the keys of the two sides of an = operator, whose types may
// differ; nil if there are none.
func (c *compiler) keyPair(left, right, eq, collation OID) (l, r keyFunc) {
	left, right = c.cat.BaseType(left), c.cat.BaseType(right)
	if t := c.cat.TypeByOID(left); collation == 0 && t != nil && t.Collation != 0 && !t.IsArray {
		return nil, nil // the operator says what it misses
	}
	if o := c.cat.OperatorByOID(eq); o != nil && o.Left != o.Right {
		switch {
		case isInt(o.Left) && isInt(o.Right):
			return intKey, intKey
		case isFloat(o.Left) && isFloat(o.Right):
			return floatKey, floatKey
		case isString(o.Left) && isString(o.Right):
			return stringKey, stringKey
		}
		return nil, nil
	}
	l, r = c.keyFor(left, eq, collation), c.keyFor(right, eq, collation)
	if l == nil || r == nil {
		return nil, nil
	}
	if left != right && !(isString(left) && isString(right)) {
		lt, rt := c.cat.TypeByOID(left), c.cat.TypeByOID(right)
		if lt.IsArray || rt.IsArray { // elements of different types
			return nil, nil
		}
	}
	return l, r
}

func intKey(dst []byte, d adt.Datum) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(asInt(d)))
}

func floatKey(dst []byte, d adt.Datum) []byte {
	f := asFloat(d)
	switch {
	case f == 0:
		f = 0 // -0 equals 0
	case math.IsNaN(f):
		f = math.NaN()
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

func stringKey(dst []byte, d adt.Datum) []byte {
	s := d.(string)
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// appendKey appends the key of a value that may be NULL.
func appendKey(dst []byte, k keyFunc, d adt.Datum) []byte {
	if d == nil {
		return append(dst, 0)
	}
	return k(append(dst, 1), d)
}

// grouper finds out which rows of key values are equal, NULLs counting as
// equal, and numbers the groups in the order they come.
type grouper struct {
	x    *state
	keys []keyFunc                            // nil: compare by eqs
	eqs  []func(a, b adt.Datum) (bool, error) // for keys without keyFunc
	mode byte                                 // 's': one key, a string; 'b': bytes; 'e': by = operators too
	strs keyIndex[int32]                      // by key: the group, in mode e the last of those with the same bytes
	next []int32                              // mode e: the one before it, -1: none
	vals []adt.Row                            // key values of each group
	null int32                                // mode s: the group of NULL, -1: none
	slab []adt.Datum
	buf  []byte
	size int64 // bytes held

	frozen bool // no group is added: find gives -1
}

func (c *compiler) grouper(keys []*plan.KeyColumn) *grouper {
	g := &grouper{x: c.x, mode: 'b', null: -1}
	for _, k := range keys {
		f := c.keyFor(k.Type, k.Eq, k.Collation)
		g.keys = append(g.keys, f)
		g.eqs = append(g.eqs, nil)
		if f == nil {
			g.eqs[len(g.eqs)-1] = c.equality(k.Eq, k.Type, k.Type, k.Collation)
			g.mode = 'e'
		}
	}
	if len(keys) == 1 && g.mode == 'b' && isString(c.cat.BaseType(keys[0].Type)) {
		g.mode = 's'
	}
	g.reset()
	return g
}

func (g *grouper) reset() {
	g.x.release(g.size)
	g.strs, g.next, g.vals, g.null, g.size, g.frozen = keyIndex[int32]{}, nil, nil, -1, 0, false
}

// hashable tells whether rows can be parted by the bytes of their keys.
func (g *grouper) hashable() bool {
	for _, k := range g.keys {
		if k != nil {
			return true
		}
	}
	return false
}

// hash gives what the values last looked for are hashed by.
func (g *grouper) hash(vals adt.Row) hashKey {
	if g.mode == 's' {
		s, _ := vals[0].(string)
		return hashKey{text: s}
	}
	return bytesKey(g.buf)
}

// find gives the group of key values; fresh tells that it is a new one. The
// values are copied.
func (g *grouper) find(vals adt.Row) (group int32, fresh bool, err error) {
	switch g.mode {
	case 's':
		s, ok := vals[0].(string)
		if !ok {
			if g.null >= 0 || g.frozen {
				return g.null, false, nil
			}
			g.null, err = g.add(vals)
			return g.null, true, err
		}
		return g.number(hashKey{text: s}, vals)
	case 'b':
		b := g.buf[:0]
		for i, k := range g.keys {
			b = appendKey(b, k, vals[i])
		}
		g.buf = b
		return g.number(bytesKey(b), vals)
	}
	return g.findSlow(vals)
}

// number is find of a key that tells the values.
func (g *grouper) number(key hashKey, vals adt.Row) (group int32, fresh bool, err error) {
	at, hash := g.strs.find(key.text)
	if at >= 0 {
		return g.strs.entries[at].val, false, nil
	}
	if g.frozen {
		return -1, false, nil
	}
	n, err := g.add(vals)
	g.strs.add(key, hash, n)
	return n, true, err
}

// findSlow is find for types without keys: groups whose other keys are equal
// are chained and compared by their = operators.
func (g *grouper) findSlow(vals adt.Row) (int32, bool, error) {
	b := g.buf[:0]
	for i, k := range g.keys {
		if k != nil {
			b = appendKey(b, k, vals[i])
		}
	}
	g.buf = b
	head := int32(-1)
	at, hash := g.strs.find(bytesKey(b).text)
	if at >= 0 {
		head = g.strs.entries[at].val
	}
	for n := head; n >= 0; n = g.next[n] {
		if err := g.x.tick(); err != nil {
			return 0, false, err
		}
		same, err := g.same(g.vals[n], vals)
		if err != nil {
			return 0, false, err
		}
		if same {
			return n, false, nil
		}
	}
	if g.frozen {
		return -1, false, nil
	}
	n, err := g.add(vals)
	g.next = append(g.next, head)
	if at >= 0 {
		g.strs.entries[at].val = n
	} else {
		g.strs.add(bytesKey(b), hash, n)
	}
	return n, true, err
}

func (g *grouper) same(a, b adt.Row) (bool, error) {
	for i, eq := range g.eqs {
		if eq == nil {
			continue
		}
		if a[i] == nil || b[i] == nil {
			if a[i] != nil || b[i] != nil {
				return false, nil
			}
			continue
		}
		if same, err := eq(a[i], b[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (g *grouper) add(vals adt.Row) (int32, error) {
	n := int32(len(g.vals))
	if len(g.slab) < len(vals) {
		g.slab = make([]adt.Datum, max(1, min(256, len(g.vals)))*len(vals))
	}
	row := g.slab[:len(vals):len(vals)]
	g.slab = g.slab[len(vals):]
	copy(row, vals)
	g.vals = append(g.vals, row)
	size := rowSize(row) + 32
	if g.mode != 's' {
		size += int64(len(g.buf)) // a string is key and value alike
	}
	g.size += size
	return n, g.x.hold(size)
}

// same makes the test of two rows' equality in key columns, NULLs equal.
func (c *compiler) same(keys []*plan.KeyColumn) func(a, b adt.Row) (bool, error) {
	eqs := make([]func(a, b adt.Datum) (bool, error), len(keys))
	for i, k := range keys {
		eqs[i] = c.equality(k.Eq, k.Type, k.Type, k.Collation)
	}
	return func(a, b adt.Row) (bool, error) {
		for i, k := range keys {
			v, w := a[k.Slot], b[k.Slot]
			if v == nil || w == nil {
				if v != nil || w != nil {
					return false, nil
				}
				continue
			}
			if same, err := eqs[i](v, w); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	}
}
