package soak

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

const roles = "roles: {app: {password: " + password + "}}\n"

// herd opens sessions, some at a time.
func (c *child) herd(n int, more string) []*pgconn.PgConn {
	c.t.Helper()
	conns := make([]*pgconn.PgConn, n)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				conn, err := pgconn.Connect(ctx, c.dsn("app", more))
				cancel()
				if err != nil {
					c.t.Errorf("client %d: %v", i, err)
					continue
				}
				conns[i] = conn
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	c.t.Cleanup(func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Conn().Close()
			}
		}
	})
	return conns
}

// TestN1IdleHerd holds what an idle session costs, and that new ones get in.
func TestN1IdleHerd(t *testing.T) {
	for _, kind := range []struct {
		name, more string
		limit      int64
	}{{"plain", "sslmode=disable", 16 << 10}, {"TLS", "sslmode=require", 48 << 10}} {
		t.Run(kind.name, func(t *testing.T) {
			_, url := endpoint(t, 10)
			n := size(200, 10_000)
			dir := t.TempDir()
			certtest.Write(t, dir+"/cert", dir+"/key", 1)
			c := serve(t, url, roles+fmt.Sprintf(
				"max_connections: 20000\nmax_preauth_connections: 1000\ntls: {cert: %s/cert, key: %s/key}\n", dir, dir))
			c.herd(20, kind.more) // what the first sessions alone cost
			c.collect()
			before, threads := c.rss(), c.metric("go_goroutines")
			c.herd(n, kind.more)
			c.collect()
			each := (c.rss() - before) / int64(n)
			figure(t, "N1", kind.name+" idle session, bytes resident", each, fmt.Sprintf("at most %d", kind.limit))
			if full && each > kind.limit || each > 16*kind.limit { // of few sessions, perhaps under the race detector
				t.Errorf("an idle session takes %d bytes", each)
			}
			if grown := c.metric("go_goroutines") - threads; grown > float64(n+50) {
				t.Errorf("%v goroutines for %d sessions", grown, n)
			}
			var took []time.Duration
			for range size(20, 300) {
				began := time.Now()
				conn, err := pgconn.Connect(t.Context(), c.dsn("app", kind.more))
				if err != nil {
					t.Fatal(err)
				}
				took = append(took, time.Since(began))
				_ = conn.Close(t.Context())
			}
			slices.Sort(took)
			figure(t, "N1", kind.name+" login beside the herd, p99", took[len(took)*99/100], "less than 250ms")
			if p99 := took[len(took)*99/100]; full && p99 > 250*time.Millisecond {
				t.Errorf("a login takes %v", p99)
			}
		})
	}
}

// TestN2Slowloris opens connections that say nothing, too little, or too slowly.
func TestN2Slowloris(t *testing.T) {
	silent, slow := size(100, 2000), size(20, 200)
	timeout := size(2*time.Second, 15*time.Second)
	_, url := endpoint(t, 10)
	c := serve(t, url, roles+fmt.Sprintf("authentication_timeout: %ds\nmax_preauth_connections: %d\n", int(timeout.Seconds()), silent+2*slow+10))
	startup := startupMessage("app")
	type end struct {
		kind string
		took time.Duration
	}
	ends := make(chan end, silent+2*slow)
	open := func(kind string, talk func(net.Conn, <-chan struct{})) {
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		began, closed := time.Now(), make(chan struct{})
		go talk(nc, closed)
		go func() {
			_, _ = io.Copy(io.Discard, nc)
			ends <- end{kind, time.Since(began)}
			close(closed)
			nc.Close()
		}()
	}
	for range silent {
		open("silent", func(net.Conn, <-chan struct{}) {})
	}
	for range slow {
		open("a byte a second", func(nc net.Conn, closed <-chan struct{}) {
			for i := 0; ; i++ {
				if _, err := nc.Write(startup[i : i+1]); err != nil {
					return
				}
				select {
				case <-closed:
					return
				case <-time.After(time.Second):
				}
			}
		})
		open("SSLRequest", func(nc net.Conn, _ <-chan struct{}) { _, _ = nc.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}) })
	}
	for range 20 {
		c.connect("app", "sslmode=disable")
	}
	var worst time.Duration
	for range silent + 2*slow {
		select {
		case e := <-ends:
			worst = max(worst, e.took-timeout, timeout-e.took)
			if full && (e.took < timeout-time.Second || e.took > timeout+time.Second) {
				t.Errorf("%s: closed after %v", e.kind, e.took)
			}
		case <-time.After(timeout + time.Minute):
			t.Fatal("some are not closed")
		}
	}
	figure(t, "N2", fmt.Sprintf("%d sockets closed, furthest from authentication_timeout", silent+2*slow), worst.Round(time.Millisecond), "1s")
	if got := c.metric(`flowgres_connections{state="authenticating"}`); got != 0 {
		t.Errorf("%v connections are still authenticating", got)
	}
	// With a low cap the oldest give way, and clients still get in.
	c = serve(t, url, roles+"max_preauth_connections: 50\n")
	for range silent {
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
	}
	for range 20 {
		c.connect("app", "sslmode=disable")
	}
	if got := c.metric(`flowgres_connections{state="authenticating"}`); got > 50 {
		t.Errorf("%v connections are authenticating", got)
	}
}

