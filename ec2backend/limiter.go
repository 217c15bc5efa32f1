package ec2backend

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/flowgres/flowgres/planner/pgerr"
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

// turn is a place in an action's pace that was waited for ahead of the call.
type turn struct {
	c      *client
	action string
	wait   time.Duration
	used   atomic.Bool
}

// turnKey finds it in a context.
type turnKey struct{}

// inTurn waits until an action's pace lets a call go, and gives a context in which the
// first attempt goes at once: so that a write can be given up as long as nothing is sent,
// and has its whole time from then on.
func (c *client) inTurn(ctx context.Context, action string) (context.Context, error) {
	wait, err := c.pace(ctx, action)
	if err != nil {
		return nil, pgerr.From(err)
	}
	return context.WithValue(ctx, turnKey{}, &turn{c: c, action: action, wait: wait}), nil
}

// firstTurn is inTurn for the first call of changes of tags and the deletes after them.
func (b *Backend) firstTurn(ctx context.Context, changes []tagChange, deletes []target) (context.Context, error) {
	if calls := tagCalls(changes); len(calls) > 0 {
		return calls[0].c.inTurn(ctx, calls[0].action())
	}
	if len(deletes) > 0 {
		return deletes[0].c.inTurn(ctx, "DeleteFlowLogs")
	}
	return ctx, nil
}

// pace waits until an action's pace lets an attempt go.
func (c *client) pace(ctx context.Context, action string) (time.Duration, error) {
	if t, ok := ctx.Value(turnKey{}).(*turn); ok && t.c == c && t.action == action && t.used.CompareAndSwap(false, true) {
		return t.wait, nil
	}
	doing := whoOf(ctx).Activity
	doing.Begin(throttled)
	defer doing.End()
	wait, err := c.account.b.limits.wait(ctx, c.bucket(action))
	if err != nil {
		return wait, limitError(ctx, err)
	}
	return wait, nil
}

func (c *client) bucket(action string) *bucket {
	return c.account.b.limits.bucket(c.account.name, c.region, action)
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
