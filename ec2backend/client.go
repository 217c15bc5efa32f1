package ec2backend

import (
	"context"
	"errors"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// CallRecord is one attempt of one API call.
type CallRecord struct {
	Time            time.Time
	Service, Action string
	Account, Region string
	Attempt         int
	Duration, Wait  time.Duration // of the attempt, and before it for the rate limit
	Code, RequestID string        // AWS's; code "" is success
	Status          int           // of HTTP; 0: no answer
	Rows            int
	Bytes           int64
	PID             int32 // the session's
	User            string
	Login           string // who logged in, where that is not User
	Statement       uint64
	Query           string // names the statement, as in the user agent
	Principal       string // the role that is assumed and its session, or the profile
	identity        string
}

// callLog keeps the recent attempts.
type callLog struct {
	mu   sync.Mutex
	ring [1000]CallRecord
	n    int
	errs []passedOver
}

// failed keeps a failure that a statement passed over.
func (l *callLog) failed(p passedOver) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.errs) >= 100 {
		l.errs = append(l.errs[:0:0], l.errs[1:]...)
	}
	l.errs = append(l.errs, p)
}

func (l *callLog) add(r CallRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.n%len(l.ring)] = r
	l.n++
}

// list gives the attempts, oldest first.
func (l *callLog) list() []CallRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]CallRecord, 0, min(l.n, len(l.ring)))
	for i := max(0, l.n-len(l.ring)); i < l.n; i++ {
		out = append(out, l.ring[i%len(l.ring)])
	}
	return out
}

// Calls gives the last thousand attempts of API calls, oldest first.
func (b *Backend) Calls() []CallRecord { return b.calls.list() }

// attemptTimeout is an attempt that took longer than CallTimeout.
type attemptTimeout struct{ after time.Duration }

func (e *attemptTimeout) Error() string { return "no complete reply within " + e.after.String() }

// middlewares adds ours to an SDK client's stack: around each attempt, inside
// of the retries, the slot, the rate limit, the attempt's time and the log.
func (c *client) middlewares(stack *middleware.Stack) error {
	if err := stack.Build.Add(middleware.BuildMiddlewareFunc("FlowgresQuery", sayQuery), middleware.After); err != nil {
		return err
	}
	if err := readReplies(stack); err != nil {
		return err
	}
	return aroundAttempts(stack, c.attempt)
}

// sayQuery puts the name of the statement into the user agent, which CloudTrail
// keeps.
func sayQuery(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (
	middleware.BuildOutput, middleware.Metadata, error,
) {
	if r, ok := in.Request.(*smithyhttp.Request); ok {
		if w := whoOf(ctx); w.Query != "" {
			r.Header.Set("User-Agent", r.Header.Get("User-Agent")+" qid/"+w.Query)
		}
	}
	return next.HandleBuild(ctx, in)
}

// attemptKey finds the attempt's record in a context, for what the
// deserialiser knows.
type attemptKey struct{}

// lostKey finds in a context where to note that attempts which found a connection had no
// answer: then they may have been done.
type lostKey struct{}

// lost tells of the attempts of a call, or of several of the same.
type lost struct {
	answers bool // some that were sent had none
	errors  bool // the endpoint failed in some
}

// maybe tells whether some may have been done.
func (l *lost) maybe() bool { return l.answers || l.errors }

// throttled is the wait for the rate limit and for max_concurrent_calls.
var throttled = &fdw.Wait{Type: "Extension", Event: "AwsThrottle"}

// attempt runs one attempt of a call.
func (c *client) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	b := c.account.b
	action := awsmiddleware.GetOperationName(ctx)
	wait, err := c.pace(ctx, action)
	if err != nil {
		return out, md, &permanent{err}
	}
	doing := whoOf(ctx).Activity
	doing.Begin(throttled)
	select {
	case b.slots <- struct{}{}:
		doing.End()
	case <-ctx.Done():
		doing.End()
		return out, md, ctx.Err()
	}
	defer func() { <-b.slots }()
	try := nextAttempt(ctx)
	rec := &CallRecord{Service: "ec2", Principal: c.account.principal(), identity: c.account.of.role, Action: action, Region: c.region, Wait: wait, Attempt: try.n}
	tctx, cancel := context.WithTimeout(context.WithValue(ctx, attemptKey{}, rec), b.cfg.CallTimeout)
	defer cancel()
	start := time.Now()
	if sent, ok := ctx.Value(sentKey{}).(func()); ok {
		sent()
	}
	l, watched := ctx.Value(lostKey{}).(*lost)
	var connected atomic.Bool
	if watched {
		tctx = httptrace.WithClientTrace(tctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	}
	doing.Begin(&fdw.Wait{Type: "Extension", Event: "AwsApi:" + action})
	out, md, err = next.HandleFinalize(tctx, in)
	doing.End()
	if !strings.HasPrefix(action, "Describe") {
		c.writes.Add(1)
	}
	rec.Time, rec.Duration, rec.Account = start, time.Since(start), c.account.label()
	if err != nil && ctx.Err() == nil && tctx.Err() != nil {
		err = &attemptTimeout{b.cfg.CallTimeout}
	}
	rec.RequestID, _ = awsmiddleware.GetRequestIDMetadata(md)
	c.settle(c.bucket(action), err, rec)
	if watched && err != nil && connected.Load() {
		var api smithy.APIError
		l.answers = l.answers || !errors.As(err, &api) || isForeign(api.ErrorCode())
		l.errors = l.errors || httpStatus(err) >= 500 && !isThrottled(err)
	}
	b.note(ctx, md, err, *rec)
	if s, ok := ctx.Value(statsKey{}).(*scanStats); ok {
		s.add(*rec, err)
	}
	return out, md, try.after(err, &b.cfg)
}

// note enters an attempt in the log of calls.
func (b *Backend) note(ctx context.Context, md middleware.Metadata, err error, rec CallRecord) {
	rec.Status = httpStatus(err)
	if r, ok := awsmiddleware.GetRawResponse(md).(*smithyhttp.Response); ok {
		rec.Status = r.StatusCode
	}
	w := whoOf(ctx)
	rec.PID, rec.User, rec.Login, rec.Statement, rec.Query = w.PID, w.User, w.Login, w.Statement, w.Query
	w.Activity.Call(rec.Duration, rec.Attempt > 1)
	b.calls.add(rec)
	if b.cfg.Observe != nil {
		b.cfg.Observe(rec)
	}
}

// settle draws the attempt's consequences: the pace, and credentials that
// ended.
func (c *client) settle(k *bucket, err error, rec *CallRecord) {
	if err == nil {
		k.succeeded()
		return
	}
	rec.Code = "Error"
	var api smithy.APIError
	if !errors.As(err, &api) {
		return
	}
	rec.Code = api.ErrorCode()
	switch {
	case isThrottled(err):
		k.throttled()
	case expiredCodes[rec.Code]:
		c.account.creds.Invalidate()
	}
}

func (s *scanStats) add(r CallRecord, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.time += r.Duration
	s.wait += r.Wait
	if r.RequestID != "" {
		s.requestID = r.RequestID
	}
	if err != nil {
		s.retries++
		if isThrottled(err) {
			s.throttled++
		}
	}
}

// error turns an SDK error of a call of this client into a pgerr.Error.
func (c *client) error(ctx context.Context, err error, action string) *pgerr.Error {
	return apiError(ctx, err, call{service: "ec2", action: action, account: c.account.label(), region: c.region})
}
