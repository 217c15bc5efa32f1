package fdw

import (
	"context"
	"sync"
)

// Kept is where backends keep what they read for as long as the same may be
// asked for again: a statement's, or a transaction's that wants a stable
// snapshot. The zero value is ready to use.
type Kept struct {
	mu    sync.Mutex
	parts map[any]any
}

// Part gives what is kept under a key, which make makes the first time.
func (k *Kept) Part(key any, make func() any) any {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.parts[key]
	if !ok {
		if k.parts == nil {
			k.parts = map[any]any{}
		}
		p = make()
		k.parts[key] = p
	}
	return p
}

type keptKey struct{}

// WithKept gives a context in which scans find what their statement keeps.
func WithKept(ctx context.Context, k *Kept) context.Context {
	return context.WithValue(ctx, keptKey{}, k)
}

// KeptOf finds it; nil: the scan belongs to no statement.
func KeptOf(ctx context.Context) *Kept {
	k, _ := ctx.Value(keptKey{}).(*Kept)
	return k
}
