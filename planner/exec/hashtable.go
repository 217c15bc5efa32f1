package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// joinKey is a pair of keys that an equal pair of rows has.
type joinKey struct {
	outer, inner           eval
	outerBytes, innerBytes keyFunc // nil: compared by eq
	eq                     func(a, b adt.Datum) (bool, error)
}

// hashTable holds the inner rows of a join by their keys.
type hashTable struct {
	keys    keyIndex[bucket]
	rows    []adt.Row // narrow
	next    []int32   // the next row of the same bucket, -1: none
	matched []bool    // right and full joins
	size    int64
	expect  int  // rows, by the estimate
	room    int  // rows, before more room is made
	far     bool // rows are elsewhere
}

// bucket is the chain of the rows of one key.
type bucket struct{ first, last int32 }

// newHashTable makes a table for about so many rows. It has room for few at
// first, as a subquery may build one for every row around it, and comes to what
// is expected as the rows do.
func newHashTable(rows int) *hashTable {
	return &hashTable{expect: rows, room: 128}
}

// grow makes room for more of the expected rows.
func (t *hashTable) grow() {
	t.room = min(64*t.room, t.expect)
	more := t.room - len(t.rows)
	if more <= 0 {
		return
	}
	t.keys.expect(t.room)
	t.rows, t.next = slices.Grow(t.rows, more), slices.Grow(t.next, more)
}

// add puts a row in; it gives the bytes that the key takes.
func (t *hashTable) add(row adt.Row, key hashKey) (size int64) {
	n := int32(len(t.next))
	if !t.far {
		if len(t.rows) == t.room {
			t.grow()
		}
		t.rows = append(t.rows, row)
	}
	t.next = append(t.next, -1)
	if key.null {
		return 0
	}
	at, hash := t.keys.find(key.text)
	if at >= 0 {
		b := &t.keys.entries[at].val
		t.next[b.last] = n
		b.last = n
		return 0
	}
	t.keys.add(key, hash, bucket{n, n})
	if key.inRow && !t.far {
		return keySize
	}
	return int64(keySize + len(key.text))
}

// find gives the first row of a key, -1 if there is none.
func (t *hashTable) find(key hashKey) int32 {
	if at, _ := t.keys.find(key.text); at >= 0 {
		return t.keys.entries[at].val.first
	}
	return -1
}
