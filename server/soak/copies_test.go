package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// balancer is a TCP load balancer: it gives each connection to the next server
// that says it is ready.
type balancer struct {
	ln      net.Listener
	mu      sync.Mutex
	servers []*child
	next    int
}

func balance(t *testing.T, servers ...*child) *balancer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{ln: ln, servers: servers}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			client, err := ln.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			} else if err != nil {
				t.Error(err)
				return
			}
			go b.relay(t, client)
		}
	}()
	return b
}

func (b *balancer) pick() *child {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.servers {
		c := b.servers[b.next%len(b.servers)]
		b.next++
		if status, _ := c.get("/readyz"); status == 200 {
			return c
		}
	}
	return nil
}

func (b *balancer) relay(t *testing.T, client net.Conn) {
	defer client.Close()
	c := b.pick()
	if c == nil {
		t.Error("no server is ready")
		return
	}
	server, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Errorf("a server that was ready refuses: %v", err)
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// connect logs in through the balancer and tells to which server.
func (b *balancer) connect(t *testing.T) (conn *pgconn.PgConn, server string) {
	t.Helper()
	conn, err := pgconn.Connect(context.Background(), fmt.Sprintf("postgres://app:%s@%s/aws?sslmode=disable", password, b.ln.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	results, err := conn.Exec(context.Background(), "select inet_server_port()").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return conn, string(results[0].Rows[0][0])
}

// TestCopies runs three copies of the server behind a load balancer: each
// statement can be cancelled although the request comes to another copy, and
// one copy goes away without a login or a statement that fails.
func TestCopies(t *testing.T) {
	_, url := endpoint(t, 10)
	var copies []*child
	var peers []string
	for range 3 {
		c := serve(t, url, roles+"shutdown_delay: 2s\n")
		copies, peers = append(copies, c), append(peers, c.addr)
	}
	for _, c := range copies {
		c.configure(url, roles+fmt.Sprintf("shutdown_delay: 2s\ncancel_peers: %q\n", strings.Join(peers, ",")))
		c.signal(syscall.SIGHUP)
		c.until("it has reloaded", 10*time.Second, func() bool { return strings.Contains(c.log(), "configuration reloaded") })
	}
	b := balance(t, copies...)

	spread := map[string]int{}
	leaving := copies[0]
	var sessions, leavers []*pgconn.PgConn
	for range 6 {
		conn, server := b.connect(t)
		spread[server]++
		sessions = append(sessions, conn)
		if strings.HasSuffix(leaving.addr, ":"+server) {
			leavers = append(leavers, conn)
		}
	}
	if len(spread) != 3 {
		t.Fatalf("sessions by server: %v", spread)
	}
	for _, conn := range sessions {
		result := make(chan string, 1)
		go func() { result <- run(conn, "select pg_sleep(300)") }()
		asked := 0
		for got := ""; got == ""; asked++ { // a request may come before its statement
			if err := conn.CancelRequest(context.Background()); err != nil {
				t.Fatal(err)
			}
			select {
			case got = <-result:
				if got != "57014" {
					t.Errorf("a cancelled statement ended with %s", got)
				}
			case <-time.After(50 * time.Millisecond):
			}
		}
	}

	ends := make(chan string, len(leavers))
	for _, conn := range leavers {
		go func() { ends <- run(conn, "select pg_sleep(3)") }()
	}
	watch := leaving.connect("app", "sslmode=disable")
	leaving.until("the statements run", 10*time.Second, func() bool {
		return run(watch, fmt.Sprintf("select 1 / (count(*) = %d)::int from pg_stat_activity where state = 'active' and query like '%%pg_sleep(3)'", len(leavers))) == ""
	})
	leaving.signal(syscall.SIGTERM)
	logins := 0
	for done := false; !done; logins++ {
		conn, _ := b.connect(t)
		_ = conn.Close(context.Background())
		select {
		case <-leaving.done:
			done = true
		default:
		}
	}
	for range leavers {
		if got := <-ends; got != "" {
			t.Errorf("a statement ended with %s while its server left", got)
		}
	}
	if code := leaving.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	figure(t, "copies", "logins that failed while one of three copies left", fmt.Sprintf("0 of %d", logins), "0")
}
