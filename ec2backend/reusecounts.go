package ec2backend

import (
	"sync"
)

// reused counts the pages that took no call of the scan that read them.
type reused struct {
	mu    sync.Mutex
	pages map[string]int64
}

func (r *reused) add(of string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pages == nil {
		r.pages = map[string]int64{}
	}
	r.pages[of]++
}

// Reuse is what this server spared of calls.
type Reuse struct {
	Statement, Snapshot, Cache, Shared int64 // pages that came from there
	CacheMisses, CacheEvictions        int64 // answers
	CacheBytes                         int64
}

// Reuse gives the figures since the start.
func (b *Backend) Reuse() Reuse {
	b.reused.mu.Lock()
	p := b.reused.pages
	out := Reuse{Statement: p[fromStatement], Snapshot: p[fromSnapshot], Cache: p[fromCache], Shared: p[fromFlight]}
	b.reused.mu.Unlock()
	b.cache.mu.Lock()
	defer b.cache.mu.Unlock()
	out.CacheMisses, out.CacheEvictions, out.CacheBytes = b.cache.misses, b.cache.evicted, b.cache.bytes
	return out
}
