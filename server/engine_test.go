package server

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/guc"
)

// newEngine makes the real engine, without tables but for its catalog.
func newEngine(t testing.TB, roles ...string) *planner.Engine {
	t.Helper()
	settings := guc.MustNew()
	// As the transcripts' PostgreSQL has it.
	if err := settings.SetServer("work_mem", "4MB", guc.CommandLine); err != nil {
		t.Fatal(err)
	}
	known := map[string]planner.Role{"postgres": {Superuser: true}, "app": {}, "bob": {}}
	for _, name := range roles {
		if _, there := known[name]; !there {
			known[name] = planner.Role{}
		}
	}
	e, err := planner.New(planner.Config{
		Settings: settings, Roles: known,
		Panicked: func(reason any, stack []byte) { t.Errorf("%v\n%s", reason, stack) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// startEngine starts a server on the real engine.
func startEngine(t testing.TB, cfg Config) *testServer {
	e := newEngine(t, slices.Collect(maps.Keys(cfg.Roles))...)
	cfg.NewSession = func(ctx context.Context, o planner.SessionOptions) (Session, error) { return e.NewSession(ctx, o) }
	return startServer(t, cfg)
}
