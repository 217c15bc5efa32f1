package server

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// TestCancelAtAnotherCopy sends cancel requests to a copy of the server that
// does not have the session.
func TestCancelAtAnotherCopy(t *testing.T) {
	var log lines
	logger := slog.New(slog.NewTextHandler(&log, nil))
	a, b := startServer(t, Config{Log: logger}), startServer(t, Config{Log: logger})
	for _, s := range []*testServer{a, b} {
		next := *s.config.Load()
		next.CancelPeers = parsePeers(a.addr + ", " + b.addr)
		if err := s.Reload(next); err != nil {
			t.Fatal(err)
		}
	}
	c := connect(t, b.addr)
	c.msg(`Query "select pg_sleep(300)"`)
	b.sleeping(t, 1)
	send := func(pid, key uint32) {
		d := dial(t, a.addr)
		d.send(cancelPacket(pid, key))
		d.until("closed")
	}
	send(c.pid, c.key+1)
	send(c.pid+1, c.key)
	if n := log.count("wrong key in cancel request"); n != 1 { // a has no such session, b is asked once
		t.Errorf("%d wrong keys", n)
	}
	if n := log.count("did not match any process"); n != 3 { // a and b for the second request, a for the first
		t.Errorf("%d requests that match nothing", n)
	}
	b.sleeping(t, 1)
	send(c.pid, c.key)
	if got := c.until("ReadyForQuery"); got[1] != "ErrorResponse ERROR 57014 canceling statement due to user request" {
		t.Errorf("%q", got)
	}
}

// TestCancelWithoutPeer passes on to a copy that is gone.
func TestCancelWithoutPeer(t *testing.T) {
	var log lines
	gone := startServer(t, Config{})
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil)), CancelPeers: []string{gone.addr}})
	d := dial(t, s.addr)
	d.send(cancelPacket(1, 1))
	d.until("closed")
	if log.count("did not reach a copy of the server") != 1 {
		t.Error(log.b.String())
	}
}

func TestBadPeers(t *testing.T) {
	for _, bad := range []string{"host", ":5432", "host:", "a:1:2"} {
		_, err := New(Config{NewSession: (&hooks{}).open, CancelPeers: parsePeers(bad)})
		if err == nil || !strings.Contains(err.Error(), "is not host:port") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}
