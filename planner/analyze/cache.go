package analyze

import (
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// TreeSize estimates, on the high side, the bytes that the trees of a text take:
// what is parsed and what is made of it. Lists have most nodes for their length,
// and rows of short statements.
func TreeSize(text string) int64 {
	return 32*int64(len(text)) + 400*int64(strings.Count(text, ",")) + 1000*int64(strings.Count(text, ";"))
}

// Cache keeps what was made of texts, the last used, up to a number and a sum of
// TreeSizes. It is safe for concurrent use.
type Cache[V any] struct {
	mu   sync.Mutex
	kept *simplelru.LRU[string, sized[V]]
	size int64
	most int64
}

type sized[V any] struct {
	value V
	size  int64
}

// NewCache makes a cache of so many entries and bytes at most.
func NewCache[V any](entries int, bytes int64) *Cache[V] {
	c := &Cache[V]{most: bytes}
	kept, err := simplelru.NewLRU(entries, func(_ string, e sized[V]) { c.size -= e.size })
	if err != nil {
		panic(err) // only for a size below 1
	}
	c.kept = kept
	return c
}

// Get finds what was made of a key's text.
func (c *Cache[V]) Get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.kept.Get(key)
	return e.value, ok
}

// Add keeps what was made of a text; what was used least makes room.
func (c *Cache[V]) Add(key, text string, v V) {
	e := sized[V]{v, TreeSize(text) + int64(len(key))}
	if e.size > c.most/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Remove(key)
	for c.size+e.size > c.most {
		c.kept.RemoveOldest()
	}
	c.kept.Add(key, e)
	c.size += e.size
}

// Purge forgets everything.
func (c *Cache[V]) Purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Purge()
}
