package server

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func cancelPacket(pid, key uint32) []byte {
	b := []byte{0, 0, 0, 16, 4, 0xd2, 0x16, 0x2e}
	b = binary.BigEndian.AppendUint32(b, pid)
	return binary.BigEndian.AppendUint32(b, key)
}

func TestCancel(t *testing.T) {
	s := startServer(t, Config{})
	c := connect(t, s.addr)
	send := func(pid, key uint32) {
		d := dial(t, s.addr)
		d.send(cancelPacket(pid, key))
		d.until("closed")
	}
	send(c.pid, c.key) // nothing runs: no effect
	c.msg(`Query "select pg_sleep(300)"`)
	s.sleeping(t, 1)
	send(c.pid, c.key+1)
	send(c.pid+1, c.key)
	time.Sleep(20 * time.Millisecond) // a wrong key would end it now
	s.sleeping(t, 1)
	send(c.pid, c.key)
	got := c.until("ReadyForQuery")
	if got[1] != "ErrorResponse ERROR 57014 canceling statement due to user request" {
		t.Errorf("%q", got)
	}
	c.msg(`Query "select 1"`)
	if got := c.until("ReadyForQuery"); got[1] != `DataRow "1"` {
		t.Errorf("%q", got)
	}
}

func TestClientVanishes(t *testing.T) {
	s := startServer(t, Config{CheckInterval: 20 * time.Millisecond})
	c := connect(t, s.addr)
	c.msg(`Query "select pg_sleep(30)"`)
	c.msg(`Query "select 1"`) // unread input does not hide the end
	s.sleeping(t, 1)
	c.nc.Close()
	waitFor(t, "the session's end", func() bool { return s.Sessions() == 0 })
}

// sleeping waits until so many statements are in pg_sleep.
func (s *testServer) sleeping(t *testing.T, n int) {
	t.Helper()
	waitFor(t, "statements that sleep", func() bool {
		s.hooks.mu.Lock()
		defer s.hooks.mu.Unlock()
		return s.hooks.sleeps == n
	})
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestShutdown(t *testing.T) {
	s := startServer(t, Config{})
	idle, busy, stuck, early := connect(t, s.addr), connect(t, s.addr), connect(t, s.addr), dial(t, s.addr)
	busy.msg(`Query "select pg_sleep(1)"`)
	stuck.msg(`Query "select pg_sleep(100)"`)
	s.sleeping(t, 2)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error)
	go func() { done <- s.Shutdown(ctx) }()
	const gone = "ErrorResponse FATAL 57P01 terminating connection due to administrator command"
	if got := idle.until("closed"); got[0] != gone {
		t.Errorf("idle: %q", got)
	}
	if got := early.until("closed"); !strings.HasPrefix(got[0], "ErrorResponse FATAL 57P03") {
		t.Errorf("early: %q", got)
	}
	if got := strings.Join(busy.until("closed"), "\n"); !strings.Contains(got, "SELECT 1\nReadyForQuery I\n"+gone) {
		t.Errorf("busy: %s", got)
	}
	cancel() // the patience ends
	if got := strings.Join(stuck.until("closed"), "\n"); !strings.Contains(got, gone) {
		t.Errorf("stuck: %s", got)
	}
	if err := <-done; err == nil {
		t.Error("Shutdown does not tell that it cancelled")
	}
	if _, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("still listening")
	}
}

func TestTerminate(t *testing.T) {
	s := startServer(t, Config{})
	c, self := connect(t, s.addr), connect(t, s.addr)
	s.all()[0].o.Terminate(pgerr.New("57P01", "terminating connection due to administrator command"))
	if got := c.until("closed"); !strings.HasPrefix(got[0], "ErrorResponse FATAL 57P01") {
		t.Errorf("%q", got)
	}
	self.msg(`Query "select pg_terminate_backend(pg_backend_pid())"`)
	if got := strings.Join(self.until("closed"), "\n"); !strings.Contains(got, "ErrorResponse FATAL 57P01") {
		t.Errorf("%s", got)
	}
}

func (s *testServer) all() []*fake { return s.hooks.all() }

func TestTimeouts(t *testing.T) {
	s := startServer(t, Config{AuthTimeout: time.Second, Roles: map[string]Role{"app": {}}, Auth: func(Login) Method { return SCRAM }})
	c := dial(t, s.addr)
	if got := c.until("closed"); len(got) != 1 {
		t.Errorf("silent client: %q", got)
	}
	c = dial(t, s.addr)
	c.startup("user=app")
	if got := c.until("closed"); got[1] != "ErrorResponse FATAL 57014 canceling authentication due to timeout" {
		t.Errorf("%q", got)
	}
	s = startServer(t, Config{AuthTimeout: time.Second})
	c = connect(t, s.addr)
	time.Sleep(1200 * time.Millisecond)
	s.hooks.mu.Lock()
	s.hooks.idle = 50 * time.Millisecond
	s.hooks.mu.Unlock()
	c.msg(`Query "select 1"`)
	if got := c.until("closed"); got[4] != "ErrorResponse FATAL 57P05 terminating connection due to idle-session timeout" {
		t.Errorf("%q", got)
	}
}

func TestNotifications(t *testing.T) {
	s := startServer(t, Config{})
	c := connect(t, s.addr)
	s.all()[0].o.Notification(7, "chan", "one")
	if got := c.until("NotificationResponse"); got[0] != "NotificationResponse 7 chan one" {
		t.Errorf("%q", got)
	}
	c.msg(`Query "begin"`)
	c.until("ReadyForQuery")
	s.all()[0].o.Notification(7, "chan", "two")
	time.Sleep(10 * time.Millisecond)
	c.msg(`Query "commit"`)
	if got := c.until("ReadyForQuery"); len(got) != 3 || got[1] != "NotificationResponse 7 chan two" {
		t.Errorf("%q", got)
	}
}

