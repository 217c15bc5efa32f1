package ec2backend

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// retryer makes the retry policy of one client: the SDK's standard mode. How
// many attempts there are is for the attempts themselves to say (tries), as
// those that AWS throttles are counted otherwise.
func (b *Backend) retryer() aws.Retryer {
	return &retryer{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxBackoff = b.cfg.MaxBackoff
		o.Retryables = append([]retry.IsErrorRetryable{retryOurs{}}, o.Retryables...)
	}), !b.cfg.NoRateLimit}
}

type retryer struct {
	*retry.Standard
	paced bool // attempts wait for a token
}

// MaxAttempts implements aws.Retryer: there is no limit here.
func (r *retryer) MaxAttempts() int { return 0 }

// longestRetryAfter bounds what an endpoint may ask for by Retry-After.
const longestRetryAfter = 20 * time.Second

// RetryDelay implements aws.Retryer: the standard's delay, and no less than what
// the endpoint asks for. What is throttled waits for the pace, which has slowed down,
// and not for long besides.
func (r *retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	d, e := r.Standard.RetryDelay(attempt, err)
	if r.paced && isThrottled(err) {
		d = min(d, settling)
	}
	return max(d, min(retryAfter(err), longestRetryAfter)), e
}

// GetRetryToken implements aws.Retryer. The standard's quota bounds the load
// on an endpoint that fails; for one that throttles, the pace (limits) does.
func (r *retryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	if isThrottled(err) {
		return func(error) error { return nil }, nil
	}
	return r.Standard.GetRetryToken(ctx, err)
}

// retryAfter is how long the reply that failed asks to wait: seconds or a date
// (RFC 9110, 10.2.3), or AWS's milliseconds.
func retryAfter(err error) time.Duration {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil || re.Response.Response == nil {
		return 0
	}
	h := re.Response.Header
	if ms, err := strconv.ParseUint(h.Get("X-Amz-Retry-After"), 10, 31); err == nil {
		return time.Duration(ms) * time.Millisecond //nolint:gosec // 31 bits
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(s) * time.Second //nolint:gosec // 31 bits
	}
	if t, err := http.ParseTime(v); err == nil {
		now := time.Now()
		if d, err := http.ParseTime(h.Get("Date")); err == nil {
			now = d // the clock that the date is of
		}
		return t.Sub(now)
	}
	return 0
}

// isThrottled tells a call over its rate.
func isThrottled(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (throttleCodes[api.ErrorCode()] || httpStatus(err) == http.StatusTooManyRequests)
}

// retryOurs says what is worth another attempt beyond the SDK's own list. All
// our calls are safe to repeat: reads, deletes and tags by nature, creates by
// their client token.
type retryOurs struct{}

var _ retry.IsErrorRetryable = retryOurs{}

// IsErrorRetryable implements retry.IsErrorRetryable.
func (retryOurs) IsErrorRetryable(err error) aws.Ternary {
	var late *attemptTimeout
	var garbled *smithy.DeserializationError
	var stop *permanent
	switch {
	case errors.As(err, &stop):
		return aws.FalseTernary
	case errors.As(err, &late), errors.As(err, &garbled), isThrottled(err):
		return aws.TrueTernary
	}
	var api smithy.APIError
	if errors.As(err, &api) && expiredCodes[api.ErrorCode()] {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// permanent is a failure that another attempt would meet again.
type permanent struct{ err error }

func (e *permanent) Error() string { return e.err.Error() }
func (e *permanent) Unwrap() error { return e.err }

// expiredCodes are those of credentials that ended; new ones may do.
var expiredCodes = map[string]bool{"ExpiredToken": true, "ExpiredTokenException": true, "RequestExpired": true}

// tries counts the attempts of a call.
type tries struct {
	n         int
	throttled int
	since     time.Time
}

// triesKey finds them in a context.
type triesKey struct{}

// aroundAttempts puts f around each attempt of a call, and a count around all.
func aroundAttempts(stack *middleware.Stack, f func(context.Context, middleware.FinalizeInput, middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
),
) error {
	count := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		return next.HandleFinalize(context.WithValue(ctx, triesKey{}, &tries{since: time.Now()}), in)
	}
	if err := stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FlowgresCount", count), "Retry", middleware.Before); err != nil {
		return err
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FlowgresAttempt", f), "Retry", middleware.After)
}

// nextAttempt counts the attempt that begins.
func nextAttempt(ctx context.Context) *tries {
	t, ok := ctx.Value(triesKey{}).(*tries)
	if !ok {
		t = &tries{since: time.Now()}
	}
	t.n++
	return t
}

// throttlePatience is how many of the longest pauses a call waits for AWS to
// take it when it is throttled: a burst of the account's other users passes.
const throttlePatience = 4

// after looks at the error of the attempt that ended, and makes it permanent when
// there have been enough of them.
func (t *tries) after(err error, cfg *Config) error {
	if err == nil {
		return nil
	}
	if isThrottled(err) {
		t.throttled++
		if t.n < cfg.MaxAttempts || time.Since(t.since) < throttlePatience*cfg.MaxBackoff {
			return err
		}
	} else if t.n-t.throttled < cfg.MaxAttempts {
		return err
	}
	return &permanent{&retry.MaxAttemptsError{Attempt: t.n, Err: err}}
}
