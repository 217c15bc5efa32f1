package exec

import (
	"hash/maphash"
	"strings"
	"unsafe"
)

// hashKey is what rows are hashed by: the only key, when that is a string, or
// the bytes of all.
type hashKey struct {
	text    string
	scratch bool // text is good until the next key is made
	inRow   bool // text is a value of the row that is kept with the key
	null    bool // a key is NULL: in a join, the row matches nothing
}

// bytesKey is the hashKey of bytes that will be overwritten.
func bytesKey(b []byte) hashKey {
	return hashKey{text: unsafe.String(unsafe.SliceData(b), len(b)), scratch: true}
}

// keyIndex numbers different keys in the order they come and keeps a value with
// each. It is an open hash table that holds the keys' hashes, so that it grows
// without reading the keys again, which lie all over memory.
type keyIndex[V any] struct {
	slots   []keySlot // a power of two of them, a third free at least
	entries []keyEntry[V]
	chunk   *strings.Builder // holds the last of the keys that were scratch
}

type keySlot struct {
	hash uint32
	at   uint32 // the key's number + 1; 0: free
}

type keyEntry[V any] struct {
	key string
	val V
}

const (
	keySlots = 16 // at first
	keyChunk = 16 << 10
	// keySize is about what a key takes, besides its bytes.
	keySize = 40
)

var keySeed = maphash.MakeSeed()

// find gives a key's number, -1 if it has none, and what add wants to know.
func (t *keyIndex[V]) find(key string) (at int32, hash uint32) {
	hash = uint32(maphash.String(keySeed, key))
	if len(t.slots) == 0 {
		return -1, hash
	}
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.at == 0 {
			return -1, hash
		}
		if s.hash == hash && t.entries[s.at-1].key == key {
			return int32(s.at - 1), hash
		}
	}
}

// add numbers a key that find has not found.
func (t *keyIndex[V]) add(key hashKey, hash uint32, val V) int32 {
	if len(t.entries) >= len(t.slots)/3*2 {
		t.resize(max(keySlots, 2*len(t.slots)))
	}
	text := key.text
	if key.scratch {
		text = t.hold(text)
	}
	t.entries = append(t.entries, keyEntry[V]{text, val})
	t.put(keySlot{hash, uint32(len(t.entries))})
	return int32(len(t.entries) - 1)
}

func (t *keyIndex[V]) put(s keySlot) {
	mask := uint32(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].at != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

// expect makes room for so many keys.
func (t *keyIndex[V]) expect(keys int) {
	n := max(keySlots, len(t.slots))
	for n/3*2 < keys {
		n *= 2
	}
	if n > len(t.slots) {
		t.resize(n)
	}
}

func (t *keyIndex[V]) resize(slots int) {
	old := t.slots
	t.slots = make([]keySlot, slots)
	for _, s := range old {
		if s.at != 0 {
			t.put(s)
		}
	}
}

// hold copies a key.
func (t *keyIndex[V]) hold(key string) string {
	if t.chunk == nil || t.chunk.Len()+len(key) > t.chunk.Cap() {
		t.chunk = &strings.Builder{}
		t.chunk.Grow(max(len(key), min(keyChunk, 16*len(t.entries))))
	}
	from := t.chunk.Len()
	t.chunk.WriteString(key)
	return t.chunk.String()[from:]
}
