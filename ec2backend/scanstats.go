package ec2backend

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// scanStats counts what one statement's scan did; it travels in the context.
type scanStats struct {
	mu                                     sync.Mutex
	calls, pages, rows, retries, throttled int
	bytes                                  int64
	time, wait                             time.Duration
	requestID                              string
	reused                                 map[string]int // pages by where they came from, without a call
}

type statsKey struct{}

// page counts a page that was asked for.
func (s *scanStats) page(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.rows += rows
}

// reuse counts a page that took no call of the scan's.
func (s *scanStats) reuse(of string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reused == nil {
		s.reused = map[string]int{}
	}
	s.reused[of]++
}

// lines are those for EXPLAIN ANALYZE.
func (s *scanStats) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	line := fmt.Sprintf("API: calls=%d pages=%d rows=%d failed=%d throttled=%d bytes=%d time=%.1fms (wait %.1fms)",
		s.calls, s.pages, s.rows, s.retries, s.throttled, s.bytes, ms(s.time), ms(s.wait))
	if s.requestID != "" {
		line += " request-id=" + s.requestID
	}
	lines := []string{line}
	for _, of := range slices.Sorted(maps.Keys(s.reused)) {
		lines = append(lines, fmt.Sprintf("Pages Without a Call: %d from %s", s.reused[of], sources[of]))
	}
	return lines
}

// sources are the words for where pages came from.
var sources = map[string]string{
	fromStatement: "another scan of the statement", fromSnapshot: "the transaction's snapshot",
	fromCache: "the cache (flowgres.cache_ttl)", fromFlight: "a concurrent statement",
}
