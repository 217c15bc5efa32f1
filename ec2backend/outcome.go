package ec2backend

import "context"

// toItsEnd gives a context for calls whose outcome has to be known once they are sent:
// the client's cancel does not end them, only the time that a write may take.
func (b *Backend) toItsEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), b.cfg.WriteBudget)
}
