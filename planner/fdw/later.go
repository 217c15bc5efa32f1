package fdw

import "context"

type laterKey struct{}

// WithPlaces gives a context for opening a scan, in which the table finds what
// conditions say of its places that could not be told before. Unlike
// Request.Places, May is for the goroutine that ranges over the scan alone.
func WithPlaces(ctx context.Context, p *Places) context.Context {
	return context.WithValue(ctx, laterKey{}, p)
}

// PlacesOf finds it; nil: there is nothing more to say.
func PlacesOf(ctx context.Context) *Places {
	p, _ := ctx.Value(laterKey{}).(*Places)
	return p
}
