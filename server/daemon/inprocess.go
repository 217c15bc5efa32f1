package daemon

import (
	"context"
	"log/slog"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/observe"
)

// InProcess serves the configuration on a loopback port for this process's own
// client.
func InProcess(ctx context.Context, c *config.Config) (addr string, stop func(), err error) {
	c.Roles = nil
	if err := c.Settings.SetServer("hba_file", "", guc.CommandLine); err != nil {
		return "", nil, err
	}
	a, err := New(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", nil, err
	}
	srv := a.server
	ln, err := server.Listen("127.0.0.1:0", 0o700)
	if err != nil {
		return "", nil, err
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	return ln.Addr().String(), func() {
		_ = srv.Close()
		<-done
		a.Close()
	}, nil
}

// Check tells whether a server could be started with a configuration, without
// AWS and without listening.
func Check(c *config.Config) error {
	a := &Daemon{c: c, metrics: observe.NewMetrics(c.Version), log: slog.New(slog.DiscardHandler)}
	_, err := a.newServer()
	return config.Invalid(err)
}
