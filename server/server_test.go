package server

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testServer is a server on a fake engine.
type testServer struct {
	*Server
	hooks
	addr string
}

func startServer(t testing.TB, cfg Config) *testServer {
	t.Helper()
	s := &testServer{}
	if cfg.NewSession == nil {
		cfg.NewSession = s.open
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.Server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s.Sessions() != 0 {
			t.Error("sessions are left")
		}
		if n := len(s.hooks.sessions); s.closed != n {
			t.Errorf("%d of %d sessions were closed", s.closed, n)
		}
	})
	return s
}
