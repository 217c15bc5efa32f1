package ec2backend

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds a token bucket for every account, region and action, as EC2
// does ("Throttling for the Amazon EC2 API"). It starts from the documented
// sizes and halves the pace when AWS throttles all the same (the account's
// other users share the bucket), recovering step by step.
type limits struct {
	off bool
	mu  sync.Mutex
	m   map[string]*bucket
}

// bucket is one action's pace.
type bucket struct {
	lim  *rate.Limiter
	full rate.Limit
	turn chan struct{} // held by the call that waits for the next token

	mu   sync.Mutex
	next time.Time // when the pace may change again
}

const (
	slowest  = rate.Limit(1) // a second
	settling = time.Second
)

func newLimits(off bool) *limits { return &limits{off: off, m: map[string]*bucket{}} }

// bucketSize gives the documented refill a second and capacity.
func bucketSize(action string) (refill rate.Limit, capacity int) {
	switch action {
	case "CreateFlowLogs", "DeleteFlowLogs":
		return 5, 50
	case "CreateTags", "DeleteTags":
		return 10, 100
	default:
		return 20, 100
	}
}

func (l *limits) bucket(account, region, action string) *bucket {
	key := account + "\x00" + region + "\x00" + action
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.m[key]
	if k == nil {
		r, n := bucketSize(action)
		k = &bucket{lim: rate.NewLimiter(r, n), full: r, turn: make(chan struct{}, 1)}
		l.m[key] = k
	}
	return k
}

// wait takes a token and tells how long that took. Calls wait one after the other:
// each would else be given its moment at the pace of when it came, and keep it when
// AWS has recovered since.
func (l *limits) wait(ctx context.Context, k *bucket) (time.Duration, error) {
	if l.off {
		return 0, nil
	}
	if k.lim.Allow() {
		return 0, nil
	}
	start := time.Now()
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return time.Since(start), ctx.Err()
	}
	defer func() { <-k.turn }()
	err := k.lim.Wait(ctx)
	return time.Since(start), err
}

// throttled slows down; done speeds up again.
func (k *bucket) throttled() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if now.Before(k.next) {
		return
	}
	k.next = now.Add(settling)
	// What the bucket still holds was AWS's to give, and is gone.
	k.lim.SetBurst(1)
	k.lim.SetLimit(max(slowest, k.lim.Limit()/2))
}

func (k *bucket) succeeded() {
	if k.lim.Limit() >= k.full && k.lim.Burst() > 1 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if now.Before(k.next) {
		return
	}
	k.next = now.Add(settling)
	if r := k.lim.Limit() * 2; r < k.full {
		k.lim.SetLimit(r)
		return
	}
	k.lim.SetLimit(k.full)
	if k.lim.Burst() == 1 {
		k.lim.SetBurst(int(k.full))
	}
}
