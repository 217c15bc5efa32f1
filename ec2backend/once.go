package ec2backend

import (
	"context"
	"sync"
)

// once lets callers that want the same at the same time share one call. Each
// waits no longer than its own context; when the one that asks is cancelled,
// the next asks anew.
type once[T any] struct {
	mu   sync.Mutex
	busy chan struct{} // closed when the running call has ended
}

// do calls f, or waits until another caller's f has ended and then calls it: f
// looks first whether there is anything left to do.
func (o *once[T]) do(ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	for {
		o.mu.Lock()
		if o.busy == nil {
			o.busy = make(chan struct{})
			o.mu.Unlock()
			defer func() {
				o.mu.Lock()
				defer o.mu.Unlock()
				close(o.busy)
				o.busy = nil
			}()
			return f(ctx)
		}
		busy := o.busy
		o.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
	}
}