// TestFloodOfSilence fills the place for unauthenticated connections.
func TestFloodOfSilence(t *testing.T) {
	s := startServer(t, Config{MaxEarly: 5})
	for range 50 {
		dial(t, s.addr)
	}
	c := connect(t, s.addr)
	c.msg(`Query "select 1"`)
	if got := c.until("ReadyForQuery"); len(got) != 4 {
		t.Errorf("%q", got)
	}
}

// TestSlowReader checks that a client that does not read stops the scan.
func TestSlowReader(t *testing.T) {
	s := startServer(t, Config{CheckInterval: -1})
	c := connect(t, s.addr)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.msg(`Query "select generate_series(1,5000000)"`)
	sent := func() int {
		s.hooks.mu.Lock()
		defer s.hooks.mu.Unlock()
		return s.hooks.sent
	}
	for last := -1; last != sent(); time.Sleep(200 * time.Millisecond) {
		last = sent()
	}
	if n := sent(); n == 0 || n >= 5000000 {
		t.Errorf("%d rows were sent", n)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 8<<20 {
		t.Errorf("heap grew by %d bytes", grown)
	}
	c.nc.Close()
	waitFor(t, "the session's end", func() bool { return s.Sessions() == 0 })
}

// TestHugeHeaders checks that lengths in headers do not allocate.
func TestHugeHeaders(t *testing.T) {
	s := startServer(t, Config{MaxMessage: 1 << 30})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		c := connect(t, s.addr)
		c.send([]byte{'Q', 0x3f, 0xff, 0xff, 0xff, 's', 'e'})
	}
	time.Sleep(50 * time.Millisecond)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 20<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

func TestLargeMessages(t *testing.T) {
	s := startServer(t, Config{})
	conn, err := pgx.Connect(context.Background(), "postgres://postgres@"+s.addr+"/aws?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, n := range []int{1, 500, 507, 508, 512, 1000, 1024, 5000, 32763, 32768, 40000, 100000, 3 << 20} {
		want := strings.Repeat("y", n)
		var got string
		if err := conn.QueryRow(context.Background(), "select $1::text", want).Scan(&got); err != nil || got != want {
			t.Fatalf("%d: %d bytes, %v", n, len(got), err)
		}
	}
	// In a few bytes at a time.
	c := connect(t, s.addr)
	for _, b := range encode(t, "Query", `"select 77"`) {
		c.send([]byte{b})
		time.Sleep(100 * time.Microsecond)
	}
	if got := c.until("ReadyForQuery"); got[1] != `DataRow "77"` {
		t.Errorf("%q", got)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".s.PGSQL.5432")
	for range 2 { // the second finds a file that no one serves
		h := &hooks{}
		s, err := New(Config{NewSession: h.open, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ln, err := Listen(path, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		ln.(*net.UnixListener).SetUnlinkOnClose(false)
		done := make(chan error)
		go func() { done <- s.Serve(ln) }()
		if _, err := Listen(path, 0o700); err == nil {
			t.Error("a socket in use was taken")
		}
		conn, err := pgx.Connect(context.Background(), "host="+filepath.Dir(path)+" port=5432 user=me database=aws")
		if err != nil {
			t.Fatal(err)
		}
		conn.Close(context.Background())
		s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestTerminateInOtherWords ends a connection whose engine reports the
// cancelled statement as an ordinary error.
func TestTerminateInOtherWords(t *testing.T) {
	s := startServer(t, Config{})
	c := connect(t, s.addr)
	c.msg(`Query "select pg_sleep(31)"`)
	s.sleeping(t, 1)
	s.all()[0].o.Terminate(pgerr.New("57P01", "terminating connection due to administrator command"))
	got := c.until("closed")
	if len(got) != 3 || !strings.HasPrefix(got[1], "ErrorResponse FATAL 57P01") {
		t.Errorf("%q", got)
	}
}

// TestClientGoneWhileSending ends a statement whose rows nobody reads any more.
func TestClientGoneWhileSending(t *testing.T) {
	ended := make(chan Statement, 1)
	s := startServer(t, Config{CheckInterval: -1, Observer: Observer{Statement: func(_ Client, st Statement) { ended <- st }}})
	c := connect(t, s.addr)
	c.msg(`Query "select generate_series(1,100000000)"`)
	c.until("RowDescription")
	if err := c.nc.(*net.TCPConn).SetLinger(0); err != nil { // resets the connection
		t.Fatal(err)
	}
	c.nc.Close()
	if st := <-ended; st.SQLState != "08006" {
		t.Errorf("%+v", st)
	}
}

// TestCallsAreObserved holds that functions called without a statement are told of as
// statements are.
func TestCallsAreObserved(t *testing.T) {
	ended := make(chan Statement, 1)
	s := startEngine(t, Config{Observer: Observer{Statement: func(_ Client, st Statement) { ended <- st }}})
	c := connect(t, s.addr)
	for oid, want := range map[byte]Statement{
		0x13: {Text: `fastpath function call: "now" (OID 1299)`, Rows: 1},
		0xff: {Text: `fastpath function call: OID 1535`, SQLState: "42883"},
	} {
		c.send(message('F', []byte{0, 0, 5, oid, 0, 0, 0, 0, 0, 0}))
		c.until("ReadyForQuery")
		if st := <-ended; st.Text != want.Text || st.Rows != want.Rows || st.SQLState != want.SQLState || st.ID == 0 {
			t.Errorf("%+v, want %+v", st, want)
		}
	}
}
