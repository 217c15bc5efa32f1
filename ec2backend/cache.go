package ec2backend

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache keeps answers for sessions that set flowgres.cache_ttl, the least
// recently used going first when they need more than most bytes. What was read
// before a write of this server to the region is not given any more.
type cache struct {
	most int64

	mu      sync.Mutex
	entries *simplelru.LRU[question, *cached]
	bytes   int64
	hits    int64
	misses  int64
	evicted int64
}

// cached is an answer: a stream that was read to its end.
type cached struct {
	s       *stream
	size    int64
	rows    int
	ttl     time.Duration // the longest that a session asked for
	expires time.Time
	hits    int64
}

const (
	defaultCache = 64 << 20
	maxCached    = 1 << 20 // answers, whatever their size
	cachedBase   = 512     // bytes of one without rows
)

func newCache(most int64) *cache {
	if most <= 0 {
		most = defaultCache
	}
	c := &cache{most: most}
	c.entries, _ = simplelru.NewLRU(maxCached, func(_ question, e *cached) { c.bytes -= e.size }) // fails for sizes below 1 only
	return c
}

// find gives a reader of an answer that is not older than ttl: to the question,
// or to that for the whole region.
func (c *cache) find(q question, ttl time.Duration) (r *reader, whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, whole := range []bool{false, true} {
		e, ok := c.entries.Get(q.orWhole(whole))
		if !ok {
			continue
		}
		if e.s.writes != e.s.c.writes.Load() || time.Now().After(e.expires) {
			c.entries.Remove(q.orWhole(whole))
			continue
		}
		if time.Since(e.s.sent) > ttl { // done, so it does not change
			continue
		}
		if r := e.s.begin(fromCache); r != nil {
			e.hits++
			c.hits++
			return r, whole && q.filters != ""
		}
	}
	c.misses++
	return nil, false
}

// orWhole gives the question for the whole region.
func (q question) orWhole(whole bool) question {
	if whole {
		q.filters = ""
	}
	return q
}

// put keeps a stream that has been read to its end. Its lock is held.
func (c *cache) put(q question, s *stream, ttl time.Duration) {
	size := s.size + cachedBase + int64(len(q.filters))
	if s.first == nil || size > c.most || s.writes != s.c.writes.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, k := range c.entries.Keys() {
		if e, ok := c.entries.Peek(k); ok && (now.After(e.expires) || e.s.writes != e.s.c.writes.Load()) {
			c.entries.Remove(k)
		}
	}
	if e, ok := c.entries.Peek(q); ok {
		ttl = max(ttl, e.ttl)
		c.entries.Remove(q)
	}
	c.entries.Add(q, &cached{s: s, size: size, rows: s.rows, ttl: ttl, expires: s.sent.Add(ttl)})
	c.bytes += size
	for c.bytes > c.most {
		c.entries.RemoveOldest()
		c.evicted++
	}
}

// forget drops all answers.
func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Purge()
}

// durationSetting reads a setting of milliseconds as SHOW gives it; 0 when
// there is none.
func durationSetting(v string) time.Duration {
	return time.Duration(withUnit(v, map[string]int64{
		"": int64(time.Millisecond), "us": int64(time.Microsecond), "ms": int64(time.Millisecond), "s": int64(time.Second),
		"min": int64(time.Minute), "h": int64(time.Hour), "d": int64(24 * time.Hour),
	}))
}

// byteSetting reads a setting of kilobytes; without one, or for no limit, it is
// as large as can be.
func byteSetting(v string) int64 {
	n := withUnit(v, map[string]int64{"": 1 << 10, "B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40})
	if n <= 0 {
		return 1 << 62
	}
	return n
}

func withUnit(v string, units map[string]int64) int64 {
	digits := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n * units[v[len(digits):]]
}