func startupMessage(user string) []byte {
	body := append([]byte{0, 3, 0, 0}, "user\x00"+user+"\x00database\x00aws\x00\x00"...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

// TestN3Lengths sends headers that promise the impossible.
func TestN3Lengths(t *testing.T) {
	_, url := endpoint(t, 10)
	c := serve(t, url, "max_connections: 500\n") // without roles: trust
	lengths := []uint32{0, 3, 4, 1<<31 - 1, 1<<32 - 1}
	var messages [][]byte
	for typ := range 256 {
		for _, n := range lengths {
			messages = append(messages, binary.BigEndian.AppendUint32([]byte{byte(typ)}, n))
		}
	}
	try := func(authenticated bool, message []byte) {
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if authenticated {
			if _, err := nc.Write(startupMessage("app")); err != nil {
				t.Fatal(err)
			}
			if err := untilReady(nc); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = nc.Write(append(message, "some bytes"...))
	}
	for range 3 {
		try(true, nil)
	}
	c.collect()
	before := c.rss()
	tries := size(1000, 10_000)
	for i := range tries {
		m := messages[i%len(messages)]
		switch i % 4 {
		case 0:
			try(false, m[1:]) // as a startup packet's length
		case 1:
			try(false, binary.BigEndian.AppendUint32(nil, 10_001))
		case 2:
			try(false, m)
		default:
			try(true, messages[rand.N(len(messages))])
		}
	}
	c.until("the sessions end", 20*time.Second, func() bool { return c.metric("flowgres_connections") == 0 })
	c.collect()
	grown := c.rss() - before
	figure(t, "N3", fmt.Sprintf("growth over %d bad lengths, bytes", tries), grown, "less than 5 MiB")
	if full && grown > 5<<20 || grown > 30<<20 {
		t.Errorf("it grew by %d bytes", grown)
	}
	if got := run(c.connect("app", "sslmode=disable"), "select 1"); got != "" {
		t.Error(got)
	}
}

// untilReady reads messages up to ReadyForQuery.
func untilReady(r io.Reader) error {
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(head[1:])
		body := make([]byte, n-4)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		switch head[0] {
		case 'E':
			return fmt.Errorf("%q", body)
		case 'Z':
			return nil
		}
	}
}

// sendQuery sends a Query message on a raw session.
func sendQuery(nc net.Conn, sql string) error {
	m := binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(len(sql)+5))
	_, err := nc.Write(append(append(m, sql...), 0))
	return err
}

// session starts a raw session over a connection.
func (c *child) session(nc net.Conn) {
	c.t.Helper()
	if _, err := nc.Write(startupMessage("app")); err != nil {
		c.t.Fatal(err)
	}
	if err := untilReady(nc); err != nil {
		c.t.Fatal(err)
	}
}

// TestN5SlowReader asks for a million rows and for many pages, and reads
// nothing, then little.
func TestN5SlowReader(t *testing.T) {
	for name, sql := range map[string]string{
		"computed rows": "select g, repeat('x', 200) from generate_series(1, 1000000) g",
		"scanned rows":  "select *, repeat('x', 200) from ec2.flow_logs",
	} {
		t.Run(name, func(t *testing.T) {
			e, url := endpoint(t, size(30_000, 300_000))
			c := serve(t, url, "tcp_user_timeout: 0\n")
			if got := run(c.connect("app", "sslmode=disable"), "select * from ec2.flow_logs limit 5000"); got != "" {
				t.Fatal(got)
			}
			c.collect()
			before, calls := c.rss(), len(e.Calls("DescribeFlowLogs"))
			d := net.Dialer{Control: smallBuffers}
			nc, err := d.DialContext(t.Context(), "tcp", c.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			c.session(nc)
			if err := sendQuery(nc, sql); err != nil {
				t.Fatal(err)
			}
			time.Sleep(size(2*time.Second, time.Minute))
			c.collect() // as before: what the session holds, not what has been freed
			grown, pages := c.rss()-before, len(e.Calls("DescribeFlowLogs"))-calls
			// 10 kB/s.
			chunk := make([]byte, 1000)
			for end := time.Now().Add(size(time.Second, 30*time.Second)); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
				if _, err := io.ReadFull(nc, chunk); err != nil {
					t.Fatal(err)
				}
			}
			c.collect()
			grown = max(grown, c.rss()-before)
			figure(t, "N5", "slow reader of "+name+", growth in bytes", grown, "at most 4 MiB")
			figure(t, "N5", "slow reader of "+name+", pages read for it", pages, "few: reading pauses")
			if full && grown > 4<<20 || grown > 32<<20 {
				t.Errorf("it grew by %d bytes", grown)
			}
			if pages > 12 {
				t.Errorf("%d pages were read ahead", pages)
			}
			if err := nc.Close(); err != nil {
				t.Fatal(err)
			}
			c.until("the session ends", 10*time.Second, func() bool { return c.metric(`flowgres_connections{state="session"}`) == 1 })
		})
	}
}

// TestN5UserTimeout ends a session whose client reads nothing at tcp_user_timeout.
func TestN5UserTimeout(t *testing.T) {
	_, url := endpoint(t, 10)
	timeout := size(2*time.Second, 10*time.Second)
	c := serve(t, url, fmt.Sprintf("tcp_user_timeout: %ds\n", int(timeout.Seconds())))
	d := net.Dialer{Control: smallBuffers}
	nc, err := d.DialContext(t.Context(), "tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c.session(nc)
	began := time.Now()
	if err := sendQuery(nc, "select repeat('x', 200) from generate_series(1, 1000000)"); err != nil {
		t.Fatal(err)
	}
	c.until("the session ends", timeout+20*time.Second, func() bool { return c.metric("flowgres_connections") == 0 })
	figure(t, "N5", "session ended with tcp_user_timeout="+timeout.String()+" after", time.Since(began).Round(100*time.Millisecond), "about the setting")
}

// TestN7BadNetwork reads over a slow, jittering network that cuts everything
// into pieces: the answer is the same.
func TestN7BadNetwork(t *testing.T) {
	_, url := endpoint(t, 2000)
	c := serve(t, url, "")
	sums := map[string]string{}
	for _, net := range []bad{
		{name: "good"},
		{name: "50±20 ms", latency: 50 * time.Millisecond, jitter: 20 * time.Millisecond},
		{name: "a byte at a time", slice: 1},
		{name: "64 kB/s", rate: 64 << 10},
	} {
		addr := net.relay(t, c.addr)
		conn, err := pgconn.Connect(t.Context(), "postgres://app@"+addr+"/aws?sslmode=disable")
		if err != nil {
			t.Fatal(err)
		}
		sum := md5.New()
		results := conn.Exec(t.Context(), `select *, "tagSet"::text from ec2.flow_logs order by "flowLogId" limit `+fmt.Sprint(size(100, 500))+`; select repeat('é', 5000); select 1/0`)
		for results.NextResult() {
			for r := results.ResultReader(); r.NextRow(); {
				for _, v := range r.Values() {
					fmt.Fprintf(sum, "%d:%s", len(v), v)
				}
			}
		}
		err = results.Close()
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "22012" {
			t.Fatal(net.name, err)
		}
		sums[net.name] = fmt.Sprintf("%x", sum.Sum(nil))
		if sums[net.name] != sums["good"] {
			t.Errorf("%s: the answer differs", net.name)
		}
		_ = conn.Close(t.Context())
	}
	figure(t, "N7", "answers over bad networks that differ", 0, "0")
}

// TestN6VanishedClient lets a client's host go dark during a scan: no more
// calls are made for it.
func TestN6VanishedClient(t *testing.T) {
	e, url := endpoint(t, 100_000)
	e.Order(emulator.Fault{Action: "DescribeFlowLogs", Latency: 200 * time.Millisecond})
	scan := "select count(*) from ec2.flow_logs" // a hundred pages, 20 s
	t.Run("reset", func(t *testing.T) {
		c := serve(t, url, "client_connection_check_interval: 500ms\n")
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.session(nc)
		if err := errors.Join(sendQuery(nc, scan), nc.(*net.TCPConn).SetLinger(0)); err != nil {
			t.Fatal(err)
		}
		calls := len(e.Calls("DescribeFlowLogs"))
		c.until("the scan goes on", 5*time.Second, func() bool { return len(e.Calls("DescribeFlowLogs")) > calls+2 })
		nc.Close()
		stopped(t, c, e, "reset", 5*time.Second)
	})
	t.Run("dark", func(t *testing.T) {
		host := newHost(t)
		// The keepalive finds out within 2+2*1 s.
		c := serve(t, url, "insecure: on\nclient_connection_check_interval: 500ms\ntcp_keepalives_idle: 2\ntcp_keepalives_interval: 1\ntcp_keepalives_count: 2\n",
			"FLOWGRES_LISTEN=0.0.0.0:0")
		_, port, err := net.SplitHostPort(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		host.psql(port, scan)
		calls := len(e.Calls("DescribeFlowLogs"))
		c.until("the scan goes on", 5*time.Second, func() bool { return len(e.Calls("DescribeFlowLogs")) > calls+2 })
		host.dark()
		stopped(t, c, e, "gone dark", size(10*time.Second, 9*time.Second))
	})
}

// stopped holds that a scan's calls and its session end.
func stopped(t *testing.T, c *child, e *emulator.Emulator, how string, within time.Duration) {
	t.Helper()
	began := time.Now()
	c.until("the session ends", within, func() bool { return c.metric("flowgres_connections") == 0 })
	figure(t, "N6", "query cancelled after its client was "+how, time.Since(began).Round(100*time.Millisecond), "at most 5s after the keepalive's time")
	calls := len(e.Calls("DescribeFlowLogs"))
	time.Sleep(time.Second)
	if more := len(e.Calls("DescribeFlowLogs")) - calls; more > 0 {
		t.Errorf("%d more calls for nobody", more)
	}
}
